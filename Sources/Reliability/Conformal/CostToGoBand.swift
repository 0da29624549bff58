/// An upper band on what an episode will cost from a state on: prediction + q, or prediction + q·scale.
///
/// One state an episode, for example its start: a fresh episode's cost then lies above the band with probability α at most,
/// whatever the predictions are worth; a bad predictor has a wide band.
public struct CostToGoBand: Sendable, Hashable {
    /// How far a cost lies above its prediction.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// By their difference.
        case additive
        /// By their difference in units of a scale, such as the spread of an ensemble.
        case scaled
    }

    /// What the scores are.
    public let kind: Kind
    /// Chance to lie above, in (0, 1).
    public let alpha: Double
    /// q; +∞ where there are too few episodes.
    public let threshold: Double

    /// Finds q from differences.
    ///
    /// - Parameters:
    ///   - predicted: one an episode, finite.
    ///   - observed: one an episode, finite.
    ///   - alpha: in (0, 1).
    /// - Throws: `notFinite`.
    public init(predicted: [Double], observed: [Double], alpha: Double) throws(ReliabilityError) {
        precondition(predicted.count == observed.count)
        try mustBeFinite(predicted, "prediction")
        try mustBeFinite(observed, "cost")
        (kind, self.alpha) = (.additive, alpha)
        threshold = try SplitConformal.threshold(zip(observed, predicted).map { $0 - $1 }, alpha: alpha)
    }

    /// Finds q from differences in units of a scale.
    ///
    /// - Parameters:
    ///   - predicted: one an episode, finite.
    ///   - observed: one an episode, finite.
    ///   - scale: one an episode, above 0.
    ///   - alpha: in (0, 1).
    /// - Throws: `notFinite`, `outside` for a scale that is not above 0.
    public init(predicted: [Double], observed: [Double], scale: [Double], alpha: Double)
        throws(ReliabilityError)
    {
        precondition(predicted.count == observed.count && scale.count == observed.count)
        try mustBeFinite(predicted, "prediction")
        try mustBeFinite(observed, "cost")
        try mustBeFinite(scale, "scale")
        if let bad = scale.firstIndex(where: { $0 <= 0 }) {
            throw .outside(
                "scale", value: scale[bad], row: bad, low: .leastNonzeroMagnitude, high: .infinity)
        }
        (kind, self.alpha) = (.scaled, alpha)
        threshold = try SplitConformal.threshold(
            observed.indices.map { (observed[$0] - predicted[$0]) / scale[$0] }, alpha: alpha)
    }

    /// The largest cost that the band holds.
    ///
    /// - Parameters:
    ///   - prediction: of this episode.
    ///   - scale: of this episode; 1 for additive bands.
    /// - Returns: +∞ where the threshold is.
    public func upper(_ prediction: Double, scale: Double = 1) -> Double {
        prediction + threshold * (kind == .additive ? 1 : scale)
    }
}
