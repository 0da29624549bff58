import SafeRL

extension BEARLag {
    /// Stores four learners, both multipliers, the random streams, and what a policy needs to act.
    public func save(to checkpoint: inout CheckpointWriter) throws {
        try storeLearners(in: &checkpoint)
        try checkpoint.store("multiplier", multiplier.state)
        try checkpoint.store("distance_multiplier", distanceMultiplier)
    }

    /// Restores what `save` stored.
    ///
    /// - Throws: `CheckpointError`.
    public func load(from checkpoint: CheckpointReader) throws {
        try loadLearners(from: checkpoint)
        multiplier.state = try checkpoint.value("multiplier", as: PIDMultiplier.State.self)
        distanceMultiplier = try checkpoint.value("distance_multiplier", as: DualVariable.self)
    }
}
