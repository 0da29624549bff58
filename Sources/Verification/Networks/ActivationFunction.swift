import Foundation

/// A function of one number that the verifier can bound.
public enum ActivationFunction: String, Sendable, CaseIterable {
    /// max(x, 0).
    case relu
    /// Hyperbolic tangent.
    case tanh
    /// 1 / (1 + e^−x).
    case sigmoid
    /// ln(1 + e^x).
    case softplus
    /// x·tanh(ln(1 + e^x)).
    case mish
    /// x / (1 + e^−x).
    case silu
    /// x·Φ(x), Φ the share of a standard normal distribution below x.
    case gelu

    /// The value in `Double`, within `relativeError` of the largest of its terms and `absoluteError`.
    package func value(_ x: Double) -> Double {
        switch self {
        case .relu: return max(x, 0)
        case .tanh: return Foundation.tanh(x)
        case .sigmoid: return Self.logistic(x)
        case .softplus: return max(x, 0) + log1p(exp(-abs(x)))
        case .mish:
            if x > 40 { return x }
            let n = Self.mishTerm(x)
            return x * (n / (n + 2))
        case .silu: return x * Self.logistic(x)
        case .gelu: return x * Self.normalShare(x)
        }
    }

    /// The derivative in `Double`; within 1e-14.
    package func slope(_ x: Double) -> Double {
        switch self {
        case .relu: return x > 0 ? 1 : 0
        case .tanh:
            let t = Foundation.tanh(x)
            return (1 - t) * (1 + t)
        case .sigmoid: return Self.logistic(x) * Self.logistic(-x)
        case .softplus: return Self.logistic(x)
        case .mish:
            if x > 40 { return 1 }
            let n = Self.mishTerm(x)
            let t = n / (n + 2)
            return t + x * ((1 - t) * (1 + t)) * Self.logistic(x)
        case .silu:
            return Self.logistic(x) * (1 + x * Self.logistic(-x))
        case .gelu:
            return Self.normalShare(x) + x * exp(-0.5 * x * x) / (2 * Double.pi).squareRoot()
        }
    }

    /// Where the derivative turns: it is monotone between two neighbours, and beyond the first and the last.
    package var inflections: [Double] {
        switch self {
        case .relu, .softplus: []
        case .tanh, .sigmoid: [0]
        case .mish: [-2.25637639636079312, 1.4905711794854284593]
        case .silu: [-2.3993572805154676678, 2.3993572805154676678]
        case .gelu: [-1.4142135623730950488, 1.4142135623730950488]
        }
    }

    /// Where the function is smallest, for the ones that are not monotone, and a number just below its value there.
    package var minimum: (at: Double, below: Double)? {
        switch self {
        case .mish: (-1.1924312145154952121, -0.308843413017250407)
        case .silu: (-1.2784645427610737951, -0.278464542761073796)
        case .gelu: (-0.75179152469356445746, -0.169971207479903662)
        default: nil
        }
    }

    /// A bound on the magnitude of the derivative.
    package var steepest: Double {
        switch self {
        case .relu, .tanh, .softplus: 1
        case .sigmoid: 0.25
        case .mish: 1.08850
        case .silu: 1.09984
        case .gelu: 1.12891
        }
    }

    /// Bound on the error of `value`, relative to |f(x)| for one library call and a few operations on top: 8 ulp.
    package static let relativeError = 0x1p-50

    /// Bound on what the error of `value` is beyond that.
    ///
    /// The argument of erfc is rounded, by which its tail is off by x² ulp: |x³·Φ(x)| is at most 0.2 for x below 0, so that x·Φ(x) is off by 2⁻⁵⁴.
    package var absoluteError: Double { self == .gelu ? 0x1p-52 : 0 }

    /// Error of the single-precision kernel, as `ck_elementwise.h` states it: relative, and absolute where it cuts off.
    package var kernelError: (relative: Double, absolute: Double) {
        switch self {
        case .relu: (0, 0)
        case .tanh: (4e-7, 0x1p-126)
        case .sigmoid: (4e-7, 2e-38)
        case .softplus: (6e-7, 2e-38)
        case .mish, .silu: (6e-7, 2e-36)
        case .gelu: (1e-6, 1e-7)
        }
    }

    private static func logistic(_ x: Double) -> Double { 1 / (1 + exp(-x)) }

    private static func normalShare(_ x: Double) -> Double { 0.5 * erfc(-x * 0.5.squareRoot()) }

    /// e^x (e^x + 2): tanh(ln(1 + e^x)) is this over this plus 2.
    private static func mishTerm(_ x: Double) -> Double {
        let e = exp(x)
        return e * (e + 2)
    }
}
