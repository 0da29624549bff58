import Networks
import Tensors

/// Low-rank additions to the projections of a decoder: `y = W·x + (α/r)·B·A·x` with W frozen.
///
/// B starts at 0, so that a fresh adapter changes nothing. The description goes into a learner of its own; the decoder's
/// weights then stay constant.
///
/// - SeeAlso: Hu et al. 2021, arXiv:2106.09685.
public struct LowRankAdapters: Sendable {
    struct Pair: Sendable {
        let down, up: Parameter
    }

    let pairs: [[DecoderProjection: Pair]]
    let rank: Int
    let alpha: Float
    var scale: Float { alpha / Float(rank) }

    /// Adds `NAME.lora_A.weight` `[rank, inputs]`, N(0, 1/inputs), and `NAME.lora_B.weight` `[outputs, rank]`, zeros.
    ///
    /// - Parameters:
    ///   - description: of the decoder.
    ///   - rank: at least 1.
    ///   - alpha: strength; the addition is multiplied by `alpha / rank`.
    ///   - projections: which ones get an addition.
    ///   - layout: where the parameters go.
    public init(
        _ description: DecoderDescription, rank: Int, alpha: Float = 16,
        projections: Set<DecoderProjection> = [.query, .value], in layout: inout Layout
    ) {
        precondition(rank > 0, "adapters of rank \(rank)")
        (self.rank, self.alpha) = (rank, alpha)
        pairs = (0..<description.layers).map { layer in
            var pairs: [DecoderProjection: Pair] = [:]
            for projection in DecoderProjection.allCases where projections.contains(projection) {
                let (inputs, outputs, _) = description.size(projection)
                let name = "model.layers.\(layer).\(projection.rawValue)"
                let deviation = (1 / Float(inputs)).squareRoot()
                pairs[projection] = Pair(
                    down: layout.add("\(name).lora_A.weight", rank, inputs, .normal(deviation)),
                    up: layout.add("\(name).lora_B.weight", outputs, rank, .zeros))
            }
            return pairs
        }
    }
}

/// Adapters with their numbers, for one forward pass.
public struct AdaptedWeights {
    let adapters: LowRankAdapters
    let weights: Weights

    /// Joins a description and its numbers.
    public init(_ adapters: LowRankAdapters, _ weights: Weights) {
        (self.adapters, self.weights) = (adapters, weights)
    }

    func layer(_ number: Int) -> AdaptedLayer {
        AdaptedLayer(pairs: adapters.pairs[number], scale: adapters.scale, weights: weights)
    }
}

/// The adapters of one layer with their numbers.
struct AdaptedLayer {
    let pairs: [DecoderProjection: LowRankAdapters.Pair]
    let scale: Float
    let weights: Weights

    /// What is added to a projection's result, `[T, outputs]`; nil for nothing.
    func addition(_ projection: DecoderProjection, _ x: Variable) -> Variable? {
        guard let pair = pairs[projection] else { return nil }
        let low = Tensors.projection(x, weights[pair.down])  // [T, rank]
        return Tensors.projection(low, weights[pair.up]).scaled(by: scale)
    }
}
