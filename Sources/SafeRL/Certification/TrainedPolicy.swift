import Assurance
import Storage

/// A run and which of its checkpoints is meant.
public final class ChosenCheckpoint {
    /// The run.
    public let run: RunDirectory
    /// The step of the checkpoint; nothing for the newest that verifies.
    private let step: Int?
    private var opened: CheckpointReader?

    /// Finds a run by its directory or by the folder of one of its checkpoints.
    ///
    /// - Parameters:
    ///   - path: `RUN` or `RUN/checkpoints/step-000001000`.
    ///   - step: the step of the checkpoint, where somebody names one.
    /// - Throws: `RunError`, also for a checkpoint that lies outside its run; `OtherCheckpoint` where both name one.
    public init(_ path: String, checkpoint step: Int? = nil) throws {
        guard let folder = RunDirectory.checkpointFolder(path) else {
            (run, self.step) = (try RunDirectory.inspect(path), step)
            return
        }
        if let step, step != folder.step { throw OtherCheckpoint(path, step: folder.step, asked: step) }
        (run, self.step) = (try RunDirectory.inspect(folder.run), folder.step)
    }

    /// Opens the checkpoint, once.
    ///
    /// - Parameter warn: is told of each damaged one that is skipped on the way to the newest.
    /// - Returns: the checkpoint, verified.
    /// - Throws: `CheckpointError`, `StorageError`; `MemoryShortage` where the policy's products could not be computed.
    public func checkpoint(warn: (String) -> Void = { _ in }) throws -> CheckpointReader {
        if let opened { return opened }
        try MatrixLibraryMemory.check()
        let reader = try step.map(run.checkpoint) ?? run.usableCheckpoint(warn: warn)
        opened = reader
        return reader
    }
}

/// Two different checkpoints of one run.
public struct OtherCheckpoint: Fault {
    /// What kind of fault it is.
    public var kind: FaultKind { .usage }
    /// One line.
    public let description: String

    init(_ path: String, step: Int, asked: Int) {
        description =
            "\(oneLine(path)): the checkpoint of step \(step), but --checkpoint says \(asked). Leave one of them out."
    }
}

/// The policy of a run, opened: what is evaluated, tested and guarded.
public struct TrainedPolicy {
    /// What acts.
    public var policy: any Policy
    /// Where it was trained.
    public let run: RunDirectory
    /// Where its numbers are from.
    public let checkpoint: CheckpointReader
    /// How it acts: the algorithm, and every option that changes it.
    public var settings: [String: String]

    /// Opens the policy of a run.
    ///
    /// - Parameters:
    ///   - type: the algorithm that trained it.
    ///   - path: `RUN`, or `RUN/checkpoints/step-000001000`.
    ///   - step: the step of the checkpoint; the newest that verifies without it.
    ///   - overrides: `key=value` of options that only change how a policy acts, such as `fisor.candidates=8`.
    /// - Throws: `RunError`, `CheckpointError`, `ConfigurationError`, `StorageError`.
    public init<A: Algorithm>(
        _ type: A.Type, in path: String, checkpoint step: Int? = nil, acting overrides: [String] = []
    ) throws {
        let chosen = try ChosenCheckpoint(path, checkpoint: step)
        let resolved = try chosen.run.resolved(type, acting: overrides, among: [A.name])
        try self.init(type, resolved, of: chosen.run, from: try chosen.checkpoint())
    }

    /// Opens the policy of a checkpoint.
    ///
    /// - Parameters:
    ///   - type: the algorithm that trained it.
    ///   - resolved: the run's configuration, with what changes how it acts.
    ///   - run: where it was trained.
    ///   - checkpoint: of this run.
    /// - Throws: `CheckpointError`.
    package init<A: Algorithm>(
        _ type: A.Type, _ resolved: ResolvedRun<A.Configuration>, of run: RunDirectory,
        from checkpoint: CheckpointReader
    ) throws {
        (self.run, self.checkpoint) = (run, checkpoint)
        policy = try A.policy(resolved.options, from: checkpoint)
        settings = ["algorithm": A.name]
        let options = resolved.resolvedJSON()[A.name]
        for key in A.actingOptions {
            // A key of an alternative that was not chosen says nothing.
            let value = key.split(separator: ".").reduce(options) { $0?[String($1)] }
            if let value { settings["\(A.name).\(key)"] = value.compact }
        }
    }

    /// What claims about it are about.
    public var subject: ClaimSubject { ClaimSubject(checkpoint, of: run) }
}

extension ClaimSubject {
    /// What a run has trained.
    ///
    /// - Parameters:
    ///   - checkpoint: one of the run's.
    ///   - run: where it was trained.
    init(_ checkpoint: CheckpointReader, of run: RunDirectory) {
        self.init(
            policy: checkpoint.identity, configuration: run.manifest.configuration,
            data: run.manifest.data.sha256)
    }
}
