import Tensors

extension TabularEnvironment {
    /// What a policy does in every state of the model, as a table.
    ///
    /// Each state asks the policy `draws` times, with streams of its own. The table of a policy that draws nothing is
    /// exact from one draw on; that of a random one is its relative frequencies, and an exact value computed from them
    /// is that of the table.
    ///
    /// - Parameters:
    ///   - policy: copied, so that its own state does not change.
    ///   - draws: at least 1.
    ///   - seed: the seed of its random choices.
    /// - Returns: a stationary policy of the model.
    /// - Throws: `EvaluationError` where sizes differ, an action is not finite or the policy has a memory; as `model`.
    public static func table(
        of policy: any Policy, draws: Int = 1, seed: UInt64 = 0
    ) throws -> TabularPolicy {
        precondition(draws >= 1, "\(draws) draws")
        let (model, sample) = (try model(), Self())
        let (width, actionWidth) = (sample.observationSpace.size, sample.actionSpace.size)
        try EvaluationError.mustFit(policy, observation: width, action: actionWidth)
        if !policy.needsNoPast { throw EvaluationError.remembers(policy.memory) }
        var policy = policy
        var counts = [Double](repeating: 0, count: model.pairs)
        for state in 0..<model.states {
            let observation = try observation(inState: state)
            let rows = (0..<draws).flatMap { _ in observation }
            var actions = [Float](repeating: .nan, count: draws * actionWidth)
            var streams = (0..<draws).map { draw in
                RandomStream(
                    seed: seed, for: .action, index: UInt32(truncatingIfNeeded: state * draws + draw))
            }
            do {
                var actionSpan = actions.mutableSpan
                var streamSpan = streams.mutableSpan
                try policy.act(on: rows.span, actions: &actionSpan, using: &streamSpan)
            }
            for draw in 0..<draws {
                let values = Array(actions[draw * actionWidth..<(draw + 1) * actionWidth])
                if let value = values.first(where: { !$0.isFinite }) {
                    throw EvaluationError.badAction(value, episode: state, step: draw)
                }
                counts[state * model.actions + number(ofAction: values.span)] += 1
            }
        }
        return TabularPolicy(states: model.states, actions: model.actions) {
            counts[$0 * model.actions + $1]
        }
    }

    /// The exact return and costs of a policy's table.
    ///
    /// - Throws: as `table` and `TabularCMDP.evaluation`.
    public static func exactEvaluation(
        of policy: any Policy, draws: Int = 1, seed: UInt64 = 0
    ) throws -> PolicyEvaluation {
        try model().evaluation(of: table(of: policy, draws: draws, seed: seed))
    }
}
