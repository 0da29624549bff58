import Networks
import Tensors

/// A network that predicts a mean and a log-variance for each of several numbers.
///
/// The log-variance is squeezed softly between two learned bounds, `upper − softplus(upper − x)` and then
/// `lower + softplus(x − lower)`, which a small loss draws together, so that far from the data it neither vanishes nor explodes.
///
/// - SeeAlso: Chua et al. 2018, arXiv:1805.12114, appendix A.1.
public struct GaussianNetwork: Sendable {
    /// Sizes of a network.
    public struct Sizes: Codable, Hashable, Sendable {
        /// Numbers that it reads.
        public var inputs: Int
        /// Numbers that it predicts.
        public var outputs: Int
        /// Widths of the hidden layers.
        public var hidden: [Int]
    }

    /// Where the learned bounds of the log-variance start.
    static let (lowest, highest): (Float, Float) = (-10, 0.5)

    /// The sizes.
    public let sizes: Sizes
    private let body: MLP
    private let upper, lower: Parameter

    /// Adds the parameters to a layout: `l0.weight` …, `out.weight`, `out.bias`, `upper` and `lower`.
    ///
    /// The last layer has at least 16 columns; those beyond two for each output are not used.
    public init(_ sizes: Sizes, in layout: inout Layout) {
        self.sizes = sizes
        body = MLP(
            "", sizes.inputs, hidden: sizes.hidden, outputs: max(2 * sizes.outputs, RowBlocks.narrowest),
            activation: .silu, in: &layout)
        upper = layout.add("upper", 1, sizes.outputs, .zeros)
        lower = layout.add("lower", 1, sizes.outputs, .zeros)
    }

    /// Predicts.
    ///
    /// - Parameters:
    ///   - x: `[B, inputs]`.
    ///   - w: the numbers.
    /// - Returns: mean and log-variance, `[B, outputs]` each.
    public func callAsFunction(_ x: Variable, _ w: Weights) -> (mean: Variable, logVariance: Variable) {
        let both = body(x, w)
        let (high, low) = (w[upper] + Self.highest, w[lower] + Self.lowest)
        let raw = both.columns(sizes.outputs..<2 * sizes.outputs)
        let below = high - (high - raw).softplus()
        return (both.columns(0..<sizes.outputs), low + (below - low).softplus())
    }

    /// Half the mean over rows and outputs of `(y − μ)²·e^−λ + λ`, plus `bounds` times the sum of upper minus lower bounds.
    ///
    /// - Parameters:
    ///   - x: `[B, inputs]`.
    ///   - y: `[B, outputs]`.
    ///   - bounds: weight of the pull on the bounds of the log-variance λ.
    ///   - w: the numbers.
    /// - Returns: `[1, 1]`.
    public func loss(_ x: Variable, _ y: Variable, bounds: Float, _ w: Weights) -> Variable {
        let (mean, logVariance) = self(x, w)
        let error = squaredError(mean, y) * (-logVariance).exp() + logVariance
        let (high, low) = (w[upper] + Self.highest, w[lower] + Self.lowest)
        return error.mean() * 0.5 + (high - low).sum() * bounds
    }
}
