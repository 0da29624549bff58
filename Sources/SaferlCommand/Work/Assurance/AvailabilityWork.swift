import Assessments
import AssuranceCases
import Foundation
import SafeRL
import Shields

/// What `saferl audit availability` does.
struct AvailabilityWork {
    let directory: String
    let plan: AvailabilityPlan
    /// A recording that the attacker did not reach; nothing for one that is collected anew, where that can be.
    let others: String?
    /// What acts where the layer hands over; nothing for none.
    let fallback: String?
    let environment: String?
    let chosen: CheckpointArguments
    /// Options that were given and mean something for layers of states alone, and for prompts alone.
    let ofStates, ofPrompts: [String]
    let out: String?
    /// Conditions on the report, each of which must be true.
    let requirements: [String]
    let isJSON: Bool
    let registry: Registry

    /// What a condition may be about: members of the report.
    private static let members = [
        "policy", "environment", "algorithm", "layer", "episodes", "seed", "step", "budget", "rows",
        "trigger",
        "tolerance", "delta", "verdict", "reproduced", "fallback", "fallback_capacity", "fallback_alone",
        "worst",
        "cases", "unavailable",
    ]

    func run() throws {
        let conditions = try requirements.map {
            try EvidencePredicate($0, of: "--require", over: "an audit", Self.members)
        }
        let checkpoint = try ChosenCheckpoint(directory, checkpoint: chosen.checkpoint)
        try audit(try registry.algorithm(of: try checkpoint.run.document()), checkpoint, conditions)
    }

    private func audit<A: Algorithm>(
        _ type: A.Type, _ chosenCheckpoint: ChosenCheckpoint, _ conditions: [EvidencePredicate]
    ) throws {
        let run = chosenCheckpoint.run
        let resolved = try run.resolved(type, acting: chosen.overrides, among: registry.algorithmNames)
        let refusals = RefusalWork(
            directory: directory, plan: plan, meaningless: ofStates, out: out, isJSON: isJSON)
        if try refusals.audit(type, resolved, chosenCheckpoint, conditions) { return }
        guard A.Data.self == TransitionDataset.self, !run.manifest.data.sha256.isEmpty else {
            throw PlacedFault(
                .configuration, at: oneLine(run.path),
                "\(A.name) learns from no recorded transitions, and has no cost model that learns from pairs of answers: nothing else is "
                    + "poisoned yet. Audit a run that does."
            )
        }
        if let option = ofPrompts.first {
            throw PlacedFault(
                .usage, at: option, "is for prompts, and \(A.name) sees observations. Leave it out.")
        }
        let place = try registry.place(
            resolved, named: environment,
            for: { try A.policy(resolved.options, from: chosenCheckpoint.checkpoint(warn: FileHandle.warn)) },
            to: "audit", trusted: chosen.trustsEnvironment)
        let checkpoint = try chosenCheckpoint.checkpoint(warn: FileHandle.warn)
        let policy = try Self.policy(type, resolved, checkpoint)
        let judgement = try resolved.judging(try A.policy(resolved.options, from: checkpoint), in: place)
        let shielding = try fallback.map { try Fallback($0, in: place, registry: registry) }
        let (raw, source) = try RunData.raw(resolved, in: registry, earlier: run.manifest.data.path)
        guard raw.identity == run.manifest.data.sha256 else {
            throw PlacedFault(
                .badData, at: oneLine(run.path),
                "the run's data are no longer those that it learned from. Put them back, or train anew.")
        }
        let others = try otherData(resolved, like: raw)
        let folder = out ?? run.path + "/audit"
        let files = SystemFiles()
        let made = try files.makeDirectories(folder)
        // Beside the reports, so that nobody's run is in the way of it.
        let training = "\(folder)/training-\(ProcessInfo.processInfo.processIdentifier)"
        defer { try? files.removeTree(training) }
        var audited = AuditedRun(
            policy, step: checkpoint.step, algorithm: A.name, judgement: judgement, data: raw,
            fallback: shielding.map { ($0.name, $0.policy) }, others: others
        ) { data in
            try? files.removeTree(training)
            return try retrained(type, on: data, from: source, resolved, into: training)
        }
        audited.monitor = AuditedMonitor.train
        let report: AvailabilityReport
        do {
            report = try AvailabilityAudit(audited, plan) { part in
                FileHandle.standardError.offer("audited: \(part)\n")
            }.report
        } catch {
            try? files.removeTree(training)
            // Folders that hold something stay.
            for path in made.reversed() { rmdir(path) }
            guard let reason = error as? Unavailable else { throw error }
            throw PlacedFault(.badData, at: oneLine(run.path), reason.description)
        }
        try files.replaceFile(folder + "/report.md", with: Array(report.markdown.utf8))
        try files.replaceFile(folder + "/report.json", with: Array(report.json.pretty.utf8))
        try Output.write(
            isJSON
                ? report.json.pretty
                : "\(report.table)Policy  \(checkpoint.path) in \(place.name)\nReport  \(folder)/report.json\n"
        )
        try conditions.require(of: report.json, isQuiet: isJSON)
        if !report.isDefended { throw CommandStatus.noSolutionFound }
    }

    /// Data of the same behaviour that were collected apart, or why there are none.
    private func otherData(
        _ resolved: ResolvedRun<some Defaulted>, like raw: TransitionDataset
    ) throws -> Result<TransitionDataset, Unavailable> {
        if let others {
            // A file that was named is a promise.
            let named = try TransitionDataset(contentsOf: others, actions: resolved.run.data.actions)
            guard (named.observationSize, named.actionSize) == (raw.observationSize, raw.actionSize) else {
                throw OtherRecording(oneLine(others))
            }
            return .success(named)
        }
        guard resolved.run.data.file.isEmpty, let place = try resolved.environment(in: registry) else {
            return .failure(Unavailable("there are no other data; name a recording by --others"))
        }
        let behaviour = try place.behaviour(named: resolved.run.data.collect.behaviour)
        let record = try place.collect(
            .transitions(raw.count), behaviour: behaviour, seed: plan.collectionSeed)
        return .success(try TransitionDataset(record))
    }

    private static func policy<A: Algorithm>(
        _ type: A.Type, _ resolved: ResolvedRun<A.Configuration>, _ checkpoint: CheckpointReader
    ) throws -> RetrainedPolicy {
        let network = try A.networks(resolved.options, from: checkpoint).first { $0.name == "vh" }?.make()
        return RetrainedPolicy(
            try A.policy(resolved.options, from: checkpoint), network: network, identity: checkpoint.identity)
    }

    /// Trains as the run was trained, on other data.
    private func retrained<A: Algorithm>(
        _ type: A.Type, on data: TransitionDataset, from source: String,
        _ before: ResolvedRun<A.Configuration>, into folder: String
    ) throws -> RetrainedPolicy {
        var resolved = before
        if plan.budget < 1 {
            let steps = max(1, Int((plan.budget * Double(before.run.schedule.steps)).rounded()))
            let document = try RunDocument(
                stored: before.resolvedJSON().pretty, as: oneLine(directory),
                overriding: ["schedule.steps=\(steps)"])
            resolved = try document.resolve(A.Configuration.self, of: A.name, among: registry.algorithmNames)
        }
        let training = Retraining<A>(
            resolved: resolved, data: try RunData(data, from: source, resolved), folder: folder,
            isQuiet: isJSON)
        let checkpoint = try training.checkpoint(
            unfit: PlacedFault(
                .configuration, at: oneLine(directory),
                "\(A.name) does not learn from transitions. Audit another run."))
        return try Self.policy(type, resolved, checkpoint)
    }
}
