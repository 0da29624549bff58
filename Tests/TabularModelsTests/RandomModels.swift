import TabularModels
import Tensors

/// Random models that are small enough to try everything.
enum RandomModels {
    /// A number uniform in [0, 1).
    static func fraction(_ stream: inout RandomStream) -> Double {
        Double(stream.nextInteger() >> 11) * 0x1p-53
    }

    /// A model whose last state is terminal and entered with a probability of at least 5 % in every step.
    static func model(
        seed: UInt64, states: Int = 5, actions: Int = 3, costs: Int = 2, discount: Double = 1,
        horizon: Int? = nil
    ) throws -> TabularCMDP {
        var stream = RandomStream(seed: seed, for: .testing)
        var weights = (0..<states - 1).map { _ in fraction(&stream) }
        let sum = weights.reduce(0, +)
        weights = weights.map { $0 / sum } + [0]
        var outcomes: [TabularCMDP.Outcome] = []
        for _ in 0..<states * actions {
            var law = (0..<states).map { _ in fraction(&stream) < 0.5 ? 0 : fraction(&stream) }
            let total = law.reduce(0, +)
            law = law.map { total > 0 ? 0.95 * $0 / total : 0 }
            law[states - 1] += 1 - law.reduce(0, +)
            outcomes.append(
                .init(
                    law.enumerated().filter { $0.element > 0 }.map { .init($0.offset, $0.element) },
                    reward: 2 * fraction(&stream) - 1, costs: (0..<costs).map { _ in fraction(&stream) }))
        }
        return try TabularCMDP(
            states: states, actions: actions, start: weights, discount: discount, horizon: horizon,
            costNames: (0..<costs).map { "cost-\($0)" },
            isTerminal: (0..<states).map { $0 == states - 1 }
        ) { outcomes[$0 * actions + $1] }
    }

    /// A stochastic policy.
    static func policy(seed: UInt64, for model: TabularCMDP) -> TabularPolicy {
        var stream = RandomStream(seed: seed, for: .testing, index: 1)
        let weights = (0..<model.pairs).map { _ in fraction(&stream) }
        return TabularPolicy(states: model.states, actions: model.actions) {
            weights[$0 * model.actions + $1]
        }
    }

    /// Every choice of actions in the first states, the rest being terminal.
    static func everyChoice(_ model: TabularCMDP) -> [[Int]] {
        var all: [[Int]] = [[]]
        for state in 0..<model.states {
            all = all.flatMap { head in
                (model.isTerminal[state] ? 0..<1 : 0..<model.actions).map { head + [$0] }
            }
        }
        return all
    }

    /// Return and costs by walking forward in time until next to nothing is left: no equation, no occupancy.
    static func totals(of policy: TabularPolicy, in model: TabularCMDP) -> [Double] {
        var mass = model.start
        var result = [Double](repeating: 0, count: 1 + model.costNames.count)
        var factor = 1.0
        for step in 0..<(model.horizon ?? 1_000) {
            var next = [Double](repeating: 0, count: model.states)
            for state in 0..<model.states where !model.isTerminal[state] {
                for action in 0..<model.actions {
                    let share = mass[state] * policy.probability(of: action, in: state, at: step)
                    let pair = state * model.actions + action
                    result[0] += factor * share * model.rewards[pair]
                    for channel in model.costs.indices {
                        result[channel + 1] += factor * share * model.costs[channel][pair]
                    }
                    for successor in model.successors(of: state, after: action) {
                        next[successor.state] += share * successor.probability
                    }
                }
            }
            (mass, factor) = (next, factor * model.discount)
        }
        return result
    }
}
