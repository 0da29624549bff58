import Networks
import Tensors

/// The projections of a block, by the names that hub checkpoints give them.
public enum DecoderProjection: String, Sendable, CaseIterable {
    /// Queries.
    case query = "self_attn.q_proj"
    /// Keys.
    case key = "self_attn.k_proj"
    /// Values.
    case value = "self_attn.v_proj"
    /// Behind attention.
    case output = "self_attn.o_proj"
    /// Gate of the feed-forward layers.
    case gate = "mlp.gate_proj"
    /// Beside the gate.
    case up = "mlp.up_proj"
    /// Back to the residual stream.
    case down = "mlp.down_proj"
}

extension DecoderDescription {
    /// Inputs, outputs and whether there is a bias.
    func size(_ projection: DecoderProjection) -> (inputs: Int, outputs: Int, hasBias: Bool) {
        switch projection {
        case .query: (hidden, heads * headWidth, hasAttentionBias)
        case .key, .value: (hidden, keyValueHeads * headWidth, hasAttentionBias)
        case .output: (heads * headWidth, hidden, hasOutputBias)
        case .gate, .up: (hidden, intermediate, hasFeedForwardBias)
        case .down: (intermediate, hidden, hasFeedForwardBias)
        }
    }
}

/// Norm, attention, residual; norm, gated feed-forward layers, residual.
struct DecoderBlock: Sendable {
    private struct Projected: Sendable {
        let weight: Parameter
        let bias: Parameter?
    }

    private let firstNorm, secondNorm: Parameter
    private let queryNorm, keyNorm: Parameter?
    private let query, key, value, output, gate, up, down: Projected
    private let epsilon: Float
    private let headWidth: Int

    init(_ prefix: String, _ description: DecoderDescription, in layout: inout Layout) {
        func add(_ projection: DecoderProjection) -> Projected {
            let (inputs, outputs, hasBias) = description.size(projection)
            let name = prefix + projection.rawValue
            return Projected(
                weight: layout.add("\(name).weight", outputs, inputs, .normal(0.02)),
                bias: hasBias ? layout.add("\(name).bias", 1, outputs, .zeros) : nil)
        }
        firstNorm = layout.add("\(prefix)input_layernorm.weight", 1, description.hidden, .ones)
        (query, key, value, output) = (add(.query), add(.key), add(.value), add(.output))
        func addHeadNorm(_ name: String) -> Parameter? {
            guard description.normalisesHeads else { return nil }
            return layout.add("\(prefix)self_attn.\(name)_norm.weight", 1, description.headWidth, .ones)
        }
        (queryNorm, keyNorm) = (addHeadNorm("q"), addHeadNorm("k"))
        secondNorm = layout.add("\(prefix)post_attention_layernorm.weight", 1, description.hidden, .ones)
        (gate, up, down) = (add(.gate), add(.up), add(.down))
        (epsilon, headWidth) = (description.epsilon, description.headWidth)
    }

    /// Applies the block.
    ///
    /// - Parameters:
    ///   - x: the residual stream, `[T, hidden]`.
    ///   - w: the numbers.
    ///   - angles: of the rows' positions.
    ///   - adapters: low-rank additions of this layer.
    ///   - attend: attention over rotated queries, rotated keys, and values.
    /// - Returns: `[T, hidden]`.
    func callAsFunction(
        _ x: Variable, _ w: Weights, angles: Variable, adapters: AdaptedLayer?,
        attend: (Variable, Variable, Variable) -> Variable
    ) -> Variable {
        func apply(_ it: Projected, _ projection: DecoderProjection, _ x: Variable) -> Variable {
            let y = Tensors.projection(x, w[it.weight], it.bias.map { w[$0] })
            guard let addition = adapters?.addition(projection, x) else { return y }
            return y + addition
        }
        let h = rmsNorm(x, scale: w[firstNorm], epsilon: epsilon)
        let q = rotary(normalised(apply(query, .query, h), queryNorm, w), angles: angles)
        let k = rotary(normalised(apply(key, .key, h), keyNorm, w), angles: angles)
        let x = x + apply(output, .output, attend(q, k, apply(value, .value, h)))
        let g = rmsNorm(x, scale: w[secondNorm], epsilon: epsilon)
        return x + apply(down, .down, siluGate(apply(gate, .gate, g), apply(up, .up, g)))
    }
    /// Every head by itself, where the family asks for it: `[T, heads · headWidth]` to the same.
    private func normalised(_ x: Variable, _ scale: Parameter?, _ w: Weights) -> Variable {
        guard let scale else { return x }
        let heads = x.reshaped(x.shape.count / headWidth, headWidth)
        return rmsNorm(heads, scale: w[scale], epsilon: epsilon).reshaped(x.shape.rows, x.shape.columns)
    }
}
