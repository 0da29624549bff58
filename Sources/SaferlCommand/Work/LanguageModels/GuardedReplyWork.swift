import Alignment
import LanguageModels
import ModelSafety
import SafeRL

/// Which guards stand around a model.
struct ReplyGuardRequest {
    let guards: [String]
    let policy: GuardPolicy
    let threshold: Double
    let erasures: Erasures?
    let search: ReplySearch
    /// What the model reads where it writes a reply anew.
    let introspection: String

    /// Guards that are opened.
    struct Opened {
        let texts: ReplyGuard
        /// A stream head, and a reward head, where they are named.
        let head: HeadGuard?
        let rewarding: RewardGuard?
    }

    /// Opens the guards.
    ///
    /// - Parameters:
    ///   - model: whose states heads must be of.
    ///   - tokenizer: its own.
    /// - Returns: guards of texts, and the heads that are named.
    /// - Throws: where one cannot be opened, or none judges what is searched for.
    func opened(for model: ModelFile, _ tokenizer: Tokenizer) throws -> Opened {
        let rewards = guards.filter(StoredRewardHead.isHead)
        let heads = guards.filter { StoredHead.isHead($0) && !rewards.contains($0) }
        if heads.count > 1 || rewards.count > 1 { throw GuardsThatDoNotFit.twoHeads }
        let head = try heads.first.map { path in
            let stored = try StoredHead(contentsOf: path)
            try stored.check(model, path: path)
            return HeadGuard(stored, source: path, threshold: threshold, policy: policy)
        }
        let rewarding = try rewards.first.map { path in
            guard case .best = search else { throw GuardsThatDoNotFit.rewardWithoutSearch }
            let stored = try StoredRewardHead(contentsOf: path)
            try stored.check(model, path: path)
            return RewardGuard(
                try RewardHead(stored, on: model, tokenizer), source: path, threshold: threshold)
        }
        let others = guards.filter { !StoredHead.isHead($0) }
        // A head reads the states of the whole prompt: what is left after erasing is judged by texts.
        if others.isEmpty && erasures != nil { throw GuardsThatDoNotFit.erasingByHead }
        let around = ReplyGuard(
            try others.map { try GuardFile.open($0, threshold: threshold) }, policy: policy,
            erasures: erasures)
        guard search == .once || around.judgesReplies || head != nil || rewarding != nil else {
            throw NoJudgeOfReplies(option: search == .rollingBack ? "roll-back" : "search")
        }
        return Opened(texts: around, head: head, rewarding: rewarding)
    }

    /// How a reply is sought by these guards: a reward head turns the best of N into a search of N nodes.
    func search(by opened: Opened) -> ReplySearch {
        if opened.rewarding != nil, case .best(let width) = search { .guided(width: width) } else { search }
    }

    /// Opens the guards of a server, which judges texts alone: what clients say of a conversation's past has no states of this model.
    ///
    /// - Parameters:
    ///   - model: that is served.
    ///   - tokenizer: its own.
    /// - Returns: guards of texts.
    /// - Throws: as `opened`; where a stream head is named.
    func openedForServer(of model: ModelFile, _ tokenizer: Tokenizer) throws -> ReplyGuard {
        if guards.contains(where: StoredHead.isHead) { throw GuardsThatDoNotFit.headOfServer }
        return try opened(for: model, tokenizer).texts
    }
}

/// Guards that are not put around one model.
enum GuardsThatDoNotFit: Fault {
    /// Two stream heads, or two reward heads.
    case twoHeads
    /// A reward head without a search by it.
    case rewardWithoutSearch
    /// Erase-and-check with nothing but a stream head.
    case erasingByHead
    /// A stream head around a server.
    case headOfServer

    /// The call.
    var kind: FaultKind { .usage }

    var description: String {
        switch self {
        case .twoHeads: "--guard names two heads of a kind, and a model is judged by one. Name one."
        case .rewardWithoutSearch:
            "--guard names a reward head, and a reply is searched for by it. Say with how many nodes by --search, such as --search 4."
        case .headOfServer:
            "--guard names a stream head, which \"saferl answer\" and \"saferl chat\" take; a server judges texts. Name a filter or a language model."
        case .erasingByHead:
            "--erase needs a guard that judges texts, and a stream head judges states. Name a filter or a language model by --guard too."
        }
    }
}

