import SafeRL

extension BEARLag {
    /// Stores four learners, both multipliers, the random streams, and what a policy needs to act.
    public func save(to checkpoint: inout CheckpointWriter) throws {
        try checkpoint.store(autoencoder)
        try checkpoint.store(critic)
        try checkpoint.store(costCritic)
        try checkpoint.store(actor)
        try checkpoint.store("multiplier", multiplier.state)
        try checkpoint.store("distance_multiplier", distanceMultiplier)
        try checkpoint.store("streams", streams)
        try checkpoint.store("space", space)
    }

    /// Restores what `save` stored.
    ///
    /// - Throws: `CheckpointError`.
    public func load(from checkpoint: CheckpointReader) throws {
        try checkpoint.load(autoencoder)
        try checkpoint.load(critic)
        try checkpoint.load(costCritic)
        try checkpoint.load(actor)
        multiplier.state = try checkpoint.value("multiplier", as: PIDMultiplier.State.self)
        distanceMultiplier = try checkpoint.value("distance_multiplier", as: DualVariable.self)
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
