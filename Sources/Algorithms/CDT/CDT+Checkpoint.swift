import SafeRL

extension CDT {
    /// What a policy needs beside its network.
    struct Description: StoredValue {
        var observation, action, episode: Int
        /// Short name of the task whose constants were meant.
        var task: String?
        var transforms: Transforms

        /// Checks that there are such sizes.
        public func check() throws(UnsoundValue) {
            try Sound.check(observation: observation, action: action, transforms)
            try Sound.check(episode, "episode", in: Sound.size)
        }
    }

    private struct Streams: Codable {
        var sampling, dropout: RandomStream
    }

    private var description: Description {
        Description(
            observation: data.observationSize, action: data.actionSize, episode: network.body.shape.episode,
            task: constants?.name, transforms: data.transforms)
    }

    /// Stores the network, the temperature, the streams, and what a policy needs to act.
    public func save(to checkpoint: inout CheckpointWriter) throws {
        try checkpoint.store(network)
        try checkpoint.store("streams", Streams(sampling: sampling, dropout: drawn.stream))
        try checkpoint.store("description", description)
        try checkpoint.store("temperature", TemperatureState(of: temperature))
    }

    /// Restores what `save` stored.
    ///
    /// - Throws: `CheckpointError`.
    public func load(from checkpoint: CheckpointReader) throws {
        try checkpoint.load(network)
        let streams = try checkpoint.value("streams", as: Streams.self)
        (sampling, drawn.stream) = (streams.sampling, streams.dropout)
        try checkpoint.value("temperature", as: TemperatureState.self).restore(temperature)
    }

    /// The network as it is now, asked for the target of the options.
    ///
    /// - Throws: `OptionIssue` when there is no target.
    public func makePolicy() throws -> any Policy {
        let shape = network.body.shape
        return CDTPolicy(
            network.snapshot(.weights) { DecisionTransformer(shape, in: &$0) },
            target: try configuration.checkedTarget(constants), configuration,
            transforms: data.transforms)
    }

    /// The policy in a checkpoint.
    ///
    /// - Throws: `CheckpointError`; `OptionIssue` when there is no target.
    public static func policy(_ c: Configuration, from checkpoint: CheckpointReader) throws -> any Policy {
        let description = try checkpoint.value("description", as: Description.self)
        let shape = c.shape(
            observation: description.observation, action: description.action, episode: description.episode)
        return CDTPolicy(
            try checkpoint.network("network", .weights) { DecisionTransformer(shape, in: &$0) },
            target: try c.checkedTarget(description.task.flatMap { CDTTask.named($0) }), c,
            transforms: description.transforms)
    }
}
