import LanguageModels
import Networks
import SafeRL
import Tensors

/// The two critics of Safe-RLHF: score heads that are read before every token of a response.
struct Critics {
    private let reward: LanguageLearner
    private let cost: LanguageLearner
    /// Both networks.
    var models: [LanguageLearner] { [reward, cost] }

    /// Critics that start from the score models, or from the reference with fresh heads where there are none.
    ///
    /// - Throws: the errors of a hub directory.
    init(
        _ options: HCRLHF.CandidateOptions, updates: Int, reference: LanguageLearner,
        models: (reward: LanguageLearner, cost: LanguageLearner)?, seed: UInt64
    ) throws {
        let steps = updates * (options.batch / options.microBatch)
        let rate = (options.method.proximal ?? HCRLHF.ProximalOptions()).criticRate
        func critic(_ name: String, _ model: LanguageLearner?, number: UInt32) throws -> LanguageLearner {
            let critic = try LanguageLearner(
                name, reference.backbone, scoring: true,
                optimizer: .decoder(
                    .warmed(rate, warmUp: max(steps * 3 / 100, 1)), decay: 0.1, largestNorm: 5),
                seed: seed, number: number)
            critic.copyWeights(from: model ?? reference)
            return critic
        }
        reward = try critic("reward-critic", models?.reward, number: 4)
        cost = try critic("cost-critic", models?.cost, number: 5)
    }

    /// Values before every response token.
    func values(of responses: [Response], on tape: Tape) -> (reward: [[Double]], cost: [[Double]]) {
        (reward.responseValues(responses, on: tape), cost.responseValues(responses, on: tape))
    }

    /// Advantages and returns of both.
    func advantages(
        _ part: Rollouts, _ values: (reward: [[Double]], cost: [[Double]]), _ rows: [TokenRow],
        _ shaping: TokenShaping, trace: Double
    ) -> (rewards: [TokenAdvantages], costs: [TokenAdvantages]) {
        let rewards = rows.indices.map { index in
            TokenAdvantages(
                rows[index], values: values.reward[index],
                rewards: shaping.rewards(
                    rows[index], old: part.old[index], reference: part.reference[index],
                    reward: part.rewards[index]), decay: trace)
        }
        let costs = rows.indices.map { index in
            TokenAdvantages(
                rows[index], values: values.cost[index],
                rewards: shaping.costs(
                    rows[index], old: part.old[index], reference: part.reference[index],
                    cost: part.costs[index]), decay: trace)
        }
        return (rewards, costs)
    }

    /// One step of each towards its returns.
    ///
    /// - Throws: `NonFiniteError`.
    func learn(
        _ part: Rollouts, _ values: (reward: [[Double]], cost: [[Double]]), _ rows: [TokenRow],
        _ rewards: [TokenAdvantages], _ costs: [TokenAdvantages], range: Double, on tape: Tape
    ) throws {
        for (critic, old, targets) in [(reward, values.reward, rewards), (cost, values.cost, costs)] {
            try critic.learner.descend(on: tape) {
                tape.reset()
                let input = PackedTokens(part.responses.map(\.all))
                let scores = critic.scores(
                    input, at: Response.predictingRows(part.responses, input), on: tape)
                return scores.inDouble {
                    TokenPPOLoss.critic(
                        rows, new: $0, old: old, returns: targets.map(\.returns), range: range)
                }
            }
        }
    }

    func save(to checkpoint: inout CheckpointWriter) throws {
        try checkpoint.store(reward.learner)
        try checkpoint.store(cost.learner)
    }

    func load(from checkpoint: CheckpointReader) throws {
        try checkpoint.load(reward.learner)
        try checkpoint.load(cost.learner)
    }
}
