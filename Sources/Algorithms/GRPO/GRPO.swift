// GRPO: Shao, Wang, Zhu, Xu, Song, Bi, Zhang, Zhang, Li, Wu, Guo, "DeepSeekMath: Pushing the Limits of Mathematical Reasoning
// in Open Language Models", 2024, arXiv:2402.03300; with verifiable rewards as AlphaAlign, arXiv:2507.14987, has them.
//
//   paper                    here
//   q, o_i                   request, response         P requests, each with G responses
//   pi_ref                   fineTuning.model          the reference, after fine-tuning on demonstrations
//   r_i                      RewardComposer            of what the task's judge tells of a response
//   A-hat_i                  GroupAdvantages           compared with the other responses to a request
//   rho, epsilon             GRPOLoss                  likelihood ratio and its clip widths
//   beta, D_KL               divergencePenalty         k3 on each token
//   mu                       iterations                steps on the same responses
//
// What is not the paper's: a test of the policy on requests that nothing has seen ends the run certified or with no solution.

import Alignment
import Assurance
import LanguageModels
import Networks
import SafeRL
import Tensors

/// Group-relative policy optimisation with verifiable rewards.
///
/// Three stages: fine-tuning on demonstrations, the policy, and a test of the harm of its answers to requests of a split that
/// training does not draw from. The policy is returned only where the test certifies it.
public final class GRPO: Algorithm {
    /// `grpo`.
    public static let name = "grpo"

    let options: Configuration
    let data: TextTaskData
    let seed: UInt64
    let tape = Tape()
    let text: TextTokens
    let sampling: SamplingOptions
    var fineTuning: FineTuning
    var policy: GroupPolicy?
    var test: AnswerTest?

    /// Learns a tokenizer from demonstrations, and makes the decoder.
    ///
    /// - Throws: `OptionIssue`, `TokenizerError`, `HubError`, `GGUFError`, `StorageError`.
    public init(_ configuration: Configuration, on data: TextTaskData, seed: UInt64) throws {
        (options, self.data, self.seed) = (configuration, data, seed)
        text = try LanguageCorpus.tokens(
            configuration.model, data.rows.flatMap { [$0.request, $0.answer] }, prompts: data.count)
        let backbone = try Backbone(
            configuration.model, vocabulary: text.tokenizer.vocabularySize, endToken: text.endToken)
        sampling = TokenizedData.sampling(
            configuration.sampling,
            limit: text.tokenizer.vocabularySize < backbone.description.vocabulary
                ? text.tokenizer.vocabularySize : nil)
        let text = text
        let demonstrations = data.rows.compactMap { row -> Response? in
            let prompt = text.prompt(Dialogue(row.request))
            let all = text.answered(prompt, row.answer)
            return all.count > prompt.count
                ? Response(prompt: prompt, tokens: Array(all[prompt.count...])) : nil
        }
        guard !demonstrations.isEmpty else {
            throw OptionIssue("model.tokens", "no request leaves room for a token of an answer. Raise it.")
        }
        fineTuning = try FineTuning(demonstrations, configuration.fineTuning, backbone, seed: seed)
        try configuration.reward.composer.check(against: data.task)
    }

    // MARK: - Stages

    /// Fine-tuning, policy and test.
    public func stages(steps: Int) -> [Stage<Metrics>] {
        let tests = (options.test.requests + options.test.batch - 1) / options.test.batch
        let left = max(steps - options.fineTuning.updates - tests, 0)
        return [
            Stage("fine-tuning", updates: options.fineTuning.updates) {
                Metrics(try self.fineTuning.update(on: self.tape))
            },
            Stage(
                "policy", updates: left, save: { try self.policy?.save(to: &$0) },
                load: { try self.loadPolicy(of: left, from: $0) }
            ) { try self.learn(in: left, asking: $0) },
            Stage(
                "test", updates: tests, isComplete: { self.test?.isComplete ?? false },
                save: { try self.test?.save(to: &$0) }, load: { try self.loadTest(from: $0) }
            ) { try self.testPolicy(of: left, asking: $0) },
        ]
    }

