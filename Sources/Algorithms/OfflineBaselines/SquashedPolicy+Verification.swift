import SafeRL

extension SquashedPolicy {
    /// `actor`: tanh of the mean, of an observation as the environment gives it; a draw is left out.
    ///
    /// - Throws: `CheckpointError`.
    static func networks(
        from checkpoint: CheckpointReader, _ build: @escaping (Int, Int) -> (inout Layout) -> SquashedGaussian
    ) throws -> [RunNetwork] {
        let space = try checkpoint.value("space", as: ActingSpace.self)
        return [
            RunNetwork("actor", "observation to the action of the mean") {
                let actor = try checkpoint.network(
                    "actor", .weights, build(space.observation, space.action))
                return try VerifiableNetwork(inputs: space.observation) {
                    steps, x throws(VerificationError) in
                    let seen = steps.normalised(by: space.transforms, x)
                    return steps.activation(.tanh, try steps.add(actor, after: seen))
                }
            }
        ]
    }
}
