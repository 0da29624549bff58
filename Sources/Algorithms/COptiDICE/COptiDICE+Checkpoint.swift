import SafeRL

extension COptiDICE {
    /// Stores five learners, the random streams, and what a policy needs to act.
    public func save(to checkpoint: inout CheckpointWriter) throws {
        try checkpoint.store(nu)
        try checkpoint.store(chi)
        try checkpoint.store(actor)
        try checkpoint.store(multiplier)
        try checkpoint.store(temperature)
        try checkpoint.store("streams", streams)
        try checkpoint.store("space", space)
    }

    /// Restores what `save` stored.
    ///
    /// - Throws: `CheckpointError`.
    public func load(from checkpoint: CheckpointReader) throws {
        try checkpoint.load(nu)
        try checkpoint.load(chi)
        try checkpoint.load(actor)
        try checkpoint.load(multiplier)
        try checkpoint.load(temperature)
        streams = try checkpoint.value("streams", as: RunStreams.self)
    }
}
