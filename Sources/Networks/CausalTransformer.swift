import Tensors

/// Where a causal transformer drops numbers while it is trained.
public enum DropoutPlace: Sendable, Equatable {
    /// Of the tokens, before the first block.
    case embedding
    /// Behind the attention of a block.
    case attention(block: Int)
    /// Behind the feed-forward layers of a block.
    case feedForward(block: Int)
}

/// What is dropped in one forward pass; a protocol, because published numbers come from factors of another generator.
public protocol TransformerDropout: AnyObject {
    /// Factors of inverted dropout, `[rows, width]`; nil where nothing is dropped.
    func factors(at place: DropoutPlace, rows: Int, width: Int, on tape: Tape) -> Variable?
    /// What becomes of the attention weights of a block; nil where nothing is dropped.
    func weights(ofBlock block: Int, sequences: Int, heads: Int) -> AttentionDropout?
}

/// Dropout by a stream of random numbers.
public final class RandomDropout: TransformerDropout {
    private let embedding, attention, residual: Float
    private let longest: Int
    /// Where the factors come from.
    public var stream: RandomStream

    /// Dropout at three rates, each in [0, 1).
    ///
    /// - Parameters:
    ///   - embedding: of tokens.
    ///   - attention: of attention weights.
    ///   - residual: of what a block adds.
    ///   - longest: tokens of the longest sequence that there may be.
    ///   - stream: where the factors come from.
    public init(embedding: Float, attention: Float, residual: Float, longest: Int, stream: RandomStream) {
        (self.embedding, self.attention, self.residual) = (embedding, attention, residual)
        (self.longest, self.stream) = (longest, stream)
    }

    /// Factors at the rate of the place; nil at rate 0.
    public func factors(at place: DropoutPlace, rows: Int, width: Int, on tape: Tape) -> Variable? {
        let rate = place == .embedding ? embedding : residual
        return rate > 0 ? tape.keepMask(rows, width, rate: rate, using: &stream) : nil
    }

    /// At the rate of attention; nil at rate 0.
    public func weights(ofBlock block: Int, sequences: Int, heads: Int) -> AttentionDropout? {
        attention > 0
            ? AttentionDropout(
                rate: attention, sequences: sequences, heads: heads, longest: longest, using: &stream)
            : nil
    }
}

/// Blocks of causal attention and feed-forward layers over packed sequences, each behind a layer norm, with exact GELU.
///
/// - SeeAlso: Vaswani et al. 2017, arXiv:1706.03762; Radford et al. 2018 for the order of norms.
public struct CausalTransformer: Sendable {
    private struct Block: Sendable {
        let norm1, norm2: LayerNorm
        let query, key, value, out, inner, outer: Linear

        init(_ prefix: String, _ width: Int, in layout: inout Layout) {
            norm1 = LayerNorm(prefix + "norm1", width, epsilon: 1e-5, in: &layout)
            func projection(_ name: String) -> Linear {
                // Xavier's limit of one matrix for all three, [width, 3 · width].
                Linear(
                    prefix + "attention." + name, width, width,
                    weights: .scaledXavierUniform(0.5.squareRoot()), in: &layout)
            }
            (query, key, value) = (projection("query"), projection("key"), projection("value"))
            out = Linear(prefix + "attention.out", width, width, weights: .normal(0.02), in: &layout)
            norm2 = LayerNorm(prefix + "norm2", width, epsilon: 1e-5, in: &layout)
            inner = Linear(
                prefix + "mlp.l0", width, 4 * width, activation: .gelu, weights: .normal(0.02), in: &layout)
            outer = Linear(prefix + "mlp.l1", 4 * width, width, weights: .normal(0.02), in: &layout)
        }
    }

    private let blocks: [Block]
    private let firstNorm, lastNorm: LayerNorm
    private let heads, width: Int

    /// Adds `emb_norm`, `block0.norm1` …, `out_norm` to a layout: weights N(0, 0.02²) but for queries, keys and values.
    ///
    /// - Parameters:
    ///   - width: E, a multiple of `heads`.
    ///   - count: how many blocks.
    ///   - heads: of attention.
    ///   - layout: where the parameters go.
    public init(width: Int, blocks count: Int, heads: Int, in layout: inout Layout) {
        precondition(heads > 0 && width % heads == 0, "\(heads) heads do not share a width of \(width)")
        (self.heads, self.width) = (heads, width)
        firstNorm = LayerNorm("emb_norm", width, epsilon: 1e-5, in: &layout)
        var blocks: [Block] = []
        for number in 0..<count { blocks.append(Block("block\(number).", width, in: &layout)) }
        self.blocks = blocks
        lastNorm = LayerNorm("out_norm", width, epsilon: 1e-5, in: &layout)
    }

    /// Applies everything from the first norm to the last.
    ///
    /// - Parameters:
    ///   - tokens: `[T, E]`, sequence after sequence.
    ///   - lengths: tokens of each sequence, which add up to T.
    ///   - w: the numbers.
    ///   - dropout: what is dropped; nothing when acting.
    /// - Returns: `[T, E]`; a token knows those before it in its sequence, and itself.
    public func callAsFunction(
        _ tokens: Variable, lengths: [Int], _ w: Weights, dropout: (any TransformerDropout)? = nil
    ) -> Variable {
        func drop(_ x: Variable, _ place: DropoutPlace) -> Variable {
            guard let factors = dropout?.factors(at: place, rows: x.shape.rows, width: width, on: x.tape)
            else { return x }
            return x * factors
        }
        var x = drop(firstNorm(tokens, w), .embedding)
        for number in 0..<blocks.count {
            let block = blocks[number]
            let h = block.norm1(x, w)
            let mixed = causalAttention(
                block.query(h, w), block.key(h, w), block.value(h, w), lengths: lengths, heads: heads,
                keyValueHeads: heads,
                dropout: dropout?.weights(ofBlock: number, sequences: lengths.count, heads: heads))
            x = x + drop(block.out(mixed, w), .attention(block: number))
            let g = block.norm2(x, w)
            x = x + drop(block.outer(block.inner(g, w), w), .feedForward(block: number))
        }
        return lastNorm(x, w)
    }
}
