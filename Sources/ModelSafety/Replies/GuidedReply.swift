import Alignment
import LanguageModels

/// A reward head as a guard: it expects harm of a finished reply, or not.
public struct RewardGuard {
    /// The head beside its model.
    public let head: RewardHead
    /// Its file, as it is named in verdicts.
    public let source: String
    /// The chance of harm from which on a reply is refused, in (0, 1].
    public let threshold: Double

    /// Makes a guard of a head.
    public init(_ head: RewardHead, source: String, threshold: Double = 0.5) {
        precondition(threshold > 0 && threshold <= 1, "a threshold of \(threshold)")
        (self.head, self.source, self.threshold) = (head, source, threshold)
    }

    /// The verdict on a reply.
    ///
    /// - Parameter reward: minus the chance of harm; what is below −1, or no number, counts as −1.
    /// - Returns: the verdict.
    public func judgement(_ reward: Double) -> GuardJudgement {
        let harm = reward.isNaN ? 1 : min(max(-reward, 0), 1)
        return GuardJudgement(
            source, .response, .reward(harm), isUnsafe: harm >= threshold, probability: harm)
    }
}

/// Finds a reply by a guarded search: of a beam of beginnings those are kept whose finished replies a reward head expects least harm of.
///
/// Nothing is drawn: equal prompts have equal replies. Columns of shared beginnings are computed once.
struct GuidedReply {
    /// What was found.
    struct Reply {
        let tokens: [Int32]
        let text: String
        let reward: Double
        let ending: ChatReply.Ending
    }

    private struct Stopped: Error {}

    private let rewarding: RewardGuard
    private let width: Int
    /// The share of probability from which tokens are taken where the caller names none, as in the paper's release.
    private static let share = 0.8

    /// Describes a search with so many nodes.
    init(_ rewarding: RewardGuard, width: Int) { (self.rewarding, self.width) = (rewarding, width) }

    /// Finds a reply.
    ///
    /// - Parameters:
    ///   - model: whose head it is.
    ///   - prompt: fewer tokens than the context.
    ///   - most: tokens of the reply at most.
    ///   - share: of probability from which tokens are taken; 1 for the release's.
    ///   - goesOn: asked before every step; false stops.
    /// - Returns: the reply, nothing where it was stopped, and the tokens of it that were computed.
    /// - Throws: `HeadError` where nothing ends the model's texts; `NonFiniteError`; the errors of the model's format.
    func callAsFunction(
        _ model: ChatModel, to prompt: [Int32], most: Int, share: Float, goesOn: () -> Bool
    ) throws -> (reply: Reply?, computed: Int) {
        guard let end = rewarding.head.end else { throw HeadError.nothingEnds(model.file.path) }
        var columns = try DecoderColumns(model.file)
        columns.promptTokens = prompt.count
        var search = GuardedSearch(budget: width, end: end)
        search.steps = min(most, model.file.description.contextLength - prompt.count)
        (search.share, search.leastTokens) = (share < 1 ? Double(share) : Self.share, 1)
        search.unseen = rewarding.head.unseen
        return try withoutActuallyEscaping(goesOn) { goesOn in
            var searching = HeadedSearch(columns, rewarding.head) { if !goesOn() { throw Stopped() } }
            func computed() -> Int { max(searching.trie.computed - prompt.count, 0) }
            do {
                let found = try search(prompt.map(Int.init), &searching)
                let answer = found.answer
                let written = (answer?.tokens ?? []).map { Int32($0) }
                return (
                    Reply(
                        tokens: written,
                        text: model.tokenizer.decode(written, skippingSpecialTokens: true),
                        // Where no token may follow nothing is known of the reply.
                        reward: answer?.reward ?? GuardedSearch.unseenReward,
                        ending: answer?.isEnded == true ? .end : .length), computed()
                )
            } catch is Stopped {
                return (nil, computed())
            }
        }
    }
}
