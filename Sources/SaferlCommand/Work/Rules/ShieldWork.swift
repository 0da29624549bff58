import Foundation
import Monitors
import Rules
import SafeRL
import Shields
import ShippedConfigurations
import Solvers

/// The shield that `--guard FILE.rules`, `--monitor` and `--router` ask for.
struct ShieldWork {
    private let plan: ShieldPlan

    /// Reads rules, monitor and router, and finds the fallback; nothing where none of them is named.
    ///
    /// - Parameters:
    ///   - arguments: of the command.
    ///   - policy: what proposes.
    ///   - identity: of its checkpoint.
    ///   - environment: where it acts.
    ///   - place: the same, made.
    ///   - registry: where a run's algorithm is found.
    ///   - networks: those of the policy's run, of which one may be what a certificate is about.
    /// - Throws: `RuleError`, `ReactionFault`, `ConfigurationError`, `MonitorError`; what opening a fallback's run or a certificate throws.
    init?(
        _ arguments: ActingArguments, for policy: any Policy, _ identity: @autoclosure () throws -> String,
        in environment: NamedEnvironment, _ place: @autoclosure () throws -> any VectorEnvironment,
        registry: Registry, networks: () throws -> [RunNetwork] = { [] }
    ) throws {
        guard let request = arguments.shielding else { return nil }
        plan = try ShieldPlan(
            arguments.rules, request, for: policy, try identity(), in: environment, try place(),
            registry: registry, networks: networks)
    }

    /// Whether the shield may do anything else than was proposed.
    var canIntervene: Bool { plan.canIntervene }

    /// The plan, for the head of a log.
    var head: ShieldPlan { plan }

    /// Monitor and router that only look on; nothing where there is neither.
    var onlooker: RuleShield? { plan.lookingOn.map { RuleShield($0) } }

    /// Refuses to undo steps.
    ///
    /// - Throws: `ReactionFault`.
    func mustNotGoBack(_ place: String) throws { try plan.mustNotGoBack(place) }

    /// An environment behind the rules, and rewarded by the monitor, that a run's configuration names; itself where it names none.
    ///
    /// - Throws: `RuleError`, `ReactionFault`; what opening a fallback's run throws.
    static func guarding(
        _ environment: NamedEnvironment, as configuration: GuardConfiguration, registry: Registry
    ) throws -> NamedEnvironment {
        let place = try behindRules(environment, as: configuration, registry: registry)
        return try rewarded(place, as: configuration)
    }

    /// An environment whose steps a configuration's monitor rewards; itself where the task does.
    private static func rewarded(
        _ environment: NamedEnvironment, as configuration: GuardConfiguration
    ) throws -> NamedEnvironment {
        guard configuration.reward != .task else { return environment }
        return environment.wrapped { place in
            try MonitoredReward(
                place, MonitorWatch(contentsOf: configuration.monitor, mode: .loose),
                kind: configuration.reward,
                scale: HybridReward(scale: configuration.returnDeviation))
        }
    }

    private static func behindRules(
        _ environment: NamedEnvironment, as configuration: GuardConfiguration, registry: Registry
    ) throws -> NamedEnvironment {
        guard !configuration.rules.isEmpty else { return environment }
        let reactions = try Reaction.list(configuration.react)
        if let useless = reactions.first(where: { ["mask", "resample"].contains($0.name) }) {
            throw OptionIssue(
                "guard.react",
                "\(quoted(useless.text)) asks the policy for another action, which training does not. Leave it out."
            )
        }
        let file = try ConfigurationFile.locate(configuration.rules, shipped: ShippedConfigurations.rules)
        let name = configuration.fallback.isEmpty ? nil : configuration.fallback
        return environment.wrapped { place in
            let rules = try RuleFile(
                bytes: file.bytes, name: file.name, stepDuration: place.frameRate.map { 1 / Double($0) })
            let plan = try ShieldPlan(
                rules, ShieldRequest(fallback: name), standard: reactions, in: environment, registry: registry
            )
            return try GuardedEnvironment(place, plan)
        }
    }

    /// A fresh shield.
    ///
    /// - Parameters:
    ///   - logs: whether terms and margins are written down.
    ///   - everyStep: whether steps in which nothing was refused are, too.
    /// - Returns: what has seen no episode yet.
    func shield(logging logs: Bool = false, everyStep: Bool = false) -> RuleShield {
        var plan = plan
        (plan.logsTerms, plan.measuresMargins) = (logs, logs)
        plan.logging = everyStep ? .everyStep : logs ? .interventions : .nothing
        return RuleShield(plan)
    }
}

extension ShieldPlan {
    /// The plan that a command's arguments name.
    ///
    /// - Parameters:
    ///   - path: the file of rules; nothing for none.
    ///   - request: how it reacts, with monitor and router.
    ///   - policy: what proposes.
    ///   - identity: of its checkpoint.
    ///   - environment: where it acts; nothing where saferl does not simulate it.
    ///   - place: the same, made.
    ///   - registry: where a run's algorithm is found.
    ///   - networks: those of the policy's run, of which one may be what a certificate is about.
    /// - Throws: `RuleError`, `ReactionFault`, `ConfigurationError`, `MonitorError`; what opening a fallback's run or a certificate throws.
    init(
        _ path: String?, _ request: ShieldRequest, for policy: any Policy, _ identity: String,
        in environment: NamedEnvironment?, _ place: (any VectorEnvironment)?, registry: Registry,
        networks: () throws -> [RunNetwork] = { [] }
    ) throws {
        let duration = place?.frameRate.map { 1 / Double($0) }
        try self.init(
            try path.map { try RuleFile.open($0, stepDuration: duration) } ?? RuleFile.none, request,
            standard: Self.standardReactions(for: policy), in: environment, registry: registry)
        tight = try request.watch.tight.map { try RuleFile.open($0, stepDuration: duration) }
        try add(request.watch, for: policy, identity, in: environment)
        try check(policy)
        if let path = request.certificate {
            certificate = try InvariantCover(
                path, rules: rules.digest, networks: try networks().verifiable(),
                in: environment?.type?.boundable
            ) { try registry.environment(named: $0).type?.boundable }
            guard let fallback, environment?.fallbacks.contains(fallback.name) == true else {
                throw ReactionFault(
                    "--certificate proves what a controller of the environment keeps. Name it by --fallback.")
            }
        }
        if let place { try check(place) }
    }

