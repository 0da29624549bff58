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
    private var model: CachedDecoder?
    private var room = 0
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
    ) throws {
        precondition(
            !tokens.isEmpty && tokens.count <= file.description.contextLength,
            "\(tokens.count) tokens for a context of \(file.description.contextLength)")
        var cached = prepared(for: tokens)
        let new = Array(tokens[known.count...])
        do {
            try cached.extend(PackedTokens([new]), of: [0]) { _, logits in use(logits) }
        } catch {
            // The cache holds what is not known to be in it.
            (model, known) = (nil, [])
            throw error
        }
        computed += new.count
        known = tokens
    }

    /// The decoder with what a sequence and the one before have in common; `known` becomes that.
    private func prepared(for tokens: [Int32]) -> CachedDecoder {
        if let model, tokens.count <= room {
            // One token at least is computed, since its logits are needed.
            let same = min(zip(known, tokens).prefix { $0 == $1 }.count, tokens.count - 1)
            var model = model
            model.shorten(0, to: same)
            known.removeLast(known.count - same)
            return model
        }
        room = min(file.description.contextLength, max(2 * tokens.count, 256))
        let (network, tape) = (network, tape)
        let fresh = CachedDecoder(network.body, sequences: 1, capacity: room, on: tape) {
            network.weights(on: tape)
        }
        (model, known) = (fresh, [])
        return fresh
    }
}
