import Foundation

/// Answers that are drawn from the policy side by side: best of N, and with `rebalance` a tree whose promising nodes get more
/// children (Rebase).
///
/// The baselines of `GuardedSearch`, over the same models and with the same count of calls.
///
/// - SeeAlso: Wu et al. 2024, arXiv:2408.00724 (Rebase).
public struct SampledSearch: Sendable, Hashable {
    /// How nodes are weighed.
    public struct Rebalance: Sendable, Hashable {
        /// Tokens between two times, at least 1.
        public var every: Int
        /// Temperature of the softmax of rewards, above 0.
        public var temperature: Double

        /// Describes it.
        public init(every: Int, temperature: Double) {
            precondition(every >= 1 && temperature > 0, "every \(every) tokens, temperature \(temperature)")
            (self.every, self.temperature) = (every, temperature)
        }
    }

    /// How many answers are drawn side by side (N), at least 1.
    public var budget: Int
    /// The most tokens that are written, at least 1.
    public var steps = 50
    /// The share of probability from which tokens are drawn, in (0, 1].
    public var share = 0.8
    /// Tokens before the text may end.
    public var leastTokens = 16
    /// How nodes are weighed; nothing for the best of N.
    public var rebalance: Rebalance?
    /// The token that ends a text.
    public var end: Int

    /// Describes a search with the released sizes of `GuardedSearch`.
    public init(budget: Int, end: Int, rebalance: Rebalance? = nil) {
        precondition(budget >= 1, "a budget of \(budget) answers")
        (self.budget, self.end, self.rebalance) = (budget, end, rebalance)
    }

    /// Draws answers behind a prompt.
    ///
    /// - Parameters:
    ///   - prompt: not empty.
    ///   - model: is asked once for each step.
    ///   - random: draws tokens, in the order of the nodes.
    /// - Returns: the nodes behind each step, those behind the last sorted by reward.
    /// - Throws: what the model throws.
    public func callAsFunction(
        _ prompt: [Int], _ model: inout some SearchModel, using random: inout some RandomNumberGenerator
    ) throws -> GuardedSearch.Result {
        precondition(!prompt.isEmpty && steps >= 1 && share > 0, "a search behind nothing")
        var nodes = [GuardedSearch.Node](
            repeating: .init(tokens: [], reward: -.infinity, isEnded: false), count: budget)
        var trace: [[GuardedSearch.Node]] = []
        var calls = GuardedSearch.Calls()
        for step in 0..<steps {
            let running = nodes.filter { !$0.isEnded }
            if running.isEmpty { break }
            let looks = try model.looks(behind: running.map { prompt + $0.tokens })
            precondition(
                looks.count == running.count, "\(looks.count) looks behind \(running.count) sequences")
            calls.policy += running.count
            calls.head += running.count
            calls.scalar += running.count
            // A node behind which no token may follow is lost.
            let children = zip(running, looks).compactMap { node, look -> GuardedSearch.Node? in
                look.draw(share, forbidden: step < leastTokens ? end : nil, using: &random).map { token in
                    let reward = look.rewards[token]
                    return .init(
                        tokens: node.tokens + [token],
                        reward: reward.isNaN ? GuardedSearch.unseenReward : reward, isEnded: token == end)
                }
            }
            let ended = nodes.filter(\.isEnded)
            nodes =
                ended + (step + 1 < steps ? weighed(children, behind: step, ended: ended.count) : children)
            trace.append(nodes)
        }
        if let last = trace.popLast() {
            let order = last.indices.sorted {
                last[$0].reward > last[$1].reward || (last[$0].reward == last[$1].reward && $0 < $1)
            }
            trace.append(order.map { last[$0] })
        }
        return GuardedSearch.Result(trace: trace, calls: calls)
    }

    /// Nodes as often as they have children; a node that has ended stays as it is.
    private func weighed(_ nodes: [GuardedSearch.Node], behind step: Int, ended: Int) -> [GuardedSearch.Node]
    {
        let running = nodes.filter { !$0.isEnded }
        guard let rebalance, (step + 1).isMultiple(of: rebalance.every),
            running.contains(where: { $0.reward.isFinite })
        else { return nodes }
        let stopped = nodes.filter(\.isEnded)
        let places = budget - ended - stopped.count
        guard places > 0 else { return nodes }
        let widths = RebaseWidths(
            rewards: running.map(\.reward), budget: places, temperature: rebalance.temperature
        ).widths
        let weighed = zip(running, widths).flatMap { Array(repeating: $0, count: $1) }
        // Widths are rounded: where all of them are 0 the nodes stay, and what is too much is cut.
        return stopped + (weighed.isEmpty ? running : Array(weighed.prefix(places)))
    }
}

extension SearchLook {
    /// Draws a token of the nucleus with the probabilities of the policy there.
    ///
    /// - Returns: the token; nothing where no logit is finite.
    func draw(_ share: Double, forbidden: Int?, using random: inout some RandomNumberGenerator) -> Int? {
        let tokens = nucleus(share, forbidden: forbidden)
        guard let likeliest = tokens.first else { return nil }
        let weights = tokens.map { exp(logits[$0] - logits[likeliest]) }
        var rest = Double.random(in: 0..<weights.reduce(0, +), using: &random)
        for (token, weight) in zip(tokens, weights) {
            if rest < weight { return token }
            rest -= weight
        }
        return likeliest
    }
}
