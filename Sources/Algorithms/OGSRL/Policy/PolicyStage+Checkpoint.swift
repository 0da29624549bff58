import PolicyOptimisation
import SafeRL

extension PolicyStage {
    /// Stores what the next update depends on.
    func save(to checkpoint: inout CheckpointWriter) throws {
        let state = anyImprover.state
        let names = state.storeVectors(of: "policy", in: &checkpoint)
        try checkpoint.store(
            "policy.position",
            LearnerPosition(
                sampling: sampling, rolledOut: rolledOut, counts: state.counts, streams: state.streams,
                vectors: names))
        try checkpoint.store("policy.form", form)
        checkpoint.store("policy.weights", numbers: parameters)
    }

    /// Restores what `save` stored.
    ///
    /// - Throws: `CheckpointError`.
    func load(from checkpoint: CheckpointReader) throws {
        let position = try checkpoint.value("policy.position", as: LearnerPosition.self)
        let rolledOut = try position.required(\.rolledOut, "rolledOut", of: "policy", in: checkpoint)
        try position.state(of: "policy", in: checkpoint).restore(
            of: "policy", in: checkpoint, anyImprover.restore)
        (sampling, self.rolledOut) = (position.sampling, rolledOut)
    }
}
