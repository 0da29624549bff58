import Alignment
import LanguageModels
import Tensors

/// Writes a reply of which a stream head judges every token as it comes: what is flagged is dropped and written anew.
///
/// The head reads the states that the next token needs anyway, so that a token is computed once. Two flagged tokens in a row count; with
/// them goes all that waits in the `RollBackBuffer`. Attempt a of a reply draws from stream a of its seed, so that a reply that is never
/// flagged is the one that `ChatModel` writes, up to its first special token.
public struct StreamedReply {
    /// Tokens that wait.
    public let buffer: Int
    /// Attempts after the first.
    public let tries: Int
    /// What the model reads where it writes anew, as `RollingReply` has it; the head does not read it.
    public let introspection: String

    /// Describes it, with the sizes of `RollBackBuffer`.
    public init(buffer: Int = 40, tries: Int = 5, introspection: String = "") {
        precondition(buffer >= 1 && tries >= 0, "a buffer of \(buffer), \(tries) tries")
        (self.buffer, self.tries, self.introspection) = (buffer, tries, introspection)
    }

    /// Writes a reply.
    ///
    /// - Parameters:
    ///   - decoder: the model.
    ///   - tokenizer: its own.
    ///   - head: of this model; nothing is flagged without one.
    ///   - prompt: tokens of the conversation with the beginning of a reply; fewer than the context.
    ///   - options: how tokens are chosen; temperature 0 would write the same again.
    ///   - seed: of the reply.
    ///   - goesOn: asked before every token; false ends the reply.
    /// - Returns: what may be seen, as `RollingReply` has it; a check is a token. With it, what the head says of the tokens that are
    ///   kept, or of the last one that was flagged where the reply was refused.
    /// - Throws: `NonFiniteError`.
    public func callAsFunction(
        _ decoder: KeptDecoder, _ tokenizer: Tokenizer, _ head: HeadGuard?, to prompt: [Int32],
        options: SamplingOptions, seed: UInt64, goesOn: () -> Bool = { true }
    ) throws -> (reply: RollingReply.Result, looks: [GuardProbabilities]) {
        var writer = TokenWriter(decoder, tokenizer, options)
        var inner = Introspection(introspection, tokenizer)
        let most = min(
            options.mostTokens,
            decoder.file.description.contextLength - prompt.count - inner.tokens.count)
        var waiting = RollBackBuffer<Int32>(size: buffer, tries: tries)
        var looks: [GuardProbabilities] = []
        var stream = RandomStream(seed: seed, for: .generation, index: 0)
        var (checks, ending) = (0, ChatReply.Ending?.none)
        func result(_ outcome: RollingReply.Outcome, _ ending: ChatReply.Ending) -> RollingReply.Result {
            let tokens = outcome == .written ? waiting.shown : []
            return RollingReply.Result(
                outcome: outcome, tokens: tokens,
                text: tokenizer.decode(tokens, skippingSpecialTokens: true),
                events: waiting.events, checks: checks, ending: ending)
        }
        let asked = try writer.look(behind: prompt)
        var trace = head?.trace(behind: asked)
        while ending == nil {
            let before = waiting.shown + waiting.waiting
            guard before.count < most else {
                ending = .length
                break
            }
            guard goesOn() else { return (result(.stopped, .stopped), []) }
            let token = writer.choose(after: inner.context(prompt, before), using: &stream)
            if writer.ends(with: token) { ending = .end }
            let state = try writer.look(behind: inner.context(prompt, before + [token]))
            checks += 1
            var isFlagged = false
            if let head, let input = trace?.add(state) {
                let look = head.look(input, .response)
                looks.append(look)
                isFlagged = head.isFlagged(look)
            }
            switch waiting.add(token, isFlagged: isFlagged) {
            case .goOn: continue
            case .rollBack:
                stream = RandomStream(seed: seed, for: .generation, index: UInt32(waiting.attempt))
                ending = nil
                looks.removeLast(max(0, looks.count - waiting.shown.count))
                trace?.shorten(to: waiting.shown.count)
                inner.begin(behind: waiting.shown.count)
                _ = try writer.look(behind: inner.context(prompt, waiting.shown))
            case .refuse: return (result(.refused, .stopped), looks.suffix(1))
            }
        }
        waiting.finish()
        return (result(.written, ending ?? .length), looks)
    }
}
