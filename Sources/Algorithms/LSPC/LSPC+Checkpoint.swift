import SafeRL

extension LSPC {
    /// What a policy needs beside its networks.
    struct Space: StoredValue {
        var observation, action: Int
        var transforms: Transforms

        func check() throws(UnsoundValue) {
            try Sound.check(observation: observation, action: action, transforms)
        }
    }

    /// Stores six learners, the random streams, and what a policy needs to act.
    public func save(to checkpoint: inout CheckpointWriter) throws {
        try checkpoint.store(all: rewardV, rewardQ, costV, costQ, autoencoder, encoder)
        try checkpoint.store("streams", streams)
        try checkpoint.store("space", space)
    }

    /// Restores what `save` stored.
    ///
    /// - Throws: `CheckpointError`.
    public func load(from checkpoint: CheckpointReader) throws {
        try checkpoint.load(all: rewardV, rewardQ, costV, costQ, autoencoder, encoder)
        streams = try checkpoint.value("streams", as: RunStreams.self)
    }

    /// The policy that the configuration chooses, as it is now.
    public func makePolicy() -> any Policy {
        let (c, o, a) = (configuration, space.observation, space.action)
        return LatentPolicy(
            c, space, autoencoder: autoencoder.snapshot(.weights, c.autoencoder(o, a)),
            encoder: encoder.snapshot(.weights, c.encoder(o)))
    }

    /// The policy in a checkpoint: either, whichever the run had chosen.
    ///
    /// - Throws: `CheckpointError`.
    public static func policy(_ c: Configuration, from checkpoint: CheckpointReader) throws -> any Policy {
        let space = try checkpoint.value("space", as: Space.self)
        let (o, a) = (space.observation, space.action)
        return LatentPolicy(
            c, space, autoencoder: try checkpoint.network("vae", .weights, c.autoencoder(o, a)),
            encoder: try checkpoint.network("encoder", .weights, c.encoder(o)))
    }
}
