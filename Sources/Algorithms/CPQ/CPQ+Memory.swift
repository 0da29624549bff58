import SafeRL

extension CPQ {
    /// Networks with their optimisers, the draws, and what the tape keeps of the critics' rows.
    public static func memoryNeed(of c: Configuration, on data: TransitionDataset) -> MemoryNeed {
        let (o, a) = (data.observationSize, data.actionSize)
        var need = c.memoryNeed(o, a)
        let values = 2 * max(c.rewardMembers, c.costMembers) * c.criticWidths.reduce(0, +)
        need.addRows("the rows of an update", "rows", c.rows, of: 2 * o + 7 * a + values)
        // The penalty walks back through every draw where it is to move the critics.
        let kept = c.penalty == .published ? 0 : c.costMembers * c.criticWidths.reduce(0, +)
        need.addRows("the drawn actions", "samples", c.rows * c.samples, of: a + 2 + kept)
        return need
    }
}
