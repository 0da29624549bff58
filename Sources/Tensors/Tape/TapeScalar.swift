/// The numbers of a tape: `Float`, in which networks are trained, and `Double`, for what must be exact.
///
/// A precision is chosen once an operation, not once an element. Other types cannot conform.
public protocol TapeScalar: BinaryFloatingPoint, Sendable {
    /// The loops of this precision.
    static var kernels: TapeKernels<Self> { get }

    /// `activation(x·W + b)` with W `[in, out]`, or `activation(x·Wᵀ + b)` with W `[out, in]` if transposed.
    static func linear(
        _ x: VariableOf<Self>, _ weight: VariableOf<Self>, _ bias: VariableOf<Self>?,
        _ activation: Activation, isTransposed: Bool
    ) -> VariableOf<Self>
}
