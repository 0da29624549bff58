import Foundation
import Monitors
import Replay
import SafeRL

/// The policy of a run, and where it acts, for commands that watch it.
struct WatchedRun {
    /// What acts, and in what.
    let policy: any Policy
    let environment: NamedEnvironment
    /// The digest of the checkpoint.
    let identity: String
    /// Opens the data that the run has learned from: the name of its file or of what was collected, and the data.
    let data: () throws -> (name: String, data: TransitionDataset)
    private let registry: Registry
    private let directory: String

    /// Opens a run.
    ///
    /// - Parameters:
    ///   - directory: of the run, or of one of its checkpoints.
    ///   - request: which policy, and where.
    ///   - purpose: what is done there, for messages.
    ///   - registry: what names stand for.
    /// - Throws: as opening a checkpoint and finding an environment do.
    init(_ directory: String, _ request: PolicyRequest, to purpose: String, _ registry: Registry) throws {
        let chosen = try ChosenCheckpoint(directory, checkpoint: request.checkpoint)
        self = try Self.opened(
            try registry.algorithm(of: try chosen.run.document()), chosen, directory, request, purpose,
            registry)
    }

    private init(
        _ policy: any Policy, _ environment: NamedEnvironment, _ identity: String, _ directory: String,
        _ registry: Registry, _ data: @escaping () throws -> (name: String, data: TransitionDataset)
    ) {
        (self.policy, self.environment, self.identity) = (policy, environment, identity)
        (self.directory, self.registry, self.data) = (directory, registry, data)
    }

    private static func opened<A: Algorithm>(
        _ type: A.Type, _ chosen: ChosenCheckpoint, _ directory: String, _ request: PolicyRequest,
        _ purpose: String, _ registry: Registry
    ) throws -> WatchedRun {
        let resolved = try chosen.run.resolved(
            type, acting: request.overrides, among: registry.algorithmNames)
        let checkpoint = try chosen.checkpoint(warn: FileHandle.warn)
        let policy = try A.policy(resolved.options, from: checkpoint)
        let environment = try registry.place(
            resolved, named: request.environment, for: { policy }, to: purpose,
            trusted: request.trustsEnvironment)
        return WatchedRun(policy, environment, checkpoint.identity, directory, registry) {
            let data = try RunData(resolved, in: registry, earlier: chosen.run.manifest.data.path)
            return (data.place, data.dataset)
        }
    }

    /// Features of a step in its environment.
    var features: MonitorFeatures {
        MonitorFeatures(
            observationSize: policy.observationSize, actionSize: policy.actionSize,
            actionChoices: policy.actionChoices)
    }

    /// What could rescue an episode: a controller of the environment, the run's own policy at its safest, or another run.
    ///
    /// - Throws: `UnknownName` with a suggestion, and as opening a run does.
    func recovery(named name: String, _ request: PolicyRequest) throws -> any Policy {
        if let controller = environment.fallback(named: name) { return controller }
        if name == Self.safest {
            var own = request
            let algorithm = try registry.algorithm(of: try ChosenCheckpoint(directory).run.document())
            guard algorithm.actingOptions.contains("choice") else {
                throw ConfigurationError(
                    .usage, at: "--recovery safest",
                    "\(algorithm.name) has no option \"choice\". Name a controller of the environment or another run."
                )
            }
            own.overrides.append("\(algorithm.name).choice=safest")
            return try WatchedRun(directory, own, to: "label", registry).policy
        }
        guard fileKind(name, following: true) == .directory else {
            let known = environment.fallbacks + [Self.safest]
            throw UnknownName(name, isNone: "recovery", of: known)
        }
        let other = PolicyRequest(
            environment: environment.name, trustsEnvironment: request.trustsEnvironment)
        return try WatchedRun(name, other, to: "label", registry).policy
    }

    private static let safest = "safest"
}
