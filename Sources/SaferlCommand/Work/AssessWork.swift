import Assessments
import AssuranceCases
import Foundation
import SafeRL

/// What `saferl assess` does.
struct AssessWork {
    let directory: String
    let plan: AssessmentPlan
    /// A recording that the run did not learn from; nothing for one that is collected anew, where that can be.
    let data: String?
    let environment: String?
    let chosen: CheckpointArguments
    let workers: Int?
    let out: String?
    /// Conditions on the report, each of which must be true.
    let requirements: [String]
    let isJSON: Bool
    let registry: Registry

    /// What a condition may be about: members of the report.
    private static let members = [
        "policy", "environment", "episodes", "seed", "step", "limit", "calibration", "risk_coverage",
        "conformal",
        "feasibility", "detection", "support", "overfitting", "robustness", "cost_model", "reward_model",
        "warnings", "unavailable", "judge", "weights",
    ]

    func run() throws {
        let conditions = try requirements.map {
            try EvidencePredicate($0, of: "--require", over: "an assessment", Self.members)
        }
        let checkpoint = try ChosenCheckpoint(directory, checkpoint: chosen.checkpoint)
        try assess(try registry.algorithm(of: try checkpoint.run.document()), checkpoint, conditions)
    }

    private func assess<A: Algorithm>(
        _ type: A.Type, _ chosenCheckpoint: ChosenCheckpoint, _ conditions: [EvidencePredicate]
    ) throws {
        let run = chosenCheckpoint.run
        let resolved = try run.resolved(type, acting: chosen.overrides, among: registry.algorithmNames)
        if environment == nil, A.Configuration.bringsData,
            let report = try ScoreModelsWork(directory: directory, plan: plan, registry: registry).report(
                type, resolved, chosenCheckpoint)
        {
            let checkpoint = try chosenCheckpoint.checkpoint(warn: FileHandle.warn)
            return try write(report, of: "\(checkpoint.path), its score models", run, conditions)
        }
        if environment == nil,
            let (report, progress) = try ScoreModelsWork(
                directory: directory, plan: plan, registry: registry
            ).policyReport(type, resolved, chosenCheckpoint, keepingIn: out ?? run.path + "/assess")
        {
            let checkpoint = try chosenCheckpoint.checkpoint(warn: FileHandle.warn)
            return try write(
                report, of: "\(checkpoint.path), its answers", run, conditions, forgetting: progress)
        }
        if try actsNowhere(resolved, chosenCheckpoint, type) {
            return try assessOffline(type, resolved, chosenCheckpoint, conditions)
        }
        let place = try registry.place(
            resolved, named: environment,
            for: { try A.policy(resolved.options, from: chosenCheckpoint.checkpoint(warn: FileHandle.warn)) },
            to: "assess", trusted: chosen.trustsEnvironment)
        let checkpoint = try chosenCheckpoint.checkpoint(warn: FileHandle.warn)
        let policy = try A.policy(resolved.options, from: checkpoint)
        var judgement = try resolved.judging(policy, in: place)
        judgement.workers = workers ?? judgement.workers
        judgement.episodes = plan.episodes
        var plan = plan
        plan.limit = plan.limit ?? judgement.constants?.costLimit
        if let column = plan.column, column.index >= policy.observationSize {
            throw NoSuchColumn(column.index, of: policy.observationSize)
        }
        // Before the episodes, so that a file that cannot be read costs no time.
        let recorded = try recordings(type, resolved, run)
        let network = try A.networks(resolved.options, from: checkpoint).first { $0.name == "vr" }?.make()
        var assessed = try AssessedPolicy(
            policy, judgement, identity: checkpoint.identity, step: checkpoint.step, algorithm: A.name,
            options: resolved.resolvedJSON()[A.name], value: network, data: recorded.learned,
            heldOut: recorded.heldOut)
        assessed.physics = registry.physics(of: place.name)
        let folder = out ?? run.path + "/assess"
        try SystemFiles().makeDirectories(folder)
        let progress = AssessmentProgress(
            folder + "/progress.json",
            about: [
                ProgramIdentity.sha256 ?? "", checkpoint.identity, place.name, "\(chosen.overrides)",
                resolved.resolvedJSON().compact, "\(plan.episodes) \(plan.seed) \(plan.alpha) \(plan.delta)",
                "\(plan.limit ?? -1) \(plan.column.map { "\($0)" } ?? "")",
                ((try? recorded.learned.get())?.identity ?? "") + " "
                    + ((try? recorded.heldOut.get())?.identity ?? ""),
            ])
        let report = try Assessment(assessed, plan, resuming: progress, say: Self.say).report
        try write(report, of: "\(checkpoint.path) in \(place.name)", run, conditions, forgetting: progress)
    }

    private static func say(_ part: String) {
        FileHandle.standardError.offer("assessed: \(part)\n")
    }

    /// Whether neither the command nor the run nor its data tell where to act, and a recording was named instead.
    ///
    /// - Throws: `ConfigurationError` where none was.
    private func actsNowhere<A: Algorithm>(
        _ resolved: ResolvedRun<A.Configuration>, _ chosenCheckpoint: ChosenCheckpoint, _ type: A.Type
    ) throws -> Bool {
        guard environment == nil, !A.Configuration.bringsData else { return false }
        if !chosen.trustsEnvironment {
            try resolved.requireConsent(in: registry) {
                "--trust-environment or --environment \(shellWord($0.name))"
            }
        }
        guard
            try resolved.evaluationEnvironment(in: registry) == nil
        else { return false }
        let policy = try A.policy(
            resolved.options, from: chosenCheckpoint.checkpoint(warn: { _ in }))
        if let place = try registry.taskPlace(of: resolved, for: policy), place.remedy == nil || data == nil {
            return false
        }
        guard data == nil else { return true }
        throw resolved.error(
            "environment",
            "none to assess in. Name one with --environment, or with --data a recording that the run did not learn from."
        )
    }

