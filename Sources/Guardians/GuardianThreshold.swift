import Foundation
import Tensors

/// How the threshold of a guardian is found from scores, where a higher score is farther outside.
public enum GuardianThreshold: Codable, Hashable, Sendable {
    /// A share `alpha` of the training points is outside, up to rounding to whole points: the quantile of their levels with
    /// linear interpolation between neighbours. `alpha` in [0, 1).
    case quantile(alpha: Double)
    /// At most a share `alpha` of the training points is outside: bisection between no point and all of them, with
    /// `halvings` steps, after which the threshold moves on to the next training point. `alpha` in [0, 1).
    case bisection(alpha: Double, halvings: Int)
    /// A fresh point of the data's own kind is outside with probability at most `alpha`: an order statistic of held-out
    /// scores, one of each episode. `alpha` in (0, 1).
    case conformal(alpha: Double)
    /// This score.
    case fixed(Double)

    /// The rate of false alarms aimed at.
    var alpha: Double? {
        switch self {
        case .quantile(let alpha), .bisection(let alpha, _), .conformal(let alpha): alpha
        case .fixed: nil
        }
    }

    /// Refuses options out of range.
    func check() throws(GuardianError) {
        switch self {
        case .quantile(let alpha), .bisection(let alpha, _):
            guard alpha >= 0 && alpha < 1 else {
                throw .outOfRange(option: "alpha", value: alpha, range: "[0, 1)")
            }
        case .conformal(let alpha):
            guard alpha > 0 && alpha < 1 else {
                throw .outOfRange(option: "alpha", value: alpha, range: "(0, 1)")
            }
        case .fixed(let score):
            guard score.isFinite else {
                throw .outOfRange(option: "the threshold", value: score, range: "the finite numbers")
            }
        }
        if case .bisection(_, let halvings) = self, !(1...2000 ~= halvings) {
            throw .outOfRange(option: "halvings", value: Double(halvings), range: "1 … 2000")
        }
    }
}

/// Thresholds from a sample of levels: numbers that are higher farther outside.
public enum LevelThreshold {
    /// The (1 − alpha)-quantile with linear interpolation, counted from above.
    ///
    /// - Parameters:
    ///   - alpha: share of the levels beyond it, in [0, 1).
    ///   - levels: at least one, finite.
    /// - Returns: a number between two neighbouring levels.
    public static func quantile(_ alpha: Double, of levels: [Double]) -> Double {
        precondition(
            !levels.isEmpty && alpha >= 0 && alpha < 1, "quantile \(alpha) of \(levels.count) levels")
        let sorted = levels.sorted(by: >)
        let place = alpha * Double(sorted.count - 1)
        let below = min(Int(place), sorted.count - 1)
        let (a, b, t) = (sorted[below], sorted[min(below + 1, sorted.count - 1)], place - Double(below))
        return t < 0.5 ? a + (b - a) * t : b - (b - a) * (1 - t)
    }

    /// The largest level that stays inside when a bisection has found how far the outside may reach.
    ///
    /// A level at or beyond the found point is outside (the strict rule: inside only where the density is greater). The
    /// result is the next level inside it, so that equal levels are treated alike whatever rounding did to the point.
    ///
    /// - Parameters:
    ///   - alpha: largest share of levels outside, in [0, 1).
    ///   - levels: at least one, finite.
    ///   - halvings: at least 1.
    ///   - farthest: where nothing is outside; above all levels.
    /// - Returns: a level; nothing if all levels would be outside.
    public static func bisection(
        _ alpha: Double, of levels: [Double], halvings: Int, farthest: Double
    ) -> Double? {
        let sorted = levels.sorted()
        func outside(_ point: Double) -> Int { sorted.count - sorted.firstPlace { $0 >= point } }
        var (low, high) = (sorted[0], farthest)
        for _ in 0..<halvings {
            let middle = low + (high - low) / 2
            if Double(outside(middle)) > alpha * Double(sorted.count) { low = middle } else { high = middle }
        }
        let inside = sorted.count - outside(high)
        return inside > 0 ? sorted[inside - 1] : nil
    }
}

/// A threshold with a guarantee for fresh points, whatever the guardian: the ⌈(n + 1)·(1 − alpha)⌉-th smallest of n scores.
///
/// If the scores and that of a fresh point are exchangeable, it is above the threshold with probability at most alpha.
///
/// - SeeAlso: Vovk, Gammerman and Shafer 2005, "Algorithmic learning in a random world".
public struct ConformalThreshold: Hashable, Sendable {
    /// The rate of false alarms.
    public let alpha: Double
    /// Number of scores.
    public let points: Int
    /// Which of them, from 1 on; `points + 1` if there are too few.
    public let rank: Int
    /// The threshold; infinite if there are too few scores.
    public let value: Double

    /// Whether there are too few scores, so that no point can ever be called outside.
    public var neverFlags: Bool { rank > points }
    /// Scores that are enough for this rate.
    public var needed: Int { Int((1 / alpha - 1 - 1e-9).rounded(.up)) }

    /// Finds the order statistic.
    ///
    /// - Parameters:
    ///   - scores: in any order; higher is farther outside; not NaN.
    ///   - alpha: in (0, 1).
    /// - Throws: `outOfRange`.
    public init(_ scores: [Double], alpha: Double) throws(GuardianError) {
        try GuardianThreshold.conformal(alpha: alpha).check()
        // ⌈(n + 1)(1 − α)⌉ = n + 1 − ⌊(n + 1)α⌋, where a product that is whole but for rounding counts as whole.
        let product = Double(scores.count + 1) * alpha
        let whole = product.rounded()
        let above = abs(product - whole) <= 1e-12 * product ? whole : product.rounded(.down)
        (self.alpha, points, rank) = (alpha, scores.count, scores.count + 1 - Int(above))
        value = rank > scores.count ? .infinity : scores.sorted()[rank - 1]
    }
}

extension [Double] {
    /// The first place from which on a condition holds, in a sorted array; `count` if nowhere.
    fileprivate func firstPlace(_ isTrue: (Double) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if isTrue(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
