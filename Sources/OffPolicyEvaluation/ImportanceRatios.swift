import Foundation

/// How much more often a policy takes the recorded actions than the behaviour did.
public struct ImportanceRatios: Sendable, Hashable {
    /// ρ_t = π(a_t|s_t)/μ(a_t|s_t) of every step of every episode, at least 0.
    public let steps: [[Double]]
    /// ln(ρ_0·…·ρ_t), −∞ where the policy does not do what was recorded.
    let logWeights: [[Double]]

    /// Computes the ratios.
    ///
    /// - Parameters:
    ///   - data: the recorded episodes.
    ///   - policy: must state probabilities.
    ///   - source: where the behaviour's probabilities come from.
    /// - Throws: `OffPolicyError` where probabilities are missing, not numbers, or 0 for a recorded action, and where a
    ///   ratio is beyond all numbers.
    public init(_ data: TrajectorySet, of policy: some EvaluatedPolicy, over source: BehaviourSource)
        throws(OffPolicyError)
    {
        var steps: [[Double]] = []
        for (index, episode) in data.episodes.enumerated() {
            var ratios: [Double] = []
            for step in 0..<episode.length {
                let (observation, action) = (episode.observations[step], episode.actions[step])
                guard let target = policy.probability(of: action, at: observation) else {
                    throw .noProbabilities
                }
                guard target.isFinite && target >= 0 else {
                    throw .badProbability(target, episode: index, step: step)
                }
                let behaviour: Double
                switch source {
                case .recorded:
                    guard let recorded = episode.behaviour else { throw .noBehaviour }
                    behaviour = recorded[step]
                case .estimated(let law): behaviour = law.probability(of: action, at: observation)
                }
                guard behaviour > 0 && behaviour.isFinite else {
                    throw .impossibleAction(episode: index, step: step)
                }
                guard (target / behaviour).isFinite else { throw .hugeRatio(episode: index, step: step) }
                ratios.append(target / behaviour)
            }
            steps.append(ratios)
        }
        self.init(steps: steps)
    }

    /// Takes ratios, each at least 0, every episode with at least one.
    public init(steps: [[Double]]) {
        precondition(
            !steps.isEmpty && steps.allSatisfy { !$0.isEmpty && $0.allSatisfy { $0 >= 0 && $0.isFinite } },
            "ratios are finite, at least 0, and one for each step")
        self.steps = steps
        logWeights = steps.map { ratios in
            var sum = 0.0
            return ratios.map { ratio in
                sum += log(ratio)
                return sum
            }
        }
    }

    /// Number of episodes.
    public var episodes: Int { steps.count }

    /// Steps of the longest episode.
    var longest: Int { steps.reduce(0) { max($0, $1.count) } }

    /// ln of an episode's weight at a step; after its end the weight stays as it was.
    func logWeight(_ episode: Int, _ step: Int) -> Double {
        let weights = logWeights[episode]
        return weights[min(step, weights.count - 1)]
    }

    /// The weights ρ_0·…·ρ_t of all episodes at a step.
    func weights(at step: Int) -> [Double] { (0..<episodes).map { exp(logWeight($0, step)) } }

    /// The same over the largest of them, so that none is beyond all numbers.
    ///
    /// - Throws: `noOverlap` where all are 0.
    func relativeWeights(at step: Int) throws(OffPolicyError) -> [Double] {
        let logs = (0..<episodes).map { logWeight($0, step) }
        let largest = logs.max() ?? -.infinity
        guard largest > -.infinity else { throw .noOverlap(step: step) }
        return logs.map { exp($0 - largest) }
    }

    /// How evenly whole episodes count.
    public var diagnostics: WeightDiagnostics { WeightDiagnostics(self) }
}

/// How many of the recorded episodes an estimate really rests on.
public struct WeightDiagnostics: Codable, Sendable, Hashable {
    /// Recorded episodes.
    public let episodes: Int
    /// (Σw)²/Σw² over the episodes' weights: the number of equally weighted episodes that would be as good; 0 where
    /// every weight is 0.
    public let effectiveSize: Double
    /// Share of the largest weight in their sum.
    public let largestShare: Double
    /// Episodes in which the policy does not do what was recorded, whose weight is 0.
    public let weightless: Int
    /// Mean weight: near 1 where the ratios are right and the episodes many.
    public let meanWeight: Double

    init(_ ratios: ImportanceRatios) {
        let last = ratios.longest - 1
        episodes = ratios.episodes
        let logs = (0..<episodes).map { ratios.logWeight($0, last) }
        weightless = logs.count { $0 == -.infinity }
        let largest = logs.max() ?? -.infinity
        guard largest > -.infinity else {
            (effectiveSize, largestShare, meanWeight) = (0, 0, 0)
            return
        }
        let weights = logs.map { exp($0 - largest) }
        let sum = weights.reduce(0, +)
        effectiveSize = sum * sum / weights.reduce(0) { $0 + $1 * $1 }
        largestShare = 1 / sum
        meanWeight = min(exp(largest) * sum / Double(episodes), .greatestFiniteMagnitude)
    }

    private enum CodingKeys: String, CodingKey {
        case episodes, weightless
        case effectiveSize = "effective_sample_size"
        case largestShare = "largest_weight_share"
        case meanWeight = "mean_weight"
    }
}
