import Foundation
import Tensors

/// A step size in single precision.
public typealias LearningRate = LearningRateOf<Float>
/// Adam in single precision.
public typealias Adam = AdamOf<Float>

/// A step size that may change with the number of updates made.
public enum LearningRateOf<Scalar: TapeScalar>: Sendable, Equatable {
    /// The same for ever.
    case constant(Scalar)
    /// `rate·½(1 + cos(π·min(n, N)/N))` after n updates.
    case cosine(Scalar, updates: Int)
    /// `rate·n/W` for the first W updates, then half a cosine down to 0 at the last of all.
    case warmedCosine(Scalar, warmUp: Int, updates: Int)
    /// `rate·n/W` for the first W updates, then `rate`.
    case warmed(Scalar, warmUp: Int)
    /// `rate·min(1, (n + 1)/W)`: like `warmed`, but the first update moves already.
    case rising(Scalar, over: Int)

    /// The rate of the update that follows `n` others.
    public func value(after n: Int) -> Scalar {
        switch self {
        case .constant(let rate): rate
        case .cosine(let rate, let updates): rate * Scalar(Self.descent(n, of: updates))
        case .warmedCosine(let rate, let warmUp, let updates):
            n < warmUp
                ? rate * Scalar(Double(n) / Double(warmUp))
                : rate * Scalar(Self.descent(n - warmUp, of: updates - warmUp))
        case .warmed(let rate, let warmUp):
            n < warmUp ? rate * Scalar(Double(n) / Double(warmUp)) : rate
        case .rising(let rate, let rise):
            n + 1 < rise ? rate * Scalar(Double(n + 1) / Double(rise)) : rate
        }
    }
}

extension LearningRateOf {
    /// ½(1 + cos(π·min(n, N)/N)).
    private static func descent(_ n: Int, of updates: Int) -> Double {
        0.5 * (1 + cos(Double.pi * Double(min(n, updates)) / Double(max(updates, 1))))
    }
}

/// The parameters that weight decay shrinks.
public enum DecayedParameters: String, Codable, Sendable {
    /// Every one.
    case all
    /// Those whose name in lower case contains neither `bias` nor `layernorm.weight`, as is usual for decoders.
    case weights

    /// Whether a parameter of this name is shrunk.
    public func include(_ name: String) -> Bool {
        let name = name.lowercased()
        return self == .all || !(name.contains("bias") || name.contains("layernorm.weight"))
    }
}

/// Adam with bias correction, ε outside the square root and optional decoupled weight decay.
///
/// - SeeAlso: Kingma and Ba 2015, arXiv:1412.6980; Loshchilov and Hutter 2019, arXiv:1711.05101.
public struct AdamOf<Scalar: TapeScalar>: Sendable, Equatable {
    /// Step size.
    public var rate: LearningRateOf<Scalar>
    /// Decay of the first moment.
    public var beta1: Scalar = 0.9
    /// Decay of the second moment.
    public var beta2: Scalar = 0.999
    /// Added to the root of the second moment.
    public var epsilon: Scalar = 1e-8
    /// Decoupled weight decay.
    public var decay: Scalar = 0
    /// What the decay applies to.
    public var decayed = DecayedParameters.all
    /// Largest norm of the whole gradient; nil for no limit.
    public var largestNorm: Scalar?

    /// Adam with the usual constants.
    public init(rate: LearningRateOf<Scalar>) { self.rate = rate }
}
