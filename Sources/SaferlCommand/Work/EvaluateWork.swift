import Foundation
import SafeRL

/// What `saferl evaluate` does.
struct EvaluateWork {
    let directory: String
    let episodes: Int?
    let seed: UInt64?
    let environment: String?
    let workers: Int?
    let retries: Int?
    let overrides: [String]
    let out: String?
    let film: FilmWork?
    let isJSON: Bool
    let registry: Registry

    func run() throws {
        let run = try RunDirectory.inspect(directory)
        let document = try run.document()
        let type = try registry.algorithm(named: try document.algorithm(among: registry.algorithmNames))
        try evaluate(type, run)
    }

    private func evaluate<A: Algorithm>(_ type: A.Type, _ run: RunDirectory) throws {
        let resolved = try run.resolved(type, acting: overrides, among: registry)
        let task = try place(resolved)
        let checkpoint = try run.usableCheckpoint()
        let policy = try A.policy(resolved.options, from: checkpoint)
        var judgement = try resolved.judging(policy, in: task)
        judgement.episodes = episodes ?? judgement.episodes
        judgement.seed = seed ?? judgement.seed
        judgement.workers = workers ?? judgement.workers
        judgement.retries = retries ?? judgement.retries
        judgement.origin = EvaluationOrigin(
            checkpoint: checkpoint.path, step: checkpoint.step, environment: task.name, overrides: overrides)
        let video = try film?.prepare(evaluated: judgement.episodes, in: task)
        let (evaluation, report) = try judgement.run(policy, keeping: film?.episodes ?? 0)
        if let out { try EvaluationFiles(evaluation, report).write(to: out) }
        try Output.write(
            isJSON ? try report.json() : "\(checkpoint.path) in \(task.name)\n\(report.table)")
        // Last, so that nothing is lost where it fails.
        guard let film, let video else { return }
        let summary = try film.record(evaluation, as: video)
        if !isJSON { try Output.write(summary) }
    }

    /// Where the policy acts: as the command line says, else as the run does.
    private func place(_ resolved: ResolvedRun<some Defaulted>) throws -> NamedEnvironment {
        if let environment { return try registry.environment(named: environment) }
        if let named = try resolved.evaluationEnvironment(in: registry) { return named }
        throw resolved.error("environment", "none to evaluate in. Name one with --environment.")
    }
}
