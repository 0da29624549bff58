import SafeRL

extension BCQLag {
    /// Networks with their optimisers, the draws, and what the tape keeps of the targets' rows.
    public static func memoryNeed(of c: Configuration, on data: TransitionDataset) -> MemoryNeed {
        let (o, a) = (data.observationSize, data.actionSize)
        var need = c.memoryNeed(o, a)
        need.addRows("the rows of an update", "rows", c.rows, of: 2 * o + 13 * a)
        let members = 2 * max(c.rewardMembers, c.costMembers)
        let values = 2 * c.autoencoderWidth + members * c.criticWidths.reduce(0, +)
        need.addRows("the drawn actions", "samples", c.rows * c.samples, of: o + 4 * a + values)
        return need
    }
}
