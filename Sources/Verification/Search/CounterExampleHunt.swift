import Foundation
import Tensors

/// Looks for inputs whose outputs are unsafe, by random points and by steps from the most suspicious one.
struct CounterExampleHunt {
    private let question: SafetyQuestion
    private let network: VerifiableNetwork
    private var random = RandomStream(seed: 0, for: .sampling)
    private var best: (point: [Double], distance: Double) = ([], .infinity)

    /// A hunt in a box.
    init(_ question: SafetyQuestion, _ network: VerifiableNetwork) {
        (self.question, self.network) = (question, network)
    }

    /// A point that somebody has looked at.
    mutating func offer(_ point: [Double], _ distance: Double) {
        if distance < best.distance { best = (point, distance) }
    }

    /// Tries some points, more as a search goes on, and returns one that seems unsafe.
    mutating func tries(after rounds: Int) -> [Double]? {
        switch rounds {
        case 1: return run(points: 256)
        case 4: return run(points: 1000)
        case 16: return run(points: 4000)
        case 64, 256: return run(points: 4000)
        default: return nil
        }
    }

    private mutating func run(points: Int) -> [Double]? {
        for _ in 0..<points where best.distance > 0 { look(at: uniform()) }
        for step in 0..<points where best.distance > 0 {
            // From a third of the box down to a three-hundredth of that.
            let reach = 0.3 * pow(0.003, Double(step) / Double(points))
            look(at: near(best.point, reach: reach))
        }
        return best.distance <= 0 ? best.point : nil
    }

    private mutating func look(at point: [Double]) {
        offer(point, question.distance(network.outputs(at: point)))
    }

    private mutating func uniform() -> [Double] {
        question.box.map { inside($0, $0.low + random.nextPreciseUniform() * $0.width) }
    }

    private mutating func near(_ point: [Double], reach: Double) -> [Double] {
        zip(question.box, point).map { interval, x in
            random.nextInteger() & 1 == 0
                ? x : inside(interval, x + Double(random.nextNormal()) * reach * interval.width)
        }
    }

    private func inside(_ interval: ClosedInterval, _ x: Double) -> Double {
        min(max(x, interval.low), interval.high)
    }
}
