import SafeRL

extension FISOR {
    /// Networks with their optimisers, the batch, and what the tape keeps of its rows.
    public static func memoryNeed(of c: Configuration, on data: TransitionDataset) -> MemoryNeed {
        let (o, a) = (data.observationSize, data.actionSize)
        var need = MemoryNeed()
        need.addLearners("the score network", "width", hasTarget: true, c.scoreNetwork(o, a))
        need.addLearners("the Q networks", "criticWidths", count: 2, hasTarget: true, c.critic(o, a))
        need.addLearners("the value networks", "criticWidths", count: 2, c.value(o))
        need.addRows("the policy's rows", "policyRows", c.policyRows * c.policyUpdates, of: 2 * o + 2 * a + 3)
        // Each layer's values and gradients.
        need.addRows("the policy's rows", "policyRows", c.policyRows, of: 2 * c.width * (c.blocks + 1))
        let widths = c.criticWidths.reduce(0, +)
        need.addRows("the critics' rows", "criticRows", c.criticRows, of: 2 * widths * c.criticMembers)
        if c.recordedFirst > 0 {
            need.addRows("the recorded outcomes", "recordedFirst", data.count, of: 2)
        }
        return need
    }
}
