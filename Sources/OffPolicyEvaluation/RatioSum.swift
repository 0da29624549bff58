import Foundation
import Tensors

/// An estimate as a sum of ratios of sums over episodes, which is what all estimators here are.
///
/// A term is Σ_i numerator_i / Σ_i denominator_i; an ordinary mean has ones below. Counting episodes several times or not
/// at all gives the estimate for a resample.
struct RatioSum {
    struct Term {
        let numerator: [Double]
        /// Nothing for ones.
        let denominator: [Double]?
    }

    let terms: [Term]
    let episodes: Int

    /// The estimate for all episodes.
    var value: Double { value(counting: [Double](repeating: 1, count: episodes)) ?? .nan }

    /// The estimate for a resample; nothing where a denominator is 0.
    func value(counting counts: [Double]) -> Double? {
        let all = counts.reduce(0, +)
        var total = 0.0
        for term in terms {
            var (above, below) = (0.0, term.denominator == nil ? all : 0)
            for index in 0..<episodes where counts[index] != 0 {
                above += counts[index] * term.numerator[index]
            }
            if let denominator = term.denominator {
                for index in 0..<episodes where counts[index] != 0 {
                    below += counts[index] * denominator[index]
                }
            }
            guard below > 0 else { return nil }
            total += above / below
        }
        return total
    }

    /// A percentile interval over resamples of whole episodes.
    ///
    /// - Parameter resampling: how many, at which confidence, from which seed.
    /// - Returns: nothing for a single episode, and where more than one resample in twenty has no estimate.
    func interval(_ resampling: Resampling) -> ClosedRange<Double>? {
        guard episodes >= 2 else { return nil }
        var values: [Double] = []
        for resample in 0..<resampling.resamples {
            var stream = RandomStream(seed: resampling.seed, for: .splitting, index: UInt32(resample))
            var counts = [Double](repeating: 0, count: episodes)
            for _ in 0..<episodes { counts[stream.nextInteger(below: episodes)] += 1 }
            if let value = value(counting: counts), value.isFinite { values.append(value) }
        }
        guard values.count * 20 >= resampling.resamples * 19 && values.count >= 2 else { return nil }
        values.sort()
        func quantile(_ share: Double) -> Double {
            let place = share * Double(values.count - 1)
            let low = Int(place)
            let high = min(low + 1, values.count - 1)
            return values[low] + (place - Double(low)) * (values[high] - values[low])
        }
        let outside = (1 - resampling.confidence) / 2
        return quantile(outside)...quantile(1 - outside)
    }
}

/// How an estimate's uncertainty is measured: by drawing whole episodes anew, with replacement.
///
/// Approximate, and too narrow where few episodes carry most of the weight: what was not recorded cannot be drawn.
public struct Resampling: Codable, Sendable, Hashable {
    /// Number of resamples, at least 100.
    public let resamples: Int
    /// Chance that the interval is meant to hold, in (0, 1).
    public let confidence: Double
    /// Seed of the draws.
    public let seed: UInt64

    /// Describes it.
    public init(resamples: Int = 1000, confidence: Double = 0.95, seed: UInt64) {
        precondition(resamples >= 100 && confidence > 0 && confidence < 1, "\(resamples), \(confidence)")
        (self.resamples, self.confidence, self.seed) = (resamples, confidence, seed)
    }
}
