import SafeRL

/// The counted model restricted to policies that keep to the recorded behaviour where records are few.
///
/// Pairs with fewer than N∧ records keep the probability that the behaviour gave them; what is left of a state's probability is free
/// among its other pairs. Such policies, Π_b of the source, are all policies of another model: its choice a in state s does what
/// the behaviour does among the pairs that are kept, and a with what is left. So the best of them within budgets is an optimum of
/// that model. The behaviour, as recorded among the pairs inside, is one of them.
///
/// - SeeAlso: Laroche, Trichelair and Tachet des Combes 2019, arXiv:1712.06924, "Safe policy improvement with baseline
///   bootstrapping".
package struct BootstrappedModel {
    /// The other model.
    package let model: TabularCMDP
    /// Its choices.
    package let allowed: ActionSet
    /// The recorded behaviour among the pairs inside.
    package let behaviour: TabularPolicy
    /// Which pairs keep the behaviour's probability.
    private let isKept: [Bool]

    /// - Parameters:
    ///   - counted: what was recorded.
    ///   - leastRecords: N∧, records from which on a pair is free.
    /// - Throws: `TabularModelError`.
    package init(_ counted: CountedModel, leastRecords: Int) throws {
        let (source, records) = (counted.model, counted.records)
        let (states, actions) = (source.states, source.actions)
        let behaviour = counted.behaviour
        let isKept = (0..<states * actions).map {
            $0 >= records.count || records[$0] < Double(leastRecords)
                || !counted.allowed.contains($0 / actions, $0 % actions)
        }
        model = try TabularCMDP(
            states: states, actions: actions, start: source.start, discount: source.discount,
            costNames: source.costNames, isTerminal: source.isTerminal
        ) { state, action in
            Self.mixture(source, state, Self.weights(behaviour, isKept, state, action))
        }
        // Where nothing is free all choices are the behaviour; one of them is enough.
        allowed = ActionSet(states: states, actions: actions) { state, action in
            let own = state * actions..<(state + 1) * actions
            return !isKept[state * actions + action] || (action == 0 && own.allSatisfy { isKept[$0] })
        }
        (self.behaviour, self.isKept) = (behaviour, isKept)
    }

    /// The policy of the counted model that a policy of this one is.
    package func policy(_ chosen: TabularPolicy) -> TabularPolicy {
        let actions = chosen.actions
        var table = [Double](repeating: 0, count: chosen.states * actions)
        for state in 0..<chosen.states {
            for choice in 0..<actions {
                let share = chosen.probability(of: choice, in: state)
                guard share > 0 else { continue }
                for (action, weight) in Self.weights(behaviour, isKept, state, choice).enumerated() {
                    table[state * actions + action] += share * weight
                }
            }
        }
        return TabularPolicy(states: chosen.states, actions: actions) { table[$0 * actions + $1] }
    }

    /// What a choice does: the behaviour among the pairs that are kept, itself with what is left.
    private static func weights(
        _ behaviour: TabularPolicy, _ isKept: [Bool], _ state: Int, _ choice: Int
    ) -> [Double] {
        let actions = behaviour.actions
        let own = (0..<actions).map { behaviour.probability(of: $0, in: state) }
        guard !isKept[state * actions + choice] else { return own }
        var weights = (0..<actions).map { isKept[state * actions + $0] ? own[$0] : 0 }
        weights[choice] = max(0, 1 - weights.reduce(0, +))
        return weights
    }

    private static func mixture(_ source: TabularCMDP, _ state: Int, _ weights: [Double])
        -> TabularCMDP.Outcome
    {
        var outcome = TabularCMDP.Outcome(
            [], reward: 0, costs: [Double](repeating: 0, count: source.costs.count))
        for (action, weight) in weights.enumerated() where weight > 0 {
            let pair = state * source.actions + action
            outcome.reward += weight * source.rewards[pair]
            for channel in source.costs.indices {
                outcome.costs[channel] += weight * source.costs[channel][pair]
            }
            outcome.successors += source.successors(of: state, after: action).map {
                TabularCMDP.Successor($0.state, weight * $0.probability)
            }
        }
        return outcome
    }
}
