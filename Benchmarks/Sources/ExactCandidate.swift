import Algorithms
import Assurance
import Foundation
import Tensors

/// Candidate selection with exact gradients: HC-RLHF without sampled responses, on prompts of a bandit.
///
/// Ascends E[r] + β·entropy under μ + K·σ ≤ τ, by a Lagrangian with λ = eˡ. It starts at the uniform policy and λ = 1.
///
/// - SeeAlso: docs/hcrlhf.md.
public struct ExactCandidate: Sendable {
    /// The constants of the ascent.
    public struct Options: Codable, Sendable, Hashable {
        /// β, the worth of entropy: a divergence from the uniform policy.
        public var entropy = 0.05
        /// Step of the policy before division by 1 + λ.
        public var rate = 2.0
        /// η of ln λ.
        public var multiplierRate = 0.05
        /// The largest λ.
        public var largestMultiplier = 100.0
        /// Steps.
        public var iterations = 400

        /// The constants of the published table.
        public init() {}
    }

    /// The policy.
    public private(set) var policy: LinearSoftmaxPolicy
    /// λ.
    public private(set) var multiplier: LogMultiplier
    /// The mean and spread of the cost before the last step, over prompts and actions.
    public private(set) var moments = (mean: 0.0, deviation: 0.0)

    private let options: Options
    private let coefficient, limit: Double
    private let features, actions: Int
    /// Features, rewards and costs of the prompts that were drawn, row after row.
    private let contexts, rewards, costs: [Double]
    private var probabilities: [Double]
    private var logProbabilities: [Double]

    /// Starts a selection.
    ///
    /// - Parameters:
    ///   - bandit: what is chosen for.
    ///   - prompts: those that the candidate may see; repetition is allowed, at least one.
    ///   - coefficient: K.
    ///   - options: constants.
    public init(
        for bandit: ContextualBandit, seeing prompts: [Int], coefficient: Double, options: Options = Options()
    ) {
        precondition(!prompts.isEmpty && coefficient >= 0, "\(prompts.count) prompts, K \(coefficient)")
        func rows(_ values: [Double], _ width: Int) -> [Double] {
            prompts.flatMap { values[$0 * width..<($0 + 1) * width] }
        }
        (features, actions) = (bandit.features, bandit.actions)
        (contexts, rewards) = (rows(bandit.contexts, features), rows(bandit.rewards, actions))
        costs = rows(bandit.costs, actions)
        (self.options, self.coefficient, limit) = (options, coefficient, bandit.limit)
        policy = LinearSoftmaxPolicy(weights: [Double](repeating: 0, count: actions * features))
        multiplier = LogMultiplier(
            initial: 1, rate: options.multiplierRate, largest: options.largestMultiplier)
        probabilities = [Double](repeating: 0, count: rewards.count)
        logProbabilities = probabilities
    }

    /// Takes all steps.
    public mutating func run() { for _ in 0..<options.iterations { step() } }

    /// One step of the policy, then one of λ.
    public mutating func step() {
        look()
        let gradient = ascentDirection()
        let rate = options.rate / (1 + multiplier.value)
        for index in gradient.indices { policy.weights[index] += rate * gradient[index] }
        multiplier.ascend(moments.mean + coefficient * moments.deviation - limit)
    }

    /// Fills the probabilities of all prompts, and takes the moments of the cost.
    private mutating func look() {
        var (sum, squares) = (0.0, 0.0)
        let count = rewards.count / actions
        for prompt in 0..<count {
            let (x, row) = (prompt * features, prompt * actions)
            var largest = -Double.infinity
            for action in 0..<actions {
                var logit = 0.0
                for feature in 0..<features {
                    logit += policy.weights[action * features + feature] * contexts[x + feature]
                }
                logProbabilities[row + action] = logit
                largest = max(largest, logit)
            }
            var total = 0.0
            for action in row..<row + actions {
                probabilities[action] = exp(logProbabilities[action] - largest)
                total += probabilities[action]
            }
            let logTotal = largest + log(total)
            for action in row..<row + actions {
                probabilities[action] /= total
                logProbabilities[action] -= logTotal
                let part = probabilities[action] * costs[action]
                sum += part
                squares += part * costs[action]
            }
        }
        let mean = sum / Double(count)
        moments = (mean, max(squares / Double(count) - mean * mean, 0).squareRoot())
    }

    /// The mean of p∘(g − Σ p g) ⊗ x with g = r − β log p − λ·c̃.
    private func ascentDirection() -> [Double] {
        let augmented = AugmentedCost(
            mean: moments.mean, deviation: moments.deviation, coefficient: coefficient)
        let lambda = multiplier.value
        var gradient = [Double](repeating: 0, count: policy.weights.count)
        var worth = [Double](repeating: 0, count: actions)
        let count = rewards.count / actions
        for prompt in 0..<count {
            let (x, row) = (prompt * features, prompt * actions)
            var mean = 0.0
            for action in 0..<actions {
                let place = row + action
                worth[action] =
                    rewards[place] - options.entropy * logProbabilities[place]
                    - lambda * augmented(costs[place])
                mean += probabilities[place] * worth[action]
            }
            for action in 0..<actions {
                let slope = probabilities[row + action] * (worth[action] - mean)
                for feature in 0..<features {
                    gradient[action * features + feature] += slope * contexts[x + feature]
                }
            }
        }
        return gradient.map { $0 / Double(count) }
    }
}
