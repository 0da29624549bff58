import Foundation

/// Student's bound, as the published safety tests use it: mean + t_{1−δ, n−1}·s/√n.
///
/// It keeps δ for normal costs only. For others it is an approximation that improves with n, and a poor one for rare large
/// costs: with costs of 1 in 2 of 100 episodes and ten draws it passes in 82 % of trials whatever δ is. Where all draws are
/// equal the bound is their mean, which is why a `SafetyTest` refuses it then, and with fewer than 30 costs.
public struct StudentBound: UpperBound {
    /// `student-t`.
    public let name = "student-t"
    /// Independent, normal costs.
    public let assumptions = Assumptions(
        [.independent, .normal], .largeSamples,
        note: "; for other distributions an approximation for large samples, which misses rare large costs")
    /// 30, the customary least size of a sample whose mean is taken for normal; no guarantee at any size.
    public let leastCount = 30
    /// Equal costs say nothing of how far their mean is off.
    public let needsSpread = true

    /// Makes the bound.
    public init() {}

    /// Bounds the mean; needs two costs.
    public func upper(_ costs: [Double], delta: Double) throws(BoundError) -> Double {
        try check(costs, atLeast: 2)
        return upper(of: SampleMean(costs), delta: delta)
    }

    /// Bounds the mean from a sample's moments.
    ///
    /// - Parameters:
    ///   - sample: of at least two costs.
    ///   - delta: in (0, 1).
    /// - Returns: the bound.
    public func upper(of sample: SampleMean, delta: Double) -> Double {
        check(delta)
        precondition(sample.count >= 2, "\(sample.count) costs have no spread")
        let t = StudentDistribution(degrees: Double(sample.count - 1)).quantile(upperTail: delta)
        return sample.mean + sample.deviation / Double(sample.count).squareRoot() * t
    }
}

/// Hoeffding's bound for costs in [a, b]: mean + (b − a)·√(ln(1/δ)/(2n)).
///
/// - SeeAlso: Hoeffding 1963, "Probability inequalities for sums of bounded random variables".
public struct HoeffdingBound: UpperBound {
    /// `hoeffding`.
    public let name = "hoeffding"
    /// The range of every possible cost.
    public let range: ClosedRange<Double>
    /// Independent costs in the range.
    public var assumptions: Assumptions { Assumptions([.independent, .bounded(range)]) }

    /// Makes the bound for costs in a range that is not empty.
    public init(in range: ClosedRange<Double>) { self.range = nonempty(range) }

    /// Bounds the mean; needs one cost.
    public func upper(_ costs: [Double], delta: Double) throws(BoundError) -> Double {
        try check(costs, atLeast: 1, in: range)
        return upper(of: SampleMean(costs), delta: delta)
    }

    /// Bounds the mean from that of a sample of costs that all lie in the range.
    public func upper(of sample: SampleMean, delta: Double) -> Double {
        check(delta)
        return sample.mean + range.width * (log(1 / delta) / (2 * Double(sample.count))).squareRoot()
    }
}

/// The empirical Bernstein bound for costs in [a, b]: mean + √(2·v·ln(2/δ)/n) + 7·(b − a)·ln(2/δ)/(3·(n − 1)).
///
/// v is the unbiased variance. Better than Hoeffding's for large samples with a small spread, worse for small ones.
///
/// - SeeAlso: Maurer and Pontil 2009, arXiv:0907.3740, theorem 4.
public struct MaurerPontilBound: UpperBound {
    /// `maurer-pontil`.
    public let name = "maurer-pontil"
    /// The range of every possible cost.
    public let range: ClosedRange<Double>
    /// Independent costs in the range.
    public var assumptions: Assumptions { Assumptions([.independent, .bounded(range)]) }

    /// Makes the bound for costs in a range that is not empty.
    public init(in range: ClosedRange<Double>) { self.range = nonempty(range) }

    /// Bounds the mean; needs two costs.
    public func upper(_ costs: [Double], delta: Double) throws(BoundError) -> Double {
        try check(costs, atLeast: 2, in: range)
        return upper(of: SampleMean(costs), delta: delta)
    }

    /// Bounds the mean from the moments of a sample of at least two costs that all lie in the range.
    public func upper(of sample: SampleMean, delta: Double) -> Double {
        check(delta)
        precondition(sample.count >= 2, "\(sample.count) costs have no spread")
        let (n, unsure) = (Double(sample.count), log(2 / delta))
        let spread = sample.deviation * (2 * unsure / n).squareRoot()
        return sample.mean + spread + 7 * range.width * unsure / (3 * (n - 1))
    }
}

extension ClosedRange<Double> {
    /// The upper less the lower end.
    var width: Double { upperBound - lowerBound }
}

/// The range itself; a range of one point, or without an end, traps.
func nonempty(_ range: ClosedRange<Double>) -> ClosedRange<Double> {
    precondition(
        range.width > 0 && range.width.isFinite,
        "costs in \(range): the range must be wider than 0 and finite")
    return range
}
