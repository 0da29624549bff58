import Assurance
import Foundation
import Parallel
import SafeRL

/// What `saferl train` does.
struct TrainWork {
    let document: RunDocument
    let directory: String?
    let resumes: Bool
    let isQuiet: Bool
    let registry: Registry
    /// Whether the run must be certified to return more than what it learned from.
    var requiresImprovement = false
    /// Whether code that the configuration names may be run; a configuration given to `train` is the user's own.
    var trustsEnvironment = true
    /// Keys whose values stand on the command line of a run that goes on.
    var namedHere: [String] = []
    /// Where the data file lay when the run was started.
    var earlierData: String?
    /// Whether a run without an event file gets one; nil leaves it as it is.
    var events: EventChoice?
    /// Whether it also gets how weights are spread at every checkpoint; a run that has that keeps it.
    var addsHistograms = false
    /// The processes that `mpirun` started; nil without it.
    var group: ProcessGroup?

    func run() throws {
        try train(try registry.algorithm(of: document))
    }

    private func train<A: Algorithm>(_ type: A.Type) throws {
        let document = try continuedDocument()
        let resolved = try document.resolve(
            A.Configuration.self, of: A.name, among: registry.algorithmNames)
        resolved.sayRemarks()
        try resolved.checkNames(in: registry)
        if requiresImprovement, let obstacle = A.improvementObstacle(resolved.options) {
            throw resolved.error(obstacle.key, obstacle.message)
        }
        // At the start: not after hours of training, when the policy is to be judged.
        if !trustsEnvironment {
            try resolved.requireConsent(in: registry, except: namedHere) { _ in "--trust-environment" }
        }
        let earlier = try earlierRun(resolved)
        if !ProcessGroup.isFollower, let earlier, try isComplete(A.self, earlier, resolved) { return }
        try checkPrecision(A.self, resolved)
        let plan = try ShardPlan(resolved, processes: group?.peers.count ?? 1)
        if let earlier { try checkTask(earlier, resolved) }
        // Before anything of a file is read for training.
        let provenance = try resolved.allowedFiles(of: A.self, earlier: earlierData)
        let opened = try open(A.self, resolved, continuing: earlier)
        let options = try plan?.options(resolved) ?? resolved.options
        func make() throws -> A {
            try resolved.namingKeys { try A(options, on: opened.data, seed: resolved.run.seed) }
        }
        try resolved.namingKeys {
            let need = try A.memoryNeed(of: options, on: opened.data)
            try MemoryCheck(resolved).check(need.times(ShardedRun<A>.parts(plan, group)))
        }
        let sharded = try plan.map {
            try ShardedRun<A>(
                $0, group, resolved.run.schedule, patience: resolved.run.parallel.timeout, make)
        }
        let algorithm = try sharded?.algorithm ?? make()
        let description = try RunDescription(
            of: A.self, resolved, on: .init(path: opened.place, sha256: opened.data.identity),
            subject: opened.subject)
        try group?.agree(identity(resolved, opened.data.identity))
        if ProcessGroup.isFollower, let sharded {
            return try resolved.run.precision.during { try sharded.follow() }
        }
        let run =
            if let earlier { try RunDirectory.resume(earlier.path, description) } else {
                try RunDirectory.create(at: directory, description)
            }
        if let provenance {
            try SystemFiles().replaceFile(
                run.path + "/provenance.json", with: Array(provenance.json.pretty.utf8))
        }
        let selection = algorithm.selection.map { "selected: \($0)\n" } ?? ""
        try say("data: \(opened.summary)\n\(selection)run: \(run.path)")
        let evaluator = try ScheduledEvaluator<A>(resolved, in: registry)
        try recording(run) {
            var options = Trainer.Options(status: .suiting(quiet: isQuiet))
            options.write = { FileHandle.standardError.offer($0) }
            let schedule = resolved.run.schedule
            let histograms = HistogramRecorder(run, schedule, isWanted: addsHistograms)
            let stages = sharded?.stages ?? algorithm.stages(steps: schedule.steps)
            func train() throws -> TrainingOutcome {
                try Trainer.run(
                    algorithm, schedule: schedule, in: run, evaluation: evaluator?.evaluation,
                    stages: histograms?.watching(stages) ?? stages, options: options)
            }
            switch try resolved.run.precision.during({ try sharded?.training(train) ?? train() }) {
            case .interrupted(let signal, let step, let checkpoint):
                sayHowToContinue(after: step, checkpoint, resolved, run)
                throw signal == SIGTERM ? CommandStatus.terminated : CommandStatus.interrupted
            case .finished:
                histograms?.record(isLast: true)
                try finish(algorithm, resolved, run)
            }
        }
    }

