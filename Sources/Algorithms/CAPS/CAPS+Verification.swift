import SafeRL

extension CAPS {
    /// The policies, `head0` …, and the critics that choose among them, by member `reward-q` and `cost-q`.
    ///
    /// - Throws: `CheckpointError`.
    public static func networks(_ c: Configuration, from checkpoint: CheckpointReader) throws -> [RunNetwork]
    {
        let description = try checkpoint.value("description", as: Description.self)
        let (o, a, transforms) = (description.observation, description.action, description.transforms)
        let heads = (0..<c.heads).map { head in
            RunNetwork("head\(head)", "observation to action") {
                let actor = try checkpoint.network("actor", .weights, c.actor(o, a))
                return try VerifiableNetwork(inputs: o) { steps, x throws(VerificationError) in
                    let seen = steps.normalised(by: transforms, x)
                    return try steps.add(actor, head: head, after: seen)
                }
            }
        }
        let critics = ["reward-q", "cost-q"].map { name in
            RunNetwork(name, "observation and action to a value, one number a member") {
                let critic = try checkpoint.network(name, .weights, c.critic(o, a))
                return try VerifiableNetwork(inputs: o + a) { steps, x throws(VerificationError) in
                    try steps.add(critic, after: steps.normalised(by: transforms, x))
                }
            }
        }
        return heads + critics
    }
}

/// One head of CAPS's actor with the trunk below it.
private struct SingleHead: BoundableLayer {
    let layers: [Linear]
    var inputs: Int { layers[0].inputs }

    func add(after x: Int, to steps: inout NetworkSteps) throws(VerificationError) -> Int {
        var x = x
        for layer in layers { x = try layer.add(after: x, to: &steps) }
        return x
    }
}

extension NetworkSteps {
    fileprivate mutating func add(_ actor: Network<MultiHeadActor>, head: Int, after x: Int)
        throws(VerificationError) -> Int
    {
        try add(SingleHead(layers: actor.body.path(head)), after: x) { parameter throws(VerificationError) in
            (actor.numbers(parameter) ?? []).map(Double.init)
        }
    }
}
