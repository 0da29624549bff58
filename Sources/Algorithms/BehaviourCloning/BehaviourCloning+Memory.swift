import SafeRL

extension BehaviourCloning {
    /// The network with its optimiser, the batch, and what the tape keeps of its rows.
    public static func memoryNeed(of c: Configuration, on data: TransitionDataset) -> MemoryNeed {
        var need = MemoryNeed()
        need.addLearners("the network", "widths") {
            MLP("", data.observationSize, hidden: c.widths, outputs: data.actionSize, in: &$0)
        }
        let columns = 2 * data.observationSize + 2 * data.actionSize + 2 * c.widths.reduce(0, +)
        need.addRows("the rows of an update", "rows", c.rows, of: columns)
        return need
    }
}
