/// A deterministic policy that learns: the tanh of a fully connected network, with the random stream of its batches.
///
/// The shortest way to an algorithm of one's own: it saves and restores itself, and acts without the data it was
/// learned from.
public final class Actor {
    /// Where batches are drawn from.
    public var sampling: RandomStream
    private let space: ActorSpace
    package let learner: Learner<MLP>

    /// Makes fresh weights.
    ///
    /// - Parameters:
    ///   - data: whose observations are its inputs and whose actions are its outputs.
    ///   - widths: of the hidden layers.
    ///   - rate: Adam's step size.
    ///   - seed: of the run.
    public init(on data: TransitionDataset, hidden widths: [Int], rate: Float, seed: UInt64) {
        var weights = RandomStream(seed: seed, for: .weights)
        sampling = RandomStream(seed: seed, for: .sampling)
        space = ActorSpace(
            observation: data.observationSize, action: data.actionSize, widths: widths,
            transforms: data.transforms)
        learner = Learner(
            "actor", optimizer: Adam(rate: .constant(rate)), using: &weights, space.network)
    }

    /// The actions for observations, `[B, observationSize]` → `[B, actionSize]`, each in (−1, 1).
    public func callAsFunction(_ observations: Variable) -> Variable { learner(observations).tanh() }

    /// Moves the weights one step down the gradient of a loss, `[1, 1]`.
    ///
    /// - Returns: the loss before the step.
    /// - Throws: `NonFiniteError`.
    public func descend(on tape: Tape, _ loss: () throws -> Variable) throws -> Float {
        try learner.descend(on: tape, loss)
    }

    /// The policy as learned so far, independent of later steps.
    public func policy() -> any Policy {
        ActorPolicy(network: learner.snapshot(.weights, space.network), space: space)
    }

    /// Stores everything that the next step and a policy depend on, under names that begin with `actor`.
    ///
    /// - Throws: `CheckpointError.unencodable`.
    public func save(to checkpoint: inout CheckpointWriter) throws {
        try checkpoint.store(learner)
        try checkpoint.store("actor.sampling", sampling)
        try checkpoint.store("actor.space", space)
    }

    /// Restores what `save` stored.
    ///
    /// - Throws: `CheckpointError`.
    public func load(from checkpoint: CheckpointReader) throws {
        try checkpoint.load(learner)
        sampling = try checkpoint.value("actor.sampling", as: RandomStream.self)
    }

    /// The policy in a checkpoint.
    ///
    /// - Throws: `CheckpointError`.
    public static func policy(from checkpoint: CheckpointReader) throws -> any Policy {
        let space = try checkpoint.value("actor.space", as: ActorSpace.self)
        return ActorPolicy(
            network: try checkpoint.network("actor", .weights, space.network), space: space)
    }
}

/// Sizes, and what is done to observations before the network sees them.
private struct ActorSpace: Codable {
    var observation, action: Int
    var widths: [Int]
    var transforms: Transforms

    func network(_ layout: inout Layout) -> MLP {
        MLP("", observation, hidden: widths, outputs: action, in: &layout)
    }
}

private struct ActorPolicy: Policy {
    let network: Network<MLP>
    let space: ActorSpace
    let tape = Tape()

    var observationSize: Int { space.observation }
    var actionSize: Int { space.action }

    func act(
        on observations: Span<Float>, actions: inout MutableSpan<Float>,
        using streams: inout MutableSpan<RandomStream>
    ) {
        let seen = Tensor(streams.count, space.observation)
        precondition(
            observations.count == seen.shape.count && actions.count == streams.count * space.action,
            "act: sizes do not fit")
        for index in 0..<observations.count { seen.buffer[index] = observations[index] }
        space.transforms.normalise(observations: seen.buffer)
        tape.reset()
        let chosen = network(tape.constant(seen)).tanh().values
        for index in 0..<actions.count { actions[index] = chosen[index] }
    }
}
