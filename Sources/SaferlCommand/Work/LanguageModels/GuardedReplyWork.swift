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

    /// Opens the guards.
    ///
    /// - Throws: where one cannot be opened, or none judges what is searched for.
    func opened() throws -> ReplyGuard {
        let around = ReplyGuard(
            try guards.map { try GuardFile.open($0, threshold: threshold) }, policy: policy,
            erasures: erasures)
        guard search == .once || around.judgesReplies else { throw NoJudgeOfReplies(search: search) }
        return around
    }
}

/// A search between guards of which none judges replies.
struct NoJudgeOfReplies: Fault {
    let search: ReplySearch
    /// The call.
    var kind: FaultKind { .usage }

    var description: String {
        "--\(search == .rollingBack ? "roll-back" : "search") needs a guard that judges replies, and a filter judges what is asked alone. "
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
        chat = try GuardedChat(model, guarding.opened(), search: guarding.search)
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
