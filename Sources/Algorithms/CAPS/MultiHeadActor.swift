import SafeRL

/// CAPS's policies: a trunk of fully connected layers, `l0`, `l1` …, and one linear layer for each policy, `head0` ….
package struct MultiHeadActor: Sendable {
    private let layers: [Linear]
    private let heads: [Linear]
    /// ln σ of each head, `[1, A]`; none where σ is 1.
    private let logDeviations: [Parameter]
    private let actions: Int

    /// Adds the layers to a layout.
    ///
    /// - Parameters:
    ///   - observation: floats in an observation.
    ///   - widths: of the trunk, at least one.
    ///   - actions: floats in an action.
    ///   - count: number of policies.
    ///   - learnsDeviations: whether each head has deviations of its own.
    ///   - layout: where the parameters go.
    init(
        _ observation: Int, widths: [Int], actions: Int, heads count: Int, learnsDeviations: Bool,
        in layout: inout Layout
    ) {
        layers = zip([observation] + widths, widths).enumerated().map { index, sizes in
            Linear("l\(index)", sizes.0, sizes.1, activation: .relu, weights: .fanInUniform, in: &layout)
        }
        let width = widths.last ?? observation
        heads = (0..<count).map {
            Linear("head\($0)", width, actions, activation: .tanh, weights: .fanInUniform, in: &layout)
        }
        logDeviations =
            learnsDeviations
            ? (0..<count).map { layout.add("head\($0).log_std", 1, actions, .zeros) } : []
        self.actions = actions
    }

    /// The layers from an observation to the action of one head.
    func path(_ head: Int) -> [Linear] { layers + [heads[head]] }

    /// What all heads see of observations, `[B, O]` → `[B, width]`.
    func trunk(_ s: Variable, _ w: Weights) -> Variable {
        var x = s
        for index in 0..<layers.count { x = layers[index](x, w) }
        return x
    }

    /// The action of one head, each component in (−1, 1), `[B, width]` → `[B, A]`.
    func action(_ head: Int, _ shared: Variable, _ w: Weights) -> Variable { heads[head](shared, w) }

    /// ln σ of one head, in [−5, 2], `[1, A]`.
    func logDeviation(_ head: Int, _ w: Weights, on tape: Tape) -> Variable {
        logDeviations.isEmpty ? tape.constant(0, 1, actions) : w[logDeviations[head]].clipped(-5, 2)
    }
}
