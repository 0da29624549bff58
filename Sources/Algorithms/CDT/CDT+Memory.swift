import SafeRL

extension CDT {
    /// The network with its optimiser, the batch, and what the tape keeps of the tokens of a part of it.
    public static func memoryNeed(of c: Configuration, on data: TransitionDataset) throws -> MemoryNeed {
        let constants = try c.constants(for: data)
        let shape = try c.shape(for: data, constants)
        var need = MemoryNeed()
        need.addLearners("the network", "width") { DecisionTransformer(shape, in: &$0) }
        need.addRows(
            "the windows of an update", "windows", c.windows * shape.steps,
            of: shape.observation + shape.action + 4)
        // Per token: a block's norms, projections, attention, inner layer with its derivative, factors and sums.
        let columns = (c.blocks * 24 + 12) * c.width
        need.addRows(
            "the tokens of \(min(piece, c.windows)) windows", "width", min(piece, c.windows) * shape.longest,
            of: columns)
        return need
    }
}
