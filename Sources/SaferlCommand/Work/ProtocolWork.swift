import Foundation
import SafeRL

/// What `saferl evaluate --task` does: runs, one for each training seed, by the benchmark's protocol.
struct ProtocolWork {
    let directories: [String]
    let task: String
    let episodes: Int?
    let seed: UInt64?
    let environment: String?
    let acting: ActingArguments
    let out: String?
    let film: FilmWork?
    let isJSON: Bool
    let registry: Registry

    func run() throws {
        let task = try DSRLTask(argument: task)
        let rules = BenchmarkProtocol(
            task, episodes: episodes ?? BenchmarkProtocol.standardEpisodes,
            seed: seed ?? BenchmarkProtocol.standardSeed)
        let named = try environment.map(registry.environment) ?? registry.benchmarkEnvironment(for: task)
        // All are opened before the first acts, so that a wrong name costs no time.
        let entrants = try directories.map(entrant)
        for other in entrants where other.run.manifest.algorithm != entrants[0].run.manifest.algorithm {
            throw MixedRuns(entrants[0].run, other.run)
        }
        for entrant in entrants { try check(entrant, task) }
        var judgement = judgement(rules, named, entrants[0].settings)
        let video = try film?.prepare(evaluated: judgement.episodes, in: named)
        let place = try judgement.place()
        var (judged, files): ([BenchmarkRun], [Evaluation]) = ([], [])
        for entrant in entrants {
            judgement.seed = rules.evaluationSeed(trainingSeed: entrant.run.manifest.seed)
            judgement.origin = EvaluationOrigin(
                checkpoint: entrant.checkpoint.path, policy: entrant.checkpoint.identity,
                step: entrant.checkpoint.step, environment: named.name,
                overrides: acting.overrides)
            var policy = entrant.policy
            if let fit = try entrant.guardFit() {
                (policy, judgement.guardSummary) = try fit.guarding(policy)
            }
            judgement.shield = try ShieldWork(
                acting, for: policy, entrant.checkpoint.identity, in: named, place, registry: registry)?
                .shield()
            let (evaluation, report) = try judgement.run(
                policy, in: place, keeping: files.isEmpty ? film?.episodes ?? 0 : 0)
            judged.append(try BenchmarkRun(entrant.run, resolved: entrant.configuration, report, by: rules))
            files.append(evaluation)
        }
        let report = BenchmarkReport(
            judged, by: rules, in: named.name, confidence: judgement.confidence)
        if let out { try write(report, files, to: out) }
        try Output.write(isJSON ? try report.json() : report.table)
        guard let film, let video else { return }
        let summary = try film.record(files[0], as: video)
        if !isJSON { try Output.write(summary) }
    }

    private func judgement(
        _ rules: BenchmarkProtocol, _ named: NamedEnvironment, _ settings: EvaluationConfiguration
    ) -> EvaluationPlan {
        var plan = EvaluationPlan(
            episodes: rules.episodes, seed: rules.seed, confidence: settings.confidence, environment: named,
            workers: acting.workers ?? (settings.workers == 0 ? nil : settings.workers),
            retries: acting.retries ?? settings.retries, constants: rules.constants,
            timeLimit: rules.task.stepLimit)
        plan.warn = FileHandle.warn
        return plan
    }

    /// A run that takes part.
    private struct Entrant {
        let run: RunDirectory
        let checkpoint: CheckpointReader
        let policy: any Policy
        let settings: EvaluationConfiguration
        /// What guards it, where that is asked for.
        let guardFit: () throws -> GuardFit?
        /// The resolved configuration as JSON, in the keys of this version.
        let configuration: String
        /// Throws where its data are of another task.
        let checkTask: (DSRLTask) throws -> Void
    }

    private func entrant(_ directory: String) throws -> Entrant {
        let chosen = try ChosenCheckpoint(directory, checkpoint: acting.checkpoint)
        return try entrant(try registry.algorithm(of: try chosen.run.document()), chosen)
    }