    /// What can be said by a recording alone.
    private func assessOffline<A: Algorithm>(
        _ type: A.Type, _ resolved: ResolvedRun<A.Configuration>, _ chosenCheckpoint: ChosenCheckpoint,
        _ conditions: [EvidencePredicate]
    ) throws {
        let checkpoint = try chosenCheckpoint.checkpoint(warn: FileHandle.warn)
        let policy = try A.policy(resolved.options, from: checkpoint)
        if let column = plan.column, column.index >= policy.observationSize {
            throw NoSuchColumn(column.index, of: policy.observationSize)
        }
        let recorded = try recordings(type, resolved, chosenCheckpoint.run)
        let recording = try recorded.heldOut.get()
        guard recording.observationSize == policy.observationSize, recording.actionSize == policy.actionSize
        else { throw OtherRecording(oneLine(data ?? "")) }
        let network = try A.networks(resolved.options, from: checkpoint).first { $0.name == "vr" }?.make()
        let assessed = try AssessedPolicy(
            recording: recording, of: policy, identity: checkpoint.identity, step: checkpoint.step,
            algorithm: A.name, options: resolved.resolvedJSON()[A.name], value: network,
            data: recorded.learned)
        let report = try Assessment(assessed, plan, say: Self.say).report
        try write(
            report, of: "\(checkpoint.path), by \(oneLine(data ?? ""))", chosenCheckpoint.run, conditions)
    }

    /// Writes report and pictures, prints, and judges the conditions.
    private func write(
        _ report: AssessmentReport, of subject: String, _ run: RunDirectory,
        _ conditions: [EvidencePredicate], forgetting progress: AssessmentProgress? = nil
    ) throws {
        let folder = out ?? run.path + "/assess"
        let files = SystemFiles()
        try files.makeDirectories(folder)
        for (name, svg) in report.figures {
            try files.replaceFile(folder + "/" + name, with: Array(svg.utf8))
        }
        try files.replaceFile(folder + "/report.md", with: Array(report.markdown.utf8))
        try files.replaceFile(folder + "/report.json", with: Array(report.json.pretty.utf8))
        try progress?.remove()
        try Output.write(
            isJSON
                ? report.json.pretty
                : "\(subject)\n\(report.table)Report  \(folder)/report.json\n")
        try conditions.require(of: report.json, isQuiet: isJSON)
    }

    /// What the run has learned from, and what it has not.
    private func recordings<A: Algorithm>(
        _ type: A.Type, _ resolved: ResolvedRun<A.Configuration>, _ run: RunDirectory
    ) throws -> (
        learned: Result<TransitionDataset, Unavailable>, heldOut: Result<TransitionDataset, Unavailable>
    ) {
        // A file that was named is a promise; the run's own may have been taken away.
        let named = try data.map { try TransitionDataset(contentsOf: $0, actions: resolved.run.data.actions) }
        guard A.Data.self == TransitionDataset.self, !run.manifest.data.sha256.isEmpty else {
            let reason = Unavailable("\(A.name) learns from no recorded transitions")
            return (.failure(reason), named.map { .success($0) } ?? .failure(reason))
        }
        let learned = Result<TransitionDataset, Unavailable> {
            let opened = try RunData(resolved, in: registry, earlier: run.manifest.data.path).dataset
            guard opened.identity == run.manifest.data.sha256 else {
                throw Unavailable("the run's data are no longer those that it learned from")
            }
            return opened
        }
        if let named {
            if let learned = try? learned.get(),
                (learned.observationSize, learned.actionSize) != (named.observationSize, named.actionSize)
                    || learned.actionChoices != named.actionChoices
            {
                throw OtherRecording(oneLine(data ?? ""))
            }
            return (learned, .success(named))
        }
        guard resolved.run.data.file.isEmpty, let place = try resolved.environment(in: registry) else {
            return (
                learned, .failure(Unavailable("the run learned from every episode; name others with --data"))
            )
        }
        let heldOut = Result<TransitionDataset, Unavailable> {
            let behaviour = try place.behaviour(named: resolved.run.data.collect.behaviour)
            let record = try place.collect(
                .transitions(4000), behaviour: behaviour, seed: plan.collectionSeed)
            return try TransitionDataset(record)
        }
        return (learned, heldOut)
    }
}

extension Result where Success == TransitionDataset, Failure == Unavailable {
    /// Opens data; any error becomes a reason.
    fileprivate init(_ open: () throws -> TransitionDataset) {
        do { self = .success(try open()) } catch let error as Unavailable { self = .failure(error) } catch {
            self = .failure(Unavailable("\(error)"))
        }
    }
}

/// A column that observations do not have.
struct NoSuchColumn: Fault {
    /// What kind of fault it is.
    let kind = FaultKind.usage
    let description: String

    init(_ index: Int, of size: Int) {
        description =
            "--by \(index): an observation has the columns 0 … \(size - 1). Name one of these."
    }
}

/// A recording of another task than the run's.
struct OtherRecording: Fault {
    /// What kind of fault it is.
    let kind = FaultKind.badData
    let description: String

    init(_ path: String) {
        description =
            "\(path): its observations or actions have other sizes than those that the run learned from. Name a recording of the "
            + "same task."
    }
}
