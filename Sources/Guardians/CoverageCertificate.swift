import Assurance
import Foundation

/// How often a guardian called fresh points of the data's own kind outside, and how those points were drawn.
public struct GuardianCalibration: Codable, Hashable, Sendable {
    /// How the count came about.
    public enum Method: String, Codable, Sendable {
        /// The threshold did not depend on the held-out points; their rejections were counted.
        case heldOut
        /// The threshold is an order statistic of the held-out scores themselves, of a rank fixed beforehand.
        case conformal
    }

    /// How the count came about.
    public let method: Method
    /// The rate of false alarms that the threshold aims at; nothing where it has no aim.
    public let alpha: Double?
    /// Held-out points, one of each episode.
    public let points: Int
    /// How many of them count as rejected: for `conformal`, all beyond the rank, ties included.
    public let rejections: Int

    /// Notes a count.
    ///
    /// - Parameters:
    ///   - method: how the count came about.
    ///   - alpha: the rate aimed at.
    ///   - points: at least 1.
    ///   - rejections: in 0 … `points`.
    public init(_ method: Method, alpha: Double?, points: Int, rejections: Int) {
        precondition(points >= 1 && 0...points ~= rejections, "\(rejections) rejections of \(points) points")
        (self.method, self.alpha, self.points, self.rejections) = (method, alpha, points, rejections)
    }
}

/// Bounds on the probability that a guardian calls a fresh point of the data's own kind outside (a false alarm).
///
/// They say nothing about the error that hurts, a point far from the data called inside: that can only be measured where
/// the truth is known. For an order statistic of rank r among n scores, the false-alarm probability is above p with a
/// chance of at most P(Bin(n, p) ≤ n − r), so n − r rejections bound it as counted ones do.
///
/// - SeeAlso: Wilks 1941, "Determination of sample sizes for setting tolerance limits"; Vovk 2012, arXiv:1209.2673.
public struct CoverageCertificate: Codable, Hashable, Sendable {
    /// What the bounds follow from.
    public let calibration: GuardianCalibration
    /// Chance that each bound holds.
    public let confidence: Double
    /// The exact (Clopper–Pearson) upper bound.
    public let upperBound: Double
    /// Hoeffding's upper bound, at most 1; simpler, and never much tighter.
    public let hoeffdingBound: Double

    /// Computes the bounds.
    ///
    /// - Parameters:
    ///   - calibration: the count.
    ///   - confidence: in (0, 1).
    public init(_ calibration: GuardianCalibration, confidence: Double) {
        let count = BinomialCount(events: calibration.rejections, trials: calibration.points)
        upperBound = count.upperBound(confidence: confidence)
        hoeffdingBound = min(1, count.share + (-log1p(-confidence) / (2 * Double(count.trials))).squareRoot())
        (self.calibration, self.confidence) = (calibration, confidence)
    }

    /// What must be true for the bounds to hold, one sentence each.
    public var assumptions: [String] {
        let drawn = [
            "The held-out episodes and the fresh one are drawn independently from one distribution.",
            "A fresh point is one random step of a fresh episode; longer episodes do not count more.",
            "The fit did not use the held-out episodes.",
        ]
        switch calibration.method {
        case .heldOut: return drawn + ["The threshold was fixed before the held-out points were scored."]
        case .conformal:
            return drawn + ["The rank of the threshold was fixed before the held-out points were scored."]
        }
    }
}