    private func entrant<A: Algorithm>(_ type: A.Type, _ chosen: ChosenCheckpoint) throws -> Entrant {
        let run = chosen.run
        let resolved = try run.resolved(type, acting: acting.overrides, among: registry.algorithmNames)
        let checkpoint = try chosen.checkpoint(warn: FileHandle.warn)
        return Entrant(
            run: run, checkpoint: checkpoint, policy: try A.policy(resolved.options, from: checkpoint),
            settings: resolved.run.evaluation,
            guardFit: { try GuardFit(acting, run, resolved, in: registry) },
            configuration: try run.resolved(type, acting: [], among: registry.algorithmNames)
                .resolvedJSON().pretty,
            checkTask: { try resolved.check(run, isOf: $0) })
    }

    /// Finds out before simulators are started that a run is of another task, also of one that has the same sizes.
    private func check(_ entrant: Entrant, _ task: DSRLTask) throws {
        let policy = entrant.policy
        guard policy.observationSize == task.observationSize else {
            throw EvaluationError.wrongSize(
                "observation", policy: policy.observationSize, environment: task.observationSize)
        }
        guard policy.actionSize == task.actionSize else {
            throw EvaluationError.wrongSize(
                "action", policy: policy.actionSize, environment: task.actionSize)
        }
        try entrant.checkTask(task)
    }

    /// `report.json`, and `episodes-1.jsonl` and so on in the order of the runs.
    private func write(_ report: BenchmarkReport, _ evaluations: [Evaluation], to folder: String) throws {
        let files = SystemFiles()
        try files.makeDirectories(folder)
        for (index, evaluation) in evaluations.enumerated() {
            try files.replaceFile(
                "\(folder)/episodes-\(index + 1).jsonl", with: Array(try evaluation.episodes.jsonLines().utf8)
            )
        }
        try files.replaceFile(folder + "/report.json", with: Array(try report.json().utf8))
    }
}

/// Runs that are no training seeds of one thing.
struct MixedRuns: Fault {
    /// What kind of fault it is.
    var kind: FaultKind { .usage }

    let description: String

    init(_ first: RunDirectory, _ other: RunDirectory) {
        let names = (first.manifest.algorithm, other.manifest.algorithm)
        description =
            "\(oneLine(other.path)): trained by \(names.1), \(oneLine(first.path)) by \(names.0). Judge the runs of one "
            + "algorithm together."
    }
}

extension Registry {
    /// Where the protocol judges a task: natively simulated where that is ready, else in the benchmark's own environment.
    ///
    /// - Throws: the family's error about the name.
    func benchmarkEnvironment(for task: DSRLTask) throws -> NamedEnvironment {
        let native = "mujoco:" + task.simulatorName
        if let found = try? environment(named: native), found.isReady { return found }
        return try environment(named: "dsrl:" + task.id)
    }
}

extension ResolvedRun {
    /// The task that a run was trained on, as far as its data's name or configuration tells.
    func learnedTask(of run: RunDirectory) -> DSRLTask? {
        (try? DSRLTask.named(self.run.data.task)) ?? DSRLTask.inferred(fromFileName: run.manifest.data.path)
    }

    /// Refuses a task that the data, as far as their name tells, are not of.
    ///
    /// - Throws: `ConfigurationError`.
    func check(_ run: RunDirectory, isOf task: DSRLTask) throws {
        guard let learned = learnedTask(of: run), learned != task else { return }
        throw ConfigurationError(
            at: oneLine(run.path), "trained on data of \(learned.id). Name that task with --task.")
    }
}

extension DSRLTask {
    /// The task of a name given on the command line.
    ///
    /// - Throws: `UnknownName` with a suggestion.
    init(argument name: String) throws(UnknownName) {
        do throws(UnknownTask) { self = try DSRLTask.named(name) } catch { throw UnknownName(error) }
    }
}
