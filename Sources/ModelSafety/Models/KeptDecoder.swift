import LanguageModels
import Networks
import Tensors

/// A decoder that is asked for the logits behind sequences one after the other, and computes no token twice that a sequence has in
/// common with the one before.
///
/// Belongs to one isolation domain, as its tape does.
public final class KeptDecoder {
    /// The model.
    public let file: ModelFile
    private let network: Network<Decoder>
    private let tape = Tape()
    private var cache: KeyValueCache?
    private var known: [Int32] = []
    /// Tokens that were computed since it was opened.
    public private(set) var computed = 0

    /// Opens the weights of a model.
    ///
    /// - Throws: `SafetensorsError`, `HubError` or `GGUFError`.
    public init(_ file: ModelFile) throws { (self.file, network) = (file, try file.network()) }

    /// Computes the logits of the token behind a sequence.
    ///
    /// - Parameters:
    ///   - tokens: not empty, inside the vocabulary, at most as many as the model's context.
    ///   - use: is given one logit for each token of the vocabulary, all of them finite.
    /// - Throws: `NonFiniteError`.
    public func logits(
        behind tokens: [Int32], _ use: (UnsafeBufferPointer<Float>) -> Void
    ) throws { try look(behind: tokens) { _, logits in use(logits) } }

    /// Computes the states of the last tokens of a sequence, and the logits behind it.
    ///
    /// - Parameters:
    ///   - tokens: as for `logits`.
    ///   - keeping: how many tokens at most are taken from what was computed before; all without it. The last token never is.
    ///   - use: is given the states behind the last norm of the tokens that were computed now, `[n, hidden]`, the last token among
    ///     them, and the logits; all of them finite.
    /// - Throws: `NonFiniteError`.
    public func look(
        behind tokens: [Int32], keeping: Int = .max,
        _ use: (_ states: UnsafeBufferPointer<Float>, _ logits: UnsafeBufferPointer<Float>) -> Void
    ) throws {
        precondition(
            !tokens.isEmpty && tokens.count <= file.description.contextLength,
            "\(tokens.count) tokens for a context of \(file.description.contextLength)")
        let cache = prepared(for: tokens, keeping: keeping)
        let new = Array(tokens[known.count...])
        tape.reset()
        let weights = network.weights(on: tape)
        let states = network.body.hidden(
            new, at: Array(known.count..<tokens.count), weights
        ) { layer, q, k, v in
            cache.attend(q, k, v, layer: layer, counts: [new.count], sequences: [0])
        }
        cache.advance([new.count], of: [0])
        let last = [Int32(new.count - 1)].withUnsafeBufferPointer { states.rows(at: $0) }
        let logits = network.body.logits(last, weights).values
        guard Vectors.areFinite(logits), Vectors.areFinite(states.values) else {
            // The cache holds what is not known to be in it.
            (self.cache, known) = (nil, [])
            throw NonFiniteError("logits of a decoder")
        }
        use(states.values, logits)
        computed += new.count
        known = tokens
    }

    /// The cache with what a sequence and the one before have in common; `known` becomes that.
    private func prepared(for tokens: [Int32], keeping: Int) -> KeyValueCache {
        if let cache, tokens.count <= cache.capacity {
            // One token at least is computed, since its logits are needed.
            let same = min(zip(known, tokens).prefix { $0 == $1 }.count, tokens.count - 1, keeping)
            cache.shorten(0, to: same)
            known.removeLast(known.count - same)
            return cache
        }
        let description = file.description
        let fresh = KeyValueCache(
            sequences: 1, capacity: min(description.contextLength, max(2 * tokens.count, 256)),
            layers: description.layers, heads: description.keyValueHeads, width: description.headWidth)
        (cache, known) = (fresh, [])
        return fresh
    }
}
