import SafeRL

extension SACLagrangian {
    /// What of a run is neither network nor buffer.
    private struct Position: StoredValue {
        var multiplier: PIDMultiplier.State
        var metrics: Metrics
        var weight: Float
        var due: Double
        var streams: RunStreams
        var starts: RandomStream

        func check() throws(UnsoundValue) {
            try multiplier.check()
            try metrics.check()
            guard weight >= 0, weight.isFinite, due >= 0, due < 1 else {
                throw UnsoundValue("the multiplier or what is owed is no sound number")
            }
        }
    }

    /// Stores the networks, the buffer, the multiplier, the streams, and what a policy needs to act.
    public func save(to checkpoint: inout CheckpointWriter) throws {
        try checkpoint.store(actor)
        try checkpoint.store(critic)
        try checkpoint.store(costCritic)
        try checkpoint.store("temperature", TemperatureState(of: temperature))
        try checkpoint.store(
            "position",
            Position(
                multiplier: multiplier.state, metrics: metrics, weight: weight, due: due, streams: streams,
                starts: starts))
        try buffer.save(to: &checkpoint)
        try checkpoint.store("space", space)
    }

    /// Restores what `save` stored.
    ///
    /// - Throws: `CheckpointError`.
    public func load(from checkpoint: CheckpointReader) throws {
        try checkpoint.load(actor)
        try checkpoint.load(critic)
        try checkpoint.load(costCritic)
        try checkpoint.value("temperature", as: TemperatureState.self).restore(temperature)
        let position = try checkpoint.value("position", as: Position.self)
        (multiplier.state, metrics, weight) = (position.multiplier, position.metrics, position.weight)
        (due, streams, starts) = (position.due, position.streams, position.starts)
        try buffer.load(from: checkpoint)
    }

    /// The actor as learned so far.
    public func makePolicy() -> any Policy {
        SquashedPolicy(
            space, actor.snapshot(.weights, configuration.actor(space.observation, space.action)),
            draws: configuration.draws)
    }

    /// The policy in a checkpoint.
    ///
    /// - Throws: `CheckpointError`.
    public static func policy(_ c: Configuration, from checkpoint: CheckpointReader) throws -> any Policy {
        let space = try checkpoint.value("space", as: ActingSpace.self)
        return SquashedPolicy(
            space, try checkpoint.network("actor", .weights, c.actor(space.observation, space.action)),
            draws: c.draws)
    }

    /// One pass of the actor.
    ///
    /// - Throws: `CheckpointError`; `VerificationError`; `UnexportablePolicy` for one that draws.
    public static func program(_ c: Configuration, from checkpoint: CheckpointReader) throws -> PolicyProgram
    {
        try PolicyProgram(actorOf: networks(c, from: checkpoint), in: checkpoint, name, draws: c.draws)
    }

    /// `actor`.
    ///
    /// - Throws: `CheckpointError`.
    public static func networks(_ c: Configuration, from checkpoint: CheckpointReader) throws -> [RunNetwork]
    {
        try SquashedPolicy.networks(from: checkpoint, c.actor)
    }
}
