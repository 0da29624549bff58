import Tensors

/// A Gaussian with independent components for each row, as a network's heads give it.
public struct DiagonalGaussian {
    /// μ, `[B, N]`.
    public let mean: Variable
    /// ln σ, `[B, N]`.
    public let logDeviation: Variable

    /// A Gaussian of two matrices of the same shape.
    public init(mean: Variable, logDeviation: Variable) {
        precondition(mean.shape == logDeviation.shape, "\(mean.shape) beside \(logDeviation.shape)")
        (self.mean, self.logDeviation) = (mean, logDeviation)
    }

    /// u = μ + σ·ε: a draw through which a gradient flows into both.
    ///
    /// - Parameter noise: ε, draws from N(0, 1), `[B, N]`.
    /// - Returns: `[B, N]`.
    public func draw(_ noise: Variable) -> Variable { mean + logDeviation.exp() * noise }

    /// ln N(u; μ, σ²) of each row, `[B, 1]`.
    public func logDensity(of u: Variable) -> Variable {
        gaussianLogDensity(u, mean: mean, logDeviation: logDeviation)
    }

    /// The log-density of a = tanh(u) where u is a draw of this Gaussian: ln N(u) − Σ ln(1 − tanh²(u)).
    ///
    /// The last term is computed as 2·(ln 2 − u − softplus(−2u)), which stays exact where tanh is near ±1.
    ///
    /// - Parameter u: before tanh, `[B, N]`.
    /// - Returns: `[B, 1]`.
    /// - SeeAlso: Haarnoja et al. 2018, arXiv:1801.01290, appendix C.
    public func squashedLogDensity(of u: Variable) -> Variable {
        let stretch = 2 * (0.693_147_180_559_945_3 - u - (u * -2).softplus())
        return logDensity(of: u) - stretch.rowSums()
    }

    /// KL(N(μ, σ²) ‖ N(0, 1)) of each row, as the mean over its components, `[B, 1]`, never negative.
    public var meanDivergence: Variable {
        let terms = mean.squared() + (logDeviation * 2).exp() - logDeviation * 2 - 1
        return terms.rowSums() * (0.5 / Float(mean.shape.columns))
    }
}
