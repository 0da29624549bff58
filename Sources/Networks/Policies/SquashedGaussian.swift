import Tensors

/// A policy of actions in (−1, 1): tanh of a Gaussian whose mean and deviation are heads of one network.
///
/// - SeeAlso: Haarnoja et al. 2018, arXiv:1801.01290.
public struct SquashedGaussian: Sendable {
    package let trunk: [Linear]
    package let mean: Linear
    let logDeviation: Linear
    private let bounds: ClosedRange<Float>

    /// Adds the layers `l0`, `l1`, … and the heads to a layout.
    ///
    /// - Parameters:
    ///   - inputs: columns of an observation.
    ///   - widths: of the trunk's layers, with ReLU after every one.
    ///   - actions: columns of an action.
    ///   - bounds: what ln σ is clipped to.
    ///   - heads: the names of the two heads.
    ///   - weights: how the weights start.
    ///   - layout: where the parameters go.
    public init(
        _ inputs: Int, hidden widths: [Int], actions: Int, bounds: ClosedRange<Float> = -20...2,
        heads: (mean: String, logDeviation: String) = ("mu", "log_std"),
        weights: Initialization = .fanInUniform, in layout: inout Layout
    ) {
        var trunk: [Linear] = []
        for (index, (from, to)) in zip([inputs] + widths, widths).enumerated() {
            trunk.append(Linear("l\(index)", from, to, activation: .relu, weights: weights, in: &layout))
        }
        let last = widths.last ?? inputs
        (self.trunk, self.bounds) = (trunk, bounds)
        mean = Linear(heads.mean, last, actions, weights: weights, in: &layout)
        logDeviation = Linear(heads.logDeviation, last, actions, weights: weights, in: &layout)
    }

    /// The Gaussian before tanh, of `[B, inputs]`; a clipped ln σ passes no gradient.
    public func callAsFunction(_ x: Variable, _ w: Weights) -> DiagonalGaussian {
        var x = x
        for index in 0..<trunk.count { x = trunk[index](x, w) }
        return DiagonalGaussian(
            mean: mean(x, w),
            logDeviation: logDeviation(x, w).clipped(bounds.lowerBound, bounds.upperBound))
    }
}

extension LearnerOf where Body == SquashedGaussian, Scalar == Float {
    /// The Gaussian of observations; differentiable inside its own `descend` only.
    public func callAsFunction(_ x: Variable) -> DiagonalGaussian { body(x, weights(on: x.tape)) }

    /// The Gaussian of the moving average, always constant.
    public func target(_ x: Variable) -> DiagonalGaussian { body(x, targetWeights(on: x.tape)) }
}
