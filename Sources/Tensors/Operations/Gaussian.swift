/// ln N(x; μ, σ²) of each row, summed over its columns: the log-density of a diagonal Gaussian.
///
/// - Parameters:
///   - x: `[B, N]`.
///   - mean: μ, `[B, N]` or `[1, N]`.
///   - logDeviation: ln σ, `[B, N]` or `[1, N]`.
/// - Returns: `[B, 1]`, `−½·Σ((x − μ)/σ)² − Σ ln σ − ½·N·ln 2π`.
public func gaussianLogDensity<Scalar: TapeScalar>(
    _ x: VariableOf<Scalar>, mean: VariableOf<Scalar>, logDeviation: VariableOf<Scalar>
) -> VariableOf<Scalar> {
    let z = (x - mean) * (-logDeviation).exp()
    let terms = z.squared() * -0.5 - logDeviation
    return terms.rowSums() - 0.918_938_533_204_672_74 * Scalar(x.shape.columns)
}
