import SafeRL

extension FISOR {
    /// Candidates of the diffusion model or of the one-step policy, and the critics that choose among them.
    ///
    /// - Throws: `CheckpointError`; `VerificationError`.
    public static func program(_ c: Configuration, from checkpoint: CheckpointReader) throws -> PolicyProgram
    {
        let description = try checkpoint.value("description", as: Description.self)
        let (o, a) = (description.observation, description.action)
        let candidates = c.policy.flow?.draws ?? c.candidates
        let networks = try networks(c, from: checkpoint)
        func network(_ name: String) throws -> VerifiableNetwork {
            try RunNetwork.named(name, among: networks, of: checkpoint.path)
        }
        let preference =
            candidates == 1
            ? nil
            : PolicyProgram.Preference(
                c.choice.order, threshold: Double(c.threshold - c.safetyMargin), rewards: try network("qr"),
                risks: try network("qh"))
        let drawing: PolicyProgram.Drawing =
            if c.policy.flow != nil {
                .network(try network("actor"), noise: a, isClipped: true)
            } else {
                .diffusion(try denoising(c, description, from: checkpoint))
            }
        return PolicyProgram(
            observationSize: o, actionSize: a, drawing, candidates: candidates, preference: preference)
    }

    private static func denoising(
        _ c: Configuration, _ description: Description, from checkpoint: CheckpointReader
    )
        throws -> PolicyProgram.Denoising
    {
        let (o, a) = (description.observation, description.action)
        let score = try checkpoint.network("policy", .target, c.scoreNetwork(o, a))
        let steps = DenoisingSteps(score.body)
        let network = try VerifiableNetwork(inputs: steps.inputs) { network, x throws(VerificationError) in
            let seen = network.normalised(by: description.transforms, x)
            return try network.add(steps, after: seen) { parameter throws(VerificationError) in
                (score.numbers(parameter) ?? []).map(Double.init)
            }
        }
        let tape = Tape()
        let code = score.body.timeCode(on: tape, score.weights(on: tape))
        let codes = (0..<code.shape.rows).map { row in
            code.values[row * code.shape.columns..<(row + 1) * code.shape.columns].map(Double.init)
        }
        return PolicyProgram.Denoising(network, codes: codes, steps: DiffusionPolicy.sampler(c).steps)
    }
}

extension FISOR.Choice {
    fileprivate var order: PolicyProgram.Preference.Order {
        switch self {
        case .safest: .safest
        case .mostRewarding: .mostRewarding
        case .mostRewardingSafe: .mostRewardingSafe
        case .first: .first
        }
    }
}
