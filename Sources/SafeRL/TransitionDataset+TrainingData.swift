import Replay

extension TransitionDataset: TrainingData {
    /// Takes what an environment's own behaviour recorded.
    ///
    /// - Throws: the first fault found, like a file's.
    public convenience init(_ record: CollectedTransitions) throws(DatasetError) {
        var columns = TransitionColumns(
            observationSize: record.observationSize, actionSize: record.actionSize,
            actionChoices: record.actionChoices,
            hasConstraintValues: !record.constraintValues.isEmpty, costNames: record.costNames)
        columns.reserveCapacity(record.count)
        for row in 0..<record.count {
            let state = row * record.observationSize..<(row + 1) * record.observationSize
            columns.append(
                observation: record.observations[state],
                action: record.actions[row * record.actionSize..<(row + 1) * record.actionSize],
                nextObservation: record.nextObservations[state], reward: record.rewards[row],
                costs: record.channelCosts.map { $0[row] },
                constraintValue: record.constraintValues.isEmpty ? nil : record.constraintValues[row],
                terminated: record.terminals[row], truncated: record.timeouts[row])
        }
        try self.init(columns)
    }
}

extension TransitionBatch {
    /// Makes a batch of zeros that fits a data set.
    public convenience init(rows: Int, of data: TransitionDataset) {
        self.init(rows: rows, observationSize: data.observationSize, actionSize: data.actionSize)
    }
}
