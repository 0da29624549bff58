import SafeRL

extension COptiDICE {
    /// Networks with their optimisers, the batch, and what the tape keeps of its rows.
    public static func memoryNeed(of c: Configuration, on data: TransitionDataset) -> MemoryNeed {
        let (o, a) = (data.observationSize, data.actionSize)
        var need = MemoryNeed()
        need.addLearners("nu", "valueWidths", c.values(c.valueMembers, o))
        need.addLearners("chi", "valueWidths", c.values(c.boundMembers, o))
        need.addLearners("the actor", "actorWidths", c.actor(o, a))
        let values = 2 * max(c.valueMembers, c.boundMembers) * c.valueWidths.reduce(0, +)
        need.addRows("the rows of an update", "rows", c.rows, of: 3 * o + 2 * a + values)
        return need
    }
}
