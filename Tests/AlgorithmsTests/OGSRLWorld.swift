import Algorithms
import SafeRL

/// A field of 4 × 4 cells with a goal in the far corner, mud in the way of the cheap path, a dear path around it, and recordings in which one
/// step is never taken: in the third row nobody walks on towards the goal's column.
enum Field {
    static let actions: [[Float]] = [[1, 0], [-1, 0], [0, 1], [0, -1]]
    static let costNames = ["mud", "noise"]

    /// Whether a pair is ever recorded.
    static func isSupported(_ cell: (x: Int, y: Int), _ action: [Float]) -> Bool {
        !(cell.y == 2 && action == [1, 0])
    }

    static func observation(_ cell: (x: Int, y: Int)) -> [Float] { [Float(cell.x) / 3, Float(cell.y) / 3] }

    static func cell(_ observation: [Float]) -> (x: Int, y: Int) {
        (Int((3 * observation[0]).rounded()), Int((3 * observation[1]).rounded()))
    }

    static func step(_ cell: (x: Int, y: Int), _ action: [Float]) -> (x: Int, y: Int) {
        (min(max(cell.x + Int(action[0]), 0), 3), min(max(cell.y + Int(action[1]), 0), 3))
    }

    /// 1 at the goal; a step costs more along the dear path.
    static func reward(at cell: (x: Int, y: Int)) -> Float { cell == (3, 3) ? 1 : cell.y == 3 ? -0.2 : -0.05 }

    static func isMuddy(_ cell: (x: Int, y: Int)) -> Bool { cell.x == 1 && cell.y < 3 }

    /// Episodes of a random walk among the recorded pairs, of at most 12 steps.
    static func recordings(episodes: Int, seed: UInt64 = 3) throws -> TransitionDataset {
        var stream = RandomStream(seed: seed, for: .testing)
        var columns = TransitionColumns(observationSize: 2, actionSize: 2, costNames: costNames)
        for _ in 0..<episodes {
            var cell = (x: 0, y: stream.nextInteger(below: 3))
            for time in 0..<12 {
                var action: [Float]
                repeat { action = actions[stream.nextInteger(below: 4)] } while !isSupported(cell, action)
                let next = step(cell, action)
                let isGoal = next == (3, 3)
                columns.append(
                    observation: observation(cell), action: action, nextObservation: observation(next),
                    reward: reward(at: next),
                    costs: [isMuddy(next) ? 1 : 0, time % 5 == 0 ? 0.5 : 0], terminated: isGoal,
                    truncated: !isGoal && time == 11)
                if isGoal { break }
                cell = next
            }
        }
        return try TransitionDataset(columns)
    }

    /// Three small networks.
    static let ensemble = OGSRL.Model.ensemble(
        .with { ($0.members, $0.elites, $0.widths, $0.updates) = (3, 2, [8], 30) })
    /// Densities of a narrow kernel.
    static let narrow = OGSRL.Guardian.kde(.with { $0.bandwidth = 0.2 })
    /// Monomials of degree 1.
    static let linear = OGSRL.Guardian.christoffel(.with { $0.degree = 1 })
    /// A sublevel set whose fit ends soon.
    static func psos(updates: Int = 40) -> OGSRL.Guardian { .psos(.with { $0.updates = updates }) }

    /// Steps of a trust region within 0.05, of few roll-outs.
    static func cpo(rollouts: Int = 24) -> OGSRL.Optimiser { .cpo(steps(rollouts)) }
    /// The same without budgets.
    static func trpo() -> OGSRL.Optimiser { .trpo(steps(24)) }
    /// Clipped steps of few roll-outs.
    static func ppo(rollouts: Int = 24) -> OGSRL.Optimiser {
        .ppoLagrangian(.with { ($0.advantages, $0.divergence) = (sampled(rollouts), 0.05) })
    }

    private static func steps(_ rollouts: Int) -> OGSRL.Optimiser.TrustRegion {
        .with { ($0.advantages, $0.divergence) = (sampled(rollouts), 0.05) }
    }

    private static func sampled(_ rollouts: Int) -> OGSRL.Advantages {
        .sampled(.with { $0.rollouts = rollouts })
    }

    /// The planned optimum, and that among the policies that keep to the behaviour.
    static func exact(shrinkage: Double) -> OGSRL.Optimiser { .exact(.with { $0.shrinkage = shrinkage }) }
    static func spibb(shrinkage: Double = 100, leastRecords: Int = 10) -> OGSRL.Optimiser {
        .spibb(.with { ($0.shrinkage, $0.leastRecords) = (shrinkage, leastRecords) })
    }

    /// Options small enough for a test.
    static func options(_ change: (inout OGSRL.Configuration) -> Void = { _ in }) -> OGSRL.Configuration {
        var options = OGSRL.Configuration()
        (options.widths, options.optimiser, options.horizon) = ([16], cpo(), 12)
        options.reportRollouts = 50
        options.proposals = .any
        change(&options)
        return options
    }
}
