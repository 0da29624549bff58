import Foundation
import SafeRL

/// What `saferl collect` does.
struct CollectWork {
    let environment: NamedEnvironment
    let file: String
    /// Whether a file that is there may be replaced.
    let replaces: Bool
    /// The name of a behaviour; nothing for the environment's first.
    let behaviour: String?
    /// The run whose policy acts instead; nothing for a behaviour.
    let policy: String?
    /// How much to record; nothing for as much as the environment's standard data set has.
    let amount: CollectionAmount?
    let seed: UInt64
    let registry: Registry

    func run() throws {
        if !replaces && fileKind(file, following: true) == .file { throw FileIsThere(path: file) }
        let amount = amount ?? .transitions(environment.standardTransitions)
        let dataset = try TransitionDataset(try record(amount))
        try dataset.write(to: file)
        try Output.write(
            "\(file): \(dataset.count) transitions, \(dataset.episodes.count) episodes. See \"saferl data info\"."
        )
    }
}

extension CollectWork {
    private func record(_ amount: CollectionAmount) throws -> CollectedTransitions {
        guard let policy else {
            let behaviour = try environment.behaviour(named: behaviour ?? "")
            return try environment.collect(amount, behaviour: behaviour, seed: seed)
        }
        let chosen = try ChosenCheckpoint(policy, checkpoint: nil)
        return try record(amount, by: try chosen.policy(among: registry))
    }

    /// A policy draws from the episode's stream, as a behaviour does.
    private func record(_ amount: CollectionAmount, by policy: any Policy) throws -> CollectedTransitions {
        let place = try environment.make(EnvironmentRequest())
        var policy = policy
        try check(policy, place)
        return try CollectedTransitions(amount, in: place, seed: seed) {
            try policy.action(on: $0, using: &$1)
        }
    }

    private func check(_ policy: any Policy, _ place: any VectorEnvironment) throws {
        let (seen, done) = (place.observationSpace.size, place.actionSpace.size)
        guard policy.observationSize == seen else {
            throw EvaluationError.wrongSize("observation", policy: policy.observationSize, environment: seen)
        }
        guard policy.actionSize == done else {
            throw EvaluationError.wrongSize("action", policy: policy.actionSize, environment: done)
        }
        guard policy.needsNoPast else {
            throw ConfigurationError(
                .usage, at: oneLine(self.policy ?? ""),
                "the policy looks at how its episode went, which recording does not tell it. Name a run of another method."
            )
        }
    }
}

/// What `saferl env check` does.
struct EnvCheckWork {
    let environment: NamedEnvironment
    let isJSON: Bool

    func run() throws {
        let check = try check()
        try Output.write(isJSON ? json(check).pretty : check.table)
        // What the environment itself knows to be amiss says more than a promise that it could not keep.
        if let failure = check.failure, CommandStatus(describing: failure) != .internalFault { throw failure }
        if let broken = check.lines.first(where: { !$0.isKept }) {
            throw BrokenPromise(environment.name, broken)
        }
    }

    private func check() throws -> EnvironmentCheck {
        let line = WorkLine()
        defer { line.end() }
        let name = environment.name
        let progress = { (progress: EnvironmentCheck.Progress) in
            line.show("\(name): \(progress.resets) resets, \(progress.steps) steps; \(progress.promise)")
        }
        // A type is checked as such: its values may share what they must not.
        if let type = environment.type { return EnvironmentCheck(type, progress: progress) }
        return try EnvironmentCheck(
            environment.make(EnvironmentRequest(slots: 2, workers: 1)), progress: progress)
    }

    private func json(_ check: EnvironmentCheck) -> JSONValue {
        let promises = check.lines.map { line in
            JSONValue.object([
                ("promise", .text(line.promise)), ("kept", .boolean(line.isKept)),
                ("fault", line.fault.map { .text($0) } ?? .null),
            ])
        }
        return .object([
            ("environment", .text(environment.name)), ("passed", .boolean(check.isPassed)),
            ("promises", .list(promises)),
        ])
    }
}

/// An environment that does not do what every environment promises.
struct BrokenPromise: Fault {
    /// What kind of fault it is.
    var kind: FaultKind { .badData }

    let description: String

    init(_ name: String, _ line: EnvironmentCheck.Line) {
        description = "\(name): not kept: \(line.promise): \(line.fault ?? "")."
    }
}
