import Foundation
import SafeRL

/// What `saferl verify --repair` does: counter-examples are replayed and learned from, round by round.
struct RepairWork {
    let source: NetworkSource
    let property: String
    let semantics: Semantics?
    let limits: SearchLimits
    let rules: String?
    /// Where the certificate of the last policy goes as well.
    let out: String?
    /// Rounds at most, and updates of each.
    let rounds, updates: Int
    /// Where repaired runs go; nothing for beside the run.
    let folder: String?
    let isJSON: Bool
    /// How much of the held-out return may be lost.
    static let largestLoss = 0.05
    /// How often each replayed episode is recorded: its weight.
    private static let weight = 4
    /// Steps of a replayed episode at most.
    private static let replayedSteps = 60
    /// What is added to the evaluation's seed for episodes that nothing else looks at.
    private static let heldOutSeed: UInt64 = 0x4E1D_0000_0000

    func run() throws {
        let chosen = try ChosenCheckpoint(try place(), checkpoint: source.checkpoint)
        try repair(try source.registry.algorithm(of: try chosen.run.document()), chosen)
    }

    /// The run, as it is given or as the property file names it.
    private func place() throws -> String {
        if let run = source.run { return run }
        let invariant = try InvariantProperty.read(property, semantics: semantics)
        let named =
            try invariant == nil
            ? VerificationProperty.read(property, semantics: semantics).network : invariant?.network
        guard let named, let mark = named.lastIndex(of: "#") else {
            throw VerificationError(
                property, "a repair is of a run. Give its directory, and --network.", .usage)
        }
        let path = String(named[..<mark])
        return path.hasPrefix("/") ? path : parent(of: property) + "/" + path
    }

    private func refuse(_ run: RunDirectory, _ reason: String) -> VerificationError {
        VerificationError(run.path, reason, .usage)
    }

    private func repair<A: Algorithm>(_ type: A.Type, _ chosen: ChosenCheckpoint) throws {
        let (run, registry) = (chosen.run, source.registry)
        guard A.isRepairable else {
            let known = registry.algorithms.filter { $0.isRepairable }.map { quoted($0.name) }
            throw refuse(
                run,
                "trained by \(A.name), whose runs are not repaired. Those of \(known.joined(separator: " and ")) are."
            )
        }
        let resolved = try run.resolved(type, acting: [], among: registry.algorithmNames)
        guard !resolved.run.data.normalizeObservations else {
            throw refuse(
                run,
                "observations are normalised by the data, which a repair changes. Train without data.normalizeObservations."
            )
        }
        if case .refused(let reason) = A.growth(of: resolved.options) {
            throw refuse(run, "it cannot be trained longer: \(reason)")
        }
        guard let judged = try resolved.evaluationEnvironment(in: registry), let task = judged.type,
            let bounded = task.boundable, let fallback = task.fallbacks.first
        else {
            throw refuse(
                run, "a repair replays states where the policy is judged, in an environment like point-robot."
            )
        }
        let question = try RepairQuestion(
            property, semantics, network: source.network, in: bounded, limits: limits, rules: rules,
            registry: registry)
        _ = try resolved.allowedFiles(of: type, earlier: nil)
        let base = self.folder ?? run.path + "-repaired"
        guard !FileManager.default.fileExists(atPath: base) else {
            throw VerificationError(base, "there already. Name a new folder by --repaired.", .cannotCreate)
        }
        try round(
            type, question, from: try chosen.checkpoint(warn: FileHandle.warn), resolved,
            Place(judged: judged, task: task, fallback: fallback, folder: base))
    }

    /// Where states are replayed, and policies judged and kept.
    private struct Place {
        let judged: NamedEnvironment
        let task: any (Environment & SendableMetatype).Type
        let fallback: String
        let folder: String
    }

