import Tensors

/// Asymmetric squared error: `τ·u²` where `u > 0`, `(1 − τ)·u²` elsewhere.
///
/// - Parameters:
///   - u: target minus prediction, `[B, 1]`. NaN propagates.
///   - tau: in (0, 1); 0.5 is half the ordinary squared error.
/// - Returns: `[B, 1]`, never negative; the gradient at `u = 0` is 0.
/// - SeeAlso: Kostrikov et al. 2021, arXiv:2110.06169.
public func expectile<Scalar: TapeScalar>(_ u: VariableOf<Scalar>, _ tau: Scalar) -> VariableOf<Scalar> {
    u.isAbove(0).selecting(tau, else: 1 - tau) * u.squared()
}

/// Asymmetric squared error that weighs negative residuals: `τ·u²` where `u < 0`, `(1 − τ)·u²` elsewhere.
///
/// With τ > 0.5 the prediction tends to the smallest targets: a minimum over the actions in the data.
///
/// - Parameters:
///   - u: target minus prediction, `[B, 1]`. NaN propagates.
///   - tau: in (0, 1).
/// - Returns: `[B, 1]`, never negative.
/// - SeeAlso: Zheng et al. 2024, arXiv:2401.10700, section 3 of the specification.
public func reversedExpectile<Scalar: TapeScalar>(_ u: VariableOf<Scalar>, _ tau: Scalar) -> VariableOf<
    Scalar
> {
    (-u).isAbove(0).selecting(tau, else: 1 - tau) * u.squared()
}

/// `(prediction − target)²`, with a target column repeated for every member of an ensemble.
///
/// - Parameters:
///   - prediction: `[B, M]`.
///   - target: `[B, 1]` or `[B, M]`.
/// - Returns: `[B, M]`.
public func squaredError<Scalar: TapeScalar>(
    _ prediction: VariableOf<Scalar>, _ target: VariableOf<Scalar>
) -> VariableOf<Scalar> {
    (prediction - target).squared()
}
