/// Mean and spread of a sample, with Student's interval for the mean.
///
/// The interval is exact for independent draws from one normal distribution, and an approximation for others that
/// improves with their number; on small, skewed samples (rare large costs) it misses more often than it says.
public struct SampleMean: Sendable, Hashable {
    /// Number of values.
    public let count: Int
    /// Their mean.
    public let mean: Double
    /// Standard deviation of the sample, with n − 1 below; 0 for a single value.
    public let deviation: Double

    /// Describes a sample.
    ///
    /// - Parameter values: at least one.
    public init(_ values: [Double]) {
        precondition(!values.isEmpty, "an empty sample has no mean")
        count = values.count
        let mean = values.reduce(0, +) / Double(values.count)
        let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        deviation = values.count > 1 ? (squares / Double(values.count - 1)).squareRoot() : 0
        self.mean = mean
    }

    /// States the moments of a sample whose values are not at hand.
    ///
    /// - Parameters:
    ///   - count: number of values, at least 1.
    ///   - mean: their mean.
    ///   - deviation: standard deviation with n − 1 below, at least 0.
    public init(count: Int, mean: Double, deviation: Double) {
        precondition(count >= 1 && deviation >= 0, "\(count) values with a deviation of \(deviation)")
        (self.count, self.mean, self.deviation) = (count, mean, deviation)
    }

    /// Student's two-sided interval for the mean of the distribution.
    ///
    /// - Parameter confidence: in (0, 1).
    /// - Returns: a range around `mean`; nothing for a single value.
    public func interval(confidence: Double) -> ClosedRange<Double>? {
        guard count > 1 else { return nil }
        let half = Self.quantile(confidence, degrees: count - 1) * deviation / Double(count).squareRoot()
        return mean - half...mean + half
    }

    /// The t that Student's distribution stays within with a given probability.
    ///
    /// - Parameters:
    ///   - confidence: probability of |T| ≤ t, in (0, 1).
    ///   - degrees: degrees of freedom, at least 1.
    /// - Returns: a positive number.
    package static func quantile(_ confidence: Double, degrees: Int) -> Double {
        precondition(confidence > 0 && confidence < 1, "a confidence of \(confidence) is outside (0, 1)")
        precondition(degrees >= 1, "\(degrees) degrees of freedom")
        return StudentDistribution(degrees: Double(degrees)).quantile(upperTail: (1 - confidence) / 2)
    }
}
