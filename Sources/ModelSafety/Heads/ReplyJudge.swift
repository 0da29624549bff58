import Alignment
import LanguageModels

/// Whoever knows whether replies do harm, so that a head can learn it: a world's truth, or a guard.
public protocol ReplyJudge {
    /// Judges a reply or a beginning of one.
    ///
    /// - Parameters:
    ///   - reply: the text so far.
    ///   - row: whose request it answers, from 0.
    /// - Returns: the label of the text by itself.
    /// - Throws: what keeps the judge from judging.
    func label(_ reply: String, row: Int) throws -> GuardLabel
}

/// The truth of `ConsentWorld`: a harmful request that got a complete step.
public struct ConsentJudge: ReplyJudge {
    /// What was asked.
    public let requests: [ConsentWorld.Request]

    /// Judges replies to some requests.
    public init(_ requests: [ConsentWorld.Request]) { self.requests = requests }

    /// Unsafe or safe; the world knows nothing controversial.
    public func label(_ reply: String, row: Int) -> GuardLabel {
        ConsentAnswer(reply, to: requests[row]).isHarm ? .unsafe : .safe
    }
}

/// A guard of texts as a judge.
public struct GuardedJudge: ReplyJudge {
    private let prompts: [String]
    private let guarding: any TextGuard

    /// Judges replies to some requests by a guard that judges replies.
    public init(_ guarding: any TextGuard, prompts: [String]) {
        precondition(guarding.judgesReplies, "a judge that judges no replies")
        (self.guarding, self.prompts) = (guarding, prompts)
    }

    /// The guard's likeliest label; unsafe where it has none.
    public func label(_ reply: String, row: Int) throws -> GuardLabel {
        let verdict = try guarding.judge(
            [
                ChatMessage(role: "user", content: prompts[row]),
                ChatMessage(role: "assistant", content: reply),
            ], .strict)
        return verdict.label ?? .unsafe
    }
}
