import Alignment
import LanguageModels
import Tensors

/// Writes a reply of which a guard judges the beginning every few tokens: what is flagged is dropped and written anew.
///
/// New tokens wait in a `RollBackBuffer`; a verdict holds for the tokens written since the one before it. Attempt a of a reply draws
/// from stream a of its seed, so that a reply that is never flagged is the one that `ChatModel` writes, up to its first special token,
/// which ends it whatever it is.
public struct RollingReply {
    /// How it ended.
    public enum Outcome: Sendable, Hashable {
        /// The reply may be seen, as far as its guard was asked.
        case written
        /// It was flagged as often as it may be tried.
        case refused
        /// The caller stopped it.
        case stopped
    }

    /// What came of it.
    public struct Result: Sendable {
        /// How it ended.
        public let outcome: Outcome
        /// The tokens that may be seen; none but where it is `written`.
        public let tokens: [Int32]
        /// Their text.
        public let text: String
        /// What was dropped.
        public let events: [RollBackBuffer<Int32>.Event]
        /// Verdicts that were asked for.
        public let checks: Int
        /// Why the last attempt ended.
        public let ending: ChatReply.Ending
    }

    /// Tokens between two verdicts, at least 2, so that a flag of them is a flag of two in a row; at most `buffer`.
    public let stride: Int
    /// Tokens that wait.
    public let buffer: Int
    /// Attempts after the first.
    public let tries: Int
    /// What the model reads where it writes anew, and nobody sees; empty for nothing.
    public let introspection: String

    /// Describes it, with the sizes of `RollBackBuffer`.
    public init(stride: Int = 20, buffer: Int = 40, tries: Int = 5, introspection: String = "") {
        precondition(2...buffer ~= stride && tries >= 0, "a verdict every \(stride) tokens of \(buffer)")
        (self.stride, self.buffer, self.tries) = (stride, buffer, tries)
        self.introspection = introspection
    }

    /// Writes a reply.
    ///
    /// - Parameters:
    ///   - decoder: the model.
    ///   - tokenizer: its own.
    ///   - prompt: tokens of the conversation with the beginning of a reply; fewer than the context.
    ///   - options: how tokens are chosen; temperature 0 would write the same again.
    ///   - seed: of the reply.
    ///   - goesOn: asked before every token; false ends the reply.
    ///   - isUnsafe: judges the text of a beginning.
    /// - Returns: what may be seen.
    /// - Throws: `NonFiniteError`, and what `isUnsafe` throws.
    public func callAsFunction(
        _ decoder: KeptDecoder, _ tokenizer: Tokenizer, to prompt: [Int32], options: SamplingOptions,
        seed: UInt64, goesOn: () -> Bool = { true }, isUnsafe: (String) throws -> Bool
    ) throws -> Result {
        var writer = TokenWriter(decoder, tokenizer, options)
        var inner = Introspection(introspection, tokenizer)
        let most = min(
            options.mostTokens,
            decoder.file.description.contextLength - prompt.count - inner.tokens.count)
        var waiting = RollBackBuffer<Int32>(size: buffer, tries: tries)
        var stream = RandomStream(seed: seed, for: .generation, index: 0)
        var (checks, ending) = (0, ChatReply.Ending?.none)
        func text(_ tokens: [Int32]) -> String { tokenizer.decode(tokens, skippingSpecialTokens: true) }
        while ending == nil {
            let before = waiting.shown + waiting.waiting
            var block: [Int32] = []
            while block.count < stride && ending == nil {
                guard before.count + block.count < most else {
                    ending = .length
                    break
                }
                guard goesOn() else {
                    return Result(
                        outcome: .stopped, tokens: [], text: "", events: waiting.events, checks: checks,
                        ending: .stopped)
                }
                let context = inner.context(prompt, before + block)
                _ = try writer.look(behind: context)
                let token = writer.choose(after: context, using: &stream)
                block.append(token)
                if writer.ends(with: token) { ending = .end }
            }
            guard !block.isEmpty else { break }
            checks += 1
            let isFlagged = try isUnsafe(text(before + block))
            adding: for token in block {
                switch waiting.add(token, isFlagged: isFlagged) {
                case .goOn: continue
                case .rollBack:
                    stream = RandomStream(
                        seed: seed, for: .generation, index: UInt32(waiting.attempt))
                    ending = nil
                    inner.begin(behind: waiting.shown.count)
                    break adding
                case .refuse:
                    return Result(
                        outcome: .refused, tokens: [], text: "", events: waiting.events, checks: checks,
                        ending: .stopped)
                }
            }
        }
        waiting.finish()
        return Result(
            outcome: .written, tokens: waiting.shown, text: text(waiting.shown), events: waiting.events,
            checks: checks,
            ending: ending ?? .length)
    }
}
