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

    /// The actor as learned so far.
    public func makePolicy() -> any Policy {
        SquashedPolicy(space, actor.snapshot(.weights, configuration.actor(space.observation, space.action)))
    }

    /// The policy in a checkpoint.
    ///
    /// - Throws: `CheckpointError`.
    public static func policy(_ c: Configuration, from checkpoint: CheckpointReader) throws -> any Policy {
        let space = try checkpoint.value("space", as: ActingSpace.self)
        return SquashedPolicy(
            space, try checkpoint.network("actor", .weights, c.actor(space.observation, space.action)))
    }
}
