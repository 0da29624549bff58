import Algorithms
import Foundation
import SafeRL

/// What `saferl evaluate --data` does.
struct EstimateWork {
    let directory: String
    let data: String
    let actions: ActionRule
    let task: String?
    let seed: UInt64?
    let acting: ActingArguments
    let out: String?
    let isJSON: Bool
    let registry: Registry

    func run() throws {
        let chosen = try ChosenCheckpoint(directory, checkpoint: acting.checkpoint)
        try estimate(try registry.algorithm(of: try chosen.run.document()), chosen)
    }

    private func estimate<A: Algorithm>(_ type: A.Type, _ chosen: ChosenCheckpoint) throws {
        guard A.Data.self == TransitionDataset.self else { throw NoTransitions(chosen.run) }
        let named = try task.map { try DSRLTask(argument: $0) }
        let resolved = try chosen.run.resolved(type, acting: acting.overrides, among: registry.algorithmNames)
        let checkpoint = try chosen.checkpoint(warn: FileHandle.warn)
        let policy = try A.policy(resolved.options, from: checkpoint)
        let dataset = try TransitionDataset(contentsOf: data, actions: actions, task: named)
        for warning in dataset.readingWarnings {
            FileHandle.warn("\(oneLine(data)): \(warning)")
        }
        let task = try task(of: dataset, named, resolved, chosen.run)
        var estimator = PolicyEstimator()
        estimator.horizon = task?.stepLimit
        estimator.confidence = resolved.run.evaluation.confidence
        estimator.seed = seed ?? resolved.run.evaluation.seed
        estimator.constants = resolved.constants(of: task)
        let estimate = try estimator.estimate(
            policy, on: dataset,
            of: .init(
                checkpoint: checkpoint.path, step: checkpoint.step, policy: checkpoint.identity,
                data: oneLine(data), dataDigest: dataset.identity, overrides: acting.overrides))
        let folder = out ?? chosen.run.evaluationPath
        try write(estimate, to: folder)
        try chosen.run.state(estimate.claims, of: checkpoint, by: .evaluate)
        try Output.write(
            isJSON ? try estimate.json() : estimate.table + "Estimate  \(folder)/estimate.json\n")
    }

    /// The task whose constants and step limit hold: as the command line says, else by the file's name, else the run's.
    private func task(
        of dataset: TransitionDataset, _ named: DSRLTask?, _ resolved: ResolvedRun<some Defaulted>,
        _ run: RunDirectory
    ) throws -> DSRLTask? {
        func fits(_ task: DSRLTask) -> Bool {
            (task.observationSize, task.actionSize) == (dataset.observationSize, dataset.actionSize)
        }
        if let named {
            guard fits(named) else { throw EstimateError.notOfTask(file: oneLine(data), task: named.id) }
            return named
        }
        let trained = resolved.learnedTask(of: run)
        guard let inferred = DSRLTask.inferred(fromFileName: data) else {
            return trained.flatMap { fits($0) ? $0 : nil }
        }
        if let trained, trained != inferred {
            throw EstimateError.otherTask(file: oneLine(data), recorded: inferred.id, trained: trained.id)
        }
        return fits(inferred) ? inferred : nil
    }

    /// `estimate.json` and `estimate.md`, each whole or not at all.
    private func write(_ estimate: PolicyEstimate, to folder: String) throws {
        let files = SystemFiles()
        try files.makeDirectories(folder)
        try files.replaceFile(folder + "/estimate.md", with: Array(estimate.markdown.utf8))
        try files.replaceFile(folder + "/estimate.json", with: Array(try estimate.json().utf8))
    }
}

/// A run whose policy no recording of transitions says anything about.
struct NoTransitions: Fault {
    /// What kind of fault it is.
    var kind: FaultKind { .usage }

    let description: String

    init(_ run: RunDirectory) {
        description =
            "\(oneLine(run.path)): trained by \(run.manifest.algorithm), which learns from no transitions, and --data takes "
            + "recordings of these. Judge it by \"saferl evaluate\" without --data."
    }
}
