/// The mean of independent draws with its standard error.
public struct MonteCarloMean: CustomStringConvertible {
    /// Mean.
    public let mean: Double
    /// Standard deviation of the mean, estimated from the draws.
    public let standardError: Double

    /// Takes the mean of at least two draws.
    public init(_ draws: [Double]) {
        let count = Double(draws.count)
        let mean = draws.reduce(0, +) / count
        let squares = draws.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        self.mean = mean
        standardError = (squares / (count - 1) / count).squareRoot()
    }

    /// Whether an expectation is within six standard errors, which a right one misses with a probability of about 10⁻⁸.
    public func agrees(with expectation: Double) -> Bool { abs(mean - expectation) <= 6 * standardError }

    /// Such as `0.412 ± 0.003`.
    public var description: String { "\(mean) ± \(standardError)" }
}
