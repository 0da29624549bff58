import Foundation
import TestSupport
import Testing
import Verification

/// Bounds contain what networks compute, and a verifier that is wrong is caught.
@Suite struct SoundnessTests {
    /// How many networks: `SAFERL_SOUNDNESS_NETWORKS`, 2,000 in the campaign.
    private static var count: Int {
        ProcessInfo.processInfo.environment["SAFERL_SOUNDNESS_NETWORKS"].flatMap { Int($0) } ?? 60
    }

    /// How many of some points of a box give an output outside of bounds, over the reals or by single precision.
    private static func escapes(
        _ bounds: [ClosedInterval], _ network: VerifiableNetwork, _ box: [ClosedInterval],
        _ semantics: Semantics,
        points: Int,
        _ random: inout RandomNetwork
    ) -> Int {
        (0..<points).count { _ in
            let point = random.point(in: box)
            let outputs = semantics == .real ? network.outputs(at: point) : network.singleOutputs(at: point)
            // Doubles themselves are rounded: a bound may be missed by as much.
            return zip(outputs, bounds).contains { value, bound in
                let slack = 1e-11 * max(1, abs(value))
                return !(value >= bound.low - slack && value <= bound.high + slack)
            }
        }
    }

    @Test(arguments: Semantics.allCases) func boundsContainWhatNetworksCompute(_ semantics: Semantics) throws
    {
        var random = RandomNetwork(seed: 11)
        let points = Self.count > 60 ? 10_000 : 500
        for index in 0..<Self.count {
            let network = VerifiableNetwork(random.nodes())
            let box = random.box(network.inputs)
            let bounds = OutputBounds.over(box, network, semantics)
            #expect(
                Self.escapes(bounds, network, box, semantics, points: points, &random) == 0,
                "network \(index)")
        }
    }

    @Test func tightBoundsOfPointsAreTight() throws {
        var random = RandomNetwork(seed: 12)
        for _ in 0..<Self.count {
            let network = VerifiableNetwork(random.nodes())
            let point = random.point(in: random.box(network.inputs))
            let bounds = OutputBounds.over(point.map { ClosedInterval($0, $0) }, network, .real)
            for (value, bound) in zip(network.outputs(at: point), bounds) {
                #expect(bound.contains(value) || abs(value - bound.low) < 1e-6 * max(1, abs(value)))
                #expect(bound.width <= 1e-5 * max(1, abs(value)))
            }
        }
    }

    /// Searches use better lines and joint bounds than one box does: their ranges contain what networks compute as well.
    @Test(arguments: [[ActivationFunction.relu], ActivationFunction.allCases])
    func rangesContainWhatNetworksCompute(_ functions: [ActivationFunction]) throws {
        var random = RandomNetwork(seed: 13)
        for index in 0..<Self.count {
            let network = VerifiableNetwork(random.nodes(functions: functions))
            let box = random.box(network.inputs)
            let first = (0..<network.outputs).map { $0 == 0 ? 1.0 : 0 }
            let range = Verifier(limits: SearchLimits(boxes: 200)).range(
                of: first, network, over: box, .real, tolerance: 1e-3)
            #expect(
                Self.escapes([range.outer], network, box, .real, points: 500, &random) == 0,
                "network \(index)")
        }
    }
}
