import CKernels
import Foundation

/// The loops of one precision, as functions: what an operation calls once for each of its shards.
///
/// They do what the functions of the same name in `CKernels` say; matrices are row-major, and a flag of 1 adds to what is
/// there.
public struct TapeKernels<Scalar: TapeScalar>: Sendable {
    typealias Input = UnsafePointer<Scalar>
    typealias Output = UnsafeMutablePointer<Scalar>

    let unary: @Sendable (ck_function, Input, Output, Int) -> Void
    let unaryGradient: @Sendable (ck_function, Input, Input, Input, Output, Int, Int32) -> Void
    let binary: @Sendable (ck_operation, Input, Int, Int, Input, Int, Int, Output, Int, Int) -> Void
    let binaryGradient:
        @Sendable (ck_operation, Int32, Input, Int, Int, Input, Int, Int, Input, Output, Int, Int) -> Void
    let affine: @Sendable (Input, Output, Int, Scalar, Scalar) -> Void
    let scaled: @Sendable (Input, Output, Int, Scalar, Int32) -> Void
    let clip: @Sendable (Input, Output, Int, Scalar, Scalar) -> Void
    let clipGradient: @Sendable (Input, Input, Output, Int, Scalar, Scalar, Int32) -> Void
    let above: @Sendable (Input, Output, Int, Scalar, Int32) -> Void
    let select: @Sendable (Input, Input, Input, Output, Int) -> Void
    let sum: @Sendable (Input, Int) -> Double
    let rowSum: @Sendable (Input, Output, Int, Int) -> Void
    let columnSum: @Sendable (Input, Output, Int, Int) -> Void
    let logSoftmax: @Sendable (Input, Output, Int, Int) -> Void
    let logSoftmaxGradient: @Sendable (Input, Input, Output, Int, Int, Int32) -> Void
    /// Weights, gradient, both moments and the moving average, if there is one; returns whether the gradient is finite.
    let adam: @Sendable (Output, Input, Output, Output, Output?, Int, AdamStep<Scalar>, Scalar) -> Bool
    let average: @Sendable (Input, Output, Int, Scalar) -> Void
    let power: @Sendable (Scalar, Int) -> Double
    let sumOfSquares: @Sendable (Input, Int) -> Double
    let areFinite: @Sendable (Input, Int) -> Bool
}

extension Float: TapeScalar {
    /// Vectorised, with the error bounds that `CKernels` states.
    public static let kernels = TapeKernels<Float>(
        unary: ck_unary, unaryGradient: ck_unary_gradient, binary: ck_binary,
        binaryGradient: ck_binary_gradient, affine: ck_affine, scaled: ck_scaled, clip: ck_clip,
        clipGradient: ck_clip_gradient, above: ck_above, select: ck_select, sum: ck_sum, rowSum: ck_row_sum,
        columnSum: ck_column_sum, logSoftmax: ck_log_softmax, logSoftmaxGradient: ck_log_softmax_gradient,
        adam: { weights, gradient, first, second, target, count, step, average in
            var step = ck_adam_step(
                rate: step.rate, beta1: step.beta1, beta2: step.beta2, correction1: step.correction1,
                correction2: step.correction2, epsilon: step.epsilon, decay: step.decay, scale: step.scale)
            return ck_adam(weights, gradient, first, second, target, count, &step, average) != 0
        }, average: ck_polyak, power: squaredPower, sumOfSquares: ck_sum_of_squares,
        areFinite: { ck_all_finite($0, $1) != 0 })

    /// xⁿ by repeated squares in `Double`, whose rounding is far below a digit of `Float`.
    private static func squaredPower(_ x: Float, _ n: Int) -> Double {
        var (power, base, exponent) = (1.0, Double(x), n)
        while exponent > 0 {
            if exponent & 1 == 1 { power *= base }
            base *= base
            exponent >>= 1
        }
        return power
    }

    /// In one pass over shards of rows; with W `[out, in]` a projection, and then the activation.
    public static func linear(
        _ x: Variable, _ weight: Variable, _ bias: Variable?, _ activation: Activation, isTransposed: Bool
    ) -> Variable {
        isTransposed
            ? projection(x, weight, bias).activated(activation)
            : fusedLinear(x, weight, bias, activation)
    }
}

extension Double: TapeScalar {
    /// Loops over the C library's functions, sums from first to last.
    public static let kernels = TapeKernels<Double>(
        unary: DoubleKernels.unary, unaryGradient: DoubleKernels.unaryGradient, binary: DoubleKernels.binary,
        binaryGradient: DoubleKernels.binaryGradient, affine: DoubleKernels.affine,
        scaled: DoubleKernels.scaled, clip: DoubleKernels.clip, clipGradient: DoubleKernels.clipGradient,
        above: DoubleKernels.above, select: DoubleKernels.select, sum: DoubleKernels.sum,
        rowSum: DoubleKernels.rowSum, columnSum: DoubleKernels.columnSum,
        logSoftmax: DoubleKernels.logSoftmax, logSoftmaxGradient: DoubleKernels.logSoftmaxGradient,
        adam: DoubleKernels.adam, average: DoubleKernels.average, power: { pow($0, Double($1)) },
        sumOfSquares: DoubleKernels.sumOfSquares,
        areFinite: DoubleKernels.areFinite)

    /// A product in parts of the rows, and then the activation.
    public static func linear(
        _ x: VariableOf<Double>, _ weight: VariableOf<Double>, _ bias: VariableOf<Double>?,
        _ activation: Activation, isTransposed: Bool
    ) -> VariableOf<Double> {
        affineProduct(x, weight, bias, isTransposed: isTransposed).activated(activation)
    }
}

extension VariableOf {
    /// The activation of every element, as an operation of its own.
    func activated(_ activation: Activation) -> Self {
        switch activation {
        case .identity: self
        case .relu: relu()
        case .tanh: tanh()
        case .mish: mish()
        case .silu: silu()
        case .gelu: gelu()
        }
    }
}
