import Algorithms
import Assessments
import Foundation
import SafeRL

/// What `saferl assess` does with a run of score models.
struct ScoreModelsWork {
    let directory: String
    let plan: AssessmentPlan
    let registry: Registry

    /// The assessment of a run's score models.
    ///
    /// - Parameters:
    ///   - type: the run's algorithm.
    ///   - resolved: its configuration.
    ///   - chosen: the checkpoint.
    /// - Returns: nothing for a run without score models of texts.
    /// - Throws: `OtherAnswers` where the data are no longer those of the run; what opening them throws.
    func report<A: Algorithm>(
        _ type: A.Type, _ resolved: ResolvedRun<A.Configuration>, _ chosen: ChosenCheckpoint
    ) throws -> AssessmentReport? {
        guard A.self == HCRLHF.self, resolved.run.environment.isEmpty else { return nil }
        guard let (algorithm, checkpoint) = try chosen.fresh(type, resolved, in: nil, of: directory) else {
            return nil
        }
        try algorithm.load(from: checkpoint)
        let seed = AssessmentSeeds(seed: plan.seed)("shuffled answers")
        guard let found = (algorithm as? HCRLHF)?.heldOutAnswers(seed: seed) else { return nil }
        var models = AnswerModels(
            identity: checkpoint.identity, step: checkpoint.step, algorithm: A.name,
            place: chosen.run.manifest.data.path)
        models.rewardPairs = found.rewardPairs.map(Self.pair)
        models.costPairs = found.costPairs.map(Self.pair)
        models.rewards = found.rewards.map(Self.answer)
        models.costs = found.costs.map(Self.answer)
        models.hasSigns = found.hasSigns
        (models.known, models.fresh, models.shuffled) = (found.known, found.fresh, found.shuffled)
        let policy = try (algorithm as? HCRLHF)?.answering(from: checkpoint)
        return try Assessment(models, and: policy, plan, say: Self.say).report
    }

    /// The assessment of a run's policy that answers requests of a task with text.
    ///
    /// - Parameters:
    ///   - type: the run's algorithm.
    ///   - resolved: its configuration.
    ///   - chosen: the checkpoint.
    ///   - folder: where sections that are done are kept.
    /// - Returns: nothing for a run of another kind; else the report, and what was kept, to be forgotten.
    /// - Throws: `OtherAnswers`, `NoAnswers`, and what opening the run throws.
    func policyReport<A: Algorithm>(
        _ type: A.Type, _ resolved: ResolvedRun<A.Configuration>, _ chosen: ChosenCheckpoint,
        keepingIn folder: String
    ) throws -> (AssessmentReport, AssessmentProgress)? {
        guard A.self == GRPO.self else { return nil }
        let place = try resolved.environment(in: registry)
        guard let (algorithm, checkpoint) = try chosen.fresh(type, resolved, in: place, of: directory) else {
            return nil
        }
        guard let policy = try (algorithm as? GRPO)?.answering(from: checkpoint) else {
            throw NoAnswers(directory)
        }
        try SystemFiles().makeDirectories(folder)
        let progress = AssessmentProgress(
            folder + "/progress.json",
            about: [
                ProgramIdentity.sha256 ?? "", checkpoint.identity, resolved.resolvedJSON().compact,
                "\(plan.episodes) \(plan.seed) \(plan.alpha) \(plan.delta) \(plan.limit ?? -1)",
            ])
        let assessed = LanguagePolicy(
            policy, identity: checkpoint.identity, step: checkpoint.step, algorithm: A.name,
            place: place?.name ?? "")
        return (try Assessment(assessed, plan, resuming: progress, say: Self.say).report, progress)
    }

    private static func say(_ part: String) {
        FileHandle.standardError.offer("assessed: \(part)\n")
    }

    private static func pair(_ pair: HeldOutAnswers.Pair) -> AnswerModels.Pair {
        .init(prompt: pair.prompt, difference: pair.difference, tokens: pair.tokens)
    }

    private static func answer(_ answer: HeldOutAnswers.Answer) -> AnswerModels.Answer {
        .init(
            prompt: answer.prompt, score: answer.score, isUnsafe: answer.isUnsafe, tokens: answer.tokens)
    }
}

/// A checkpoint of a stage before the policy's.
struct NoAnswers: Fault {
    /// What kind of fault it is.
    let kind = FaultKind.badData
    let description: String

    init(_ run: String) {
        description =
            "\(oneLine(run)): the checkpoint is of a stage before the policy's. Train on with \"saferl resume\"."
    }
}
