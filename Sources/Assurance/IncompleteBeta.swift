import Foundation

/// The distribution function of the beta distribution, and its inverse.
package enum IncompleteBeta {
    /// The regularised incomplete beta function I_x(a, b).
    ///
    /// Evaluated by its continued fraction (modified Lentz method). The relative error of the smaller of I and 1 − I is
    /// about 10⁻¹⁶·(a + b)·log(a + b), but not better than 10⁻¹⁴.
    ///
    /// - Parameters:
    ///   - x: in [0, 1].
    ///   - a: positive.
    ///   - b: positive.
    /// - Returns: a probability in [0, 1], increasing in x.
    /// - SeeAlso: NIST Digital Library of Mathematical Functions, 8.17.
    package static func value(_ x: Double, a: Double, b: Double) -> Double {
        precondition(a > 0 && b > 0 && x >= 0 && x <= 1, "I_\(x)(\(a), \(b)) is not defined")
        if x == 0 || x == 1 { return x }
        let logPower = a * log(x) + b * log1p(-x) + lgamma(a + b) - lgamma(a) - lgamma(b)
        // The fraction converges quickly only on the near side of the mean; the far side is its mirror image.
        if x <= (a + 1) / (a + b + 2) { return min(1, exp(logPower) * fraction(x, a, b) / a) }
        return max(0, 1 - exp(logPower) * fraction(1 - x, b, a) / b)
    }

    /// The x at which I_x(a, b) reaches a probability.
    ///
    /// - Parameters:
    ///   - probability: in [0, 1].
    ///   - a: positive.
    ///   - b: positive.
    /// - Returns: x in [0, 1], to the last bit of `value`.
    package static func inverse(_ probability: Double, a: Double, b: Double) -> Double {
        precondition(probability >= 0 && probability <= 1, "\(probability) is not a probability")
        if probability == 0 || probability == 1 { return probability }
        var (low, high) = (0.0, 1.0)
        while true {
            let middle = low + (high - low) / 2
            if middle <= low || middle >= high { return high }
            if value(middle, a: a, b: b) < probability { low = middle } else { high = middle }
        }
    }

    private static func fraction(_ x: Double, _ a: Double, _ b: Double) -> Double {
        let tiny = Double.leastNormalMagnitude
        func away(_ value: Double) -> Double { abs(value) < tiny ? tiny : value }
        var c = 1.0
        var d = 1 / away(1 - (a + b) * x / (a + 1))
        var result = d
        // The number of terms needed grows with the square root of the larger parameter.
        for term in 1...1_000_000 {
            let m = Double(term)
            let even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
            d = 1 / away(1 + even * d)
            c = away(1 + even / c)
            result *= d * c
            let odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
            d = 1 / away(1 + odd * d)
            c = away(1 + odd / c)
            result *= d * c
            if abs(d * c - 1) < 1e-15 { break }
        }
        return result
    }
}
