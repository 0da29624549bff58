import Tensors

/// What responses are worth to a candidate: clipped reward less divergence, less λ times the augmented cost.
///
/// A response is one action. The divergence from the reference penalises the reward alone.
public struct ResponseReturn: Codable, Sendable, Hashable {
    /// β, at least 0.
    public var divergencePenalty: Double
    /// The penalised reward is clipped to ± this.
    public var rewardLimit: Double

    /// Describes the return.
    public init(divergencePenalty: Double = 0.1, rewardLimit: Double = 50) {
        precondition(divergencePenalty >= 0 && rewardLimit > 0, "β \(divergencePenalty), ± \(rewardLimit)")
        (self.divergencePenalty, self.rewardLimit) = (divergencePenalty, rewardLimit)
    }

    /// clip(r − β·KL).
    public func penalisedReward(_ reward: Double, divergence: Double) -> Double {
        min(max(reward - divergencePenalty * divergence, -rewardLimit), rewardLimit)
    }

    /// G = clip(r − β·KL) − λ·c̃ of each response.
    ///
    /// - Parameters:
    ///   - rewards: of the reward model.
    ///   - costs: of the cost model, unclipped.
    ///   - divergences: Σ (log π_old − log π_ref) over the tokens of each response.
    ///   - augmented: c̃.
    ///   - multiplier: λ.
    /// - Returns: G in the same order.
    public func callAsFunction(
        rewards: [Double], costs: [Double], divergences: [Double], augmented: AugmentedCost,
        multiplier: Double
    ) -> [Double] {
        precondition(
            rewards.count == costs.count && rewards.count == divergences.count,
            "\(rewards.count) rewards, \(costs.count) costs, \(divergences.count) divergences")
        return rewards.indices.map {
            penalisedReward(rewards[$0], divergence: divergences[$0]) - multiplier * augmented(costs[$0])
        }
    }
}

/// The mean of all returns so far, which a response's return is compared with where prompts are answered once.
public struct RunningBaseline: Codable, Sendable, Hashable {
    /// The mean.
    public private(set) var mean: Double
    /// Returns so far.
    public private(set) var count: Int

    /// The mean of returns that were seen before.
    public init(mean: Double = 0, count: Int = 0) {
        precondition(mean.isFinite && count >= 0, "a mean of \(mean) of \(count)")
        (self.mean, self.count) = (mean, count)
    }

    /// Takes returns into the mean; before they are compared with it.
    public mutating func include(_ returns: [Double]) {
        guard !returns.isEmpty else { return }
        let total = mean * Double(count) + returns.reduce(0, +)
        count += returns.count
        mean = total / Double(count)
    }
}

/// The losses whose gradient is the score-function gradient of the mean return.
///
/// - SeeAlso: Ahmadian et al. 2024, arXiv:2402.14740.
public enum ReinforceLoss {
    /// −mean over prompts of Σ (G − mean G of the prompt)·log π(y|x)/(k − 1): the leave-one-out baseline.
    ///
    /// - Parameters:
    ///   - returns: k neighbouring ones for each prompt, B in all.
    ///   - logProbabilities: of the whole responses, `[B, 1]`.
    ///   - samples: k, at least 2.
    /// - Returns: `[1, 1]`.
    public static func leaveOneOut(
        returns: [Double], logProbabilities: VariableOf<Double>, samples: Int
    ) -> VariableOf<Double> {
        precondition(samples >= 2 && returns.count % samples == 0, "\(returns.count) returns, k = \(samples)")
        let scale = Double(returns.count / samples) * Double(samples - 1)
        var advantages = returns
        for first in stride(from: 0, to: returns.count, by: samples) {
            let group = first..<first + samples
            let mean = returns[group].reduce(0, +) / Double(samples)
            for place in group { advantages[place] -= mean }
        }
        return loss(advantages, logProbabilities, scale)
    }

    /// −mean (G − b)·log π(y|x).
    ///
    /// - Parameters:
    ///   - baseline: b.
    ///   - returns: one for each response, at least one.
    ///   - logProbabilities: of the whole responses, `[B, 1]`.
    /// - Returns: `[1, 1]`.
    public static func withBaseline(
        _ baseline: Double, returns: [Double], logProbabilities: VariableOf<Double>
    ) -> VariableOf<Double> {
        loss(returns.map { $0 - baseline }, logProbabilities, Double(returns.count))
    }

    private static func loss(
        _ advantages: [Double], _ logProbabilities: VariableOf<Double>, _ scale: Double
    ) -> VariableOf<Double> {
        precondition(
            !advantages.isEmpty && logProbabilities.shape == Shape(advantages.count, 1),
            "\(advantages.count) returns, \(logProbabilities.shape) log-probabilities")
        return (logProbabilities * logProbabilities.tape.column(advantages.map { -$0 / scale })).sum()
    }
}
