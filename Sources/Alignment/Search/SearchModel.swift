import Foundation

/// What a guarded search asks: which token may follow, and how safe the text would then be.
public protocol SearchModel {
    /// The policy's logits and the rewards of every next token, behind each of some sequences.
    ///
    /// A step asks once, about all sequences that have not ended. Numbers depend on each sequence alone.
    ///
    /// - Parameter sequences: prompt and what was written, none empty.
    /// - Returns: for each sequence, as many of both as the vocabulary has tokens.
    /// - Throws: what cannot be computed.
    mutating func looks(behind sequences: [[Int]]) throws -> [SearchLook]
}

/// What a model says behind one sequence.
public struct SearchLook: Sendable, Hashable {
    /// The policy's logits, one for each token.
    public let logits: [Double]
    /// The reward of the sequence with each token behind it.
    public let rewards: [Double]

    /// Takes both, of the same length.
    public init(logits: [Double], rewards: [Double]) {
        precondition(
            logits.count == rewards.count && !logits.isEmpty,
            "\(logits.count) logits, \(rewards.count) rewards")
        (self.logits, self.rewards) = (logits, rewards)
    }

    /// The tokens that are likely enough, the likeliest first: those before which the probabilities add up to less than `share`.
    ///
    /// Of equal logits the lower token comes first.
    ///
    /// - Parameters:
    ///   - share: in (0, 1].
    ///   - forbidden: a token that may not follow, if any.
    /// - Returns: tokens; none where no logit is finite.
    public func nucleus(_ share: Double, forbidden: Int? = nil) -> [Int] {
        let tokens = logits.indices.filter { $0 != forbidden && logits[$0].isFinite }
        let largest = tokens.reduce(-Double.infinity) { max($0, logits[$1]) }
        let weights = logits.map { exp($0 - largest) }
        let sum = tokens.reduce(0) { $0 + weights[$1] }
        let sorted = tokens.sorted { weights[$0] > weights[$1] || (weights[$0] == weights[$1] && $0 < $1) }
        var before = 0.0
        let kept = sorted.prefix { token in
            defer { before += weights[token] / sum }
            return before < share
        }
        return Array(kept)
    }
}
