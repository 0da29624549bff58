import Assurance
import Foundation

/// What randomised smoothing says of an input from n noisy copies, of which `top` got the most frequent answer.
///
/// - SeeAlso: Cohen, Rosenfeld and Kolter 2019, "Certified adversarial robustness via randomized smoothing", arXiv:1902.02918.
public struct SmoothingCertifier: Sendable, Hashable {
    /// Standard deviation of the noise, above 0.
    public let sigma: Double
    /// Chance that a certificate does not hold, in (0, 1).
    public let alpha: Double

    /// Sets a certifier.
    ///
    /// - Throws: `AvailabilityError.chance`.
    public init(sigma: Double, alpha: Double) throws(AvailabilityError) {
        guard sigma > 0 && sigma.isFinite else { throw .chance("a deviation of the noise", sigma) }
        guard alpha > 0 && alpha < 1 else { throw .chance("an alpha", alpha) }
        (self.sigma, self.alpha) = (sigma, alpha)
    }

    /// Lower bound of the most frequent answer's probability, by Clopper and Pearson.
    public func lowerBound(top: Int, of draws: Int) -> Double {
        BinomialCount(events: top, trials: draws).lowerBound(confidence: 1 - alpha)
    }

    /// Radius within which the answer of most noisy copies stays the same; nothing where it abstains, the lower bound being
    /// ½ or less.
    public func radius(top: Int, of draws: Int) -> Double? {
        let lower = lowerBound(top: top, of: draws)
        return lower > 0.5 ? sigma * Self.normalQuantile(lower) : nil
    }

    /// The number below which a standard normal one lies with a probability in (0, 1), by bisection to the last bits.
    static func normalQuantile(_ probability: Double) -> Double {
        var (low, high) = (-40.0, 40.0)
        while true {
            let middle = low + (high - low) / 2
            if middle <= low || middle >= high { return high }
            if 0.5 * erfc(-middle / 2.0.squareRoot()) < probability { low = middle } else { high = middle }
        }
    }
}
