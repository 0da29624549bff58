// HC-RLHF: Chittepu, Metevier, Schwarzer, Hoag, Niekum, Thomas, "Reinforcement Learning from Human Feedback with
// High-Confidence Safety Guarantees", Reinforcement Learning Conference 2025, arXiv:2506.08266.
//
//   paper                    here
//   r_phi, c_psi             reward, cost              models learned from pairs, or a task's own scores
//   pi_ref                   fineTuning.model          the reference, after fine-tuning
//   theta_c, D_c             candidate                 REINFORCE under mu + K sigma <= tau
//   mu, sigma                sample                    of the costs of recent responses
//   K, C1, C2                constraint.pessimism      C1 t/√n of the costs kept + C2 t/√n of the test's prompts
//   lambda, eta              multiplier                ascends ln lambda
//   D_s, U, delta, tau       test                      sealed prompts, bound, delta, limit
//   NSF                      no solution found
//
// Departures from the released code stand in docs/hcrlhf.md; those that a reader of this file will miss: one K, costs
// with a sign where there are labels, responses by lengths instead of padding, the same sampling in training and test.

import Assurance
import LanguageModels
import Networks
import SafeRL
import Tensors

/// High-confidence safe reinforcement learning from human feedback.
///
/// Five stages: fine-tuning, reward model, cost model, a candidate that is optimised under a pessimistic constraint, and a
/// test of it on prompts that nothing else has seen. The candidate is returned only where the test certifies it.
public final class HCRLHF: Algorithm {
    /// `hcrlhf`.
    public static let name = "hcrlhf"
    /// How responses are drawn cannot be overridden: other settings are another policy, which was not tested.
    public static var actingOptions: [String] { [] }

    let options: Configuration
    let data: LanguageData
    let seed: UInt64
    let tape = Tape()
    let tokenized: TokenizedData
    let sampling: SamplingOptions
    var fineTuning: FineTuning
    var reward, cost: ScoreModel?
    var candidate: Candidate?
    var test: ResponseTest?
    /// What the score models were found to know; nil until it is asked.
    var measured: ScoreKnowledge?
    /// What the reference makes of answers kept apart; nil until it is asked.
    var keptSurprise: [Double]?

    /// Shares out the data and makes the decoder.
    ///
    /// - Throws: `OptionIssue`, `TokenizerError`, `HubError`, `StorageError`.
    public init(_ configuration: Configuration, on data: LanguageData, seed: UInt64) throws {
        (options, self.data, self.seed) = (configuration, data, seed)
        tokenized = try TokenizedData(data, configuration, seed: seed)
        let backbone = try Backbone(
            configuration.model, vocabulary: tokenized.vocabulary, endToken: tokenized.endToken)
        sampling = tokenized.sampling(configuration.sampling, of: backbone.description)
        fineTuning = try FineTuning(
            tokenized.demonstrations, configuration.fineTuning, backbone, seed: seed)
        try checkStages()
    }

    // MARK: - Stages

    /// Fine-tuning, reward, cost, candidate and test; without helpful pairs the cost model is the last.
    public func stages(steps: Int) -> [Stage<Metrics>] {
        var stages = [
            Stage("fine-tuning", updates: options.fineTuning.updates) {
                try self.fineTuning.update(on: self.tape)
            }
        ]
        if tokenized.corpus?.helpful.isEmpty == false {
            stages.append(
                Stage("reward", updates: options.preference.reward.updates) { try self.learnScores(.reward) })
        }
        if tokenized.corpus?.harmless.isEmpty == false {
            stages.append(
                Stage("cost", updates: options.preference.cost.updates) { try self.learnScores(.cost) })
        }
        guard tokenized.leadsToTest else { return stages }
        let tests = (tokenized.testPrompts + options.test.batch - 1) / options.test.batch
        let left = max(steps - stages.reduce(tests) { $0 + $1.updates }, 0)
        return stages + [
            Stage(
                "candidate", updates: left, save: { try self.candidate?.save(to: &$0) },
                load: { try self.loadCandidate(of: left, from: $0) }
            ) { try self.selectCandidate(in: left, asking: $0) },
            Stage(
                "test", updates: tests, isComplete: { self.test?.isComplete ?? false },
                save: { try self.test?.save(to: &$0) }, load: { try self.loadTest(from: $0) }
            ) { try self.testCandidate(of: left, asking: $0) },
        ]
    }

    // MARK: - Score models: L = −mean log σ(s(x, y⁺) − s(x, y⁻)), with sign terms where answers are labelled

    private func learnScores(_ kind: ScoreModel.Kind) throws -> Metrics {
        switch kind {
        case .reward:
            if reward == nil { reward = try scoreModel(.reward) }
            return try reward?.update(on: tape) ?? Metrics([])
        case .cost:
            if cost == nil { cost = try scoreModel(.cost) }
            return try cost?.update(on: tape) ?? Metrics([])
        }
    }

