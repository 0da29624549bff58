import Tensors

/// Two ensembles, each of which values an action by its smallest member.
public struct DoubleEnsemble: Layer {
    let first, second: Ensemble
    /// Members of each.
    public let members: Int

    /// Adds the networks `q1.0.l0.weight` … and `q2.0.l0.weight` … to a layout.
    public init(
        _ members: Int, _ inputs: Int, hidden: [Int], weights: Initialization = .fanInUniform,
        in layout: inout Layout
    ) {
        self.members = members
        first = Ensemble(members, inputs, hidden: hidden, weights: weights, prefix: "q1.", in: &layout)
        second = Ensemble(members, inputs, hidden: hidden, weights: weights, prefix: "q2.", in: &layout)
    }

    /// `[B, inputs]` → `[B, 2 · members]`, those of the first before those of the second.
    public func callAsFunction(_ x: Variable, _ w: Weights) -> Variable { first(x, w).joined(second(x, w)) }

    /// λ·min(q₁, q₂) + (1 − λ)·max(q₁, q₂), where each q is the smallest member of its ensemble.
    ///
    /// - Parameters:
    ///   - values: of all members, `[B, 2 · members]`.
    ///   - share: λ, in [0, 1].
    /// - Returns: `[B, 1]`.
    /// - SeeAlso: Fujimoto et al. 2019, arXiv:1812.02900, equation 13.
    public func blend(_ values: Variable, _ share: Float) -> Variable {
        let q1 = values.columns(0..<members).smallest()
        let q2 = values.columns(members..<2 * members).smallest()
        return share * minimum(q1, q2) + (1 - share) * maximum(q1, q2)
    }
}

/// The sum over the members of an ensemble of their mean squared errors: each learns as if it were alone.
///
/// - Parameters:
///   - values: of all members, `[B, M]`.
///   - target: `[B, 1]`.
/// - Returns: `[1, 1]`.
public func memberErrors(_ values: Variable, _ target: Variable) -> Variable {
    squaredError(values, target).mean() * Float(values.shape.columns)
}
