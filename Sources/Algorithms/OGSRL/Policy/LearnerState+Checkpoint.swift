import PolicyOptimisation
import SafeRL

/// Where a stage that learns by a `LearnerState` is: all of that but its vectors, with what the stage draws by.
struct LearnerPosition: StoredValue {
    /// Draws what the stage draws beside the learner.
    var sampling: RandomStream
    /// Minibatches so far; absent in a stage that counts roll-outs.
    var done: Int?
    /// Roll-outs so far; absent in a stage that counts minibatches.
    var rolledOut: Int?
    /// Of the learner.
    var counts: [String: Int]
    /// Of the learner; absent where it draws nothing.
    var streams: [String: RandomStream]?
    /// Names of the learner's vectors.
    var vectors: [String]

    func check() throws(UnsoundValue) {
        if let done { try Sound.check(done, "done", in: Sound.count) }
        // The number of the next roll-out's streams has 32 bits.
        if let rolledOut { try Sound.check(rolledOut, "rolledOut", in: Sound.count) }
        for (name, count) in counts { try Sound.check(count, name, in: Sound.count) }
    }
}

extension LearnerPosition {
    /// A number that the stage must have stored.
    ///
    /// - Throws: `CheckpointError` where it is absent.
    func required(
        _ count: KeyPath<LearnerPosition, Int?>, _ name: String, of stage: String,
        in checkpoint: CheckpointReader
    ) throws -> Int {
        guard let count = self[keyPath: count] else {
            throw checkpoint.unsound("\(stage).position", UnsoundValue("\(name) is missing"))
        }
        return count
    }

    /// The state of the learner, its vectors read.
    ///
    /// - Throws: `CheckpointError`.
    func state(of stage: String, in checkpoint: CheckpointReader) throws -> LearnerState {
        try LearnerState(vectors, counts: counts, streams: streams ?? [:], of: stage, in: checkpoint)
    }
}

extension LearnerState {
    /// Stores the vectors.
    ///
    /// - Parameters:
    ///   - stage: in front of their names.
    ///   - checkpoint: takes them.
    /// - Returns: the names, for `LearnerPosition`.
    func storeVectors(of stage: String, in checkpoint: inout CheckpointWriter) -> [String] {
        let names = vectors.keys.sorted()
        for name in names { checkpoint.store("\(stage).\(name)", numbers: vectors[name] ?? []) }
        return names
    }

    /// Reads what `storeVectors` stored, beside what a stage's own value holds.
    ///
    /// - Throws: `CheckpointError`.
    fileprivate init(
        _ names: [String], counts: [String: Int], streams: [String: RandomStream], of stage: String,
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
