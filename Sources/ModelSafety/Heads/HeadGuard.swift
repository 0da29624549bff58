import Alignment
import Storage

/// A stream head beside the model whose states it reads: it judges what is asked at its last token, and every token of a reply.
///
/// Two tokens in a row are a flag, since one alone may be a slip. A head sees states and no text, so that it belongs to one model.
public struct HeadGuard: Sendable {
    /// The head.
    public let stored: StoredHead
    /// Its file, as it is named in verdicts.
    public let source: String
    /// The probability of what counts as unsafe from which on a token is flagged, in (0, 1].
    public let threshold: Double
    /// What becomes of what is controversial.
    public let policy: GuardPolicy

    /// Makes a guard of a head that was checked against its model.
    public init(
        _ stored: StoredHead, source: String, threshold: Double = 0.5, policy: GuardPolicy = .strict
    ) {
        precondition(threshold > 0 && threshold <= 1, "a threshold of \(threshold)")
        (self.stored, self.source, self.threshold, self.policy) = (stored, source, threshold, policy)
    }

    /// Numbers of a state.
    public var hidden: Int { stored.hidden }

    /// The states of a reply behind a prompt, as the head reads them.
    ///
    /// - Parameter prompt: the state of its last token, behind the model's last norm.
    /// - Returns: an empty trace.
    public func trace(behind prompt: some Collection<Float>) -> HeadTrace {
        HeadTrace(stored.head.reading, behind: prompt)
    }

    /// What the head says of a token.
    ///
    /// - Parameters:
    ///   - input: of a trace.
    ///   - subject: whether the token is the last of a prompt, or one of a reply.
    /// - Returns: probabilities of the labels.
    public func look(_ input: [Float], _ subject: GuardVerdict.Subject) -> GuardProbabilities {
        GuardProbabilities(logProbabilities: stored.head.risk(input, subject))
    }

    /// Whether a token is flagged.
    public func isFlagged(_ look: GuardProbabilities) -> Bool {
        look.isUnsafe(policy, threshold: threshold)
    }

    /// The verdict on a prompt.
    ///
    /// - Parameter look: at its last token.
    /// - Returns: the verdict.
    public func judgement(prompt look: GuardProbabilities) -> GuardJudgement {
        GuardJudgement(
            source, .prompt, .labels(look), isUnsafe: isFlagged(look), probability: look.unsafe(policy))
    }

    /// The verdict on a reply: that of the two tokens in a row of which the less doubtful one is the most doubtful.
    ///
    /// - Parameter looks: of the reply's tokens; a single one stands for two, and none is safe.
    /// - Returns: the verdict.
    public func judgement(reply looks: [GuardProbabilities]) -> GuardJudgement {
        let pairs = looks.count == 1 ? [(looks[0], looks[0])] : Array(zip(looks, looks.dropFirst()))
        let weaker = pairs.map { $0.unsafe(policy) <= $1.unsafe(policy) ? $0 : $1 }
        let worst =
            weaker.max { $0.unsafe(policy) < $1.unsafe(policy) }
            ?? GuardProbabilities(logProbabilities: [0, -.infinity, -.infinity])
        return GuardJudgement(
            source, .response, .labels(worst), isUnsafe: isFlagged(worst), probability: worst.unsafe(policy))
    }
}
