import Tensors

/// Fully connected layers `l0`, `l1`, … with a layer norm, `norm0`, `norm1`, …, before each ReLU, and a last one, `out`.
public struct NormalisedMLP: Layer {
    package let hidden: [(linear: Linear, norm: LayerNorm)]
    package let out: Linear

    /// Adds the layers to a layout.
    ///
    /// - Parameters:
    ///   - inputs: columns of x.
    ///   - widths: of the hidden layers.
    ///   - outputs: columns of the result.
    ///   - weights: how the weights start; biases start at 0, but for `fanInUniform`.
    ///   - layout: where the parameters go.
    public init(
        _ inputs: Int, hidden widths: [Int], outputs: Int = 1, weights: Initialization,
        in layout: inout Layout
    ) {
        var hidden: [(Linear, LayerNorm)] = []
        for (index, (from, to)) in zip([inputs] + widths, widths).enumerated() {
            let linear = Linear("l\(index)", from, to, weights: weights, in: &layout)
            hidden.append((linear, LayerNorm("norm\(index)", to, in: &layout)))
        }
        self.hidden = hidden
        out = Linear("out", widths.last ?? inputs, outputs, weights: weights, in: &layout)
    }

    /// `[B, inputs]` → `[B, outputs]`.
    public func callAsFunction(_ x: Variable, _ w: Weights) -> Variable {
        var x = x
        for index in 0..<hidden.count { x = hidden[index].norm(hidden[index].linear(x, w), w).relu() }
        return out(x, w)
    }
}
