import Algorithms
import Assurance
import Foundation
import Tensors

/// Prompts that are answered by one of a few actions, with a known reward and cost of each: a test-bed whose truth is exact.
///
/// The prompts are the whole population, so what a policy is worth is a sum over them and no estimate.
public struct ContextualBandit: Sendable {
    /// Numbers that describe a prompt.
    public let features: Int
    /// Actions to choose from.
    public let actions: Int
    /// Prompts.
    public let count: Int
    /// What a cost lies in.
    public let costRange: ClosedRange<Double>
    /// τ: the largest mean cost that is safe.
    public let limit: Double
    /// The prompts, row after row.
    let contexts: [Double]
    /// Reward and cost of each action for each prompt, row after row.
    let rewards, costs: [Double]

    /// Describes a bandit.
    ///
    /// - Parameters:
    ///   - contexts: the features of each prompt, at least one.
    ///   - rewards: of each action for each prompt.
    ///   - costs: of each action for each prompt, in `range`.
    ///   - range: what a cost lies in.
    ///   - limit: τ.
    public init(
        contexts: [[Double]], rewards: [[Double]], costs: [[Double]], in range: ClosedRange<Double>,
        limit: Double
    ) {
        precondition(
            !contexts.isEmpty && !contexts[0].isEmpty && !rewards.isEmpty, "a bandit without prompts")
        precondition(
            contexts.count == rewards.count && contexts.count == costs.count,
            "\(contexts.count) prompts, \(rewards.count) rewards, \(costs.count) costs")
        (count, features, actions) = (contexts.count, contexts[0].count, rewards[0].count)
        (costRange, self.limit) = (range, limit)
        self.contexts = contexts.flatMap { $0 }
        self.rewards = rewards.flatMap { $0 }
        self.costs = costs.flatMap { $0 }
        precondition(
            self.contexts.count == count * features && self.rewards.count == count * actions
                && self.costs.count == count * actions, "prompts of different sizes")
        precondition(self.costs.allSatisfy(range.contains), "a cost outside \(range)")
    }

    /// The mean reward and cost over all prompts.
    ///
    /// - Parameter policy: whose weights are `[actions, features]`.
    /// - Returns: exact means.
    public func truth(of policy: LinearSoftmaxPolicy) -> (reward: Double, cost: Double) {
        var (reward, cost) = (0.0, 0.0)
        for prompt in 0..<count {
            for (action, probability) in probabilities(of: policy, prompt: prompt).enumerated() {
                reward += probability * rewards[prompt * actions + action]
                cost += probability * costs[prompt * actions + action]
            }
        }
        return (reward / Double(count), cost / Double(count))
    }

    /// The policy's choice for a prompt.
    ///
    /// - Parameters:
    ///   - policy: whose weights are `[actions, features]`.
    ///   - prompt: below `count`.
    /// - Returns: a probability for each action.
    public func probabilities(of policy: LinearSoftmaxPolicy, prompt: Int) -> [Double] {
        precondition(policy.weights.count == actions * features, "a policy of another bandit")
        let logits = (0..<actions).map { action in
            (0..<features).reduce(0) {
                $0 + policy.weights[action * features + $1] * contexts[prompt * features + $1]
            }
        }
        let largest = logits.reduce(-.infinity, max)
        let powers = logits.map { exp($0 - largest) }
        let sum = powers.reduce(0, +)
        return powers.map { $0 / sum }
    }

    /// The cost of one action drawn from the policy.
    ///
    /// - Parameters:
    ///   - policy: whose weights are `[actions, features]`.
    ///   - prompt: below `count`.
    ///   - uniform: in 0 ..< 1; the action is the number of cumulative probabilities below it.
    /// - Returns: the action and its cost.
    public func draw(
        from policy: LinearSoftmaxPolicy, prompt: Int, uniform: Double
    ) -> (action: Int, cost: Double) {
        var sum = 0.0
        var action = 0
        for probability in probabilities(of: policy, prompt: prompt).dropLast() {
            sum += probability
            if sum < uniform { action += 1 }
        }
        return (action, costs[prompt * actions + action])
    }
}

/// A policy softmax(θx) over the actions of a bandit.
public struct LinearSoftmaxPolicy: Codable, Sendable, Hashable {
    /// θ, `[actions, features]`, row after row.
    public var weights: [Double]

    /// States a policy.
    public init(weights: [Double]) { self.weights = weights }
}
