import SafeRL

extension BEARLag {
    /// Networks with their optimisers, the draws, and what the tape keeps of the targets' rows and of pairs of actions.
    public static func memoryNeed(of c: Configuration, on data: TransitionDataset) -> MemoryNeed {
        let (o, a) = (data.observationSize, data.actionSize)
        var need = c.memoryNeed(o, a)
        need.addRows("the rows of an update", "rows", c.rows, of: 2 * o + 9 * a)
        let values = 2 * max(c.rewardMembers, c.costMembers) * c.criticWidths.reduce(0, +)
        need.addRows("the drawn actions", "samples", c.rows * c.samples, of: o + 5 * a + values)
        let m = c.distanceSamples
        need.addRows(
            "the autoencoder's actions", "distanceSamples", c.rows * m, of: o + 5 * a + 2 * c.autoencoderWidth
        )
        need.addRows("pairs of actions", "distanceSamples", c.rows * m * m, of: 12 * a + 12)
        return need
    }
}
