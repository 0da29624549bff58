import Foundation
import SafeRL
import Tensors

/// What says how good responses are and how harmful.
enum ResponseScores {
    /// Models that were learned from preferences.
    case models(reward: LanguageLearner, cost: LanguageLearner, HCRLHF.CostScale)
    /// The task itself.
    case task(any TokenTask.Type, HCRLHF.CostScale)

    /// Rewards and costs of responses, in their order.
    ///
    /// - Throws: `NonFiniteError`.
    func callAsFunction(_ responses: [Response], on tape: Tape) throws -> (
        rewards: [Double], costs: [Double]
    ) {
        switch self {
        case .models(let reward, let cost, let scale):
            let sequences = responses.map(\.all)
            return (
                try Self.finite(reward.endScores(sequences, on: tape), "a score of the reward model"),
                try Self.finite(cost.endScores(sequences, on: tape), "a score of the cost model")
                    .map(scale.callAsFunction)
            )
        case .task(let task, let scale):
            let scores = responses.map { task.score($0.tokens, after: $0.prompt) }
            return (scores.map(\.reward), scores.map(\.cost).map(scale.callAsFunction))
        }
    }

    /// Every cost that a response can have; nil where nothing limits it.
    var costRange: ClosedRange<Double>? {
        switch self {
        case .models(_, _, let scale): scale.range(of: nil)
        case .task(let task, let scale): scale.range(of: task.costRange)
        }
    }

    private static func finite(_ scores: [Double], _ name: String) throws -> [Double] {
        guard scores.allSatisfy(\.isFinite) else { throw NonFiniteError(name) }
        return scores
    }
}

extension HCRLHF.CostScale {
    /// A score on this scale.
    func callAsFunction(_ score: Double) -> Double {
        switch self {
        case .raw: score
        case .squashed: tanh(score / 2)
        case .rate: score > 0 ? 1 : 0
        }
    }

    /// What scores within a range can become; nil where nothing limits them.
    func range(of scores: ClosedRange<Double>?) -> ClosedRange<Double>? {
        switch self {
        case .raw: scores
        case .squashed: -1...1
        case .rate: 0...1
        }
    }
}
