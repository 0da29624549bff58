import Assurance
import Foundation

/// Policies that do harm in a share of their responses just above the limit: how often each bound certifies them.
public struct RareHarm: Codable, Sendable, Hashable {
    /// Responses in the test.
    public let count: Int
    /// True share of harmful responses; the limit is a billionth part below.
    public let share: Double
    /// δ.
    public let delta: Double
    /// The probability of being certified by the bound of a name, exact: a valid one is at most δ.
    public let certified: [String: Double]

    /// Sums binomial probabilities over the numbers of harmful responses that pass.
    ///
    /// Student's test depends on the two possible costs in no way, so that one cost of 19 among costs of −1 is a share of
    /// 0.05 here.
    ///
    /// - Parameters:
    ///   - count: responses in the test, at least 2.
    ///   - share: in (0, 1).
    ///   - delta: in (0, 1).
    /// - Throws: what keeps a bound from being computed.
    public init(count: Int, share: Double, delta: Double) throws {
        precondition(count >= 2 && share > 0 && share < 1, "\(count) responses, a share of \(share)")
        (self.count, self.share, self.delta) = (count, share, delta)
        let bounds: [any UpperBound] = [
            StudentBound(), HoeffdingBound(in: 0...1), MaurerPontilBound(in: 0...1), ClopperPearsonBound(),
        ]
        let limit = share * (1 - 1e-9)
        var certified: [String: Double] = [:]
        for bound in bounds {
            var probability = 0.0
            for harms in 0...count {
                let costs = (0..<count).map { $0 < harms ? 1.0 : 0 }
                guard try bound.upper(costs, delta: delta) <= limit else { continue }
                probability += Self.probability(of: harms, in: count, share)
            }
            certified[bound.name] = probability
        }
        self.certified = certified
    }

    private static func probability(of harms: Int, in count: Int, _ share: Double) -> Double {
        let (k, n) = (Double(harms), Double(count))
        let ways = lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
        return exp(ways + k * log(share) + (n - k) * log1p(-share))
    }
}
