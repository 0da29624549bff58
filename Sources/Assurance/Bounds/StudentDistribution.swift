import Foundation

/// Student's t distribution with any number of degrees of freedom from 1 on.
///
/// Everything is computed in the tail, never through 1 − p, so that small probabilities keep their digits. The relative
/// error of a tail and of a quantile is below 10⁻¹³ for 1 to 10⁹ degrees of freedom.
public struct StudentDistribution: Sendable, Hashable {
    /// Degrees of freedom ν, at least 1; not necessarily whole.
    public let degrees: Double

    /// ln(1/B(ν/2, 1/2)).
    private let logNormaliser: Double

    /// Makes a distribution.
    ///
    /// - Parameter degrees: ν, at least 1 and finite.
    public init(degrees: Double) {
        precondition(degrees >= 1 && degrees.isFinite, "\(degrees) degrees of freedom")
        self.degrees = degrees
        logNormaliser = Self.logGammaStep(degrees / 2) - log(Double.pi) / 2
    }

    /// ln P(T > t), which stays a number where the probability itself is too small to be one.
    ///
    /// - Parameter t: finite.
    /// - Returns: at most 0.
    public func logUpperTail(_ t: Double) -> Double {
        if t < 0 { return log1p(-exp(logUpperTail(-t))) }
        // Near the middle the probability between 0 and t is the smaller one, and its series is short.
        if t * t < 3 { return log(0.5 - central(t)) }
        return logPower(t) + log(fraction(t)) - log(2)
    }

    /// P(T > t).
    public func upperTail(_ t: Double) -> Double { exp(logUpperTail(t)) }

    /// P(T ≤ t).
    public func probability(upTo t: Double) -> Double { upperTail(-t) }

    /// The t that the variable exceeds with a given probability: t_{1−alpha, ν}.
    ///
    /// - Parameter alpha: in (0, 1).
    /// - Returns: 0 for 1/2, positive below, negative above.
    public func quantile(upperTail alpha: Double) -> Double {
        precondition(alpha > 0 && alpha < 1, "an upper tail of \(alpha) is outside (0, 1)")
        if alpha == 0.5 { return 0 }
        if alpha > 0.5 { return -quantile(upperTail: 1 - alpha) }
        // Newton's method for the logarithm of the tail as a function of s = ln t: concave and decreasing, so that from
        // any start it approaches from one side and ends quadratically.
        var s = 0.0
        for _ in 0..<1000 {
            let t = exp(s)
            let tail = logUpperTail(t)
            let slope = -exp(s + logDensity(t) - tail)
            let step = min(max((tail - log(alpha)) / slope, -20), 20)
            s -= step
            if abs(step) < 1e-9 { break }
        }
        return exp(s)
    }

    private func logDensity(_ t: Double) -> Double {
        logNormaliser - log(degrees) / 2 - (degrees + 1) / 2 * Self.logOnePlusSquare(t / degrees.squareRoot())
    }

    // P(T > t) = I_x(ν/2, 1/2)/2 with x = ν/(ν + t²) and y = 1 − x, both kept with all their digits.
    private func shares(_ t: Double) -> (x: Double, y: Double) {
        let ratio = t * (t / degrees)
        return (1 / (1 + ratio), 1 / (1 + 1 / ratio))
    }

    /// ln(x^(ν/2)·y^(1/2)/B(ν/2, 1/2)).
    private func logPower(_ t: Double) -> Double {
        log(shares(t).y) / 2 - degrees / 2 * Self.logOnePlusSquare(t / degrees.squareRoot()) + logNormaliser
    }

    /// P(0 < T ≤ t) for a small t ≥ 0, by a series of positive terms.
    private func central(_ t: Double) -> Double {
        if t == 0 { return 0 }
        let y = shares(t).y
        var (sum, term, n) = (1.0, 1.0, 0.0)
        while term > 1e-17 * sum {
            term *= ((degrees + 1) / 2 + n) / (1.5 + n) * y
            sum += term
            n += 1
        }
        return exp(logPower(t)) * sum
    }

    /// The continued fraction of I_x(a, b) that does not cancel where x is near 1, by the modified Lentz method.
    ///
    /// - SeeAlso: Didonato and Morris 1992, "Algorithm 708", equation 9.
    private func fraction(_ t: Double) -> Double {
        let (a, b) = (degrees / 2, 0.5)
        let (x, y) = shares(t)
        let lambda = (a + b) * y - b
        let tiny = Double.leastNormalMagnitude
        func away(_ value: Double) -> Double { abs(value) < tiny ? tiny : value }
        var (result, c, d) = (tiny, tiny, 0.0)
        for term in 0..<100_000 {
            let n = Double(term)
            var (numerator, denominator) = (1.0, a / (a + 1) * (lambda + 1))
            if term > 0 {
                let even = a + 2 * n - 1
                numerator = (a + n - 1) / even * ((a + b + n - 1) / even) * n * (b - n) * x * x
                denominator = n + n * (b - n) * x / even + (a + n) / (even + 2) * (lambda + 1 + n * (1 + y))
            }
            d = 1 / away(denominator + numerator * d)
            c = away(denominator + numerator / c)
            result *= c * d
            if abs(c * d - 1) < 1e-16 { break }
        }
        return result
    }

    /// ln(1 + u²), also where u² is beyond all numbers.
    private static func logOnePlusSquare(_ u: Double) -> Double {
        abs(u) < 1e8 ? log1p(u * u) : 2 * log(abs(u))
    }

    /// ln Γ(a + 1/2) − ln Γ(a), without the cancellation of two large logarithms.
    ///
    /// The asymptotic series from a = 20 on (error below 10⁻¹⁸), reached from below by Γ(a + 1) = a·Γ(a).
    private static func logGammaStep(_ a: Double) -> Double {
        var (a, shift) = (a, 0.0)
        while a < 20 {
            shift += log(a / (a + 0.5))
            a += 1
        }
        let r = 1 / a
        let series = stepTerms.reversed().reduce(0) { sum, term in sum * r * r + term }
        return shift + log(a) / 2 + r * series
    }

    private static let stepTerms: [Double] = [
        -1.0 / 8, 1.0 / 192, -1.0 / 640, 17.0 / 14_336, -31.0 / 18_432, 691.0 / 180_224,
    ]
}
