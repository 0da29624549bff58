import Assurance
import SafeRL

/// How often a layer hands over, and how the system does then.
struct HandOverFigures {
    /// Episodes, of which the start was abstained from, or refused.
    let episodes, abstained, refused: Int
    /// Whether each start was handed over, in the order of episodes.
    let isHandedOver: [Bool]
    /// First observations, as they were seen.
    let starts: [[Float]]
    /// Sums of rewards, and episodes without a violation that reached the goal where there is one.
    let returns: [Double]
    let successes: Int
    let stream: HandOverStream
    /// Longest uninterrupted stretch in one episode.
    let longest: Int

    /// Runs episodes.
    ///
    /// - Parameters:
    ///   - policy: what acts.
    ///   - judgement: where, over how many episodes, by which seed.
    ///   - place: of the judgement.
    ///   - layer: what decides.
    ///   - fallback: what acts instead.
    ///   - trigger: what is shown.
    ///   - seed: of its jitter.
    /// - Throws: `EvaluationError`, and what the environment throws.
    init(
        _ policy: any Policy, _ judgement: EvaluationPlan, in place: any VectorEnvironment,
        layer: SafetyLayer, fallback: (any Policy)?, trigger: SensorTrigger?, seed: UInt64
    ) throws {
        let guarded = HandOverEnvironment(place, layer, fallback: fallback, trigger: trigger, seed: seed)
        let records = try judgement.run(policy, in: guarded).0.episodes
        let found = records.map { guarded.episodes[$0.seed] ?? HandOverEpisode() }
        episodes = records.count
        abstained = found.count { $0.start == .abstain }
        refused = found.count { $0.start == .refuse }
        isHandedOver = found.map(\.start.handsOver)
        starts = found.map(\.first)
        returns = records.map(\.totalReward)
        // A system that stopped has not succeeded.
        successes = zip(records, found).count { record, own in
            !record.isViolated && record.reachedGoal != false
                && !(fallback == nil && own.isHandedOver.contains(true))
        }
        var first: [Int] = []
        _ = found.reduce(0) { sum, own in
            first.append(sum)
            return sum + own.isHandedOver.count
        }
        stream = HandOverStream(steps: found.flatMap(\.isHandedOver), firstSteps: first)
        longest = found.map(\.longest).max() ?? 0
    }

    /// Starts that were handed over, of all.
    var handedOver: BinomialCount { BinomialCount(events: abstained + refused, trials: episodes) }
    /// Episodes that succeeded, of all.
    var success: BinomialCount { BinomialCount(events: successes, trials: episodes) }
    /// Mean return.
    var mean: SampleMean { SampleMean(returns) }
    /// Share of the steps that the fallback took.
    var load: Double { Double(stream.steps.count { $0 }) / Double(max(stream.steps.count, 1)) }

    static let confidence = 0.95

    var json: JSONValue {
        .object([
            ("episodes", .integer(episodes)), ("abstained", .integer(abstained)),
            ("refused", .integer(refused)), ("handed_over", .figure(handedOver.share)),
            ("handed_over_interval", .range(handedOver.interval(confidence: Self.confidence))),
            ("return_mean", .figure(mean.mean)),
            ("return_interval", .range(mean.interval(confidence: Self.confidence))),
            ("success", .figure(success.share)),
            ("success_interval", .range(success.interval(confidence: Self.confidence))),
            ("fallback_load", .figure(load)), ("longest_stretch", .integer(longest)),
            ("steps", .integer(stream.steps.count)),
        ])
    }
}

/// Whether each step of some episodes was handed over, one episode after the other.
struct HandOverStream {
    let steps: [Bool]
    /// Where each episode begins.
    let firstSteps: [Int]

    /// Steps of each episode.
    var episodes: [ArraySlice<Bool>] {
        zip(firstSteps, firstSteps.dropFirst() + [steps.count]).map { steps[$0..<$1] }
    }
}
