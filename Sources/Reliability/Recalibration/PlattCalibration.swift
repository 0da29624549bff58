import Foundation

/// P = 1/(1 + e^{−(slope·logit(p) + intercept)}), by greatest likelihood.
///
/// - SeeAlso: Platt 1999, "Probabilistic outputs for support vector machines".
public struct PlattCalibration: Sendable, Hashable {
    /// Factor of logit(p).
    public let slope: Double
    /// What is added.
    public let intercept: Double

    /// Fits both numbers by Newton's method.
    ///
    /// - Parameters:
    ///   - probability: in [0, 1]; kept within `ProperScores.clip` of 0 and 1.
    ///   - hit: whether the event happened.
    /// - Throws: `tooFew`, `notFinite`, `outside`; `oneKind` or `separable` where the likelihood has no maximum.
    public init(probability: [Double], hit: [Bool]) throws(ReliabilityError) {
        precondition(probability.count == hit.count, "\(probability.count) rows, \(hit.count) outcomes")
        guard probability.count >= 2 else {
            throw .tooFew("Platt calibration", rows: probability.count, needed: 2)
        }
        try mustBeShares(probability, "probability")
        let x = probability.map(logit)
        let (ones, zeros) = (zip(x, hit).filter(\.1).map(\.0), zip(x, hit).filter { !$0.1 }.map(\.0))
        guard let leastOne = ones.min(), let mostOne = ones.max(), let leastZero = zeros.min(),
            let mostZero = zeros.max()
        else { throw .oneKind("Platt calibration") }
        guard leastOne < mostZero && leastZero < mostOne else { throw .separable("Platt calibration") }
        var (slope, intercept) = (0.0, 0.0)
        func loss(_ slope: Double, _ intercept: Double) -> Double {
            zip(x, hit).reduce(0) { sum, row in
                let z = slope * row.0 + intercept
                return sum + max(z, 0) + log1p(exp(-abs(z))) - (row.1 ? z : 0)
            }
        }
        for _ in 0..<200 {
            var (g1, g0, h11, h10, h00) = (0.0, 0.0, 0.0, 0.0, 0.0)
            for (value, isHit) in zip(x, hit) {
                let p = Self.logistic(slope * value + intercept)
                let (miss, weight) = (p - (isHit ? 1 : 0), p * (1 - p))
                g1 += miss * value
                g0 += miss
                h11 += weight * value * value
                h10 += weight * value
                h00 += weight
            }
            let determinant = h11 * h00 - h10 * h10
            guard determinant > 0 else { break }
            let (d1, d0) = ((h00 * g1 - h10 * g0) / determinant, (h11 * g0 - h10 * g1) / determinant)
            // Halved until the loss does not rise: the first step may lead too far.
            var share = 1.0
            let now = loss(slope, intercept)
            while share > 1e-10, loss(slope - share * d1, intercept - share * d0) > now { share /= 2 }
            (slope, intercept) = (slope - share * d1, intercept - share * d0)
            if max(abs(d1), abs(d0)) < 1e-12 { break }
        }
        (self.slope, self.intercept) = (slope, intercept)
    }

    /// The recalibrated probability, in [0, 1].
    public func callAsFunction(_ probability: Double) -> Double {
        Self.logistic(slope * logit(probability) + intercept)
    }

    private static func logistic(_ z: Double) -> Double {
        z >= 0 ? 1 / (1 + exp(-z)) : exp(z) / (1 + exp(z))
    }
}
