import Foundation

/// The inflated bound that a candidate is optimised under, so that it will probably pass the safety test.
///
/// μ + K·σ with K = C1·t_{1−δ, n_in−1}/√n_in + C2·t_{1−δ, n_s−1}/√n_s, where n_in costs give μ and σ and the safety test will
/// use n_s. The second term foresees the test's own interval, the first the error of μ, which is chosen to be small.
/// It carries no guarantee, which is why it is no `UpperBound`: only the safety test gives one. C1 = 0, C2 = 2 is the
/// classical choice of Seldonian algorithms.
public struct PessimisticConstraint: Codable, Sendable, Hashable {
    /// C1, at least 0.
    public let sampleFactor: Double
    /// C2, at least 0.
    public let testFactor: Double
    /// n_s, at least 2.
    public let testCount: Int
    /// δ of the safety test, in (0, 1).
    public let delta: Double

    /// Describes the constraint.
    public init(sampleFactor: Double, testFactor: Double, testCount: Int, delta: Double) {
        precondition(sampleFactor >= 0 && testFactor >= 0, "factors \(sampleFactor), \(testFactor)")
        precondition(testCount >= 2, "a safety test of \(testCount) costs")
        precondition(delta > 0 && delta < 1, "a delta of \(delta) is outside (0, 1)")
        (self.sampleFactor, self.testFactor) = (sampleFactor, testFactor)
        (self.testCount, self.delta) = (testCount, delta)
    }

    /// K.
    ///
    /// - Parameter count: n_in, at least 2.
    /// - Returns: the factor of the standard deviation.
    public func coefficient(count: Int) -> Double {
        precondition(count >= 2, "\(count) costs have no spread")
        func quantile(_ n: Int) -> Double {
            StudentDistribution(degrees: Double(n - 1)).quantile(upperTail: delta) / Double(n).squareRoot()
        }
        return sampleFactor * quantile(count) + testFactor * quantile(testCount)
    }

    /// μ + K·σ of a sample of at least two costs.
    public func value(of sample: SampleMean) -> Double {
        sample.mean + coefficient(count: sample.count) * sample.deviation
    }
}
