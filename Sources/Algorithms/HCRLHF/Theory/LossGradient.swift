import Foundation
import Tensors

/// A loss and its gradient with respect to one array, in double precision.
public struct LossGradient: Sendable, Hashable {
    /// The loss.
    public let value: Double
    /// d(loss)/d(element), in the order of the array.
    public let gradient: [Double]

    /// States a loss.
    public init(value: Double, gradient: [Double]) { (self.value, self.gradient) = (value, gradient) }
}

extension Variable {
    /// A loss on the tape that was computed beside it: its value is the loss, its gradient here the one given.
    ///
    /// Losses of a few numbers (scores, log-probabilities of responses) are closed forms in double precision; this joins
    /// them to the network that made the numbers.
    ///
    /// - Parameter loss: computed at `values`, one gradient for each element, row after row.
    /// - Returns: `[1, 1]`.
    public func carrying(_ loss: LossGradient) -> Variable {
        precondition(
            loss.gradient.count == shape.count, "\(loss.gradient.count) gradients do not fit \(shape)")
        let gradient = loss.gradient.map { Float($0) }.withUnsafeBufferPointer {
            tape.constant($0, shape.rows, shape.columns)
        }
        let linear = (self * gradient).sum()
        return linear + (Float(loss.value) - linear.scalar)
    }
}

/// 1 / (1 + e⁻ˣ), without overflow.
func logistic(_ x: Double) -> Double {
    guard x < 0 else { return 1 / (1 + exp(-x)) }
    let power = exp(x)
    return power / (1 + power)
}

/// ln(1 + eˣ) = −ln σ(−x), without overflow or cancellation.
func softplus(_ x: Double) -> Double { max(x, 0) + log1p(exp(-abs(x))) }