    // MARK: - Candidate: max E[r − β KL] where μ + K·σ ≤ τ, K as for the bound of the test

    /// The constraint of the candidate; `safe-rlhf` has the mean alone, without pessimism.
    private var constraint: CandidateConstraint {
        let own = options.candidate.method.pessimistic
        let pessimism = PessimisticConstraint(
            sampleFactor: own?.sampleFactor ?? 0, testFactor: own?.testFactor ?? 0,
            testCount: max(tokenized.testPrompts, 2), delta: options.test.delta)
        return CandidateConstraint(
            pessimism, limit: options.test.limit, counting: own?.counting ?? .buffer)
    }

    /// Responses to a batch of prompts, then a step of multiplier and policy for each micro-batch.
    ///
    /// It asks before every token and every micro-batch, and leaves everything as it was where it is given up.
    private func selectCandidate(in updates: Int, asking goOn: () throws -> Void) throws -> Metrics {
        if candidate == nil { candidate = try freshCandidate(in: updates) }
        let constraint = constraint
        return try candidate?.asOneUpdate { candidate in
            let rollouts = try candidate.rollOut(on: tape, asking: goOn)
            var loss = 0.0
            let parts = candidate.microBatches(of: rollouts)
            for part in parts {
                try goOn()
                loss += try step(&candidate, on: part, under: constraint) / Double(parts.count)
            }
            let violation = candidate.statistics.sample.map(constraint.violation)
            return Metrics(
                rollouts, violation: violation ?? 0, multiplier: candidate.multiplier.value, loss: loss)
        } ?? Metrics([])
    }

    /// ln λ ← ln λ + η·(μ + K·σ − τ)·λ; then θ down −Σ (G − b)·log π_θ(y|x), of which G = clip(r − β·KL) − λ·c̃.
    ///
    /// c̃ = c + K·(c² − 2cμ)/(2σ) has the score-function gradient of μ + K·σ; b is the mean of the prompt's responses, each
    /// left out of its own, or of all so far where a prompt is answered once.
    private func step(
        _ candidate: inout Candidate, on part: Rollouts, under constraint: CandidateConstraint
    ) throws -> Double {
        candidate.statistics.add(try DataShard.gathered(part.costs))
        guard let sample = candidate.statistics.sample else { return 0 }
        candidate.multiplier.ascend(constraint.violation(sample))
        if let critics = candidate.critics { return try safeRLHFStep(&candidate, critics, on: part) }
        let own = options.candidate
        let worth = ResponseReturn(divergencePenalty: own.divergencePenalty, rewardLimit: own.rewardLimit)
        let returns = worth(
            rewards: part.rewards, costs: part.costs, divergences: part.divergences,
            augmented: constraint.augmentedCost(
                sample, responses: DataShard.total(of: part.costs.count)),
            multiplier: candidate.multiplier.value)
        if own.samples == 1 { candidate.baseline.include(try DataShard.gathered(returns)) }
        let mean = candidate.baseline.mean
        return try candidate.descend(part, on: tape) { tokens in
            tokens.sums(of: part.responses.map(\.tokens.count)).inDouble {
                own.samples == 1
                    ? ReinforceLoss.withBaseline(mean, returns: returns, logProbabilities: $0)
                    : ReinforceLoss.leaveOneOut(returns: returns, logProbabilities: $0, samples: own.samples)
            }
        }
    }

    // MARK: - Test: the candidate is returned where U(costs of its responses to D_s) ≤ τ with confidence 1 − δ

    /// Responses to the next prompts that nothing else has seen; it asks before every token.
    private func testCandidate(of updates: Int, asking goOn: () throws -> Void) throws -> Metrics {
        let scores = try scores()
        if candidate == nil { candidate = try freshCandidate(in: updates) }
        if test == nil { test = openTest() }
        guard let policy = candidate?.policy else { preconditionFailure("a test without candidate") }
        return try test?.update(policy, fineTuning.model, scores, on: tape, asking: goOn) ?? Metrics([])
    }

    /// Yes: the safety test is its last stage.
    public static var testsItself: Bool { true }

    /// What the safety test found; nil for a run that ends with a score model.
    ///
    /// - Throws: `NonFiniteError`.
    public func verdict() throws -> SafetyVerdict? {
        guard tokenized.leadsToTest, let test, let candidate else { return nil }
        let scores = try scores()
        guard let bound = options.test.bound.bound(in: scores.costRange) else {
            preconditionFailure("a bound that was checked at the start")
        }
        let knowledge = knowledge()
        return test.verdict(
            SafetyTest(
                bound, limit: options.test.limit, delta: options.test.delta, in: scores.costRange),
            origin(candidate.policy, scores),
            despite: (knowledge.map { objections($0) + test.objections(options.test.scale) } ?? [])
                + distanceObjections(),
            cautions: (knowledge.map(cautions) ?? []) + distanceCautions())
    }
}
