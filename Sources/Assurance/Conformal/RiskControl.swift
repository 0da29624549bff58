/// The scores of calibration episodes and what became of them: what thresholds with a bounded risk are found from.
///
/// An episode counts once, by one random step, so that a fresh one is exchangeable with them. Its loss at a threshold λ is 1 where
/// it was violated and its score is below λ: it would have been let through. The loss never falls with λ.
///
/// - SeeAlso: Angelopoulos et al. 2022, "Conformal risk control", arXiv:2208.02814; Bates et al. 2021, "Distribution-free,
///   risk-controlling prediction sets", arXiv:2101.02703.
public struct RiskControl: Sendable, Hashable {
    /// Number of episodes, at least 1.
    public let episodes: Int
    /// The scores of the violated episodes, rising.
    public let violatedScores: [Double]

    /// Takes the calibration episodes.
    ///
    /// - Parameters:
    ///   - scores: one an episode; a higher score means more danger; infinite ones count as such.
    ///   - isViolated: whether each was violated within the horizon.
    /// - Throws: `RiskControlError.noScores`, `.notANumber`.
    public init(scores: [Double], isViolated: [Bool]) throws(RiskControlError) {
        precondition(scores.count == isViolated.count, "\(scores.count) scores, \(isViolated.count) outcomes")
        guard !scores.isEmpty else { throw .noScores }
        if let bad = scores.firstIndex(where: \.isNaN) { throw .notANumber(episode: bad) }
        episodes = scores.count
        violatedScores = zip(scores, isViolated).filter(\.1).map(\.0).sorted()
    }

    /// How many violated episodes may be let through: m = ⌊α(n + 1)⌋ − 1; below 0 where the rate asks for more episodes.
    ///
    /// α counts as the decimal fraction that it is written as, and the product is exact.
    ///
    /// - Parameter alpha: in (0, 1).
    /// - Returns: −1 … n.
    /// - Throws: `RiskControlError.outOfRange`.
    public func allowedMisses(alpha: Double) throws(RiskControlError) -> Int {
        try Self.check("alpha", alpha)
        return DecimalRate(alpha).floor(times: episodes + 1) - 1
    }

    /// The largest threshold λ with (Σ Lᵢ(λ) + 1)/(n + 1) ≤ α.
    ///
    /// P(a fresh episode is violated and its score is below λ) ≤ α, on average over calibration sets, where episodes are
    /// exchangeable. Nothing is said of shift, of another policy, or of several steps of one episode.
    ///
    /// - Parameter alpha: in (0, 1).
    /// - Returns: +∞ where all may be let through; nil where nothing may, because there are fewer than 1/α − 1 episodes.
    /// - Throws: `RiskControlError.outOfRange`.
    public func threshold(alpha: Double) throws(RiskControlError) -> Double? {
        let misses = try allowedMisses(alpha: alpha)
        if misses < 0 { return nil }
        return misses < violatedScores.count ? violatedScores[misses] : .infinity
    }

    /// The threshold whose risk is at most α except with probability δ over calibration sets.
    ///
    /// It rises through the violated scores, then +∞, as long as the exact (Clopper–Pearson) upper bound of the risk is at most α,
    /// and stops at the first that fails. The risk never falls with the threshold, so no correction for the search is needed.
    ///
    /// - Parameters:
    ///   - alpha: in (0, 1).
    ///   - delta: in (0, 1).
    /// - Returns: nil where the first fails already.
    /// - Throws: `RiskControlError.outOfRange`.
    public func threshold(alpha: Double, delta: Double) throws(RiskControlError) -> Double? {
        try Self.check("alpha", alpha)
        try Self.check("delta", delta)
        // The bound rises with the count, so the last count that passes is found by halving.
        func passes(_ misses: Int) -> Bool {
            BinomialCount(events: misses, trials: episodes).upperBound(delta: delta) <= alpha
        }
        guard passes(0) else { return nil }
        var (good, bad) = (0, violatedScores.count + 1)
        while bad - good > 1 {
            let middle = (good + bad) / 2
            if passes(middle) { good = middle } else { bad = middle }
        }
        // Equal scores have the same count below them, that of the first of them.
        return good < violatedScores.count ? violatedScores[good] : .infinity
    }

    /// Episodes from which on this rate lets something through: α(n + 1) ≥ 1.
    ///
    /// - Parameter alpha: in (0, 1).
    /// - Returns: at least 1.
    public static func needed(alpha: Double) -> Int {
        let rate = DecimalRate(alpha)
        var episodes = max(Int(min(1 / alpha, 1e15)) - 2, 0)
        while rate.floor(times: episodes + 1) < 1 { episodes += 1 }
        return episodes
    }

    private static func check(_ name: String, _ rate: Double) throws(RiskControlError) {
        guard rate > 0 && rate < 1 else { throw .outOfRange(rate: name, value: rate) }
    }
}
