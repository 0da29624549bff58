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
        return try selecting(episodes: random.integers(wanted, below: episodes.count))
    }
}