    /// The plan of rules that were read.
    ///
    /// - Throws: as the other initialiser.
    fileprivate init(
        _ rules: RuleFile, _ request: ShieldRequest, standard: [Reaction],
        in environment: NamedEnvironment?, registry: Registry
    ) throws {
        self.init(rules, reactions: request.reactions ?? standard)
        (onAlarm, canStop) = (request.onAlarm, request.canStop)
        idleAction = environment?.idleAction
        (lookAhead, observationValues) = (request.lookAhead, environment?.observationValues ?? [:])
        fallback = try request.fallback.map { try Fallback($0, in: environment, registry: registry) }
        if reactions.contains(.fallback), fallback == nil {
            if request.reactions != nil {
                throw ReactionFault("\"fallback\" in --react needs --fallback, which names what acts then.")
            }
            reactions.removeAll { $0 == .fallback }
        }
        proposer = try request.solverMilliseconds.map {
            try Z3Proposer(timeout: .microseconds(Int64(1000 * $0)))
        }
    }
}

extension ShieldPlan {
    /// Adds what watches beside the rules.
    private mutating func add(
        _ request: WatchRequest, for policy: any Policy, _ identity: String,
        in environment: NamedEnvironment?
    ) throws {
        func warn(_ path: String, _ own: String) {
            guard let environment, own != environment.name else { return }
            FileHandle.warn(
                "\(oneLine(path)): is of \(oneLine(own)); what it says of \(environment.name) nobody has measured."
            )
        }
        if let path = request.monitor {
            let monitor = try MonitorWatch(contentsOf: path, mode: request.mode, confirm: request.confirm)
            try monitor.check(
                observations: policy.observationSize, actions: policy.actionSize,
                choices: policy.actionChoices, of: path)
            warn(path, monitor.environment)
            watch = monitor
        }
        if let path = request.router {
            let gate = try RouterGate(
                contentsOf: path, monitor: request.monitor, for: policy, warn: FileHandle.warn)
            try gate.check(
                observations: policy.observationSize, actions: policy.actionSize,
                choices: policy.actionChoices, of: path)
            try gate.mustBe(of: identity)
            warn(path, gate.facts.environment)
            router = gate
        }
    }
}

extension [RunNetwork] {
    /// Those that can be verified, of which a certificate may speak.
    ///
    /// - Throws: what reading a checkpoint throws.
    fileprivate func verifiable() throws -> [VerifiableNetwork] {
        try compactMap { network in
            do { return try network.make() } catch is VerificationError { return nil }
        }
    }
}

extension Fallback {
    /// A controller of the environment, or the policy of a run.
    ///
    /// - Throws: `UnknownName` where it is neither; the run's errors.
    init(_ name: String, in environment: NamedEnvironment?, registry: Registry) throws {
        if let controller = environment?.fallback(named: name) {
            self.init(name, controller)
            return
        }
        guard FileManager.default.fileExists(atPath: name) else {
            let place = environment.map { " of \($0.name)" } ?? ""
            throw UnknownName(
                name, isNone: "fallback\(place) and no run", of: environment?.fallbacks ?? [])
        }
        self.init(name, try ChosenCheckpoint(name).policy(among: registry))
    }
}

extension ChosenCheckpoint {
    /// The policy of the checkpoint, acting as its run was configured.
    ///
    /// - Throws: what finding the algorithm and opening the checkpoint throw.
    func policy(among registry: Registry) throws -> any Policy {
        try policy(of: try registry.algorithm(of: try run.document()), registry)
    }

    /// The networks of the checkpoint that it offers for verification.
    ///
    /// - Throws: what finding the algorithm and opening the checkpoint throw.
    func networks(among registry: Registry) throws -> [RunNetwork] {
        try networks(of: try registry.algorithm(of: try run.document()), registry)
    }

    private func networks<A: Algorithm>(of type: A.Type, _ registry: Registry) throws -> [RunNetwork] {
        let resolved = try run.resolved(type, acting: [], among: registry.algorithmNames)
        return try A.networks(resolved.options, from: try checkpoint(warn: FileHandle.warn))
    }

    private func policy<A: Algorithm>(of type: A.Type, _ registry: Registry) throws -> any Policy {
        let resolved = try run.resolved(type, acting: [], among: registry.algorithmNames)
        return try A.policy(resolved.options, from: try checkpoint(warn: FileHandle.warn))
    }
}

extension RuleFile {
    /// Reads a file of rules: the path as given, else one that is shipped.
    ///
    /// - Throws: `ConfigurationError` where there is none, `RuleError`.
    static func open(_ path: String, stepDuration: Double?) throws -> RuleFile {
        let file = try ConfigurationFile.locate(path, shipped: ShippedConfigurations.rules)
        return try RuleFile(bytes: file.bytes, name: file.name, stepDuration: stepDuration)
    }
}
