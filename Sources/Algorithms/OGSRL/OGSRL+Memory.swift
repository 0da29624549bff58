import SafeRL

extension OGSRL {
    /// Networks with their optimisers, and the first step of every roll-out: how long they get is not known before.
    public static func memoryNeed(of c: Configuration, on data: TransitionDataset) -> MemoryNeed {
        let a = data.actionSize
        let o = data.observationSize + c.history * (data.observationSize + a)
        var need = MemoryNeed()
        if let ensemble = c.model.ensemble {
            need.addLearners(
                "the model's networks", "model.widths", count: ensemble.members, hasTarget: true
            ) {
                MLP("", o + a, hidden: ensemble.widths, outputs: 2 * (o + 1), in: &$0)
            }
        }
        if !c.optimiser.plans && c.inputs == .features {
            // In double precision: twice the bytes.
            need.addLearners("the policy and its values", "widths", count: 2 * (2 + c.budgets.count)) {
                MLP("", o, hidden: c.widths, outputs: a, in: &$0)
            }
        }
        if let own = c.optimiser.sampling {
            need.addRows(
                "the roll-outs", "optimiser.advantages.rollouts", own.rollouts, of: 2 * (2 * o + a + 6))
        }
        return need
    }
}
