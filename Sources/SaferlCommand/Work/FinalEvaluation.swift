import Algorithms
import Foundation
import GymnasiumEnvironments
import SafeRL

/// What follows the last update: evaluation, pictures, and the figures for the user.
struct FinalEvaluation<A: Algorithm> {
    private let resolved: ResolvedRun<A.Configuration>
    private let registry: Registry
    private let isQuiet: Bool

    init(_ resolved: ResolvedRun<A.Configuration>, in registry: Registry, isQuiet: Bool) {
        (self.resolved, self.registry, self.isQuiet) = (resolved, registry, isQuiet)
    }

    /// Whether a run has all that `write` makes.
    func isWritten(in run: RunDirectory) -> Bool {
        let report = run.evaluationPath + "/report.json"
        let name = resolved.run.evaluation.environment + resolved.run.environment
        let files = [run.picturesPath + "/learning-curves.svg"] + (name.isEmpty ? [] : [report])
        return files.allSatisfy { FileManager.default.fileExists(atPath: $0) }
    }

    /// Evaluates, draws, and prints the figures and where the pictures are.
    ///
    /// - Parameters:
    ///   - policy: asked for only where there is an environment.
    ///   - run: where to.
    /// - Throws: what evaluation throws, and `StorageError`.
    func write(_ policy: () throws -> any Policy, _ run: RunDirectory) throws {
        let environment = try resolved.evaluationEnvironment(in: registry)
        var pictures = RunPictures(run, environment)
        var missing: String?
        if let environment {
            // What answers with text was judged by its own test.
            if let policy = try acting(policy) { try evaluate(policy, in: environment, run, &pictures) }
        } else if !A.Configuration.bringsData {
            missing = try evaluateWhereTheTaskIs(try policy(), run, &pictures)
        }
        try pictures.drawCurves(of: A.self, resolved)
        try Output.write(pictures.summary)
        if let missing, !isQuiet { try Output.write(missing) }
    }

    /// The policy; nothing where it writes text, which no environment takes.
    private func acting(_ policy: () throws -> any Policy) throws -> (any Policy)? {
        do { return try policy() } catch is WritesText { return nil }
    }

    private func evaluate(
        _ policy: any Policy, in environment: NamedEnvironment, _ run: RunDirectory,
        _ pictures: inout RunPictures, because reason: String = ""
    ) throws {
        if !isQuiet { FileHandle.standardError.offer("evaluating in \(environment.name)\(reason)\n") }
        var judged = try resolved.judging(policy, in: environment)
        judged.origin = EvaluationOrigin(
            policy: try? run.newestCheckpoint().identity, step: run.manifest.step,
            environment: environment.name)
        let (evaluation, report) = try judged.run(policy, keeping: RunPictures.traces)
        try EvaluationFiles(evaluation, report).write(to: run.evaluationPath)
        try pictures.drawRegion(policy, evaluation)
        try Output.write("evaluation in \(environment.name)\n\(report.table)")
    }

    /// Evaluates where the task of the data is simulated, if that is known and ready.
    ///
    /// A simulator that nobody named and that fails costs the evaluation, not the run.
    ///
    /// - Returns: what to do for an evaluation where there was none.
    private func evaluateWhereTheTaskIs(
        _ policy: any Policy, _ run: RunDirectory, _ pictures: inout RunPictures
    ) throws -> String? {
        let command = "saferl evaluate \(run.path)"
        guard let place = try registry.taskPlace(of: resolved, for: policy) else {
            return "no environment to evaluate in; see \"\(command) --environment NAME\""
        }
        guard place.remedy == nil else { return "not evaluated: \(place.call) Then: \(command)" }
        do {
            let reason = ", where the data's task \(place.task.id) is simulated"
            try evaluate(policy, in: place.environment, run, &pictures, because: reason)
            return nil
        } catch let error as WorkerError {
            return "not evaluated: \(error) Then: \(command)"
        }
    }
}

