import Tensors

/// A variational autoencoder of actions given observations: what draws actions like those of the data.
///
/// - SeeAlso: Kingma and Welling 2014, arXiv:1312.6114; Fujimoto et al. 2019, arXiv:1812.02900.
public struct ActionAutoencoder: Sendable {
    /// What ln σ of a code is clipped to.
    public static let logDeviationBounds: ClosedRange<Float> = -4...15
    /// Codes drawn without data are kept within ± this.
    public static let codeLimit: Float = 0.5

    /// Columns of a code z.
    public let codes: Int
    let e1, e2, mean, logDeviation, d1, d2, d3: Linear

    /// Adds encoder (`e1`, `e2`, `mean`, `log_std`) and decoder (`d1`, `d2`, `d3`) to a layout.
    ///
    /// - Parameters:
    ///   - observations: columns of an observation.
    ///   - actions: columns of an action.
    ///   - width: of every hidden layer, with ReLU.
    ///   - codes: columns of a code; twice the columns of an action unless given.
    ///   - weights: how the weights start.
    ///   - layout: where the parameters go.
    public init(
        _ observations: Int, actions: Int, width: Int, codes: Int? = nil,
        weights: Initialization = .fanInUniform, in layout: inout Layout
    ) {
        self.codes = codes ?? 2 * actions
        e1 = Linear("e1", observations + actions, width, activation: .relu, weights: weights, in: &layout)
        e2 = Linear("e2", width, width, activation: .relu, weights: weights, in: &layout)
        mean = Linear("mean", width, self.codes, weights: weights, in: &layout)
        logDeviation = Linear("log_std", width, self.codes, weights: weights, in: &layout)
        d1 = Linear("d1", observations + self.codes, width, activation: .relu, weights: weights, in: &layout)
        d2 = Linear("d2", width, width, activation: .relu, weights: weights, in: &layout)
        d3 = Linear("d3", width, actions, weights: weights, in: &layout)
    }

    /// The Gaussian of codes, `[B, codes]`, of observations and actions.
    public func encoded(_ s: Variable, _ a: Variable, _ w: Weights) -> DiagonalGaussian {
        let x = e2(e1(s.joined(a), w), w)
        let bounds = Self.logDeviationBounds
        return DiagonalGaussian(
            mean: mean(x, w),
            logDeviation: logDeviation(x, w).clipped(bounds.lowerBound, bounds.upperBound))
    }

    /// The decoder's output before tanh, `[B, actions]`.
    public func raw(_ s: Variable, _ z: Variable, _ w: Weights) -> Variable {
        let x = s.joined(z)
        let whole = Linear.constantPass(x, w, layers: 3) { $0 == 0 ? d1 : $0 == 1 ? d2 : d3 }
        return whole ?? d3(d2(d1(x, w), w), w)
    }

    /// How badly actions are restored, and how far their codes are from N(0, 1): mean squared error over rows and
    /// components plus `divergenceWeight` times the mean divergence over rows and components of codes, `[1, 1]`.
    ///
    /// - Parameters:
    ///   - s: `[B, observations]`.
    ///   - a: `[B, actions]`.
    ///   - noise: draws from N(0, 1), `[B, codes]`.
    ///   - divergenceWeight: β, at least 0.
    ///   - w: the numbers.
    /// - Returns: never negative.
    public func loss(
        _ s: Variable, _ a: Variable, noise: Variable, divergenceWeight: Float, _ w: Weights
    ) -> Variable {
        let code = encoded(s, a, w)
        let restored = raw(s, code.draw(noise), w).tanh()
        return squaredError(restored, a).mean() + divergenceWeight * code.meanDivergence.mean()
    }
}

extension LearnerOf where Body == ActionAutoencoder, Scalar == Float {
    /// The Gaussian of codes of observations and actions; differentiable inside its own `descend` only.
    public func encoded(_ s: Variable, _ a: Variable) -> DiagonalGaussian {
        body.encoded(s, a, weights(on: s.tape))
    }

    /// The decoder's output before tanh; differentiable inside its own `descend` only.
    public func raw(_ s: Variable, _ z: Variable) -> Variable { body.raw(s, z, weights(on: s.tape)) }

    /// The loss of a batch; differentiable inside its own `descend` only.
    public func loss(_ s: Variable, _ a: Variable, noise: Variable, divergenceWeight: Float) -> Variable {
        body.loss(s, a, noise: noise, divergenceWeight: divergenceWeight, weights(on: s.tape))
    }
}

extension Variable {
    /// Draws from N(0, 1) as codes of an autoencoder: kept within ±`codeLimit`.
    public func limitedCodes() -> Variable {
        clipped(-ActionAutoencoder.codeLimit, ActionAutoencoder.codeLimit)
    }
}
