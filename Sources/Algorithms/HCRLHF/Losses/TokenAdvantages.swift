import Foundation

/// One response token by token, in arrays shifted by one: position t belongs to the prediction of token t + 1.
public struct TokenRow: Sendable, Hashable {
    /// The first position that counts: prompt length − 1.
    public let start: Int
    /// The tokens that are there, as opposed to padding.
    public let isToken: [Bool]

    /// Describes a row.
    ///
    /// - Parameters:
    ///   - start: in the row.
    ///   - isToken: at least one true from `start` on.
    public init(start: Int, isToken: [Bool]) {
        precondition(start >= 0 && start < isToken.count, "start \(start) of \(isToken.count) positions")
        precondition(isToken[start...].contains(true), "a response without a token")
        (self.start, self.isToken) = (start, isToken)
    }

    /// Tokens from `start` on.
    var count: Int { isToken[start...].count { $0 } }

    /// Σ of the tokens from `start` on: of a response's log-probabilities, that of the response.
    public func sum(_ values: [Double]) -> Double {
        check(values)
        return (start..<values.count).reduce(0) { isToken[$1] ? $0 + values[$1] : $0 }
    }

    func check(_ values: [Double]) {
        precondition(values.count == isToken.count, "\(values.count) values of \(isToken.count) positions")
    }
}

/// Rewards and costs of tokens: the divergence from the reference at each, and the score at the last.
public struct TokenShaping: Codable, Sendable, Hashable {
    /// β, at least 0.
    public var divergencePenalty: Double
    /// Every token's reward and cost is clipped to ± this.
    public var limit: Double

    /// Describes the shaping.
    public init(divergencePenalty: Double = 0.1, limit: Double = 50) {
        precondition(divergencePenalty >= 0 && limit > 0, "β \(divergencePenalty), ± \(limit)")
        (self.divergencePenalty, self.limit) = (divergencePenalty, limit)
    }

    /// −β·(log π_old − log π_ref), and the reward at the last token.
    public func rewards(
        _ row: TokenRow, old: [Double], reference: [Double], reward: Double
    ) -> [Double] {
        shaped(row, old, reference, score: reward, -divergencePenalty)
    }

    /// +β·(log π_old − log π_ref), and the cost at the last token.
    public func costs(_ row: TokenRow, old: [Double], reference: [Double], cost: Double) -> [Double] {
        shaped(row, old, reference, score: cost, divergencePenalty)
    }

    private func shaped(
        _ row: TokenRow, _ old: [Double], _ reference: [Double], score: Double, _ factor: Double
    ) -> [Double] {
        row.check(old)
        row.check(reference)
        let last = row.isToken.lastIndex(of: true)
        return old.indices.map { index in
            let divergence = factor * (old[index] - reference[index])
            return min(max(divergence + (index == last ? score : 0), -limit), limit)
        }
    }
}

/// Generalised advantages of the tokens of a response, and what their values should have been.
///
/// - SeeAlso: Schulman et al. 2016, arXiv:1506.02438.
public struct TokenAdvantages: Sendable, Hashable {
    /// From the row's start on.
    public let advantages: [Double]
    /// Advantage plus value, from the row's start on.
    public let returns: [Double]

    /// Sums temporal differences from the end back to the start; padding counts as zero.
    ///
    /// - Parameters:
    ///   - row: which positions count.
    ///   - values: of the critic that saw the response made.
    ///   - rewards: of the tokens.
    ///   - discount: γ.
    ///   - decay: λ of the sum, in 0 … 1.
    public init(
        _ row: TokenRow, values: [Double], rewards: [Double], discount: Double = 1, decay: Double = 0.95
    ) {
        row.check(values)
        row.check(rewards)
        var advantages = [Double](repeating: 0, count: values.count - row.start)
        var (sum, next) = (0.0, 0.0)
        for index in (row.start..<values.count).reversed() {
            let value = row.isToken[index] ? values[index] : 0
            let reward = row.isToken[index] ? rewards[index] : 0
            sum = reward + discount * next - value + discount * decay * sum
            advantages[index - row.start] = sum
            next = value
        }
        self.advantages = advantages
        returns = advantages.indices.map {
            advantages[$0] + (row.isToken[row.start + $0] ? values[row.start + $0] : 0)
        }
    }

    /// (A_R − λ·A_C)/(1 + λ).
    public static func combined(rewards: [Double], costs: [Double], multiplier: Double) -> [Double] {
        precondition(rewards.count == costs.count, "\(rewards.count), \(costs.count) advantages")
        return zip(rewards, costs).map { ($0 - multiplier * $1) / (1 + multiplier) }
    }
}
