// HC-RLHF: Chittepu, Metevier, Schwarzer, Hoag, Niekum, Thomas, "Reinforcement Learning from Human Feedback with
// High-Confidence Safety Guarantees", Reinforcement Learning Conference 2025, arXiv:2506.08266.
//
//   paper                    here
//   r_phi, c_psi             reward, cost              models learned from pairs, or a task's own scores
//   pi_ref                   reference                 after fine-tuning
//   theta_c, D_c             candidate                 REINFORCE under mu + K sigma <= tau
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
    let ground: Ground
    let sampling: SamplingOptions
    var fineTuning: FineTuningStage
    var reward, cost: PreferenceStage?
    var candidate: CandidateStage?
    var test: TestStage?
    /// What the score models were found to know; nil until it is asked.
    var measured: ScoreKnowledge?
    /// What the reference makes of answers kept apart; nil until it is asked.
    var keptSurprise: [Double]?

    /// What one update reports.
    public struct Metrics: TrainingMetrics {
        private let values: [(name: String, value: Double)]

        init(_ values: [(name: String, value: Double)]) { self.values = values }

        /// Those of all stages.
        public static var declarations: [MetricDeclaration] {
            [
                MetricDeclaration("loss", "Loss"),
                MetricDeclaration("preference_loss", "Preference loss", .nonNegative),
                MetricDeclaration("accuracy", "Accuracy on the batch", .share),
                MetricDeclaration("reward", "Mean reward score"),
                MetricDeclaration("cost", "Mean cost score"),
                MetricDeclaration("divergence", "Divergence from the reference", unit: "nats"),
                MetricDeclaration("violation", "Pessimistic violation"),
                MetricDeclaration("multiplier", "Multiplier", .nonNegative),
                MetricDeclaration("tokens", "Response length", unit: "tokens", .nonNegative),
            ]
        }

        /// Names depend on the stage.
        public func report(_ metric: (_ name: String, _ value: Float) -> Void) {
            for (name, value) in values { metric(name, Float(value)) }
        }
    }

    /// Shares out the data and makes the decoder.
    ///
    /// - Throws: `OptionIssue`, `TokenizerError`, `HubError`, `StorageError`.
    public init(_ configuration: Configuration, on data: LanguageData, seed: UInt64) throws {
        (options, self.data, self.seed) = (configuration, data, seed)
        ground = try Ground(data, configuration, seed: seed)
        let backbone = try Backbone(
            configuration.model, vocabulary: ground.vocabulary, endToken: ground.endToken)
        sampling = ground.sampling(configuration.sampling, of: backbone.description)
        fineTuning = try FineTuningStage(
            ground.demonstrations, configuration.fineTuning, backbone, seed: seed)
        try checkStages()
    }

    /// Refuses stages without anything to learn from, and a test that could not be computed at its end.
    private func checkStages() throws {
        if ground.corpus?.demonstrations.isEmpty == true {
            throw OptionIssue(
                "model.tokens", "no prompt leaves room for a token of an answer. Raise it.")
        }
        if ground.leadsToTest && ground.candidatePrompts.isEmpty {
            throw OptionIssue(
                "model.tokens", "no prompt of the candidate leaves room for a response. Raise it.")
        }
        if ground.demonstrations.isEmpty && options.fineTuning.updates > 0 {
            throw OptionIssue("fineTuning.updates", "there is no answer to learn from. Write 0.")
        }
        guard ground.leadsToTest else { return }
        if case .task = data.source, options.test.scale == .squashed {
            throw OptionIssue(
                "test.scale", "costs of an environment are bounded already. Write \"raw\" or \"rate\".")
        }
        guard options.test.bound.bound(in: costRange) != nil else {
            throw OptionIssue(
                "test.bound",
                "needs a largest cost, which scores of a model do not have. Write \"scale\": \"squashed\", or \"student-t\"."
            )
        }
    }

    private var costRange: ClosedRange<Double>? {
        if case .task(let task) = data.source { return options.test.scale.range(of: task.costRange) }
        return options.test.scale.range(of: nil)
    }

    // MARK: - Stages

    /// The limit of the test, which is also that of the candidate's constraint.
    public static func metricLimits(_ options: Configuration) -> [String: Double] {
        ["violation": 0]
    }

    /// Fine-tuning, reward, cost, candidate and test; without helpful pairs the cost model is the last.
    public func stages(steps: Int) -> [Stage<Metrics>] {
        var stages = [
            Stage("fine-tuning", updates: options.fineTuning.updates) {
                try self.fineTuning.update(on: self.tape)
            }
        ]
        if ground.corpus?.helpful.isEmpty == false {
            stages.append(
                Stage("reward", updates: options.preference.reward.updates) { try self.learn(.reward) })
        }
        if ground.corpus?.harmless.isEmpty == false {
            stages.append(Stage("cost", updates: options.preference.cost.updates) { try self.learn(.cost) })
        }
        guard ground.leadsToTest else { return stages }
        let tests = (ground.testPrompts + options.test.batch - 1) / options.test.batch
        let left = max(steps - stages.reduce(tests) { $0 + $1.updates }, 0)
        return stages + [
            Stage(
                "candidate", updates: left, save: { try self.candidate?.save(to: &$0) },
                load: { try self.loadCandidate(of: left, from: $0) }
            ) { try self.improve(of: left, asking: $0) },
            Stage(
                "test", updates: tests, isComplete: { self.test?.isComplete ?? false },
                save: { try self.test?.save(to: &$0) }, load: { try self.loadTest(from: $0) }
            ) { try self.ask(of: left, asking: $0) },
        ]
    }

    /// The content of all of them is part of the data's identity.
    public static var fileOptions: [String] {
        HCRLHF.PreferenceFiles.options.map { "files.\($0.key)" } + ["model.directory"]
    }

    /// Refused.
    public static func growth(of configuration: Configuration) -> TrainingGrowth {
        .refused("the candidate's step sizes depend on schedule.steps, and its test is spent")
    }

    private func learn(_ kind: PreferenceStage.Kind) throws -> Metrics {
        switch kind {
        case .reward:
            if reward == nil { reward = try preferenceStage(.reward) }
            return try reward?.update(on: tape) ?? Metrics([])
        case .cost:
            if cost == nil { cost = try preferenceStage(.cost) }
            return try cost?.update(on: tape) ?? Metrics([])
        }
    }

    /// One step of the candidate, which asks before every token and every micro-batch.
    private func improve(of updates: Int, asking goOn: () throws -> Void) throws -> Metrics {
        if candidate == nil { candidate = try candidateStage(of: updates) }
        return try candidate?.update(on: tape, asking: goOn) ?? Metrics([])
    }

    /// Some prompts of the test, which asks before every token.
    private func ask(of updates: Int, asking goOn: () throws -> Void) throws -> Metrics {
        let scores = try scores()
        if candidate == nil { candidate = try candidateStage(of: updates) }
        if test == nil { test = openTest() }
        guard let policy = candidate?.policy else { preconditionFailure("a test without candidate") }
        return try test?.update(policy, fineTuning.model, scores, on: tape, asking: goOn) ?? Metrics([])
    }

    private func preferenceStage(_ kind: PreferenceStage.Kind) throws -> PreferenceStage {
        guard let corpus = ground.corpus else { preconditionFailure("a score model without pairs") }
        return try PreferenceStage(
            kind, kind == .reward ? corpus.helpful : corpus.harmless, options.preference,
            fineTuning.model.backbone, startingFrom: fineTuning.model, seed: seed)
    }

    func scores() throws -> ResponseScores {
        if case .task(let task) = data.source { return .task(task, options.test.scale) }
        if reward == nil { reward = try preferenceStage(.reward) }
        if cost == nil { cost = try preferenceStage(.cost) }
        guard let reward, let cost else { preconditionFailure("no score models") }
        return .models(reward: reward.model, cost: cost.model, options.test.scale)
    }

    /// A fresh candidate, whose step sizes fall over so many updates.
    private func candidateStage(of updates: Int) throws -> CandidateStage {
        let scores = try scores()
        let own = options.candidate.method.pessimistic
        let pessimism = PessimisticConstraint(
            sampleFactor: own?.sampleFactor ?? 0, testFactor: own?.testFactor ?? 0,
            testCount: max(ground.testPrompts, 2), delta: options.test.delta)
        let setting = CandidateStage.Setting(
            prompts: ground.candidatePrompts, demonstrations: ground.demonstrations, scores: scores,
            reference: fineTuning.model, options: options.candidate, sampling: sampling,
            constraint: CandidateConstraint(
                pessimism, limit: options.test.limit, counting: own?.counting ?? .buffer),
            updates: updates, seed: seed)
        let models = reward.flatMap { reward in cost.map { (reward.model, $0.model) } }
        return try CandidateStage(
            setting,
            critics: own == nil
                ? { [options, fineTuning, seed] in
                    try Critics(
                        options.candidate, updates: updates, reference: fineTuning.model,
                        models: models, seed: seed)
                } : nil)
    }

    private func openTest() -> TestStage {
        TestStage(
            ground.openTestPrompts(), sampling, batch: options.test.batch, seed: seed)
    }

    // MARK: - Policies

    /// From the first update of the candidate on, where the task is an environment.
    public var hasPolicy: Bool { ground.task != nil && candidate != nil }

    /// The candidate as it is, for the environment of its task; whether it was certified, the verdict says.
    ///
    /// - Throws: `WritesText` where it answers prompts of people.
    public func makePolicy() throws -> any Policy {
        guard let task = ground.task, let candidate else { throw WritesText() }
        let backbone = fineTuning.model.backbone
        return TokenPolicy(
            candidate.policy.learner.snapshot(.weights) { backbone.parts(scoring: false, in: &$0) }, task,
            sampling)
    }

    /// The candidate in a checkpoint.
    ///
    /// - Throws: `WritesText`; `CheckpointError`, also for a checkpoint of the stages before the candidate's.
    public static func policy(_ configuration: Configuration, from checkpoint: CheckpointReader) throws
        -> any Policy
    {
        guard let task = try checkpoint.value("hcrlhf.task", as: TaskSizes?.self) else { throw WritesText() }
        let backbone = try Backbone(
            configuration.model, vocabulary: task.vocabulary, endToken: task.endToken)
        let network = try checkpoint.network("policy", .weights) {
            backbone.parts(scoring: false, in: &$0)
        }
        return TokenPolicy(
            network, task, Ground.sampling(configuration.sampling, limit: nil))
    }

    // MARK: - Checkpoints

    private struct Progress: Codable {
        var hasReward, hasCost, hasCandidate, hasTest: Bool
    }

    /// Stores what stands before the candidate; candidate and test are stored by their stages.
    public func save(to checkpoint: inout CheckpointWriter) throws {
        try checkpoint.store(
            "hcrlhf.progress",
            Progress(
                hasReward: reward != nil, hasCost: cost != nil, hasCandidate: candidate != nil,
                hasTest: test != nil))
        try checkpoint.store("hcrlhf.task", ground.task)
        try fineTuning.save(to: &checkpoint)
        try reward?.save(to: &checkpoint)
        try cost?.save(to: &checkpoint)
    }

    /// Whether these stages can have begun: each in its turn, and only where there is something to learn from.
    private func isPossible(_ progress: Progress) -> Bool {
        let corpus = ground.corpus
        let scoresExist = corpus == nil || progress.hasReward && progress.hasCost
        return (!progress.hasReward || corpus?.helpful.isEmpty == false)
            && (!progress.hasCost || corpus?.harmless.isEmpty == false)
            && (!progress.hasCandidate || ground.leadsToTest && scoresExist)
            && (!progress.hasTest || progress.hasCandidate)
    }

    /// Restores what `save` stored, with the score models that the run has come to.
    ///
    /// - Throws: `CheckpointError`.
    public func load(from checkpoint: CheckpointReader) throws {
        let progress = try checkpoint.value("hcrlhf.progress", as: Progress.self)
        guard isPossible(progress) else {
            throw checkpoint.unsound(
                "hcrlhf.progress", UnsoundValue("it has stages that this run does not come to, or not yet"))
        }
        try fineTuning.load(from: checkpoint)
        if progress.hasReward {
            reward = try preferenceStage(.reward)
            try reward?.load(from: checkpoint)
        }
        if progress.hasCost {
            cost = try preferenceStage(.cost)
            try cost?.load(from: checkpoint)
        }
    }

    private func loadCandidate(of updates: Int, from checkpoint: CheckpointReader) throws {
        guard try checkpoint.value("hcrlhf.progress", as: Progress.self).hasCandidate else { return }
        candidate = try candidateStage(of: updates)
        try candidate?.load(from: checkpoint)
    }

    private func loadTest(from checkpoint: CheckpointReader) throws {
        guard try checkpoint.value("hcrlhf.progress", as: Progress.self).hasTest else { return }
        test = openTest()
        try test?.load(from: checkpoint)
    }
}
