import Foundation
import SafeRL

/// What `saferl evaluate` does.
struct EvaluateWork {
    let directory: String
    let episodes: Int?
    let seed: UInt64?
    let environment: String?
    let acting: ActingArguments
    /// Whether a shielded policy is also judged without its shield.
    let comparesUnguarded: Bool
    /// Whether each step of a shield is written down.
    let logsEveryStep: Bool
    let out: String?
    let film: FilmWork?
    let isJSON: Bool
    let registry: Registry

    func run() throws {
        let chosen = try ChosenCheckpoint(directory, checkpoint: acting.checkpoint)
        try evaluate(try registry.algorithm(of: try chosen.run.document()), chosen)
    }

    private func evaluate<A: Algorithm>(_ type: A.Type, _ chosen: ChosenCheckpoint) throws {
        let resolved = try chosen.run.resolved(type, acting: acting.overrides, among: registry.algorithmNames)
        let task = try registry.place(
            resolved, named: environment,
            for: { try A.policy(resolved.options, from: chosen.checkpoint(warn: FileHandle.warn)) },
            to: "evaluate", trusted: acting.trustsEnvironment)
        let checkpoint = try chosen.checkpoint(warn: FileHandle.warn)
        var policy = try A.policy(resolved.options, from: checkpoint)
        var judgement = try resolved.judging(policy, in: task)
        if let fit = try GuardFit(acting, chosen.run, resolved, in: registry) {
            (policy, judgement.guardSummary) = try fit.guarding(policy)
        }
        judgement.episodes = episodes ?? judgement.episodes
        judgement.seed = seed ?? judgement.seed
        judgement.workers = acting.workers ?? judgement.workers
        judgement.retries = acting.retries ?? judgement.retries
        judgement.origin = EvaluationOrigin(
            checkpoint: checkpoint.path, policy: checkpoint.identity, step: checkpoint.step,
            environment: task.name,
            overrides: acting.overrides)
        let video = try film?.prepare(evaluated: judgement.episodes, in: task)
        let place = try judgement.place()
        let shielding = try ShieldWork(
            acting, for: policy, checkpoint.identity, in: task, place, registry: registry
        ) { try A.networks(resolved.options, from: checkpoint) }
        let shield = shielding?.shield(logging: out != nil, everyStep: logsEveryStep)
        var unguarded: EvaluationReport?
        if let shielding, shielding.canIntervene && comparesUnguarded {
            // Monitor and router say what they see of the policy alone, too.
            judgement.shield = shielding.onlooker
            unguarded = try judgement.run(policy, in: place).1
        }
        judgement.shield = shield
        let (evaluation, report) = try judgement.run(policy, in: place, keeping: film?.episodes ?? 0)
        if let out {
            try EvaluationFiles(evaluation, report).write(to: out)
            if let shield, let shielding {
                try ShieldReportFiles(shield, shielding.head, checkpoint).write(to: out)
            }
        }
        let comparison = GuardedComparison(report, unguarded: unguarded)
        try Output.write(
            isJSON ? try comparison.json() : "\(checkpoint.path) in \(task.name)\n\(comparison.table)")
        // Last, so that nothing is lost where it fails.
        guard let film, let video else { return }
        let summary = try film.record(evaluation, as: video)
        if !isJSON { try Output.write(summary) }
    }
}
