import PolicyOptimisation
import SafeRL

/// What of an on-policy run is neither learner nor environment.
private struct OnPolicyPosition: StoredValue {
    var learner: LearnerPosition
    var scale: ObservationScale
    var costReturn: Double
    var stepsTaken: Int

    func check() throws(UnsoundValue) {
        try learner.check()
        try scale.check()
        try Sound.check(stepsTaken, "stepsTaken", in: Sound.count)
        guard costReturn.isFinite && costReturn >= 0 else { throw UnsoundValue("costReturn is no cost") }
    }
}

/// What a policy needs beside its parameters.
private struct OnPolicyDescription: StoredValue {
    var observation, action: Int
    var scale: ObservationScale

    func check() throws(UnsoundValue) {
        try Sound.check(observation, "observation", in: Sound.size)
        try Sound.check(action, "action", in: Sound.size)
        try scale.check()
    }
}

extension OnPolicy {
    /// Stores the learner, the scale of observations and the stream of starts.
    public func save(to checkpoint: inout CheckpointWriter) throws {
        let state = method.state
        let learner = LearnerPosition(
            sampling: starts, done: stepsTaken, rolledOut: nil, counts: state.counts, streams: state.streams,
            vectors: state.storeVectors(of: "learner", in: &checkpoint))
        try checkpoint.store(
            "position",
            OnPolicyPosition(learner: learner, scale: scale, costReturn: costReturn, stepsTaken: stepsTaken))
        try checkpoint.store("description", description)
    }

    private var description: OnPolicyDescription {
        OnPolicyDescription(
            observation: interaction.observationSize, action: interaction.actionSize, scale: scale)
    }

    /// Restores what `save` stored.
    ///
    /// - Throws: `CheckpointError`.
    public func load(from checkpoint: CheckpointReader) throws {
        let position = try checkpoint.value("position", as: OnPolicyPosition.self)
        try position.learner.state(of: "learner", in: checkpoint).restore(
            of: "learner", in: checkpoint, method.restore)
        (scale, costReturn, stepsTaken) = (position.scale, position.costReturn, position.stepsTaken)
        starts = position.learner.sampling
    }

    /// The policy as learned so far.
    public func makePolicy() throws -> any Policy {
        GaussianPolicy(
            method.policy, parameters: method.parameters, scale: scale, draws: configuration.draws)
    }

    /// The policy in a checkpoint.
    ///
    /// - Throws: `CheckpointError`.
    public static func policy(_ c: Configuration, from checkpoint: CheckpointReader) throws -> any Policy {
        let (description, policy, parameters) = try stored(c, in: checkpoint)
        return GaussianPolicy(policy, parameters: parameters, scale: description.scale, draws: c.draws)
    }

    /// One pass of the actor.
    ///
    /// - Throws: `CheckpointError`; `VerificationError`; `UnexportablePolicy` for one that draws.
    public static func program(_ c: Configuration, from checkpoint: CheckpointReader) throws -> PolicyProgram
    {
        try PolicyProgram(
            actorOf: networks(c, from: checkpoint), in: checkpoint, name, draws: c.draws, isClipped: true)
    }

    /// `actor`: the mean of the actions before they are clipped, of an observation as the environment gives it.
    ///
    /// - Throws: `CheckpointError`.
    public static func networks(_ c: Configuration, from checkpoint: CheckpointReader) throws -> [RunNetwork]
    {
        let (description, policy, parameters) = try stored(c, in: checkpoint)
        return [
            RunNetwork("actor", "observation to the mean of the action, before it is clipped") {
                try VerifiableNetwork(inputs: description.observation) {
                    steps, x throws(VerificationError) in
                    let seen = description.scale.add(after: x, to: &steps)
                    return try steps.add(policy.network, after: seen) { parameter in
                        Array(parameters[parameter.offset..<parameter.offset + parameter.shape.count])
                    }
                }
            }
        ]
    }

    private static func stored(_ c: Configuration, in checkpoint: CheckpointReader) throws -> (
        OnPolicyDescription, StochasticPolicy, [Double]
    ) {
        let description = try checkpoint.value("description", as: OnPolicyDescription.self)
        let policy = StochasticPolicy.gaussian(
            observation: description.observation, hidden: c.policy.widths, actions: description.action)
        let parameters = try checkpoint.numbers("learner.policy.parameters")
        guard parameters.count == policy.parameterCount, parameters.allSatisfy(\.isFinite) else {
            throw checkpoint.unsound(
                "learner.policy.parameters",
                UnsoundValue("\(parameters.count) numbers for a policy of \(policy.parameterCount)"))
        }
        return (description, policy, parameters)
    }
}

/// A Gaussian policy that sees scaled observations.
final class GaussianPolicy: Policy {
    private let policy: StochasticPolicy
    private let parameters: [Double]
    private let scale: ObservationScale
    private let draws: Bool
    let observationSize, actionSize: Int

    init(_ policy: StochasticPolicy, parameters: [Double], scale: ObservationScale, draws: Bool) {
        (self.policy, self.parameters, self.scale, self.draws) = (policy, parameters, scale, draws)
        (observationSize, actionSize) = (policy.network.inputs, policy.network.outputs)
    }

    func act(
        on observations: Span<Float>, actions: inout MutableSpan<Float>,
        using streams: inout MutableSpan<RandomStream>
    ) throws {
        let rows = streams.count
        let seen = Matrix(rows, observationSize, (0..<observations.count).map { Double(observations[$0]) })
        let inputs = PolicyInputs(scale.scaled(seen))
        var taken: PolicyActions
        if draws {
            var own = (0..<rows).map { streams[$0] }
            taken = policy.sample(inputs, parameters: parameters, using: &own)
            for row in 0..<rows { streams[row] = own[row] }
        } else {
            taken = policy.mode(inputs, parameters: parameters)
        }
        let vectors = policy.vectors(of: taken)
        for index in 0..<actions.count { actions[index] = min(max(Float(vectors.elements[index]), -1), 1) }
    }
}
