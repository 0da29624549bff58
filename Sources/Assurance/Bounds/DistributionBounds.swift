import Foundation

/// Anderson's bound for costs in [a, b], from the one-sided Dvoretzky–Kiefer–Wolfowitz band of their distribution.
///
/// b − Σ (x₍ᵢ₊₁₎ − x₍ᵢ₎)·max(0, i/n − √(ln(1/δ)/(2n))) over the sorted costs, with x₍ₙ₊₁₎ = b. Never above b, and never
/// above Hoeffding's bound. Only the upper end of the range matters.
///
/// - SeeAlso: Anderson 1969, "Confidence limits for the expected value of an arbitrary bounded random variable";
///   Massart 1990, "The tight constant in the Dvoretzky–Kiefer–Wolfowitz inequality".
public struct AndersonBound: UpperBound {
    /// `anderson`.
    public let name = "anderson"
    /// The range of every possible cost.
    public let range: ClosedRange<Double>
    /// Independent costs in the range.
    public var assumptions: Assumptions { Assumptions([.independent, .bounded(range)]) }
    /// 1/2: the one-sided band is not proved beyond.
    public let largestDelta = 0.5

    /// Makes the bound for costs in a range that is not empty.
    public init(in range: ClosedRange<Double>) { self.range = nonempty(range) }

    /// Bounds the mean; needs one cost.
    public func upper(_ costs: [Double], delta: Double) throws(BoundError) -> Double {
        check(delta)
        try check(costs, atLeast: 1, in: range)
        let n = Double(costs.count)
        let band = (log(1 / delta) / (2 * n)).squareRoot()
        let sorted = costs.sorted()
        var gain = 0.0
        for (index, cost) in sorted.enumerated() {
            let next = index + 1 < sorted.count ? sorted[index + 1] : range.upperBound
            gain += (next - cost) * max(0, Double(index + 1) / n - band)
        }
        return range.upperBound - gain
    }
}

/// The exact binomial (Clopper–Pearson) bound for costs of 0 and 1.
///
/// - SeeAlso: `BinomialCount`.
public struct ClopperPearsonBound: UpperBound {
    /// `clopper-pearson`.
    public let name = "clopper-pearson"
    /// Independent costs of 0 and 1.
    public let assumptions = Assumptions([.independent, .binary])

    /// Makes the bound.
    public init() {}

    /// Bounds the probability of a cost of 1; needs one cost.
    public func upper(_ costs: [Double], delta: Double) throws(BoundError) -> Double {
        check(delta)
        try check(costs, atLeast: 1)
        var events = 0
        for (index, cost) in costs.enumerated() {
            guard cost == 0 || cost == 1 else { throw .notBinary(cost, index: index) }
            if cost == 1 { events += 1 }
        }
        return BinomialCount(events: events, trials: costs.count).upperBound(delta: delta)
    }
}

/// A bound for costs in [a, b] by betting against candidates for the mean, usually the tightest for bounded costs.
///
/// With Y = 1 − (x − a)/(b − a), a gambler bets on Y being above m; no candidate m ≥ E[Y] lets the capital reach 1/δ with
/// probability above δ. All smaller ones that it does reach are rejected. Costs must come in an order that does not depend
/// on their values, such as that in which episodes were run. The capital may be looked at after every cost (Ville's
/// inequality), so that the largest one counts.
///
/// - SeeAlso: Waudby-Smith and Ramdas 2024, arXiv:2010.09686, section 4.
public struct BettingBound: UpperBound {
    /// When the capital counts.
    public enum Capital: Sendable, Hashable {
        /// The largest after any of the costs.
        case largest
        /// The one after the last cost.
        case final
    }

    /// `betting`.
    public let name = "betting"
    /// The range of every possible cost.
    public let range: ClosedRange<Double>
    /// When the capital counts.
    public let capital: Capital
    /// Independent costs in the range.
    public var assumptions: Assumptions {
        Assumptions([.independent, .bounded(range)], note: ", in an order that does not depend on them")
    }

    /// Makes the bound for costs in a range that is not empty.
    public init(in range: ClosedRange<Double>, counting capital: Capital = .largest) {
        (self.range, self.capital) = (nonempty(range), capital)
    }

    /// Bounds the mean; needs one cost.
    public func upper(_ costs: [Double], delta: Double) throws(BoundError) -> Double {
        check(delta)
        try check(costs, atLeast: 1, in: range)
        let gains = costs.map { 1 - ($0 - range.lowerBound) / range.width }
        let bets = bets(gains, delta)
        let needed = log(1 / delta)
        // The capital falls with m: the last m found rejected is a lower bound of E[Y], to the last bit.
        var (rejected, kept) = (0.0, 1.0)
        while true {
            let middle = rejected + (kept - rejected) / 2
            if middle <= rejected || middle >= kept { break }
            if logCapital(gains, bets, against: middle) >= needed { rejected = middle } else { kept = middle }
        }
        return range.lowerBound + range.width * (1 - rejected)
    }

    /// λ_i = √(2·ln(1/δ)/(n·v_{i−1})), from the costs before the i-th.
    private func bets(_ gains: [Double], _ delta: Double) -> [Double] {
        let scale = 2 * log(1 / delta) / Double(gains.count)
        var (sum, squares) = (0.5, 0.25)
        return gains.enumerated().map { index, gain in
            let bet = (scale * Double(index + 1) / squares).squareRoot()
            sum += gain
            let miss = gain - sum / Double(index + 2)
            squares += miss * miss
            return bet
        }
    }

    private func logCapital(_ gains: [Double], _ bets: [Double], against mean: Double) -> Double {
        let most = 1 / (2 * mean)
        var (now, largest) = (0.0, -Double.infinity)
        for (gain, bet) in zip(gains, bets) {
            now += log1p(min(bet, most) * (gain - mean))
            largest = max(largest, now)
        }
        return capital == .final ? now : largest
    }
}
