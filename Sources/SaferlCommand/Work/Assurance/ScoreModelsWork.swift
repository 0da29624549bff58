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
        let run = chosen.run
        let opened = try A.open(
            resolved.run, resolved.options, environment: nil, earlier: run.manifest.data.path)
        guard let data = opened?.data else { return nil }
        guard data.identity == run.manifest.data.sha256 else { throw OtherAnswers(directory) }
        let algorithm = try A(resolved.options, on: data, seed: resolved.run.seed)
        let checkpoint = try chosen.checkpoint(warn: FileHandle.warn)
        try algorithm.load(from: checkpoint)
        let seed = AssessmentSeeds(seed: plan.seed)("shuffled answers")
        guard let found = (algorithm as? HCRLHF)?.heldOutAnswers(seed: seed) else { return nil }
        var models = AnswerModels(
            identity: checkpoint.identity, step: checkpoint.step, algorithm: A.name,
            place: run.manifest.data.path)
        models.rewardPairs = found.rewardPairs.map(Self.pair)
        models.costPairs = found.costPairs.map(Self.pair)
        models.rewards = found.rewards.map(Self.answer)
        models.costs = found.costs.map(Self.answer)
        models.hasSigns = found.hasSigns
        (models.known, models.fresh, models.shuffled) = (found.known, found.fresh, found.shuffled)
        return try Assessment(models, plan) { part in
            FileHandle.standardError.offer("assessed: \(part)\n")
        }.report
    }

    private static func pair(_ pair: HeldOutAnswers.Pair) -> AnswerModels.Pair {
        .init(prompt: pair.prompt, difference: pair.difference, tokens: pair.tokens)
    }

    private static func answer(_ answer: HeldOutAnswers.Answer) -> AnswerModels.Answer {
        .init(
            prompt: answer.prompt, score: answer.score, isUnsafe: answer.isUnsafe, tokens: answer.tokens)
    }
}

/// Pairs that are not those that a run learned from.
struct OtherAnswers: Fault {
    /// What kind of fault it is.
    let kind = FaultKind.badData
    let description: String

    init(_ run: String) {
        description =
            "\(oneLine(run)): the run's data are no longer those that it learned from. Restore the files from a copy."
    }
}
