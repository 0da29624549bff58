import SafeRL

extension FISOR {
    /// Networks with their optimisers, the batch, and what the tape keeps of its rows.
    public static func memoryNeed(of c: Configuration, on data: TransitionDataset) -> MemoryNeed {
        let (o, a) = (data.observationSize, data.actionSize)
        var need = MemoryNeed()
        if let flow = c.policy.flow {
            need.addLearners("the flow", "policy.widths", flow.velocity(o, a))
            need.addLearners("the one-step policy", "policy.widths", hasTarget: true, flow.actor(o, a))
        } else {
            need.addLearners("the score network", "width", hasTarget: true, c.scoreNetwork(o, a))
        }
        need.addLearners("the Q networks", "criticWidths", count: 2, hasTarget: true, c.critic(o, a))
        need.addLearners("the value networks", "criticWidths", count: 2, c.value(o))
        need.addRows("the policy's rows", "policyRows", c.policyRows * c.policyUpdates, of: 2 * o + 2 * a + 3)
        let widths = c.criticWidths.reduce(0, +)
        // Each layer's values and gradients; a flow's policy passes through both Q.
        let layers = c.policy.flow.map { 4 * $0.widths.reduce(0, +) + 4 * widths * c.criticMembers }
        need.addRows(
            "the policy's rows", "policyRows", c.policyRows, of: layers ?? 2 * c.width * (c.blocks + 1))
        need.addRows("the critics' rows", "criticRows", c.criticRows, of: 2 * widths * c.criticMembers)
        if c.recordedFirst > 0 {
            need.addRows("the recorded outcomes", "recordedFirst", data.count, of: 2)
        }
        return need
    }
}
