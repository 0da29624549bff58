/// Thresholds on line, whose level moves with the misses, so that their share is near α on any stream.
///
/// α_{t+1} = α_t + γ(α − miss_t). A level of 0 or less has the threshold +∞, of 1 or more −∞. Nothing is assumed of the stream.
///
/// - SeeAlso: Gibbs and Candès 2021, "Adaptive conformal inference under distribution shift", arXiv:2106.00170.
public struct AdaptiveConformal: Sendable, Hashable {
    /// Share of misses that is aimed at, in (0, 1).
    public let alpha: Double
    /// Step size γ, above 0.
    public let gamma: Double
    /// The level now.
    public private(set) var level: Double
    /// Steps taken.
    public private(set) var steps = 0
    /// Misses among them.
    public private(set) var misses = 0
    private let sorted: [Double]

    /// Begins.
    ///
    /// - Parameters:
    ///   - scores: of calibration units, whose order statistics are the thresholds.
    ///   - alpha: in (0, 1); the first level too.
    ///   - gamma: above 0.
    /// - Throws: `notFinite` for a score that is no number.
    public init(scores: [Double], alpha: Double, gamma: Double) throws(ReliabilityError) {
        precondition(alpha > 0 && alpha < 1 && gamma > 0)
        try SplitConformal.mustBeNumbers(scores)
        (self.alpha, self.gamma, level, sorted) = (alpha, gamma, alpha, scores.sorted())
    }

    /// The threshold for the next unit.
    public var threshold: Double {
        if level <= 0 { return .infinity }
        if level >= 1 { return -.infinity }
        let rank = SplitConformal.rank(sorted.count, alpha: level)
        return rank > sorted.count ? .infinity : sorted[rank - 1]
    }

    /// Sees the next unit, and moves the level.
    ///
    /// - Parameter score: what came.
    /// - Returns: whether it lay above the threshold; a score that is no number counts as a miss.
    public mutating func observe(_ score: Double) -> Bool {
        let isMiss = !(score <= threshold)
        steps += 1
        if isMiss { misses += 1 }
        level += gamma * (alpha - (isMiss ? 1 : 0))
        return isMiss
    }

    /// How far the share of misses may be from α after so many steps, on any stream: (max(α₁, 1 − α₁) + γ)/(γT).
    public var guarantee: Double { (max(alpha, 1 - alpha) + gamma) / (gamma * Double(max(steps, 1))) }
}
