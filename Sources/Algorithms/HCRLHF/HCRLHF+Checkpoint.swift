import LanguageModels
import Networks
import SafeRL

extension HCRLHF {
    /// The content of all of them is part of the data's identity.
    public static var fileOptions: [String] {
        HCRLHF.PreferenceFiles.options.map { "files.\($0.key)" } + ["model.directory"]
    }

    /// Refused.
    public static func growth(of configuration: Configuration) -> TrainingGrowth {
        .refused("the candidate's step sizes depend on schedule.steps, and its test is spent")
    }

    // MARK: - Policies

    /// From the first update of the candidate on, where the task is an environment.
    public var hasPolicy: Bool { tokenized.task != nil && candidate != nil }

    /// The candidate as it is, for the environment of its task; whether it was certified, the verdict says.
    ///
    /// - Throws: `WritesText` where it answers prompts of people.
    public func makePolicy() throws -> any Policy {
        guard let task = tokenized.task, let candidate else { throw WritesText() }
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
            network, task, TokenizedData.sampling(configuration.sampling, limit: nil))
    }

    // MARK: - State

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
        try checkpoint.store("hcrlhf.task", tokenized.task)
        try fineTuning.save(to: &checkpoint)
        try reward?.save(to: &checkpoint)
        try cost?.save(to: &checkpoint)
    }

    /// Whether these stages can have begun: each in its turn, and only where there is something to learn from.
    private func isPossible(_ progress: Progress) -> Bool {
        let corpus = tokenized.corpus
        let scoresExist = corpus == nil || progress.hasReward && progress.hasCost
        return (!progress.hasReward || corpus?.helpful.isEmpty == false)
            && (!progress.hasCost || corpus?.harmless.isEmpty == false)
            && (!progress.hasCandidate || tokenized.leadsToTest && scoresExist)
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
            reward = try scoreModel(.reward)
            try reward?.load(from: checkpoint)
        }
        if progress.hasCost {
            cost = try scoreModel(.cost)
            try cost?.load(from: checkpoint)
        }
    }

    func loadCandidate(of updates: Int, from checkpoint: CheckpointReader) throws {
        guard try checkpoint.value("hcrlhf.progress", as: Progress.self).hasCandidate else { return }
        candidate = try freshCandidate(in: updates)
        try candidate?.load(from: checkpoint)
    }

    func loadTest(from checkpoint: CheckpointReader) throws {
        guard try checkpoint.value("hcrlhf.progress", as: Progress.self).hasTest else { return }
        test = openTest()
        try test?.load(from: checkpoint)
    }
}
