/// A deterministic policy that learns: the tanh of a fully connected network, with the random stream of its batches.
///
/// Where the actions of the data are choices, the network has an output for each, and the largest is chosen.
///
/// The shortest way to an algorithm of one's own: it saves and restores itself, and acts without the data it was
/// learned from.
public final class Actor {
    /// Where batches are drawn from.
    public var sampling: RandomStream
    private let space: ActorSpace
    /// The choices of the latest batch.
    private var recorded: [Int32] = []
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
            observation: data.observationSize, action: data.actionSize, choices: data.actionChoices,
            widths: widths, transforms: data.transforms)
        learner = Learner(
            "actor", optimizer: Adam(rate: .constant(rate)), using: &weights, space.network)
    }

    /// The actions for observations, `[B, observationSize]` → `[B, actionSize]`, each in (−1, 1); of choices, which have
    /// no place between −1 and 1, see `imitationLoss`.
    public func callAsFunction(_ observations: Variable) -> Variable {
        precondition(space.choices == nil, "an actor over choices has no real-valued actions")
        return learner(observations).tanh()
    }

    /// How far the actor is from a batch's actions, `[1, 1]`: the mean squared error over rows and components, or the mean
    /// cross-entropy of the recorded choices.
    public func imitationLoss(of batch: TransitionBatch, on tape: Tape) -> Variable {
        let observations = tape.constant(batch.observations)
        guard space.choices != nil else {
            return squaredError(self(observations), tape.constant(batch.actions)).mean()
        }
        recorded.removeAll(keepingCapacity: true)
        for index in 0..<batch.rows { recorded.append(Int32(batch.actions.buffer[index])) }
        return learner(observations).logProbabilities(of: recorded).mean() * -1
    }

    /// Moves the weights one step down the gradient of a loss, `[1, 1]`.
    ///
    /// - Returns: the loss before the step.
    /// - Throws: `NonFiniteError`.
    public func descend(on tape: Tape, _ loss: () throws -> Variable) throws -> Float {
        try learner.descend(on: tape, loss)
    }

    /// The policy as learned so far, independent of later steps.
    public func policy() -> any Policy { space.policy(learner.snapshot(.weights, space.network)) }

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
        return space.policy(try checkpoint.network("actor", .weights, space.network))
    }

    /// How the policy in a checkpoint acts.
    ///
    /// - Throws: `CheckpointError`; `VerificationError`.
    public static func program(from checkpoint: CheckpointReader) throws -> PolicyProgram {
        let space = try checkpoint.value("actor.space", as: ActorSpace.self)
        let network = try RunNetwork.named("actor", among: networks(from: checkpoint), of: checkpoint.path)
        guard space.choices != nil else { return PolicyProgram(network, isClipped: false) }
        return PolicyProgram(observationSize: space.observation, actionSize: 1, .choice(network))
    }

    /// The network in a checkpoint, `actor`: its action, or of choices one number each, of an observation as the environment gives it.
    ///
    /// - Throws: `CheckpointError`.
    public static func networks(from checkpoint: CheckpointReader) throws -> [RunNetwork] {
        let space = try checkpoint.value("actor.space", as: ActorSpace.self)
        let summary = space.choices == nil ? "observation to action" : "observation to one number a choice"
        return [
            RunNetwork("actor", summary) {
                let network = try checkpoint.network("actor", .weights, space.network)
                return try VerifiableNetwork(inputs: space.observation) {
                    steps, x throws(VerificationError) in
                    let last = try steps.add(network, after: steps.normalised(by: space.transforms, x))
                    return space.choices == nil ? steps.activation(.tanh, last) : last
                }
            }
        ]
    }
}

/// Sizes, and what is done to observations before the network sees them.
package struct ActorSpace: StoredValue {
    /// Floats in an observation and in an action.
    package var observation, action: Int
    /// How many choices an action is one of; absent where actions are real numbers.
    package var choices: Int?
    /// Hidden widths of the network.
    package var widths: [Int]
    /// What is done to observations.
    package var transforms: Transforms

    /// Describes a space.
    package init(
        observation: Int, action: Int, choices: Int? = nil, widths: [Int], transforms: Transforms
    ) {
        (self.observation, self.action, self.choices) = (observation, action, choices)
        (self.widths, self.transforms) = (widths, transforms)
    }

    /// Checks sizes and transforms.
    package func check() throws(UnsoundValue) {
        try Sound.check(observation: observation, action: action, transforms)
        try Sound.check(widths: widths)
    }

    /// Describes the network.
    package func network(_ layout: inout Layout) -> MLP {
        MLP("", observation, hidden: widths, outputs: choices ?? action, in: &layout)
    }

    /// The policy of a network, deterministic.
    package func policy(_ network: Network<MLP>) -> any Policy {
        let actor = ActorPolicy(network: network, space: self)
        return choices.map { ChoosingActorPolicy(actor: actor, count: $0) } ?? actor
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
        precondition(
            observations.count == streams.count * space.observation
                && actions.count == streams.count * space.action,
            "act: sizes do not fit")
        let chosen = outputs(for: observations).tanh().values
        for index in 0..<actions.count { actions[index] = chosen[index] }
    }

    /// What the network says of observations, one row each; valid until the next call.
    func outputs(for observations: Span<Float>) -> Variable {
        let seen = Tensor(observations.count / space.observation, space.observation)
        for index in 0..<observations.count { seen.buffer[index] = observations[index] }
        space.transforms.normalise(observations: seen.buffer)
        tape.reset()
        return network(tape.constant(seen))
    }
}

/// Takes the choice that the network gives the largest output; of equal ones the first.
private struct ChoosingActorPolicy: FiniteChoicePolicy {
    let actor: ActorPolicy
    let count: Int

    var observationSize: Int { actor.observationSize }
    var actionSize: Int { 1 }
    var actionChoices: Int? { count }
    var choices: [[Float]] { (0..<count).map { [Float($0)] } }

    func act(
        on observations: Span<Float>, actions: inout MutableSpan<Float>,
        using streams: inout MutableSpan<RandomStream>
    ) {
        precondition(actions.count == streams.count, "act: sizes do not fit")
        for (row, choice) in chosen(for: observations).enumerated() { actions[row] = Float(choice) }
    }

    func probabilities(in observations: [Float]) -> [Double] {
        chosen(for: observations.span).flatMap { choice in (0..<count).map { $0 == choice ? 1 : 0 } }
    }

    private func chosen(for observations: Span<Float>) -> [Int] {
        let values = actor.outputs(for: observations).values
        return stride(from: 0, to: values.count, by: count).map { start in
            (1..<count).reduce(0) { values[start + $1] > values[start + $0] ? $1 : $0 }
        }
    }
}
