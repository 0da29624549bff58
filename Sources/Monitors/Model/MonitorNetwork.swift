import Networks
import Tensors

/// A step monitor's network: fully connected layers, then LayerNorm(W h), one logit a class and one a cost channel.
///
/// The layers before the norm stand for the language model whose hidden state Qwen3Guard's heads see: features of control are
/// raw, and no affine function of them tells what can still be avoided.
///
/// - SeeAlso: Qwen3Guard, arXiv:2510.14276, section on stream moderation.
struct MonitorNetwork: Layer {
    /// What the network is made of.
    struct Plan: Codable, Sendable, Hashable {
        /// Numbers of a step, classes and cost channels; channels may be none.
        var features, classes, channels: Int
        /// Widths of the hidden layers, and of the norm.
        var widths: [Int]
        var normWidth: Int

        private enum CodingKeys: String, CodingKey {
            case features, classes, channels, widths
            case normWidth = "norm_width"
        }
    }

    private let hidden: [Linear]
    private let projection: Linear
    private let norm: LayerNorm
    private let classes: Linear
    private let channels: Linear?

    init(_ plan: Plan, in layout: inout Layout) {
        var hidden: [Linear] = []
        for (index, (from, to)) in zip([plan.features] + plan.widths, plan.widths).enumerated() {
            hidden.append(Linear("l\(index)", from, to, activation: .relu, in: &layout))
        }
        self.hidden = hidden
        projection = Linear("projection", plan.widths.last ?? plan.features, plan.normWidth, in: &layout)
        norm = LayerNorm("norm", plan.normWidth, in: &layout)
        classes = Linear("classes", plan.normWidth, plan.classes, in: &layout)
        channels = plan.channels > 0 ? Linear("channels", plan.normWidth, plan.channels, in: &layout) : nil
    }

    /// `[B, features]` → `[B, classes + channels]`.
    func callAsFunction(_ x: Variable, _ w: Weights) -> Variable {
        var x = x
        for layer in hidden { x = layer(x, w) }
        x = norm(projection(x, w), w)
        let logits = classes(x, w)
        return channels.map { logits.joined($0(x, w)) } ?? logits
    }
}
