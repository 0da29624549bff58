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

    /// Layers one after another where neither they nor what they are applied to is differentiated; nil where they are
    /// better applied one by one.
    ///
    /// - Parameters:
    ///   - x: `[B, in]`.
    ///   - layers: how many there are.
    ///   - layer: gives each of them, once.
    /// - Returns: `[B, out]` of the last.
    static func constantPass(
        _ x: VariableOf<Self>, layers: Int, _ layer: (Int) -> LinearStep<Self>
    ) -> VariableOf<Self>?
}

/// One layer of several that follow each other: `activation(x·W + b)`.
public struct LinearStep<Scalar: TapeScalar> {
    let weight, bias: VariableOf<Scalar>
    let activation: Activation

    /// Names the numbers of a layer.
    ///
    /// - Parameters:
    ///   - weight: `[in, out]`, a constant.
    ///   - bias: `[1, out]`, a constant.
    ///   - activation: of every element.
    public init(_ weight: VariableOf<Scalar>, _ bias: VariableOf<Scalar>, _ activation: Activation) {
        (self.weight, self.bias, self.activation) = (weight, bias, activation)
    }
}
