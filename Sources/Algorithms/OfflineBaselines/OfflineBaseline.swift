import SafeRL

/// The normal draws of an update.
package protocol UpdateDraws: AnyObject {
    /// Draws all of them anew; allocates nothing.
    func fill(using stream: inout RandomStream)
}

/// An offline baseline after OSRL: one stage of updates on batches of whole episodes, with constant step sizes.
///
/// An algorithm says how it learns from a batch and draws that are given; tests put given ones in their place.
package protocol OfflineBaseline: Algorithm where Data == TransitionDataset {
    associatedtype Draws: UpdateDraws
    /// Where batches come from.
    var transitions: EpisodeBatches { get }
    /// What one update draws.
    var draws: Draws { get }
    /// What the latest update reports.
    var metrics: Metrics { get }
    /// The random streams.
    var streams: RunStreams { get set }
    /// Fills the batch and the draws of an update.
    func draw()
    /// One step of every network on the rows and draws as they are.
    ///
    /// - Throws: `NonFiniteError`.
    func learn() throws
}

extension OfflineBaseline {
    /// What is left out of the data.
    public var selection: String? { transitions.selection }

    /// One stage.
    public func stages(steps: Int) -> [Stage<Metrics>] {
        [Stage(Self.name, updates: steps) { try self.update() }]
    }

    /// Allowed: step sizes are constant.
    public static func growth(of configuration: Configuration) -> TrainingGrowth { .allowed }

    /// Rows by one stream, everything else by the other.
    package func draw() {
        transitions.fill(using: &streams.sampling)
        draws.fill(using: &streams.noise)
    }

    /// One step of every network on fresh rows.
    ///
    /// - Throws: `NonFiniteError`.
    package func update() throws -> Metrics {
        draw()
        try learn()
        return try metrics.checkedFinite()
    }
}

// MARK: - Autoencoder, critics and actor

/// Options that describe an actor for spaces of so many observations and actions.
protocol ActorDescribing: OfflineOptions {
    associatedtype Actor: Sendable
    func actor(_ observations: Int, _ actions: Int) -> (inout Layout) -> Actor
}

extension ActorDescribing where Actor == SquashedGaussian {
    func actor(_ o: Int, _ a: Int) -> (inout Layout) -> SquashedGaussian {
        { [shared] in SquashedGaussian(o, hidden: shared.actorWidths, actions: a, in: &$0) }
    }
}

/// Options that describe critics too.
protocol CriticDescribing: ActorDescribing, CriticOptions {
    associatedtype Critic: Layer
    func critic(_ members: Int, _ observations: Int, _ actions: Int) -> (inout Layout) -> Critic
}

extension CriticDescribing {
    func autoencoder(_ o: Int, _ a: Int) -> (inout Layout) -> ActionAutoencoder {
        { [critics] in ActionAutoencoder(o, actions: a, width: critics.autoencoderWidth, in: &$0) }
    }

    /// Fresh learners; averages are kept of all but the autoencoder.
    func learners(_ o: Int, _ a: Int, seed: UInt64) -> (
        Learner<ActionAutoencoder>, critic: Learner<Critic>, costCritic: Learner<Critic>,
        actor: Learner<Actor>
    ) {
        var weights = RandomStream(seed: seed, for: .weights)
        let values = Adam(rate: .constant(critics.criticRate))
        let autoencoder = Learner(
            "vae", optimizer: Adam(rate: .constant(critics.autoencoderRate)), using: &weights,
            autoencoder(o, a))
        let critic = Learner(
            "critic", optimizer: values, hasTarget: true, using: &weights,
            critic(critics.rewardMembers, o, a))
        let costCritic = Learner(
            "cost_critic", optimizer: values, hasTarget: true, using: &weights,
            self.critic(critics.costMembers, o, a))
        let actor = Learner(
            "actor", optimizer: Adam(rate: .constant(shared.actorRate)), hasTarget: true, using: &weights,
            actor(o, a))
        return (autoencoder, critic, costCritic, actor)
    }

    /// What the learners take.
    func memoryNeed(_ o: Int, _ a: Int) -> MemoryNeed {
        var need = MemoryNeed()
        need.addLearners("the autoencoder", "autoencoderWidth", autoencoder(o, a))
        need.addLearners("the actor", "actorWidths", hasTarget: true, actor(o, a))
        need.addLearners(
            "the reward critics", "criticWidths", hasTarget: true, critic(critics.rewardMembers, o, a))
        need.addLearners(
            "the cost critics", "criticWidths", hasTarget: true, critic(critics.costMembers, o, a))
        return need
    }
}

/// A baseline with an autoencoder of actions, critics of rewards and costs, and an actor.
protocol CriticBaseline: OfflineBaseline where Configuration: CriticDescribing {
    var space: ActingSpace { get }
    var autoencoder: Learner<ActionAutoencoder> { get }
    var critic: Learner<Configuration.Critic> { get }
    var costCritic: Learner<Configuration.Critic> { get }
    var actor: Learner<Configuration.Actor> { get }
}

extension CriticBaseline {
    /// Stores the four learners, the random streams, and what a policy needs to act.
    func storeLearners(in checkpoint: inout CheckpointWriter) throws {
        try checkpoint.store(all: autoencoder, critic, costCritic, actor)
        try checkpoint.store("streams", streams)
        try checkpoint.store("space", space)
    }

    /// Restores what `storeLearners` stored.
    func loadLearners(from checkpoint: CheckpointReader) throws {
        try checkpoint.load(all: autoencoder, critic, costCritic, actor)
        streams = try checkpoint.value("streams", as: RunStreams.self)
    }
}

// MARK: - Policies that act by an actor's mean

/// A baseline whose policy is tanh of its actor's mean.
protocol SquashedBaseline: OfflineBaseline
where Configuration: ActorDescribing, Configuration.Actor == SquashedGaussian {
    var configuration: Configuration { get }
    var space: ActingSpace { get }
    var actor: Learner<SquashedGaussian> { get }
}

extension SquashedBaseline {
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

    /// One pass of the actor.
    ///
    /// - Throws: `CheckpointError`; `VerificationError`.
    public static func program(_ c: Configuration, from checkpoint: CheckpointReader) throws -> PolicyProgram
    {
        try PolicyProgram(actorOf: networks(c, from: checkpoint), in: checkpoint, name)
    }

    /// `actor`.
    ///
    /// - Throws: `CheckpointError`.
    public static func networks(_ c: Configuration, from checkpoint: CheckpointReader) throws -> [RunNetwork]
    {
        try SquashedPolicy.networks(from: checkpoint, c.actor)
    }
}