    // MARK: - Policy: θ down L, with advantages of each request's group

    /// Responses to a batch of requests, then `iterations` passes of steps on them.
    ///
    /// It asks before every token and every step, and leaves everything as it was where it is given up.
    private func learn(in updates: Int, asking goOn: () throws -> Void) throws -> Metrics {
        if policy == nil { policy = try freshPolicy(in: updates) }
        return try policy?.asOneUpdate { policy in
            let groups = try policy.answerRequests(on: tape, asking: goOn)
            let advantages = advantages(of: groups)
            let responses = groups.flatMap { $0 }
            var numbers = Metrics(groups, advantages)
            let flat = advantages.flatMap { $0 }
            for _ in 0..<options.iterations {
                let parts = Shares.cut(responses.count, into: options.minibatches)
                for part in parts {
                    try goOn()
                    numbers.add(
                        try step(policy, Array(responses[part]), Array(flat[part]), of: responses),
                        share: 1 / Double(parts.count * options.iterations))
                }
            }
            return numbers
        } ?? Metrics()
    }

    /// What each response's reward is worth beside those of its group, or each term of it.
    private func advantages(of groups: [[ScoredResponse]]) -> [[Double]] {
        let compared = options.advantage.advantages(options.variant)
        guard options.advantage.aggregate == .normaliseThenSum else {
            return compared(groups.map { $0.map(\.reward) })
        }
        return options.advantage.aggregate.advantages(
            groups.map { $0.map(\.terms) }, weights: options.reward.composer.weights + [1], compared)
    }

    /// One step down the loss of some responses.
    private func step(
        _ policy: GroupPolicy, _ responses: [ScoredResponse], _ advantages: [Double],
        of all: [ScoredResponse]
    ) throws -> GRPOLoss.Value {
        // Responses that were cut off keep their advantage in the means of others, and no step is made for them.
        let kept = responses.indices.filter { !(options.maskTruncated && responses[$0].isTruncated) }
        guard !kept.isEmpty else { return GRPOLoss.Value() }
        let loss = options.loss(tokens: all.reduce(0) { $0 + $1.response.tokens.count })
        var value = GRPOLoss.Value()
        let shown = kept.map { responses[$0] }
        let lengths = shown.map(\.response.tokens.count)
        let bonus =
            options.entropyBonus == 0
            ? nil
            : zip(loss.weights(lengths), lengths).flatMap {
                [Float](repeating: options.entropyBonus * Float($0), count: $1)
            }
        try policy.descend(shown.map(\.response), on: tape, bonus: bonus) { tokens in
            tokens.inDouble { new in
                value = loss(
                    Array(new.values).cut(into: lengths),
                    old: shown.map(\.old), reference: shown.map(\.reference),
                    advantages: kept.map { advantages[$0] })
                // Its slope with respect to each log-probability is that of the loss.
                return (new * new.tape.column(value.gradient.flatMap { $0 })).sum()
            }
        }
        return value
    }

    // MARK: - Test: the policy is returned where U(harm of its answers) ≤ τ with confidence 1 − δ

    /// Answers to the next requests that nothing else has seen.
    private func testPolicy(of updates: Int, asking goOn: () throws -> Void) throws -> Metrics {
        if policy == nil { policy = try freshPolicy(in: updates) }
        if test == nil { test = openTest() }
        guard let policy else { preconditionFailure("a test without policy") }
        return Metrics(test: try test?.update(policy.learner, on: tape, asking: goOn) ?? [])
    }

    /// Yes: the test is its last stage.
    public static var testsItself: Bool { true }

    /// What the test found.
    public func verdict() throws -> SafetyVerdict? {
        guard let test, test.isComplete, let policy,
            let bound = options.test.bound.bound(in: 0...1)
        else { return nil }
        return test.verdict(
            SafetyTest(bound, limit: options.test.limit, delta: options.test.delta, in: 0...1),
            origin(policy.learner))
    }
}
