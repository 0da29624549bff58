import SafeRL

extension FISOR {
    /// What a policy needs beside its networks.
    struct Description: StoredValue {
        var observation, action: Int
        var transforms: Transforms

        /// Checks that there are such spaces.
        public func check() throws(UnsoundValue) {
            try Sound.check(observation: observation, action: action, transforms)
        }
    }

    /// Stores all learners, the random streams, and what a policy needs to act.
    public func save(to checkpoint: inout CheckpointWriter) throws {
        if let flow {
            try checkpoint.store(all: flow.clone, flow.actor, vr, qr, vh, qh)
        } else {
            try checkpoint.store(all: policy, vr, qr, vh, qh)
        }
        try checkpoint.store("streams", Streams(sampling: sampling, noise: noise))
        try checkpoint.store("description", description)
        if let judging { try checkpoint.store("critics.watch", judging.watch) }
    }

    /// Restores what `save` stored.
    ///
    /// - Throws: `CheckpointError`.
    public func load(from checkpoint: CheckpointReader) throws {
        if let flow {
            try checkpoint.load(all: flow.clone, flow.actor, vr, qr, vh, qh)
        } else {
            try checkpoint.load(all: policy, vr, qr, vh, qh)
        }
        let streams = try checkpoint.value("streams", as: Streams.self)
        (sampling, noise) = (streams.sampling, streams.noise)
        if let judging { judging.watch = try checkpoint.value("critics.watch", as: CriticsWatch.self) }
    }

    private struct Streams: Codable {
        var sampling, noise: RandomStream
    }

    private var description: Description {
        Description(observation: data.observationSize, action: data.actionSize, transforms: data.transforms)
    }

    /// The moving average of the policy with the critics' averages, as they are now.
    public func makePolicy() throws -> any Policy {
        let (o, a, c) = (data.observationSize, data.actionSize, configuration)
        let judge = CandidateJudge(
            configuration: c, description: description, qr: qr.snapshot(.target, c.critic(o, a)),
            qh: qh.snapshot(.target, c.critic(o, a)), vh: vh.snapshot(.weights, c.value(o)))
        if let flow {
            let actor = flow.actor.snapshot(.target, flow.settings.actor(o, a))
            return OneStepPolicy(flow.settings, actor: actor, judge: judge)
        }
        return DiffusionPolicy(c, score: policy.snapshot(.target, c.scoreNetwork(o, a)), judge: judge)
    }

    /// The policy in a checkpoint.
    ///
    /// - Throws: `CheckpointError`.
    public static func policy(_ c: Configuration, from checkpoint: CheckpointReader) throws -> any Policy {
        let description = try checkpoint.value("description", as: Description.self)
        let (o, a) = (description.observation, description.action)
        let judge = CandidateJudge(
            configuration: c, description: description,
            qr: try checkpoint.network("qr", .target, c.critic(o, a)),
            qh: try checkpoint.network("qh", .target, c.critic(o, a)),
            vh: try checkpoint.network("vh", .weights, c.value(o)))
        if let flow = c.policy.flow {
            let actor = try checkpoint.network("actor", .target, flow.actor(o, a))
            return OneStepPolicy(flow, actor: actor, judge: judge)
        }
        return DiffusionPolicy(
            c, score: try checkpoint.network("policy", .target, c.scoreNetwork(o, a)), judge: judge)
    }
}