    private func round<A: Algorithm>(
        _ type: A.Type, _ question: RepairQuestion, from first: CheckpointReader,
        _ configured: ResolvedRun<A.Configuration>, _ place: Place
    ) throws {
        var (checkpoint, resolved) = (first, configured)
        var data: TransitionDataset?
        var table = RepairTable(limit: Self.largestLoss)
        var added = (examples: 0, rows: 0)
        for number in 0...rounds {
            let answer = try asked(type, question, checkpoint, resolved, seed: UInt64(number))
            let judged = try evaluate(type, checkpoint, resolved, place.judged)
            table.add(
                .init(
                    number: number, run: number == 0 ? nil : "\(place.folder)/round-\(number)",
                    verdict: answer.verdict, shares: answer.shares, examples: added.examples,
                    rows: added.rows, step: checkpoint.step, returnMean: judged.returnMean,
                    violationFree: judged.violationFreeShare))
            if number > 0 {
                try answer.certificate.write(to: "\(place.folder)/round-\(number).json")
                try SystemFiles().replaceFile(
                    place.folder + "/repair.json", with: Array((table.json.compact + "\n").utf8))
            }
            if let out { try answer.certificate.write(to: out) }
            guard table.goesOn, number < rounds, !answer.states.isEmpty else { break }
            let current = try data ?? RunData(resolved, in: source.registry).dataset
            let replayed = try replay(answer.states, in: place.task, by: place.fallback)
            let next = try TransitionDataset.merging([current, replayed])
            added = (answer.states.count / 9, replayed.count)
            (checkpoint, resolved) = try train(type, next, from: checkpoint, resolved, number + 1, place)
            data = next
        }
        try Output.write(isJSON ? table.json.compact + "\n" : table.text)
        if !table.isRepaired { throw CommandStatus.noSolutionFound }
    }

    private func asked<A: Algorithm>(
        _ type: A.Type, _ question: RepairQuestion, _ checkpoint: CheckpointReader,
        _ resolved: ResolvedRun<A.Configuration>, seed: UInt64
    ) throws -> RepairQuestion.Answer {
        let networks = try A.networks(resolved.options, from: checkpoint)
        return try question.ask(
            try RunNetwork.named(question.network, among: networks, of: checkpoint.path), seed)
    }

    private func evaluate<A: Algorithm>(
        _ type: A.Type, _ checkpoint: CheckpointReader, _ resolved: ResolvedRun<A.Configuration>,
        _ environment: NamedEnvironment
    ) throws -> EvaluationReport {
        let policy = try A.policy(resolved.options, from: checkpoint)
        var plan = try resolved.judging(policy, in: environment)
        plan.seed &+= Self.heldOutSeed
        return try plan.run(policy).1
    }

    private func replay<Task: Environment>(_ states: [[Double]], in type: Task.Type, by fallback: String)
        throws -> TransitionDataset
    {
        let record = try CollectedTransitions(
            replaying: states, by: fallback, in: type, limit: Self.replayedSteps, copies: Self.weight)
        guard let record else {
            throw VerificationError(
                property, "\(Task.name) cannot be put into a state, from which a step could be replayed.",
                .usage)
        }
        return try TransitionDataset(record)
    }

    /// A new run that goes on from a checkpoint with more data.
    private func train<A: Algorithm>(
        _ type: A.Type, _ data: TransitionDataset, from checkpoint: CheckpointReader,
        _ before: ResolvedRun<A.Configuration>, _ number: Int, _ place: Place
    ) throws -> (CheckpointReader, ResolvedRun<A.Configuration>) {
        let system = SystemFiles()
        try system.makeDirectories(place.folder)
        let file = "\(place.folder)/round-\(number).hdf5"
        try data.write(to: file)
        let steps = checkpoint.step + updates
        let document = try RunDocument(
            stored: before.resolvedJSON().pretty, as: checkpoint.path,
            // What is learned from now is a file of our own, of data that were allowed.
            overriding: ["data.file=\(file)", "data.allow=", "schedule.steps=\(steps)"])
        let resolved = try document.resolve(
            A.Configuration.self, of: A.name, among: source.registry.algorithmNames)
        // As a later resume will read it.
        let training = Retraining<A>(
            resolved: resolved, data: try RunData(resolved, in: source.registry),
            folder: "\(place.folder)/round-\(number)", start: checkpoint, isQuiet: isJSON)
        return (
            try training.checkpoint(
                unfit: VerificationError(property, "\(A.name) does not learn from transitions.", .usage)),
            resolved
        )
    }
}
