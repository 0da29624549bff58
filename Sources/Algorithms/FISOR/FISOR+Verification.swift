import SafeRL

extension FISOR {
    /// Critics and policy go on with what is appended.
    public static var isRepairable: Bool { true }

    /// The critics, and the one-step policy's μ.
    ///
    /// `vh` has its threshold taken off, as `feasibilityValues` gives it; `qh` and `qr` give one number a member; `actor` reads an
    /// observation and the noise of a draw, and is not clipped. A diffusion is none.
    ///
    /// - Throws: `CheckpointError`.
    public static func networks(_ c: Configuration, from checkpoint: CheckpointReader) throws -> [RunNetwork]
    {
        let description = try checkpoint.value("description", as: Description.self)
        let (o, a, transforms) = (description.observation, description.action, description.transforms)
        func value(_ name: String, _ summary: String, less threshold: Float) -> RunNetwork {
            RunNetwork(name, summary) {
                let network = try checkpoint.network(name, .weights, c.value(o))
                return try VerifiableNetwork(inputs: o) { steps, x throws(VerificationError) in
                    let last = try steps.add(network, after: steps.normalised(by: transforms, x))
                    return threshold == 0 ? last : steps.shifted(by: [-Double(threshold)], last)
                }
            }
        }
        func critic(_ name: String, _ summary: String) -> RunNetwork {
            RunNetwork(name, summary) {
                let network = try checkpoint.network(name, .target, c.critic(o, a))
                return try VerifiableNetwork(inputs: o + a) { steps, x throws(VerificationError) in
                    try steps.add(network, after: steps.normalised(by: transforms, x))
                }
            }
        }
        var networks = [
            value("vh", "observation to V_h less its threshold", less: c.threshold),
            value("vr", "observation to V_r", less: 0),
            critic("qh", "observation and action to Q_h, one number a member"),
            critic("qr", "observation and action to Q_r, one number a member"),
        ]
        if let flow = c.policy.flow {
            networks.append(
                RunNetwork("actor", "observation and noise to action, before it is clipped") {
                    let actor = try checkpoint.network("actor", .target, flow.actor(o, a))
                    return try VerifiableNetwork(inputs: o + a) { steps, x throws(VerificationError) in
                        try steps.add(actor, after: steps.normalised(by: transforms, x))
                    }
                })
        }
        return networks
    }
}
