extension TransitionDataset {
    /// No transitions yet, of this data set's sizes, choices, channels and constraint values.
    func emptyColumns() -> TransitionColumns {
        TransitionColumns(
            observationSize: observationSize, actionSize: actionSize, actionChoices: actionChoices,
            hasConstraintValues: constraintValues != nil, costNames: costChannels.map(\.name))
    }

    /// Adds one row to columns made by `emptyColumns`.
    func append(_ row: Int, of channels: [CostChannel], to columns: inout TransitionColumns) {
        append(row, reward: rewards[row], costs: channels.map { $0.costs[row] }, to: &columns)
    }

    /// Adds one row with another reward and other costs.
    func append(_ row: Int, reward: Float, costs: [Float], to columns: inout TransitionColumns) {
        let state = (row * observationSize)..<((row + 1) * observationSize)
        columns.append(
            observation: observations[state], action: actions[(row * actionSize)..<((row + 1) * actionSize)],
            nextObservation: nextObservations[state], reward: reward, costs: costs,
            constraintValue: constraintValues?[row],
            terminated: terminals[row] != 0, truncated: timeouts[row] != 0)
    }

    /// A copy of some whole episodes, in the order given.
    ///
    /// - Parameter chosen: positions in `episodes`, at least one; an episode may come twice.
    /// - Returns: in memory, with the same transforms; the unended tail is left out.
    /// - Throws: `DatasetError.tooLarge` when memory runs out.
    public func selecting(episodes chosen: [Int]) throws(DatasetError) -> TransitionDataset {
        precondition(!chosen.isEmpty, "a data set of no episode")
        var columns = emptyColumns()
        columns.reserveCapacity(chosen.reduce(0) { $0 + episodes[$1].length })
        let channels = costChannels
        for episode in chosen {
            for row in episodes[episode].rows { append(row, of: channels, to: &columns) }
        }
        let copy = try TransitionDataset(columns)
        copy.transforms = transforms
        return copy
    }
}
