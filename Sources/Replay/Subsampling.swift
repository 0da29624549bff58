import Tensors

extension TransitionDataset {
    /// A smaller data set of whole episodes drawn uniformly with replacement, ⌊`ratio`·episodes⌋ of them, at least 1.
    ///
    /// - Parameters:
    ///   - ratio: in (0, 1].
    ///   - random: advanced by one draw an episode.
    /// - Returns: a copy in memory with the same transforms; the unended tail is left out.
    /// - Throws: `DatasetError.tooLarge` when memory runs out.
    /// - SeeAlso: the data-quantity study of FISOR, arXiv:2401.10700, with ratios 0.5 and 0.1.
    public func subsampled(ratio: Double, using random: inout RandomStream) throws(DatasetError)
        -> TransitionDataset
    {
        precondition(ratio > 0 && ratio <= 1, "a ratio of \(ratio) is outside (0, 1]")
        let wanted = max(1, Int(ratio * Double(episodes.count)))
        var columns = TransitionColumns(
            observationSize: observationSize, actionSize: actionSize, actionChoices: actionChoices,
            hasConstraintValues: constraintValues != nil, costNames: costChannels.map(\.name))
        let channels = costChannels
        for _ in 0..<wanted {
            for row in episodes[random.nextInteger(below: episodes.count)].rows {
                append(row, of: channels, to: &columns)
            }
        }
        let sample = try TransitionDataset(columns)
        sample.transforms = transforms
        return sample
    }

    private func append(_ row: Int, of channels: [CostChannel], to columns: inout TransitionColumns) {
        let state = (row * observationSize)..<((row + 1) * observationSize)
        columns.append(
            observation: observations[state], action: actions[(row * actionSize)..<((row + 1) * actionSize)],
            nextObservation: nextObservations[state], reward: rewards[row],
            costs: channels.map { $0.costs[row] }, constraintValue: constraintValues?[row],
            terminated: terminals[row] != 0,
            truncated: timeouts[row] != 0)
    }
}
