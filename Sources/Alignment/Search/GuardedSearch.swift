/// Search for a safe answer with a head that predicts the reward of every next token at once.
///
/// A beam of nodes is extended token by token; the pairs of node and token that promise the highest reward are kept.
///
/// - SeeAlso: Saffron-1, arXiv:2506.06444.
public struct GuardedSearch: Sendable, Hashable {
    /// What a node that has not ended is worth beside others.
    public enum Ranking: String, Codable, Sendable, CaseIterable {
        /// The reward that was predicted for its last token.
        case latest
        /// Nothing, as in the released code: an ended node is never displaced by it, however bad.
        case released
    }

    /// A sequence that the search keeps.
    public struct Node: Sendable, Hashable {
        /// What was written.
        public let tokens: [Int]
        /// Its reward; −∞ for what has none yet.
        public let reward: Double
        /// Whether its last token ends the text.
        public let isEnded: Bool
    }

    /// How often models were asked, one count for each node and step.
    public struct Calls: Sendable, Hashable {
        /// Of the policy, and of the head.
        public internal(set) var policy = 0, head = 0
        /// Of a reward model that judges one sequence a call.
        public internal(set) var scalar = 0
    }

    /// What a search finds.
    public struct Result: Sendable, Hashable {
        /// The nodes behind each step, the best first.
        public let trace: [[Node]]
        /// Calls.
        public let calls: Calls
        /// The best node behind the last step.
        public var answer: Node? { trace.last?.first }
    }

    /// The reward of a token that the head never saw follow anything: no text worth its name is worse.
    public static let unseenReward = -1024.0

    /// The most nodes that are kept (N), at least 1.
    public var budget: Int
    /// The most tokens that are written (T), at least 1.
    public var steps = 50
    /// The share of probability from which tokens are taken, in (0, 1].
    public var share = 0.8
    /// Tokens before the text may end.
    public var leastTokens = 16
    /// What nodes are worth.
    public var ranking = Ranking.latest
    /// The token that ends a text.
    public var end: Int
    /// Tokens that the head never saw follow anything.
    public var unseen: Set<Int> = []

    /// Describes a search with the released sizes.
    public init(budget: Int, end: Int) {
        precondition(budget >= 1, "a budget of \(budget) nodes")
        (self.budget, self.end) = (budget, end)
    }

    private struct Candidate {
        let parent, rank, token: Int
        let reward: Double
    }

    /// Searches behind a prompt.
    ///
    /// - Parameters:
    ///   - prompt: not empty.
    ///   - model: is asked once for each step.
    /// - Returns: the trace; it ends behind the first step in which all nodes had ended.
    /// - Throws: what the model throws.
    public func callAsFunction(_ prompt: [Int], _ model: inout some SearchModel) throws -> Result {
        precondition(!prompt.isEmpty && steps >= 1 && share > 0, "a search behind nothing")
        var beam = [Node(tokens: [], reward: -.infinity, isEnded: false)]
        var trace: [[Node]] = []
        var calls = Calls()
        for step in 0..<steps {
            let running = beam.filter { !$0.isEnded }
            let candidates = try candidates(running, behind: prompt, step: step, &model, &calls)
            let children = candidates.sorted(by: Self.isBetter).prefix(budget).map { candidate in
                let parent = running[candidate.parent]
                let isEnded = candidate.token == end
                return Node(
                    tokens: parent.tokens + [candidate.token],
                    reward: isEnded || ranking == .latest ? candidate.reward : parent.reward,
                    isEnded: isEnded)
            }
            // Sorting is stable: of equals the ended ones stay in front, and children in the order in which they were chosen.
            let all = beam.filter(\.isEnded) + children
            let order = all.indices.sorted {
                all[$0].reward > all[$1].reward || (all[$0].reward == all[$1].reward && $0 < $1)
            }
            beam = order.prefix(budget).map { all[$0] }
            trace.append(beam)
            if running.isEmpty { break }
        }
        return Result(trace: trace, calls: calls)
    }

    private func candidates(
        _ running: [Node], behind prompt: [Int], step: Int, _ model: inout some SearchModel,
        _ calls: inout Calls
    ) throws -> [Candidate] {
        guard !running.isEmpty else { return [] }
        let looks = try model.looks(behind: running.map { prompt + $0.tokens })
        precondition(looks.count == running.count, "\(looks.count) looks behind \(running.count) sequences")
        calls.policy += running.count
        calls.head += running.count
        var candidates: [Candidate] = []
        for (parent, look) in looks.enumerated() {
            let tokens = look.nucleus(share, forbidden: step < leastTokens ? end : nil)
            calls.scalar += tokens.count
            for (rank, token) in tokens.enumerated() {
                // A reward that is no number is unknown, and counts as that of an unseen token.
                let isKnown = !unseen.contains(token) && !look.rewards[token].isNaN
                candidates.append(
                    Candidate(
                        parent: parent, rank: rank, token: token,
                        reward: isKnown ? look.rewards[token] : Self.unseenReward))
            }
        }
        return candidates
    }

    /// Higher reward; of equals the better parent, then the likelier token.
    private static func isBetter(_ a: Candidate, _ b: Candidate) -> Bool {
        a.reward != b.reward ? a.reward > b.reward : (a.parent, a.rank) < (b.parent, b.rank)
    }
}