    /// Refuses a precision that the processor does not have, or that a test inside of training would not be of the policy in.
    private func checkPrecision<A: Algorithm>(
        _ type: A.Type, _ resolved: ResolvedRun<A.Configuration>
    ) throws {
        let precision = resolved.run.precision
        guard precision != .float32 else { return }
        guard precision.isAvailable else {
            throw resolved.error(
                "precision",
                "needs the instructions of AVX512_BF16, which this processor does not have: rounding without them makes products "
                    + "slower, not faster. Write \"float32\".")
        }
        if A.testsItself {
            throw resolved.error(
                "precision",
                "is not for \(A.name), whose test is of the policy as it acts, in single precision. Write \"float32\"."
            )
        }
    }

    /// Keeps the run's event file up while something trains.
    private func recording(_ run: RunDirectory, _ train: () throws -> Void) throws {
        let recorder = EventRecorder.start(run, events)
        do {
            try train()
            recorder?.end(.success)
        } catch {
            switch error as? CommandStatus {
            case .interrupted, .terminated: recorder?.end(nil)
            case .noSolutionFound: recorder?.end(.success)
            default: recorder?.end(.failure)
            }
            throw error
        }
    }

    private func sayHowToContinue<C: Defaulted>(
        after step: Int, _ checkpoint: String, _ resolved: ResolvedRun<C>, _ run: RunDirectory
    ) {
        FileHandle.standardError.offer(
            "stopped after update \(step), checkpoint \(checkpoint). Continue with: saferl resume \(run.path)"
                + (resolved.needsConsent(in: registry) ? " --trust-environment\n" : "\n"))
    }

    /// Writes what the algorithm concludes, the policy's evaluation and the verdicts.
    private func finish<A: Algorithm>(
        _ algorithm: A, _ resolved: ResolvedRun<A.Configuration>, _ run: RunDirectory
    ) throws {
        var improvement: SafetyVerdict?
        if A.concludes, let conclusion = try algorithm.conclusion(knowing: try truth(resolved)) {
            try ReportFiles(conclusion.report).write(in: run, isQuiet: isQuiet)
            try run.state(conclusion.report.claims)
            improvement = conclusion.improvement
        }
        try FinalEvaluation<A>(resolved, in: registry, isQuiet: isQuiet).write(
            { try algorithm.makePolicy() }, run)
        if A.testsItself { try conclude(try RunVerdict(run).write(of: algorithm), run) }
        guard let improvement else { return }
        try RunVerdict(run, .improvement).keep(improvement.report)
        for caution in improvement.report.cautions { FileHandle.warn(caution) }
        try require(improvement)
    }

    // MARK: Verdicts

    /// Says what the run's own test found, and ends the command with 3 where it certifies nothing.
    private func conclude(_ verdict: SafetyVerdict?, _ run: RunDirectory) throws {
        guard let verdict else { return }
        for caution in verdict.report.cautions { FileHandle.warn(caution) }
        let summary = verdict.report.summary
        guard verdict.isCertified else {
            try Output.refuse(
                "\(summary); no policy is returned; the candidate stays in the checkpoints only",
                isQuiet: isQuiet)
        }
        try say("\(summary): the policy is in \(RunVerdict(run).policyFolder)")
    }

    /// The law of the environment that the data were recorded in, where that is known.
    private func truth(_ resolved: ResolvedRun<some Defaulted>) throws -> KnownTruth? {
        let environment =
            try resolved.environment(in: registry) ?? resolved.evaluationEnvironment(in: registry)
        let data = resolved.run.data
        let isCollected = data.file.isEmpty
        return KnownTruth(
            in: environment?.type,
            behaviour: isCollected ? try environment?.behaviour(named: data.collect.behaviour) : nil)
    }

    /// Ends the command with 3 where improvement is required and not certified.
    private func require(_ verdict: SafetyVerdict) throws {
        guard requiresImprovement else { return }
        let report = verdict.report
        if verdict.isCertified { return try say("better than what it learned from: \(report.summary)") }
        try Output.refuse(
            "not shown to be better than what it learned from: \(report.reasons.words)", isQuiet: isQuiet)
    }

    // MARK: New runs

