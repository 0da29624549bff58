import SafeRL

extension CAPS {
    /// What a policy needs beside its networks.
    struct Description: StoredValue {
        var observation, action: Int
        /// Steps of the longest recorded episode.
        var longestEpisode: Int
        var transforms: Transforms

        func check() throws(UnsoundValue) {
            try Sound.check(observation: observation, action: action, transforms)
            try Sound.check(longestEpisode, "the longest episode", in: 1...Int(Int32.max))
        }
    }

    /// Stores five learners, the stream of the batches, and what a policy needs to act.
    public func save(to checkpoint: inout CheckpointWriter) throws {
        try checkpoint.store(all: actor, rewardV, rewardQ, costV, costQ)
        try checkpoint.store("sampling", sampling)
        try checkpoint.store("description", description)
    }

    /// Restores what `save` stored.
    ///
    /// - Throws: `CheckpointError`.
    public func load(from checkpoint: CheckpointReader) throws {
        try checkpoint.load(all: actor, rewardV, rewardQ, costV, costQ)
        sampling = try checkpoint.value("sampling", as: RandomStream.self)
    }

    private var description: Description {
        Description(
            observation: data.observationSize, action: data.actionSize,
            longestEpisode: data.longestEpisode, transforms: data.transforms)
    }

    /// The policies with the critics that choose among them, as they are now: weights, not their averages.
    public func makePolicy() throws -> any Policy {
        let (o, a, c) = (data.observationSize, data.actionSize, configuration)
        return SwitchingPolicy(
            c, description, actor: actor.snapshot(.weights, c.actor(o, a)),
            rewardQ: rewardQ.snapshot(.weights, c.critic(o, a)),
            costQ: costQ.snapshot(.weights, c.critic(o, a)))
    }

    /// The policy in a checkpoint.
    ///
    /// - Throws: `CheckpointError`; `OptionIssue` where the limit is for fewer steps than an episode that was learned from.
    public static func policy(_ c: Configuration, from checkpoint: CheckpointReader) throws -> any Policy {
        let description = try checkpoint.value("description", as: Description.self)
        try EpisodeLimit.check(steps: c.episodeLength, longest: description.longestEpisode)
        let (o, a) = (description.observation, description.action)
        return SwitchingPolicy(
            c, description, actor: try checkpoint.network("actor", .weights, c.actor(o, a)),
            rewardQ: try checkpoint.network("reward-q", .weights, c.critic(o, a)),
            costQ: try checkpoint.network("cost-q", .weights, c.critic(o, a)))
    }
}
