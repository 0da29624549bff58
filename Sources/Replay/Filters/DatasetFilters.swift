import Tensors

/// DSRL's filters, which make recorded data sparser, harder or worse: density, outliers, inpainting, epsilon, noise.
///
/// Applied in that order to whole episodes; rows after the last end are left out. Costs and returns of an episode are
/// undiscounted sums.
///
/// - SeeAlso: Liu et al. 2023, arXiv:2306.09303, and its package DSRL.
public struct DatasetFilters: Sendable, Equatable {
    /// Thins out regions of the plane of costs and returns.
    public var density: EpisodeGrid?
    /// Share of the episodes that become outliers, in (0, 1], at least one.
    ///
    /// Costly and rewarding ones, whose costs become those of a few steps and whose rewards grow by half. Needs a cost limit
    /// of at least 1.
    public var outliers: Double?
    /// Regions cut out one after the other; outliers stay.
    public var gaps: [OutcomeRegion] = []
    /// Above 0: drops episodes within the cost limit whose return is so near to their best; below 0: those beyond it.
    public var epsilon: Double?
    /// Standard deviation of noise on observations, in standard deviations over all their entries; above 0.
    public var noise: Float?
    /// The cost that an episode may have; outliers and epsilon need it.
    public var costLimit: Double?
    /// The constants of the task; nil takes what the data span.
    public var ranges: OutcomeRanges?

    /// Filters that change nothing.
    public init() {}

    /// What is left.
    public struct Result {
        /// The episodes that were kept, one after the other.
        public let dataset: TransitionDataset
        /// Which episodes of the original they are, in their order.
        public let kept: [Int]
        /// Which episodes of the original became outliers, in the order drawn.
        public let outliers: [Int]
        /// What was done, one phrase a filter.
        public let changes: [String]
    }

    /// Applies the filters to a copy.
    ///
    /// - Parameters:
    ///   - dataset: stays as it is.
    ///   - draws: for the density, then the outliers, then the noise of observations and of next observations.
    /// - Returns: what is left.
    /// - Throws: `DatasetFilterError` when a filter finds nothing to work on or leaves nothing; `DatasetError.tooLarge`.
    public func applied(to dataset: TransitionDataset, using draws: inout some DataDraws) throws -> Result {
        precondition(
            costLimit != nil || (outliers == nil && epsilon == nil), "outliers and epsilon need a limit")
        var selection = EpisodeSelection(of: dataset, ranges: ranges)
        if let density { try selection.thin(density, using: &draws) }
        if let outliers, let costLimit {
            try selection.addOutliers(outliers, below: Int(costLimit), using: &draws)
        }
        for gap in gaps { try selection.cut(gap) }
        selection.putOutliersBack()
        if let epsilon, let costLimit { try selection.dropBest(within: epsilon, limit: costLimit) }
        var columns = selection.columns()
        if let noise {
            let deviations = columns.addNoise(noise, using: &draws)
            selection.note(
                "noise of \(noise) × \(deviations.0) on observations, × \(deviations.1) on next ones")
        }
        return Result(
            dataset: try TransitionDataset(columns), kept: selection.kept,
            outliers: selection.outlierEpisodes,
            changes: selection.changes)
    }
}

extension TransitionColumns {
    /// Adds noise to states acted in and, afresh, to states reached; returns the standard deviations that it is relative to.
    fileprivate mutating func addNoise(_ scale: Float, using draws: inout some DataDraws) -> (Float, Float) {
        changeStates { observations, next in
            (
                disturb(&observations, scale, using: &draws), disturb(&next, scale, using: &draws)
            )
        }
    }
}

private func disturb(_ values: inout [Float], _ scale: Float, using draws: inout some DataDraws) -> Float {
    let count = Double(values.count)
    let mean = values.reduce(0.0) { $0 + Double($1) } / count
    let squares = values.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) }
    let deviation = Float((squares / count).squareRoot())
    let piece = Tensor(1, min(values.count, 1 << 16))
    for start in stride(from: 0, to: values.count, by: piece.buffer.count) {
        let noise = UnsafeMutableBufferPointer(
            rebasing: piece.buffer[..<min(piece.buffer.count, values.count - start)])
        draws.fillNormal(noise)
        for (index, draw) in noise.enumerated() { values[start + index] += scale * deviation * draw }
    }
    return deviation
}
