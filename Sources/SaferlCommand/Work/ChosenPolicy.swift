import Foundation
import SafeRL

/// A run and which of its checkpoints is meant: what `evaluate` and `certify` judge.
final class ChosenPolicy {
    /// The run.
    let run: RunDirectory
    /// The step of the checkpoint; nothing for the newest that verifies.
    private let step: Int?
    private var opened: CheckpointReader?

    /// Finds a run by its directory or by the folder of one of its checkpoints.
    ///
    /// - Parameters:
    ///   - path: `RUN` or `RUN/checkpoints/step-000001000`.
    ///   - step: the step of the checkpoint, where the command line names one.
    /// - Throws: `RunError`, also for a checkpoint that lies outside its run; `OtherCheckpoint` where both name one.
    init(_ path: String, checkpoint step: Int? = nil) throws {
        guard let folder = RunDirectory.checkpointFolder(path) else {
            (run, self.step) = (try RunDirectory.inspect(path), step)
            return
        }
        if let step, step != folder.step { throw OtherCheckpoint(path, step: folder.step, asked: step) }
        (run, self.step) = (try RunDirectory.inspect(folder.run), folder.step)
    }

    /// Opens the checkpoint, once, with a warning for each damaged one that is skipped on the way to the newest.
    ///
    /// - Throws: `CheckpointError`, `StorageError`; `MemoryShortage` where the policy's products could not be computed.
    func checkpoint() throws -> CheckpointReader {
        if let opened { return opened }
        try MatrixLibraryMemory.check()
        let reader = try step.map(run.checkpoint) ?? run.usableCheckpoint()
        opened = reader
        return reader
    }
}

/// Two different checkpoints of one run.
struct OtherCheckpoint: Fault {
    /// What kind of fault it is.
    var kind: FaultKind { .usage }

    let description: String

    init(_ path: String, step: Int, asked: Int) {
        description =
            "\(oneLine(path)): the checkpoint of step \(step), but --checkpoint says \(asked). Leave one of them out."
    }
}
