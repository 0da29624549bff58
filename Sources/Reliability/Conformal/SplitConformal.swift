import Assurance

/// Thresholds of scores that a fresh one, exchangeable with those at hand, stays below with a stated probability.
///
/// One score a unit, and units must be exchangeable: an episode is one, a row of an episode is none, since neighbours resemble each
/// other. Thresholds are values of the sample, or +∞ where the sample is too small to say anything.
///
/// - SeeAlso: Vovk, Gammerman and Shafer 2005, "Algorithmic learning in a random world"; Vovk 2012 (coverage given the sample);
///   Tibshirani et al. 2019, arXiv:1904.06019 (weights).
public enum SplitConformal {
    /// Which of n scores the threshold is, counted from 1: ⌈(n + 1)(1 − α)⌉; n + 1 where none suffices.
    ///
    /// - Parameters:
    ///   - count: n, at least 0.
    ///   - alpha: chance to lie above, in (0, 1).
    /// - Returns: in 1 … n + 1.
    public static func rank(_ count: Int, alpha: Double) -> Int {
        precondition(alpha > 0 && alpha < 1, "an alpha of \(alpha) is outside (0, 1)")
        // The product of a decimal fraction may be rounded above the whole number that it is.
        return max(1, Int((Double(count + 1) * (1 - alpha) - 1e-12).rounded(.up)))
    }

    /// The threshold that a fresh score exceeds with probability α at most.
    ///
    /// - Parameters:
    ///   - scores: one a unit, in any order; infinite ones count as such.
    ///   - alpha: in (0, 1).
    /// - Returns: one of the scores, or +∞ where there are too few.
    /// - Throws: `notFinite` for a score that is no number.
    public static func threshold(_ scores: [Double], alpha: Double) throws(ReliabilityError) -> Double {
        try mustBeNumbers(scores)
        let rank = rank(scores.count, alpha: alpha)
        return rank > scores.count ? .infinity : scores.sorted()[rank - 1]
    }

    /// A threshold for every group by its own scores, so that each group is covered by itself (Mondrian).
    ///
    /// - Parameters:
    ///   - scores: one a unit.
    ///   - groups: the group of each, known before the score.
    ///   - wanted: groups to have thresholds of.
    ///   - alpha: in (0, 1).
    /// - Returns: one a wanted group; +∞ where it has too few scores.
    /// - Throws: `notFinite` for a score that is no number.
    public static func thresholds(_ scores: [Double], groups: [Int], of wanted: [Int], alpha: Double)
        throws(ReliabilityError) -> [Double]
    {
        precondition(scores.count == groups.count, "\(scores.count) scores, \(groups.count) groups")
        var result: [Double] = []
        for group in wanted {
            result.append(
                try threshold(zip(scores, groups).filter { $0.1 == group }.map(\.0), alpha: alpha))
        }
        return result
    }

    /// The threshold for a fresh score from another distribution, whose likelihood ratio to that of the sample is known.
    ///
    /// - Parameters:
    ///   - scores: one a unit.
    ///   - weights: likelihood ratio of each, at least 0, in any unit.
    ///   - testWeight: that of the fresh unit, at least 0.
    ///   - alpha: in (0, 1).
    /// - Returns: the smallest score up to which the weights make 1 − α of all, the fresh one counted with; else +∞.
    /// - Throws: `notFinite`, `outside` for a weight below 0.
    public static func threshold(_ scores: [Double], weights: [Double], testWeight: Double, alpha: Double)
        throws(ReliabilityError) -> Double
    {
        precondition(scores.count == weights.count, "\(scores.count) scores, \(weights.count) weights")
        precondition(alpha > 0 && alpha < 1, "an alpha of \(alpha) is outside (0, 1)")
        try mustBeNumbers(scores)
        let all = weights + [testWeight]
        try mustBeFinite(all, "likelihood ratio")
        if let bad = all.firstIndex(where: { $0 < 0 }) {
            throw .outside("likelihood ratio", value: all[bad], row: bad, low: 0, high: .infinity)
        }
        let total = weights.reduce(0, +) + testWeight
        guard total > 0 else { return .infinity }
        var sum = 0.0
        let order = risingOrder(scores)
        for (place, row) in order.enumerated() {
            sum += weights[row]
            // Equal scores count together.
            if place + 1 < order.count, scores[order[place + 1]] == scores[row] { continue }
            if sum / total >= 1 - alpha { return scores[row] }
        }
        return .infinity
    }

    /// How unusual a fresh score is: (1 + scores at least as large)/(n + 1), in (0, 1].
    ///
    /// It is at most p with probability p at most, for a unit that is exchangeable with the sample.
    ///
    /// - Parameters:
    ///   - score: of the fresh unit.
    ///   - scores: of the sample.
    /// - Returns: the p-value.
    public static func pValue(_ score: Double, among scores: [Double]) -> Double {
        Double(1 + scores.count { $0 >= score }) / Double(scores.count + 1)
    }

    static func mustBeNumbers(_ scores: [Double]) throws(ReliabilityError) {
        if let bad = scores.firstIndex(where: \.isNaN) { throw .notFinite("score", row: bad) }
    }
}

/// What share of fresh units a threshold covers, given the sample: Beta(k, n + 1 − k) where scores have no ties, more with them.
public struct CoverageLaw: Sendable, Hashable {
    /// k, the rank of the threshold, 1 … n.
    public let rank: Int
    /// n, the size of the sample.
    public let count: Int

    /// The law of a threshold; nothing where it is +∞, which covers all.
    ///
    /// - Parameters:
    ///   - count: n.
    ///   - alpha: in (0, 1).
    public init?(count: Int, alpha: Double) {
        let rank = SplitConformal.rank(count, alpha: alpha)
        guard rank <= count else { return nil }
        (self.rank, self.count) = (rank, count)
    }

    /// Mean coverage k/(n + 1), at least 1 − α.
    public var mean: Double { Double(rank) / Double(count + 1) }

    /// The coverage that only a share of samples fall short of.
    ///
    /// - Parameter share: in (0, 1), such as 0.05.
    /// - Returns: in (0, 1).
    public func quantile(_ share: Double) -> Double {
        IncompleteBeta.inverse(share, a: Double(rank), b: Double(count + 1 - rank))
    }
}
