import SafeRL

extension TraC {
    /// Stores both networks, the place in the pass over the segments, the streams, and what a policy needs to act.
    ///
    /// Which phase it is follows from the updates of the second network.
    public func save(to checkpoint: inout CheckpointWriter) throws {
        try checkpoint.store(all: cloning, policy)
        try checkpoint.store("pass", passes.state)
        try checkpoint.store("noise", noise)
        try checkpoint.store("space", space)
    }

    /// Restores what `save` stored.
    ///
    /// - Throws: `CheckpointError`.
    public func load(from checkpoint: CheckpointReader) throws {
        try checkpoint.load(all: cloning, policy)
        let state = try checkpoint.value("pass", as: SegmentPasses.State.self)
        do throws(UnsoundValue) { try passes.restore(state) } catch {
            throw checkpoint.unsound("pass", error)
        }
        noise = try checkpoint.value("noise", as: RandomStream.self)
    }

    /// What was learned last: the clone in the first phase.
    public func makePolicy() -> any Policy {
        space.policy((policy.updates > 0 ? policy : cloning).snapshot(.weights, space.network))
    }

    /// The policy in a checkpoint.
    ///
    /// - Throws: `CheckpointError`.
    public static func policy(_ c: Configuration, from checkpoint: CheckpointReader) throws -> any Policy {
        let space = try checkpoint.value("space", as: ActorSpace.self)
        let isClassified = try checkpoint.value("policy.updates", in: Sound.count) > 0
        return space.policy(
            try checkpoint.network(isClassified ? "policy" : "cloning", .weights, space.network))
    }
}
