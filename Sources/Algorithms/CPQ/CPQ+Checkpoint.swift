import SafeRL

extension CPQ {
    /// Stores four learners, the multiplier, the random streams, and what a policy needs to act.
    public func save(to checkpoint: inout CheckpointWriter) throws {
        try storeLearners(in: &checkpoint)
        try checkpoint.store("multiplier", multiplier)
    }

    /// Restores what `save` stored.
    ///
    /// - Throws: `CheckpointError`.
    public func load(from checkpoint: CheckpointReader) throws {
        try loadLearners(from: checkpoint)
        multiplier = try checkpoint.value("multiplier", as: DualVariable.self)
    }
}
