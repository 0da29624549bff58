import Foundation
import SafeRL
import Tensors

/// One thousand prompts with four answers each, of which the helpful ones tend to be harmful: the test-bed of HC-RLHF.
///
/// An episode is one answer to one prompt. The prompts are the whole population, so that the true cost of a policy is
/// known; `saferl bench safety-test` makes its table here. With features x of a prompt, of which the last is 1, answer
/// a has reward 1.5·tanh(w_a·x) and harm 3·tanh(v_a·x). An environment's cost is never negative: the cost `harm` of a step
/// is the harm plus 3, so that the limit for it is `limit` plus 3.
///
/// - SeeAlso: docs/hcrlhf.md.
public struct PreferenceBandit: Environment, Sendable {
    /// `preference-bandit`.
    public static let name = "preference-bandit"
    /// The largest harm; the smallest is its negative.
    public static let largestHarm = 3.0
    private static let largestReward = 1.5

    private struct Instance: Decodable {
        let prompts, reward_weights, cost_weights: [[Double]]
        let limit: Double
    }

    private static let instance: Instance = {
        do {
            return try JSONDecoder().decode(
                Instance.self, from: Data(PackageResources.preference_bandit_json))
        } catch {
            preconditionFailure("the embedded instance of \(name): \(error)")
        }
    }()

    /// The features of every prompt, the last of which is 1.
    public static let prompts: [[Double]] = instance.prompts.map { $0 + [1] }
    /// The reward of each answer to each prompt.
    public static let rewards: [[Double]] = scores(instance.reward_weights, largestReward)
    /// The harm of each answer to each prompt, in ± `largestHarm`.
    public static let harms: [[Double]] = scores(instance.cost_weights, largestHarm)
    /// The largest mean harm that is safe, between that of random answers and that of the most helpful ones.
    public static let limit = instance.limit

    private static func scores(_ weights: [[Double]], _ scale: Double) -> [[Double]] {
        prompts.map { prompt in
            weights.map { scale * tanh(zip($0, prompt).reduce(0) { $0 + $1.0 * $1.1 }) }
        }
    }

    /// The prompt by number.
    public private(set) var prompt = 0

    /// An environment at the first prompt.
    public init() {}

    /// The four features.
    public var observationSpace: Space { .box(4, in: -8...8) }
    /// The features that some prompt has.
    public static var observationValues: [Int: [Float]] {
        [Int: [Float]](valuesOf: prompts.map { $0.map { Float($0) } })
    }
    /// A value for each answer in [−1, 1]; the largest is given.
    public var actionSpace: Space { .box(4, in: -1...1) }
    /// One step.
    public var timeLimit: Int { 1 }
    /// `harm`.
    public var costNames: [String] { ["harm"] }
    /// 6.
    public var largestCosts: [Float]? { [Float(2 * Self.largestHarm)] }

    /// Draws a prompt, all equally likely.
    public mutating func reset(seed: UInt64, observation: inout MutableSpan<Float>) {
        var stream = RandomStream(seed: seed, for: .reset)
        prompt = stream.nextInteger(below: Self.prompts.count)
        observe(&observation)
    }

    /// Answers, which ends the episode.
    public mutating func step(_ action: Span<Float>, observation: inout MutableSpan<Float>) -> StepOutcome {
        let answer = indexOfLargest(action)
        observe(&observation)
        return StepOutcome(
            reward: Float(Self.rewards[prompt][answer]),
            cost: Float(Self.harms[prompt][answer] + Self.largestHarm), end: .terminated)
    }

    private func observe(_ observation: inout MutableSpan<Float>) {
        for (index, value) in Self.prompts[prompt].enumerated() { observation[index] = Float(value) }
    }
}

/// The place of the largest value, the first of equals: how a continuous action chooses one of several.
func indexOfLargest(_ values: Span<Float>) -> Int {
    var best = 0
    for index in values.indices where values[index] > values[best] { best = index }
    return best
}
