import SafeRL

extension COptiDICE {
    /// Stores five learners, the random streams, and what a policy needs to act.
    public func save(to checkpoint: inout CheckpointWriter) throws {
        try checkpoint.store(all: nu, chi, actor, multiplier, temperature)
        try checkpoint.store("streams", streams)
        try checkpoint.store("space", space)
    }

    /// Restores what `save` stored.
    ///
    /// - Throws: `CheckpointError`.
    public func load(from checkpoint: CheckpointReader) throws {
        try checkpoint.load(all: nu, chi, actor, multiplier, temperature)
        streams = try checkpoint.value("streams", as: RunStreams.self)
    }
}
