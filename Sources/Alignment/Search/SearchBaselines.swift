import Foundation

/// How many children the nodes of a tree get: shares of a budget by the softmax of their rewards.
///
/// - SeeAlso: Wu et al. 2024, arXiv:2408.00724 (Rebase).
public struct RebaseWidths: Sendable, Hashable {
    /// Each node's share, which add up to 1.
    public let weights: [Double]
    /// Each node's children, budget times share rounded half up; their sum may differ from the budget.
    public let widths: [Int]

    /// Shares out.
    ///
    /// - Parameters:
    ///   - rewards: of the nodes, at least one finite.
    ///   - budget: children of all, at least 1.
    ///   - temperature: above 0.
    public init(rewards: [Double], budget: Int, temperature: Double) {
        precondition(budget >= 1 && temperature > 0, "a budget of \(budget), a temperature of \(temperature)")
        let largest = rewards.filter(\.isFinite).max()
        guard let largest else { preconditionFailure("no node has a reward") }
        // A node whose reward is no number gets nothing.
        let parts = rewards.map { $0.isFinite ? exp(($0 - largest) / temperature) : 0 }
        let sum = parts.reduce(0, +)
        weights = parts.map { $0 / sum }
        widths = weights.map { Int((Double(budget) * $0 + 0.5).rounded(.down)) }
    }
}

/// The best of some answers.
public enum BestOfN {
    /// The index of the answer with the highest reward, the first of equals; nothing where no reward is a number.
    public static func pick(_ rewards: [Double]) -> Int? {
        rewards.indices.filter { !rewards[$0].isNaN }.max {
            rewards[$0] < rewards[$1] || (rewards[$0] == rewards[$1] && $0 > $1)
        }
    }
}
