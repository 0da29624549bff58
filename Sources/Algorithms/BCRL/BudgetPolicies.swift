import SafeRL

/// A Gaussian whose mean is tanh of a network, and whose deviations are the same in all states.
package struct TanhMeanGaussian: Sendable {
    /// What ln σ is clipped to.
    static let logDeviationBounds: ClosedRange<Float> = -5...2

    private let network: MLP
    private let logDeviation: Parameter

    /// Adds the layers and `log_std` to a layout, all behind a prefix.
    init(
        _ prefix: String, _ inputs: Int, hidden widths: [Int], actions: Int, weights: Initialization,
        in layout: inout Layout
    ) {
        network = MLP(prefix, inputs, hidden: widths, outputs: actions, weights: weights, in: &layout)
        logDeviation = layout.add("\(prefix)log_std", 1, actions, .zeros)
    }

    /// μ of each row, `[B, inputs]` → `[B, A]`, each component in (−1, 1).
    func mean(_ x: Variable, _ w: Weights) -> Variable { network(x, w).tanh() }

    /// ln N(a; μ, σ²) of each row, `[B, 1]`, with something done to what each hidden layer gives.
    func logDensity(
        of a: Variable, in x: Variable, _ w: Weights,
        changing change: (_ layer: Int, _ result: Variable) -> Variable
    ) -> Variable {
        let bounds = Self.logDeviationBounds
        return gaussianLogDensity(
            a, mean: network(x, w, changing: change).tanh(),
            logDeviation: w[logDeviation].clipped(bounds.lowerBound, bounds.upperBound))
    }
}

/// BCRL's two policies, which one optimiser moves.
package struct BudgetPolicies: Sendable {
    /// π(a | s, δ), of observations with a budget behind them.
    let spending: TanhMeanGaussian
    /// π_c(a | s), of observations alone.
    let saving: TanhMeanGaussian

    /// Adds `spending.l0.weight` … and `saving.l0.weight` … to a layout.
    init(
        _ observations: Int, actions: Int, widths: [Int], weights: Initialization, in layout: inout Layout
    ) {
        spending = TanhMeanGaussian(
            "spending.", observations + 1, hidden: widths, actions: actions, weights: weights, in: &layout)
        saving = TanhMeanGaussian(
            "saving.", observations, hidden: widths, actions: actions, weights: weights, in: &layout)
    }
}
