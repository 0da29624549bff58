import Alignment
import LanguageModels

/// How a reply is sought between the guards.
public enum ReplySearch: Sendable, Hashable {
    /// One reply, judged at its end.
    case once
    /// So many replies, of which the one that is least likely to be unsafe is kept (best of N); at least 2.
    case best(of: Int)
    /// One reply whose beginning is judged every few tokens, and written anew where it is flagged.
    case rollingBack
}

/// What a guarded model says.
public struct GuardedReply: Sendable {
    /// The reply; nothing where it was refused or stopped.
    public internal(set) var text: String?
    /// Why it was refused, one sentence; nothing where it was not.
    public internal(set) var reason: String?
    /// Whether the caller stopped it.
    public internal(set) var isStopped = false
    /// Every verdict on the prompt and on the reply that was kept, in the order in which they were given.
    public internal(set) var verdicts: [GuardJudgement] = []
    /// Tokens of the reply that was kept; of all candidates and dropped ones; of the prompt.
    public internal(set) var tokens = 0, writtenTokens = 0, promptTokens = 0
    /// Why it ended; nothing where nothing was written.
    public internal(set) var ending: ChatReply.Ending?
    /// Replies that were written, and how often one was rolled back.
    public internal(set) var candidates = 0, rollBacks = 0

    /// Whether a guard refused.
    public var isRefused: Bool { reason != nil }
}

/// A chat model between guards: the prompt's guards with erase-and-check, then generation, then the reply's guards.
///
/// Nothing of a reply is seen before it has passed. Belongs to one isolation domain, as its models do.
public final class GuardedChat {
    /// The model.
    public let model: ChatModel
    private let around: ReplyGuard
    private let search: ReplySearch
    private let rolling: (reply: RollingReply, decoder: KeptDecoder)?

    /// Puts guards around a model.
    ///
    /// - Parameters:
    ///   - model: replies.
    ///   - around: the guards; at least one judges replies where the search needs it.
    ///   - search: how a reply is sought.
    ///   - rolling: the sizes of rolling back.
    /// - Throws: the errors of the model's format.
    public init(
        _ model: ChatModel, _ around: ReplyGuard, search: ReplySearch, rolling: RollingReply = RollingReply()
    ) throws {
        precondition(search == .once || around.judgesReplies, "a search without a guard of replies")
        (self.model, self.around, self.search) = (model, around, search)
        self.rolling = search == .rollingBack ? (rolling, try KeptDecoder(model.file)) : nil
    }

    /// Replies to the last turn of a conversation, or says why not.
    ///
    /// - Parameters:
    ///   - conversation: turns of `user` and `assistant`, the last of the user; what the system says is not judged.
    ///   - prompt: its tokens with the beginning of a reply.
    ///   - options: how tokens are chosen.
    ///   - seed: of the reply.
    ///   - goesOn: asked before every token; false stops.
    /// - Returns: what is said, with all verdicts.
    /// - Throws: what the models throw.
    public func reply(
        to conversation: [ChatMessage], prompt: [Int32], options: SamplingOptions, seed: UInt64,
        goesOn: () -> Bool = { true }
    ) throws -> GuardedReply {
        var result = GuardedReply()
        result.promptTokens = prompt.count
        result.verdicts = try around.judge(prompt: conversation)
        if let verdict = result.verdicts.last, verdict.isUnsafe {
            result.reason = verdict.reason
            return result
        }
        if let rolling {
            try roll(rolling, conversation, prompt, options, seed, goesOn, into: &result)
        } else {
            try choose(conversation, prompt, options, seed, goesOn, into: &result)
        }
        if let verdict = result.verdicts.last, verdict.isUnsafe, !result.isStopped {
            (result.text, result.reason) = (nil, verdict.reason)
        }
        return result
    }

    private func judged(_ text: String, _ conversation: [ChatMessage]) throws -> [GuardJudgement] {
        try around.judge(reply: conversation + [ChatMessage(role: "assistant", content: text)])
    }

    /// Writes as many replies as the search says, and keeps the one with the smallest probability of being unsafe.
    private func choose(
        _ conversation: [ChatMessage], _ prompt: [Int32], _ options: SamplingOptions, _ seed: UInt64,
        _ goesOn: () -> Bool, into result: inout GuardedReply
    ) throws {
        let number = if case .best(let number) = search { number } else { 1 }
        var found: [(reply: ChatReply, verdicts: [GuardJudgement])] = []
        for candidate in 0..<number {
            // The first is the reply of the seed; the others are far from those of later turns.
            let reply = try model.reply(
                to: prompt, options: options, seed: seed &+ (UInt64(candidate) << 32), goesOn: goesOn)
            result.candidates += 1
            result.writtenTokens += reply.tokens
            if reply.ending == .stopped {
                (result.isStopped, result.ending) = (true, .stopped)
                return
            }
            found.append((reply, try judged(reply.text, conversation)))
        }
        // A reply that any guard refuses has no reward; of several guards the most doubtful counts.
        let rewards = found.map { _, verdicts in
            verdicts.contains(where: \.isUnsafe)
                ? -2 : -verdicts.reduce(0) { max($0, $1.probability ?? 1) }
        }
        let kept = found[BestOfN.pick(rewards) ?? 0]
        result.verdicts += kept.verdicts
        (result.text, result.tokens) = (kept.reply.text, kept.reply.tokens)
        result.ending = kept.reply.ending
    }

    private func roll(
        _ rolling: (reply: RollingReply, decoder: KeptDecoder), _ conversation: [ChatMessage],
        _ prompt: [Int32], _ options: SamplingOptions, _ seed: UInt64, _ goesOn: () -> Bool,
        into result: inout GuardedReply
    ) throws {
        var last: [GuardJudgement] = []
        let context = model.file.description.contextLength
        guard !prompt.isEmpty else { throw ModelFileError.nothingToContinue(model.file.path) }
        guard prompt.count < context else {
            throw ModelFileError.tooLong(model.file.path, tokens: prompt.count, context: context)
        }
        let reply = try rolling.reply(
            rolling.decoder, model.tokenizer, to: prompt, options: options, seed: seed, goesOn: goesOn
        ) { text in
            last = try judged(text, conversation)
            return last.contains(where: \.isUnsafe)
        }
        result.candidates = 1
        result.rollBacks = reply.events.count
        result.ending = reply.ending
        result.writtenTokens = reply.events.reduce(reply.tokens.count) { $0 + $1.dropped }
        switch reply.outcome {
        case .stopped: result.isStopped = true
        case .refused: result.verdicts += last
        case .written:
            (result.text, result.tokens) = (reply.text, reply.tokens.count)
            // What was flagged and could not be dropped is judged once more with what stands before it.
            result.verdicts += try judged(reply.text, conversation)
        }
    }
}
