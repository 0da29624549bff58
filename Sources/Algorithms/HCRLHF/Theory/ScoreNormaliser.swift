import Foundation

/// Running mean and spread of a model's scores, by which they are normalised.
public struct ScoreNormaliser: Codable, Sendable, Hashable {
    /// How batches are taken in.
    public enum Averaging: Codable, Sendable, Hashable {
        /// Old moments count this much, the batch's the rest; they start at mean 0, variance 1.
        case exponential(momentum: Double)
        /// All scores count the same.
        case running
    }

    /// How batches are taken in.
    public let averaging: Averaging
    /// The mean.
    public private(set) var mean = 0.0
    /// The variance.
    public private(set) var variance = 1.0
    /// Scores seen.
    public private(set) var count = 0

    /// A normaliser that has seen nothing.
    public init(_ averaging: Averaging = .exponential(momentum: 0.9)) { self.averaging = averaging }

    /// Takes in a batch.
    ///
    /// - Parameter scores: at least two, finite.
    public mutating func include(_ scores: [Double]) {
        precondition(
            scores.count >= 2 && scores.allSatisfy(\.isFinite), "\(scores.count) scores have no spread")
        let n = Double(scores.count)
        let batch = scores.reduce(0, +) / n
        let spread = scores.reduce(0) { $0 + ($1 - batch) * ($1 - batch) } / (n - 1)
        switch averaging {
        case .exponential(let momentum):
            mean = momentum * mean + (1 - momentum) * batch
            variance = momentum * variance + (1 - momentum) * spread
        case .running:
            let seen = Double(count)
            let total = seen + n
            let shift = batch - mean
            // Until something was seen, mean 0 and variance 1 weigh nothing.
            variance = (variance * seen + spread * n + shift * shift * seen * n / total) / total
            mean += shift * n / total
        }
        count += scores.count
    }

    /// (s − μ)/(σ + 10⁻⁸): rewards.
    public func centred(_ score: Double) -> Double { (score - mean) / (variance.squareRoot() + 1e-8) }

    /// s/(σ + 10⁻⁸): costs, which keep their sign.
    public func scaled(_ score: Double) -> Double { score / (variance.squareRoot() + 1e-8) }
}
