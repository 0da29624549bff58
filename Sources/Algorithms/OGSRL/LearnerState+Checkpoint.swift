import PolicyOptimisation
import SafeRL

extension LearnerState {
    /// Stores the vectors.
    ///
    /// - Parameters:
    ///   - stage: in front of their names.
    ///   - checkpoint: takes them.
    /// - Returns: the names, for `init(_:counts:streams:of:in:)`.
    func storeVectors(of stage: String, in checkpoint: inout CheckpointWriter) -> [String] {
        let names = vectors.keys.sorted()
        for name in names { checkpoint.store("\(stage).\(name)", numbers: vectors[name] ?? []) }
        return names
    }

    /// Reads what `storeVectors` stored, beside what a stage's own value holds.
    ///
    /// - Throws: `CheckpointError`.
    init(
        _ names: [String], counts: [String: Int], streams: [String: RandomStream] = [:], of stage: String,
        in checkpoint: CheckpointReader
    ) throws {
        self.init()
        (self.counts, self.streams) = (counts, streams)
        for name in names { vectors[name] = try checkpoint.numbers("\(stage).\(name)") }
    }

    /// Restores a learner, whose error names the checkpoint.
    ///
    /// - Throws: `CheckpointError`.
    func restore(
        of stage: String, in checkpoint: CheckpointReader,
        _ restore: (LearnerState) throws(LearnerStateError) -> Void
    ) throws {
        do throws(LearnerStateError) { try restore(self) } catch {
            throw CheckpointError.unsound(stage, path: checkpoint.path, reason: error.reason)
        }
    }
}
