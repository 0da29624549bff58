// Safe-RLHF: Dai, Pan, Sun, Ji, Xu, Liu, Wang, Yang, "Safe RLHF: Safe Reinforcement Learning from Human Feedback",
// ICLR 2024, arXiv:2310.12773; the baseline of HC-RLHF, chosen by `candidate.method`.
//
//   paper                    here
//   V_r, V_c                 critics                   heads read before every token
//   A-hat_r, A-hat_c         rewards, costs            generalised advantages of tokens
//   lambda                   multiplier                ascends with the mean cost, K = 0
//   (A-hat_r − lambda A-hat_c) / (1 + lambda)          TokenAdvantages.combined

import LanguageModels
import Networks
import SafeRL
import Tensors

extension HCRLHF {
    /// The step of Safe-RLHF: both critics towards their returns, then the clipped policy step on combined advantages.
    ///
    /// - Throws: `NonFiniteError`.
    func safeRLHFStep(_ candidate: inout Candidate, _ critics: Critics, on part: Rollouts) throws -> Double {
        guard let values = part.values, let own = options.candidate.method.proximal else { return 0 }
        let rows = part.responses.map {
            TokenRow(start: 0, isToken: Array(repeating: true, count: $0.tokens.count))
        }
        let shaping = TokenShaping(
            divergencePenalty: options.candidate.divergencePenalty, limit: options.candidate.rewardLimit)
        let (rewards, costs) = critics.advantages(part, values, rows, shaping, trace: own.trace)
        try critics.learn(part, values, rows, rewards, costs, range: own.valueClip, on: tape)
        let (multiplier, old) = (candidate.multiplier.value, part.old.rows)
        let advantages = zip(rewards, costs).map {
            TokenAdvantages.combined(
                rewards: $0.advantages, costs: $1.advantages, multiplier: multiplier)
        }
        return try candidate.descend(part, on: tape) { tokens in
            tokens.inDouble {
                TokenPPOLoss.actor(
                    rows, new: $0, old: old, advantages: advantages, range: own.clip)
            }
        }
    }
}

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
        _ own: HCRLHF.ProximalOptions, of inputs: Candidate.Inputs,
        models: (reward: LanguageLearner, cost: LanguageLearner)?
    ) throws {
        let options = inputs.options
        let steps = inputs.updates * (options.batch / options.microBatch)
        func critic(_ name: String, _ model: LanguageLearner?, number: UInt32) throws -> LanguageLearner {
            let critic = try LanguageLearner(
                name, inputs.reference.backbone, scoring: true,
                optimizer: .decoder(
                    .warmed(own.criticRate, warmUp: max(steps * 3 / 100, 1)), decay: 0.1, largestNorm: 5),
                seed: inputs.seed, number: number)
            critic.copyWeights(from: model ?? inputs.reference)
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
                    rows[index], old: Array(part.old[index]), reference: Array(part.reference[index]),
                    reward: part.rewards[index]), decay: trace)
        }
        let costs = rows.indices.map { index in
            TokenAdvantages(
                rows[index], values: values.cost[index],
                rewards: shaping.costs(
                    rows[index], old: Array(part.old[index]), reference: Array(part.reference[index]),
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
