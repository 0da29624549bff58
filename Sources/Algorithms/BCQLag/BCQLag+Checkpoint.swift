import SafeRL

extension BCQLag {
    /// Stores four learners, the multiplier, the random streams, and what a policy needs to act.
    public func save(to checkpoint: inout CheckpointWriter) throws {
        try storeLearners(in: &checkpoint)
        try checkpoint.store("multiplier", multiplier.state)
    }

    /// Restores what `save` stored.
    ///
    /// - Throws: `CheckpointError`.
    public func load(from checkpoint: CheckpointReader) throws {
        try loadLearners(from: checkpoint)
        multiplier.state = try checkpoint.value("multiplier", as: PIDMultiplier.State.self)
    }

    /// The networks as they are now.
    public func makePolicy() -> any Policy {
        let (c, o, a) = (configuration, space.observation, space.action)
        return PerturbedPolicy(
            c, space, autoencoder: autoencoder.snapshot(.weights, c.autoencoder(o, a)),
            actor: actor.snapshot(.weights, c.actor(o, a)),
            critic: critic.snapshot(.weights, c.critic(c.rewardMembers, o, a)),
            costCritic: costCritic.snapshot(.weights, c.critic(c.costMembers, o, a)))
    }

    /// The policy in a checkpoint.
    ///
    /// - Throws: `CheckpointError`.
    public static func policy(_ c: Configuration, from checkpoint: CheckpointReader) throws -> any Policy {
        let space = try checkpoint.value("space", as: ActingSpace.self)
        let (o, a) = (space.observation, space.action)
        return PerturbedPolicy(
            c, space, autoencoder: try checkpoint.network("vae", .weights, c.autoencoder(o, a)),
            actor: try checkpoint.network("actor", .weights, c.actor(o, a)),
            critic: try checkpoint.network("critic", .weights, c.critic(c.rewardMembers, o, a)),
            costCritic: try checkpoint.network("cost_critic", .weights, c.critic(c.costMembers, o, a)))
    }
}