    /// Opens what the algorithm learns from.
    ///
    /// - Throws: `MovedData` for a run that goes on where a file is no longer there.
    private func open<A: Algorithm>(
        _ type: A.Type, _ resolved: ResolvedRun<A.Configuration>, continuing earlier: RunDirectory?
    ) throws -> OpenedData<A.Data> {
        do { return try open(type, resolved) } catch {
            guard let earlier, CommandStatus(describing: error) == .missingInput else { throw error }
            throw MovedData(earlier, resolved, among: A.fileKeys) ?? error
        }
    }

    /// By itself where it can, else transitions.
    private func open<A: Algorithm>(
        _ type: A.Type, _ resolved: ResolvedRun<A.Configuration>
    ) throws -> OpenedData<A.Data> {
        if let opened = try opened(type, resolved) { return opened }
        let opened = try RunData(resolved, in: registry, earlier: earlierData)
        try checkChoices(type, opened.dataset, resolved)
        for warning in opened.dataset.readingWarnings {
            FileHandle.warn("\(opened.place): \(warning)")
        }
        try checkSizes(opened.dataset, resolved)
        guard let data = opened.dataset as? A.Data else {
            throw resolved.error(
                "algorithm", "learns from \(A.Data.self), which no command opens. Train it with Trainer.run.")
        }
        return OpenedData(data, place: opened.place, summary: opened.summary, subject: opened.subject)
    }

    private func opened<A: Algorithm>(
        _ type: A.Type, _ resolved: ResolvedRun<A.Configuration>
    ) throws -> OpenedData<A.Data>? {
        let environment = try resolved.environment(in: registry).map {
            try ShieldWork.guarding($0, as: resolved.run.guard, registry: registry)
        }
        do {
            return try A.open(
                resolved.run, resolved.options, environment: environment, earlier: earlierData)
        } catch let issue as OptionIssue {
            throw resolved.error(issue.key, issue.message)
        }
    }

    /// Refuses choices for an algorithm that does not learn them.
    private func checkChoices<A: Algorithm>(
        _ type: A.Type, _ dataset: TransitionDataset, _ resolved: ResolvedRun<some Defaulted>
    ) throws {
        guard let choices = dataset.actionChoices, !type.learnsChoices else { return }
        let others = registry.algorithms.filter { $0.learnsChoices }.map { quoted($0.name) }
        throw resolved.error(
            "algorithm",
            "\(quoted(A.name)) learns actions of real numbers, and the data's are one of \(choices) choices. "
                + "Algorithms that learn choices: \(others.joined(separator: ", ")).")
    }

    /// Finds out before training, not after it, that the policy cannot act where it is to be judged.
    private func checkSizes(_ dataset: TransitionDataset, _ resolved: ResolvedRun<some Defaulted>) throws {
        guard let named = try resolved.evaluationEnvironment(in: registry) else { return }
        let environment = try named.make(EnvironmentRequest(workers: 1))
        let (choices, own) = (environment.actionSpace.choices, dataset.actionChoices)
        guard choices == own else {
            func words(_ choices: Int?) -> String { choices.map { "one of \($0) choices" } ?? "real numbers" }
            throw resolved.error(
                resolved.evaluationKey,
                "its actions are \(words(choices)), the data's \(words(own)). Name the environment of the data, or "
                    + "\"\" for none.")
        }
        let sizes = (environment.observationSpace.size, environment.actionSpace.size)
        guard sizes != (dataset.observationSize, dataset.actionSize) else { return }
        throw resolved.error(
            resolved.evaluationKey,
            "observations of \(sizes.0) and actions of \(sizes.1) values do not fit the data's, "
                + "\(dataset.observationSize) and \(dataset.actionSize). Name the environment of the data, or \"\" for none."
        )
    }

    func say(_ text: String) throws {
        if !isQuiet && !ProcessGroup.isFollower { try Output.write(text) }
    }

    /// What all processes of a run must have in common.
    private func identity(_ resolved: ResolvedRun<some Defaulted>, _ data: String) throws -> [String: String]
    {
        let configuration = try ConfigurationFingerprint(resolved: resolved.resolvedJSON().pretty)
        let mathematics = RunManifest.Mathematics.here
        return [
            "binary": ProgramIdentity.sha256 ?? "", "configuration": configuration.hash, "data": data,
            "processor": "\(BLAS.kernel), \(mathematics.level), \(mathematics.values)",
        ]
    }
}