/// A search between guards of which none judges replies.
struct NoJudgeOfReplies: Fault {
    /// What needs it.
    let option: String
    /// The call.
    var kind: FaultKind { .usage }

    var description: String {
        "--\(option) needs a guard that judges replies, and a filter judges what is asked alone. "
            + "Name a language model by --guard too."
    }
}

/// Writes one reply that has passed its guards, or why there is none.
struct GuardedReplyWork {
    /// What is printed of a reply with `--json`.
    private struct Report: Encodable {
        struct Verdict: Encodable {
            let source, subject: String
            let label: String?
            let isUnsafe: Bool
            let probability: Double?
            /// Of the labels, by name; of a guard that has them.
            let probabilities: [String: Double]?

            enum CodingKeys: String, CodingKey {
                case source = "guard"
                case isUnsafe = "unsafe"
                case subject, label, probability, probabilities
            }

            init(_ judgement: GuardJudgement) {
                (source, subject) = (judgement.source, judgement.subject.rawValue)
                (label, isUnsafe) = (judgement.label?.name.lowercased(), judgement.isUnsafe)
                probability = judgement.probability
                guard case .labels(let values) = judgement.ground else {
                    probabilities = nil
                    return
                }
                probabilities = Dictionary(
                    zip(Alignment.GuardLabel.allCases.map { $0.name.lowercased() }, values.values),
                    uniquingKeysWith: { first, _ in first })
            }
        }

        let text: String
        let refused: Bool
        let reason: String?
        let verdicts: [Verdict]
        let tokens, writtenTokens, promptTokens, candidates, rollBacks: Int
        let ending: String?
        let policy: String
        let seconds: Double

        enum CodingKeys: String, CodingKey {
            case text, refused, reason, verdicts, tokens, candidates, ending, policy, seconds
            case writtenTokens = "written_tokens"
            case promptTokens = "prompt_tokens"
            case rollBacks = "roll_backs"
        }
    }

    let chat: GuardedChat
    let request: ReplyRequest
    let policy: GuardPolicy

    /// Opens the guards around a model.
    init(_ model: ChatModel, _ guarding: ReplyGuardRequest, request: ReplyRequest) throws {
        let guards = try guarding.opened(for: model.file, model.tokenizer)
        chat = try GuardedChat(
            model, guards.texts, head: guards.head, rewarding: guards.rewarding,
            search: guarding.search(by: guards),
            rolling: RollingReply(introspection: guarding.introspection))
        (self.request, policy) = (request, guarding.policy)
    }

    /// Replies, and prints the reply or the refusal; nothing where it was stopped.
    ///
    /// - Parameters:
    ///   - conversation: turns of `user` and `assistant`.
    ///   - prompt: its tokens.
    ///   - number: of the reply in the conversation, from 0 on; every reply has a seed of its own.
    /// - Returns: what was said.
    /// - Throws: what the models throw; `OutputError`.
    func reply(to conversation: [ChatMessage], prompt: [Int32], number: UInt64) throws -> GuardedReply {
        let clock = ContinuousClock()
        let start = clock.now
        let reply = try chat.reply(
            to: conversation, prompt: prompt, options: request.options, seed: request.seed &+ number,
            goesOn: { SignalWatch.latest == nil })
        if reply.isStopped { return reply }
        guard request.isJSON else {
            let said = reply.reason.map { "Refused: \($0)" } ?? reply.text ?? ""
            try Output.write(piece: ReplyWork.harmless(said) + "\n")
            return reply
        }
        try Output.write(
            json: Report(
                text: reply.text ?? "", refused: reply.isRefused, reason: reply.reason,
                verdicts: reply.verdicts.map(Report.Verdict.init), tokens: reply.tokens,
                writtenTokens: reply.writtenTokens, promptTokens: reply.promptTokens,
                candidates: reply.candidates, rollBacks: reply.rollBacks, ending: reply.ending?.rawValue,
                policy: policy.rawValue, seconds: (clock.now - start) / .seconds(1)))
        return reply
    }
}