extension ResolvedRun {
    /// How the configuration wants a policy judged.
    ///
    /// - Throws: `ConfigurationError` when the task's sizes are not the policy's.
    func judging(_ policy: any Policy, in environment: NamedEnvironment) throws -> EvaluationPlan {
        let task = try task(fitting: policy.observationSize, policy.actionSize)
        var plan = EvaluationPlan(
            episodes: run.evaluation.episodes, seed: run.evaluation.seed,
            confidence: run.evaluation.confidence, environment: environment,
            workers: run.evaluation.workers == 0 ? nil : run.evaluation.workers,
            retries: run.evaluation.retries, constants: constants(of: task))
        plan.warn = FileHandle.warn
        return plan
    }
}

/// `report.json` and `episodes.jsonl`.
struct EvaluationFiles {
    private let report: String
    private let episodes: String

    init(_ evaluation: Evaluation, _ report: EvaluationReport) throws {
        (self.report, episodes) = (try report.json(), try evaluation.episodes.jsonLines())
    }

    /// Writes both, each whole or not at all.
    ///
    /// - Throws: `StorageError`.
    func write(to directory: String) throws {
        let files = SystemFiles()
        try files.makeDirectories(directory)
        try files.replaceFile(directory + "/episodes.jsonl", with: Array(episodes.utf8))
        try files.replaceFile(directory + "/report.json", with: Array(report.utf8))
    }
}

extension Registry {
    /// Where a policy is judged: as the command line says, else as the run does, else where the task of its data is
    /// simulated, which is said on standard error.
    ///
    /// - Throws: `UnknownName`; `ConfigurationError` where there is no environment to do `purpose` in; `WritesText`
    ///   where there is none because the policy answers prompts.
    func place<Options: Defaulted>(
        _ resolved: ResolvedRun<Options>, named environment: String?, for policy: () throws -> any Policy,
        to purpose: String, trusted: Bool
    ) throws -> NamedEnvironment {
        if let environment { return try self.environment(named: environment) }
        if !trusted {
            try resolved.requireConsent(in: self) {
                "--trust-environment or --environment \(shellWord($0.name))"
            }
        }
        if let named = try resolved.evaluationEnvironment(in: self) { return named }
        if Options.bringsData {
            // Who has no policy for environments says what to do instead.
            _ = try policy()
            throw WritesText()
        }
        guard let place = try taskPlace(of: resolved, for: try policy()) else {
            throw resolved.error("environment", "none to \(purpose) in. Name one with --environment.")
        }
        guard place.remedy == nil else {
            throw resolved.error(
                "environment", "none to \(purpose) in. \(place.call) Or name one with --environment.")
        }
        FileHandle.standardError.offer(
            "no environment is named: using \(place.environment.name), where the data's task \(place.task.id) is "
                + "simulated\n")
        return place.environment
    }

    /// Where the task of a run's data is simulated; nothing where the data tell none, or none that saferl can simulate.
    ///
    /// - Throws: `ConfigurationError` where `data.task` names a task that the policy does not fit.
    func taskPlace<Options: Defaulted>(
        of resolved: ResolvedRun<Options>, for policy: any Policy
    ) throws -> TaskPlace? {
        guard policy.actionChoices == nil,
            let task = try resolved.task(fitting: policy.observationSize, policy.actionSize),
            let environment = try? benchmarkEnvironment(for: task)
        else { return nil }
        return TaskPlace(task: task, environment: environment)
    }
}

/// The benchmark's task of some data, and where it is simulated.
struct TaskPlace {
    let task: DSRLTask
    let environment: NamedEnvironment

    /// The command that sets the simulator up; nothing where it is.
    var remedy: String? { environment.remedy }
    /// What to do before it can be used.
    var call: String {
        "the data are of \(task.id), whose simulator is set up by: \(remedy ?? "nothing")."
    }
}
