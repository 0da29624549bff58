import Foundation

/// A normal law cut off outside of an interval that holds its mean.
package struct TruncatedNormal: Sendable, Equatable {
    package let mean, deviation: Double
    package let range: ClosedRange<Double>

    /// The logarithm of the density at a point of the interval.
    func logDensity(at place: Double) -> Double {
        let z = (place - mean) / deviation
        return -z * z / 2 - log(2 * Double.pi) / 2 - log(deviation) - logMass(of: range)
    }

    /// The logarithm of the share of a part of the interval.
    func logShare(of part: ClosedRange<Double>) -> Double { logMass(of: part) - logMass(of: range) }

    /// The point below which a share lies.
    ///
    /// - Parameter share: in 0 ..< 1.
    /// - Returns: a point of the interval.
    func quantile(_ share: Double) -> Double {
        let below = standardNormal((range.lowerBound - mean) / deviation)
        let target = below + share * (standardNormal((range.upperBound - mean) / deviation) - below)
        var (low, high) = (range.lowerBound, range.upperBound)
        // Halving ends where no number lies between.
        while true {
            let middle = low + (high - low) / 2
            if middle <= low || middle >= high { return middle }
            if standardNormal((middle - mean) / deviation) < target { low = middle } else { high = middle }
        }
    }

    private func logMass(of part: ClosedRange<Double>) -> Double {
        logNormalMass((part.lowerBound - mean) / deviation, (part.upperBound - mean) / deviation)
    }
}

/// The share of the standard normal law below a point.
func standardNormal(_ z: Double) -> Double { erfc(-z / 2.0.squareRoot()) / 2 }

/// Its logarithm, far out too.
private func logStandardNormal(_ z: Double) -> Double {
    if z > -20 { return log(standardNormal(z)) }
    // The asymptotic series, of which six terms are exact to 1e-14 from 20 on.
    var (sum, term) = (1.0, 1.0)
    for k in 1...6 {
        term *= -Double(2 * k - 1) / (z * z)
        sum += term
    }
    return -z * z / 2 - log(-z) - log(2 * Double.pi) / 2 + log(sum)
}

/// The logarithm of the share of the standard normal law between two points, the smaller first.
private func logNormalMass(_ a: Double, _ b: Double) -> Double {
    // Differences are taken in the tail where both are small.
    if a > 0 { return logNormalMass(-b, -a) }
    if b > 0 { return log1p(-standardNormal(a) - standardNormal(-b)) }
    let (below, above) = (logStandardNormal(a), logStandardNormal(b))
    return above + log1p(-exp(below - above))
}
