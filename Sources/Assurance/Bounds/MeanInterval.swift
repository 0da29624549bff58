/// A two-sided interval for the mean of a distribution, with the method that made it.
///
/// Where the range of every possible value is known, the interval is made of two betting bounds, each missed with half of
/// 1 − confidence at most, for every sample size and every distribution in the range. Elsewhere it is Student's, an
/// approximation: on small, skewed samples (rare large values) it misses more often than it says.
///
/// - SeeAlso: `BettingBound`; Waudby-Smith and Ramdas 2024, arXiv:2010.09686.
public struct MeanInterval: Sendable, Hashable {
    /// What an interval rests on.
    public enum Method: String, Codable, Sendable {
        /// `BettingBound` on either side: holds for every sample size.
        case betting
        /// `SampleMean.interval`: approximate.
        case studentT = "student-t"
    }

    /// Lower and upper end; contains the sample's mean, up to rounding.
    public let range: ClosedRange<Double>
    /// What it rests on.
    public let method: Method

    /// Whether the interval may miss the mean more often than its confidence says.
    public var isApproximate: Bool { method == .studentT }

    /// The interval for values whose whole range is known.
    ///
    /// - Parameters:
    ///   - values: at least one, all in the range, in an order that does not depend on them.
    ///   - bounds: of every possible value, finite; one point is allowed.
    ///   - confidence: in (0, 1).
    public init(of values: [Double], in bounds: ClosedRange<Double>, confidence: Double) {
        precondition(confidence > 0 && confidence < 1, "a confidence of \(confidence) is outside (0, 1)")
        method = .betting
        if bounds.width == 0 {
            precondition(values.allSatisfy(bounds.contains), "values outside \(bounds)")
            range = bounds
            return
        }
        let bound = BettingBound(in: bounds)
        func upper(_ values: [Double]) -> Double {
            do throws(BoundError) { return try bound.upper(values, delta: (1 - confidence) / 2) } catch {
                preconditionFailure("\(error)")
            }
        }
        let sum = bounds.lowerBound + bounds.upperBound
        // Clamped, because a mirrored value may be rounded out of the range.
        let mirrored = values.map { min(max(sum - $0, bounds.lowerBound), bounds.upperBound) }
        let high = upper(values)
        range = min(max(sum - upper(mirrored), bounds.lowerBound), high)...high
    }

    /// Student's interval for values of which at most a lower bound is known; nothing for a single value or for equal ones,
    /// whose spread says nothing.
    ///
    /// - Parameters:
    ///   - sample: what was seen.
    ///   - floor: no value can lie below it; nothing where that is not known.
    ///   - confidence: in (0, 1).
    public init?(of sample: SampleMean, above floor: Double? = nil, confidence: Double) {
        guard sample.deviation > 0, let student = sample.interval(confidence: confidence) else { return nil }
        let low = max(student.lowerBound, floor ?? student.lowerBound)
        (range, method) = (low...max(low, student.upperBound), .studentT)
    }
}
