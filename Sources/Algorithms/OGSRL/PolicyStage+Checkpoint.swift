import PolicyOptimisation
import SafeRL

extension PolicyStage {
    private struct Position: StoredValue {
        var sampling: RandomStream
        var rolledOut: Int
        var counts: [String: Int]
        var streams: [String: RandomStream]
        var vectors: [String]

        func check() throws(UnsoundValue) {
            // The number of the next roll-out's streams has 32 bits.
            try Sound.check(rolledOut, "rolledOut", in: Sound.count)
            for (name, count) in counts { try Sound.check(count, name, in: Sound.count) }
        }
    }

    /// Stores what the next update depends on.
    func save(to checkpoint: inout CheckpointWriter) throws {
        var state = learner.state
        if critic != nil { state.counts["settled"] = isSettled ? 1 : 0 }
        let names = state.storeVectors(of: "policy", in: &checkpoint)
        try checkpoint.store(
            "policy.position",
            Position(
                sampling: sampling, rolledOut: rolledOut, counts: state.counts, streams: state.streams,
                vectors: names))
        try checkpoint.store("policy.form", form)
        checkpoint.store("policy.weights", numbers: parameters)
    }

    /// Restores what `save` stored.
    ///
    /// - Throws: `CheckpointError`.
    func load(from checkpoint: CheckpointReader) throws {
        let position = try checkpoint.value("policy.position", as: Position.self)
        isSettled = position.counts["settled"] == 1
        let state = try LearnerState(
            position.vectors, counts: position.counts, streams: position.streams, of: "policy", in: checkpoint
        )
        try state.restore(of: "policy", in: checkpoint, restore)
        (sampling, rolledOut) = (position.sampling, position.rolledOut)
    }

    private func restore(_ state: LearnerState) throws(LearnerStateError) {
        switch learner {
        case .trustRegion(let learner): try learner.restore(state)
        case .lagrangian(let learner): try learner.restore(state)
        case .exact(let planner): try planner.restore(state)
        }
    }
}
