import Assurance
import Tensors

/// Percentile intervals by drawing whole episodes anew: rows of one episode are not independent, and single rows drawn anew would
/// make intervals far too narrow.
///
/// - SeeAlso: Efron and Tibshirani 1993, "An introduction to the bootstrap", chapter 13.
public struct EpisodeBootstrap: Sendable {
    /// Fewest episodes for which an interval is stated.
    public static let leastEpisodes = 20

    /// How often episodes are drawn anew.
    public let resamples: Int
    /// Chance that the interval aims at, in (0, 1).
    public let confidence: Double
    private let stream: RandomStream

    /// Makes a bootstrap; equal streams give equal intervals.
    ///
    /// - Parameters:
    ///   - resamples: at least 100.
    ///   - confidence: in (0, 1).
    ///   - stream: where numbers come from.
    public init(resamples: Int = 1000, confidence: Double = 0.95, stream: RandomStream) {
        precondition(resamples >= 100 && confidence > 0 && confidence < 1)
        (self.resamples, self.confidence, self.stream) = (resamples, confidence, stream)
    }

    /// The interval of a ratio of sums over episodes, such as a mean over rows: Σ numerator/Σ denominator.
    ///
    /// - Parameters:
    ///   - numerators: one an episode.
    ///   - denominators: one an episode, such as its rows.
    /// - Returns: nothing for fewer than `leastEpisodes`; resamples whose denominator is 0 are left out.
    public func ratio(_ numerators: [Double], _ denominators: [Double]) -> ClosedRange<Double>? {
        precondition(numerators.count == denominators.count)
        return interval(of: numerators.count) { episodes in
            let below = episodes.reduce(0) { $0 + denominators[$1] }
            return below == 0 ? nil : episodes.reduce(0) { $0 + numerators[$1] } / below
        }
    }

    /// The interval of any statistic.
    ///
    /// - Parameters:
    ///   - episodes: how many there are.
    ///   - statistic: of drawn episode numbers; nothing where it does not exist for these.
    /// - Returns: the two quantiles of its values; nothing for fewer than `leastEpisodes`, or without values.
    public func interval(of episodes: Int, _ statistic: ([Int]) -> Double?) -> ClosedRange<Double>? {
        guard episodes >= Self.leastEpisodes else { return nil }
        var stream = stream
        var drawn = [Int](repeating: 0, count: episodes)
        var values: [Double] = []
        for _ in 0..<resamples {
            for place in drawn.indices { drawn[place] = stream.nextInteger(below: episodes) }
            if let value = statistic(drawn) { values.append(value) }
        }
        guard !values.isEmpty else { return nil }
        let tail = SampleTail(values)
        return tail.quantile((1 - confidence) / 2)...tail.quantile((1 + confidence) / 2)
    }
}
