import Networks
import Tensors

/// What a model said.
public struct ChatReply: Sendable, Equatable {
    /// Why it ended.
    public enum Ending: String, Sendable, Codable {
        /// The model ended it.
        case end
        /// The limit on tokens was reached, or the end of the context.
        case length
        /// The caller stopped it.
        case stopped
    }

    /// The text, without control tokens.
    public let text: String
    /// New tokens, the end token included where there is one.
    public let tokens: Int
    /// Tokens of the conversation before it.
    public let promptTokens: Int
    /// How many of these were computed now; the others were kept from the reply before.
    public let computedTokens: Int
    /// Why it ended.
    public let ending: Ending
}

/// A model of a file or directory, ready for a conversation: keys and values of what was said are kept from turn to turn.
///
/// Belongs to one isolation domain, as its tape does.
public final class ChatModel {
    /// The model.
    public let file: ModelFile
    /// Its tokenizer.
    public let tokenizer: Tokenizer
    private let network: Network<Decoder>
    private let ends: [Int32]
    private let isToken: [Bool]
    private let tape = Tape()
    private var model: CachedDecoder?
    private var room = 0
    private var known: [Int32] = []

    private let leastRoom: Int

    /// Opens a model.
    ///
    /// - Parameters:
    ///   - path: a GGUF file, or a directory in hub format.
    ///   - room: tokens that a conversation will have, up to which nothing is computed twice; a longer one has room too.
    /// - Throws: `StorageError`, and the errors of the format and of the tokenizer.
    public init(_ path: String, room: Int = 0) throws {
        file = try ModelFile(path)
        leastRoom = room
        tokenizer = try file.tokenizer()
        network = try file.network()
        ends = try file.replyEnds(tokenizer)
        let own = tokenizer
        isToken = (0..<Int32(file.description.vocabulary)).map { own.token($0) != nil }
    }

    /// The tokens of a conversation with the beginning of a reply.
    ///
    /// - Throws: `ChatTemplateError`.
    public func prompt(_ messages: [ChatMessage], template: ChatTemplate) throws -> [Int32] {
        let description = file.description
        func text(_ id: Int32?) -> String? { id.flatMap { tokenizer.token($0) } }
        let chat = try template.text(
            messages, specialTokens: (text(description.beginToken), text(description.endTokens.first)))
        return tokenizer.encode(chat).ids
    }

    /// Goes on from tokens.
    ///
    /// A reply draws from the stream of its seed alone, so that it depends neither on threads nor on what was said in other
    /// conversations. Rows of the embedding that no token has are never chosen.
    ///
    /// - Parameters:
    ///   - prompt: tokens inside the vocabulary.
    ///   - options: how tokens are chosen; the context's end may come before `mostTokens`.
    ///   - seed: of the reply.
    ///   - goesOn: asked before every token; false ends the reply.
    ///   - write: called with pieces of the text as they come; together they are the reply's text.
    /// - Returns: what was said.
    /// - Throws: `ModelFileError`; `NonFiniteError`; what `write` throws.
    public func reply(
        to prompt: [Int32], options: SamplingOptions, seed: UInt64, goesOn: () -> Bool = { true },
        write: (String) throws -> Void = { _ in }
    ) throws -> ChatReply {
        let context = file.description.contextLength
        guard !prompt.isEmpty else { throw ModelFileError.nothingToContinue(file.path) }
        guard prompt.count < context else {
            throw ModelFileError.tooLong(file.path, tokens: prompt.count, context: context)
        }
        let most = min(options.mostTokens, context - prompt.count)
        var cached = try prepared(for: prompt, room: min(context, prompt.count + most))
        let computed = prompt.count - known.count
        var (all, stream) = (prompt, RandomStream(seed: seed, for: .generation))
        var (said, ending) = (SpokenText(tokenizer), ChatReply.Ending.length)
        var candidates = [Float](repeating: 0, count: isToken.count)
        while said.count < most {
            guard goesOn() else {
                ending = .stopped
                break
            }
            let new = PackedTokens([Array(all[known.count...])])
            do {
                try cached.extend(new, of: [0]) { _, logits in
                    for (index, logit) in logits.enumerated() {
                        candidates[index] = isToken[index] ? logit : -.infinity
                    }
                }
            } catch {
                // The cache holds what is not known to be in it.
                model = nil
                throw error
            }
            known = all
            let token = options.choose(candidates, after: all, using: &stream)
            all.append(token)
            if let piece = said.append(token) { try write(piece) }
            if ends.contains(token) {
                ending = .end
                break
            }
        }
        if let rest = said.finish() { try write(rest) }
        return ChatReply(
            text: said.text, tokens: said.count, promptTokens: prompt.count, computedTokens: computed,
            ending: ending)
    }

    /// The decoder with what the prompt and the conversation before have in common; `known` becomes that.
    private func prepared(for prompt: [Int32], room wanted: Int) throws -> CachedDecoder {
        if let model, wanted <= room {
            // One token at least is computed, since its logits are needed.
            let same = min(zip(known, prompt).prefix { $0 == $1 }.count, prompt.count - 1)
            var model = model
            model.shorten(0, to: same)
            known.removeLast(known.count - same)
            return model
        }
        room = min(file.description.contextLength, max(wanted, model == nil ? leastRoom : 2 * room))
        let (network, tape) = (network, tape)
        let fresh = CachedDecoder(network.body, sequences: 1, capacity: room, on: tape) {
            network.weights(on: tape)
        }
        (model, known) = (fresh, [])
        return fresh
    }
}

/// Text of tokens as they come: what may still be a part of a character waits.
private struct SpokenText {
    private let tokenizer: Tokenizer
    private var ids: [Int32] = []
    private(set) var text = ""
    var count: Int { ids.count }

    init(_ tokenizer: Tokenizer) { self.tokenizer = tokenizer }

    /// Adds a token.
    ///
    /// - Returns: what is new in the text; nil for nothing.
    mutating func append(_ id: Int32) -> String? {
        ids.append(id)
        return grow(to: whole.dropLastReplacements())
    }

    mutating func finish() -> String? { grow(to: whole) }

    private var whole: String { tokenizer.decode(ids, skippingSpecialTokens: true) }

    private mutating func grow(to longer: String) -> String? {
        guard longer.utf8.count > text.utf8.count, longer.utf8.starts(with: text.utf8) else { return nil }
        let new = String(decoding: longer.utf8.dropFirst(text.utf8.count), as: UTF8.self)
        text = longer
        return new
    }
}

extension String {
    /// Without the replacement characters at its end, which stand for what has not come yet.
    fileprivate func dropLastReplacements() -> String {
        var scalars = unicodeScalars[...]
        while scalars.last == "\u{FFFD}" { scalars.removeLast() }
        return String(scalars)
    }
}
