import Alignment
import LanguageModels

/// How a reply is sought between the guards.
public enum ReplySearch: Sendable, Hashable {
    /// One reply, judged at its end.
    case once
    /// So many replies, of which the one that is least likely to be unsafe is kept (best of N); at least 2.
    case best(of: Int)
    /// One reply that a guarded search by a reward head finds, with so many nodes; at least 1.
    case guided(width: Int)
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
    private let rolling: RollingReply
    private let head: HeadGuard?
    private let rewarding: RewardGuard?
    private let decoder: KeptDecoder?

    /// Puts guards around a model.
    ///
    /// - Parameters:
    ///   - model: replies.
    ///   - around: the guards of texts; at least one judges replies where the search needs it and there is no head.
    ///   - head: a stream head of this model, which judges tokens.
    ///   - rewarding: a reward head of this model; by it what is `guided` is sought, and it judges what is found.
    ///   - search: how a reply is sought; what rolls back is judged token by token where there is a head.
    ///   - rolling: the sizes of rolling back.
    /// - Throws: the errors of the model's format.
    public init(
        _ model: ChatModel, _ around: ReplyGuard, head: HeadGuard? = nil,
        rewarding: RewardGuard? = nil, search: ReplySearch, rolling: RollingReply = RollingReply()
    ) throws {
        precondition(
            search == .once || around.judgesReplies || head != nil || rewarding != nil,
            "a search without a guard of replies")
        precondition(head != nil || rewarding != nil || !around.guards.isEmpty, "no guard")
        (self.model, self.around, self.head) = (model, around, head)
        (self.search, self.rolling, self.rewarding) = (search, rolling, rewarding)
        decoder = search == .rollingBack || head != nil ? try KeptDecoder(model.file) : nil
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
        try check(prompt)
        if let head, let state = try states(behind: prompt, from: prompt.count - 1).last {
            let verdict = head.judgement(
                prompt: head.look(head.trace(behind: state).asked, .prompt))
            result.verdicts.append(verdict)
            if verdict.isUnsafe {
                result.reason = verdict.reason
                return result
            }
        }
        if search == .rollingBack, let decoder {
            if let head {
                try stream(head, decoder, conversation, prompt, options, seed, goesOn, into: &result)
            } else {
                try roll(decoder, conversation, prompt, options, seed, goesOn, into: &result)
            }
        } else if case .guided(let width) = search, let rewarding {
            try seek(rewarding, width, conversation, prompt, options, goesOn, into: &result)
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

    /// What all guards say of a reply that is written; the head reads it as it would be read back.
    private func judged(_ text: String, _ conversation: [ChatMessage], behind prompt: [Int32]) throws
        -> [GuardJudgement]
    {
        let verdicts = try judged(text, conversation)
        guard let head, verdicts.last?.isUnsafe != true else { return verdicts }
        let reply = model.tokenizer.encode(
            text, addingTemplate: false, recognisingSpecialTokens: false
        ).ids
        guard prompt.count + reply.count <= model.file.description.contextLength else {
            return verdicts + [
                GuardJudgement(head.source, .response, .tooLong, isUnsafe: true, probability: nil)
            ]
        }
        guard !reply.isEmpty else { return verdicts + [head.judgement(reply: [])] }
        let states = try states(behind: prompt + reply, from: prompt.count - 1)
        var trace = head.trace(behind: states[0])
        let looks = states.dropFirst().map { head.look(trace.add($0), .response) }
        return verdicts + [head.judgement(reply: looks)]
    }

    /// The states of the tokens of a sequence from a place on.
    private func states(behind tokens: [Int32], from first: Int) throws -> [[Float]] {
        guard let decoder else { return [] }
        let hidden = model.file.description.hidden
        var rows: [[Float]] = []
        try decoder.look(behind: tokens, keeping: first) { states, _ in
            rows = stride(from: 0, to: states.count, by: hidden).map { Array(states[$0..<$0 + hidden]) }
        }
        return Array(rows.suffix(tokens.count - first))
    }

    private func check(_ prompt: [Int32]) throws {
        let context = model.file.description.contextLength
        guard !prompt.isEmpty else { throw ModelFileError.nothingToContinue(model.file.path) }
        guard prompt.count < context else {
            throw ModelFileError.tooLong(model.file.path, tokens: prompt.count, context: context)
        }
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
            found.append((reply, try judged(reply.text, conversation, behind: prompt)))
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

    /// Lets a guarded search find the reply; whoever else judges replies judges what it found.
    private func seek(
        _ rewarding: RewardGuard, _ width: Int, _ conversation: [ChatMessage], _ prompt: [Int32],
        _ options: SamplingOptions, _ goesOn: () -> Bool, into result: inout GuardedReply
    ) throws {
        let found = try GuidedReply(rewarding, width: width)(
            model, to: prompt, most: options.mostTokens, share: options.topP, goesOn: goesOn)
        (result.candidates, result.writtenTokens) = (1, found.computed)
        guard let found = found.reply else {
            (result.isStopped, result.ending) = (true, .stopped)
            return
        }
        result.verdicts.append(rewarding.judgement(found.reward))
        (result.text, result.tokens, result.ending) = (found.text, found.tokens.count, found.ending)
        if result.verdicts.last?.isUnsafe == false {
            result.verdicts += try judged(found.text, conversation, behind: prompt)
        }
    }

    /// Rolls back where a guard of texts flags a beginning.
    private func roll(
        _ decoder: KeptDecoder, _ conversation: [ChatMessage], _ prompt: [Int32],
        _ options: SamplingOptions, _ seed: UInt64, _ goesOn: () -> Bool, into result: inout GuardedReply
    ) throws {
        var last: [GuardJudgement] = []
        let reply = try rolling(
            decoder, model.tokenizer, to: prompt, options: options, seed: seed, goesOn: goesOn
        ) { text in
            last = try judged(text, conversation)
            return last.contains(where: \.isUnsafe)
        }
        // What was flagged and could not be dropped is judged once more with what stands before it.
        let kept = reply.outcome == .written ? try judged(reply.text, conversation) : last
        note(reply, kept, into: &result)
    }

    /// Rolls back where the head flags two tokens in a row; guards of texts judge what is left.
    private func stream(
        _ head: HeadGuard, _ decoder: KeptDecoder, _ conversation: [ChatMessage], _ prompt: [Int32],
        _ options: SamplingOptions, _ seed: UInt64, _ goesOn: () -> Bool, into result: inout GuardedReply
    ) throws {
        let (reply, looks) = try StreamedReply(
            buffer: rolling.buffer, tries: rolling.tries, introspection: rolling.introspection
        )(
            decoder, model.tokenizer, head, to: prompt, options: options, seed: seed, goesOn: goesOn)
        var verdicts = [head.judgement(reply: looks)]
        if reply.outcome == .written { verdicts = try judged(reply.text, conversation) + verdicts }
        note(reply, verdicts, into: &result)
    }

    private func note(
        _ reply: RollingReply.Result, _ verdicts: [GuardJudgement], into result: inout GuardedReply
    ) {
        result.candidates = 1
        result.rollBacks = reply.events.count
        result.ending = reply.ending
        result.writtenTokens = reply.events.reduce(reply.tokens.count) { $0 + $1.dropped }
        switch reply.outcome {
        case .stopped: result.isStopped = true
        case .refused: result.verdicts += verdicts
        case .written:
            (result.text, result.tokens) = (reply.text, reply.tokens.count)
            // Whatever refuses stands last.
            result.verdicts += verdicts.filter { !$0.isUnsafe } + verdicts.filter(\.isUnsafe)
        }
    }
}
