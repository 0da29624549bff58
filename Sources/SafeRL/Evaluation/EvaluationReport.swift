import Foundation
import Safety

/// What is needed to compare a task's return and cost with those of others.
public struct TaskConstants: Codable, Sendable, Equatable {
    /// Smallest and largest return of the task's data.
    public let minimumReturn, maximumReturn: Double
    /// Largest acceptable cost of an episode, at least 0.
    public let costLimit: Double

    /// States the constants of a task; the returns must differ.
    public init(minimumReturn: Double, maximumReturn: Double, costLimit: Double) {
        precondition(maximumReturn > minimumReturn, "returns \(minimumReturn) … \(maximumReturn)")
        precondition(costLimit >= 0, "a cost limit of \(costLimit)")
        (self.minimumReturn, self.maximumReturn, self.costLimit) = (minimumReturn, maximumReturn, costLimit)
    }

    /// 0 at the smallest return, 1 at the largest; not clipped.
    public func normalizedReturn(_ value: Double) -> Double {
        (value - minimumReturn) / (maximumReturn - minimumReturn)
    }

    /// Cost over limit, where at most 1 counts as safe; one more than the cost where the limit is 0.
    public func normalizedCost(_ value: Double) -> Double {
        costLimit == 0 ? value + 1 : value / costLimit
    }
}

/// Which policy acted where: what it takes to repeat an evaluation.
public struct EvaluationOrigin: Codable, Sendable, Equatable {
    /// The checkpoint's folder; nothing for a policy that was trained a moment ago.
    public var checkpoint: String?
    /// Updates that the policy has learned from.
    public var step: Int
    /// The environment's name.
    public var environment: String
    /// Versions of the packages that simulate, by their names, as far as the environment tells.
    public var packages: [String: String]
    /// Options that were changed for this evaluation, as `key=value`, in the order given.
    public var overrides: [String]

    /// Names all of it.
    public init(
        checkpoint: String? = nil, step: Int, environment: String, packages: [String: String] = [:],
        overrides: [String] = []
    ) {
        (self.checkpoint, self.step, self.environment) = (checkpoint, step, environment)
        (self.packages, self.overrides) = (packages, overrides)
    }
}

/// The figures of an evaluation, as `report.json` has them.
///
/// With several cost channels, cost and violations are those of their sum, and `channels` has those of each.
///
/// Intervals of means are Student's: exact for normal draws, approximate for others. The bound on the share of
/// episodes with a violation is the exact binomial one. Both assume independent, identically distributed episodes.
public struct EvaluationReport: Codable, Sendable, Equatable {
    /// Number of episodes.
    public let episodes: Int
    /// Seed of the evaluation.
    public let seed: UInt64
    /// Confidence of the intervals (two-sided) and of the bound (one-sided), in (0, 1).
    public let confidence: Double
    /// Mean of the episodes' returns and their standard deviation (n − 1 below; 0 for one episode).
    public let returnMean, returnDeviation: Double
    /// Lower and upper end of the interval of the mean return; nothing for one episode.
    public let returnInterval: [Double]?
    /// Mean of the episodes' costs and their standard deviation (n − 1 below; 0 for one episode).
    public let costMean, costDeviation: Double
    /// Lower and upper end of the interval of the mean cost; nothing for one episode.
    public let costInterval: [Double]?
    /// Share of episodes in which no step had a positive cost.
    public let violationFreeShare: Double
    /// Upper bound on the probability that an episode has a violation.
    public let violationUpperBound: Double
    /// Median of the first violating step over the violating episodes, counted from 1; nothing without any.
    public let firstViolationMedian: Double?
    /// Each cost channel by itself, in the environment's order; nothing where there is one.
    public let channels: [ChannelReport]?
    /// Mean number of steps.
    public let lengthMean: Double
    /// Share of episodes that the task itself ended.
    public let terminatedShare: Double
    /// Share of episodes that ended at the goal; nothing where there is none.
    public let goalShare: Double?
    /// The mean return between the task's smallest (0) and largest (1); nothing without constants.
    public let normalizedReturn: Double?
    /// The mean cost over the task's limit; nothing without constants.
    public let normalizedCost: Double?
    /// What is expected of the policy, computed from the task's law; nothing where that is not known.
    public var exact: ExactEvaluation?
    /// What the intervals and the bound rest on.
    public let assumptions: String
    /// Which policy acted where; nothing where nobody said.
    public let origin: EvaluationOrigin?

    private enum CodingKeys: String, CodingKey {
        case episodes, seed, confidence, channels, exact, assumptions, origin
        case returnMean = "return_mean"
        case returnDeviation = "return_sd"
        case returnInterval = "return_interval"
        case costMean = "cost_mean"
        case costDeviation = "cost_sd"
        case costInterval = "cost_interval"
        case violationFreeShare = "violation_free_share"
        case violationUpperBound = "violation_upper_bound"
        case firstViolationMedian = "first_violation_median"
        case lengthMean = "length_mean"
        case terminatedShare = "terminated_share"
        case goalShare = "goal_share"
        case normalizedReturn = "normalized_return"
        case normalizedCost = "normalized_cost"
    }

    /// Sums up episodes.
    ///
    /// - Parameters:
    ///   - records: at least one.
    ///   - seed: the evaluation's seed, for the record.
    ///   - confidence: in (0, 1).
    ///   - task: constants for normalised scores, where the task has them.
    ///   - origin: which policy acted where.
    public init(
        _ records: [EpisodeRecord], seed: UInt64, confidence: Double = 0.95, task: TaskConstants? = nil,
        origin: EvaluationOrigin? = nil
    ) {
        precondition(!records.isEmpty, "no episodes to report")
        let returns = SampleMean(records.map(\.totalReward))
        let costs = SampleMean(records.map(\.totalCost))
        let violations = records.compactMap(\.firstViolation)
        let count = BinomialCount(events: violations.count, trials: records.count)
        let goals = records.compactMap(\.reachedGoal)
        episodes = records.count
        (self.seed, self.confidence, self.origin) = (seed, confidence, origin)
        (returnMean, returnDeviation) = (returns.mean, returns.deviation)
        returnInterval = returns.interval(confidence: confidence).map { [$0.lowerBound, $0.upperBound] }
        (costMean, costDeviation) = (costs.mean, costs.deviation)
        costInterval = costs.interval(confidence: confidence).map { [$0.lowerBound, $0.upperBound] }
        violationFreeShare = 1 - count.share
        violationUpperBound = count.upperBound(confidence: confidence)
        firstViolationMedian = median(of: violations)
        channels = ChannelReport.each(in: records, confidence: confidence)
        lengthMean = SampleMean(records.map { Double($0.length) }).mean
        terminatedShare = Double(records.count { $0.end == .terminated }) / Double(records.count)
        goalShare = goals.isEmpty ? nil : Double(goals.count { $0 }) / Double(goals.count)
        normalizedReturn = task?.normalizedReturn(returns.mean)
        normalizedCost = task?.normalizedCost(costs.mean)
        assumptions =
            "independent, identically distributed episodes; mean intervals also assume near-normal means"
    }

    /// The report as JSON, keys sorted, ended by a line feed.
    ///
    /// - Throws: when a number is not finite, which the evaluator rules out.
    public func json() throws -> String {
        try JSONEncoder.indented.text(of: self) + "\n"
    }

    /// The report as lines for a person.
    public var table: String {
        func number(_ value: Double) -> String { String(format: "%.3f", value) }
        func percent(_ value: Double) -> String { String(format: "%.1f %%", 100 * value) }
        let level = String(format: "%g %%", 100 * confidence)
        func mean(_ mean: Double, _ deviation: Double, _ interval: [Double]?) -> String {
            let range = interval.map { ", \(level) interval \(number($0[0])) to \(number($0[1]))" } ?? ""
            return "\(number(mean)) ± \(number(deviation))\(range)"
        }
        var rows: [(String, String)] = [
            ("Episodes", "\(episodes), seed \(seed), mean length \(String(format: "%.1f", lengthMean))"),
            ("Return", mean(returnMean, returnDeviation, returnInterval)),
            ("Cost", mean(costMean, costDeviation, costInterval)),
        ]
        if let value = normalizedReturn { rows.append(("Normalised return", number(value))) }
        if let value = normalizedCost {
            rows.append(("Normalised cost", "\(number(value)) (\(value <= 1 ? "within" : "over") the limit)"))
        }
        rows.append(("Without violation", percent(violationFreeShare)))
        rows.append(("Violation bound", "at most \(percent(violationUpperBound)) at \(level) confidence"))
        if let step = firstViolationMedian {
            rows.append(("First violation", "step \(String(format: "%g", step)) (median)"))
        }
        for channel in channels ?? [] {
            let cost = mean(channel.costMean, channel.costDeviation, channel.costInterval)
            let share = percent(channel.violationFreeShare)
            let bound = percent(channel.violationUpperBound)
            rows.append(("Cost \(channel.name)", "\(cost); without violation \(share), bound \(bound)"))
        }
        if let share = goalShare { rows.append(("Reached the goal", percent(share))) }
        rows.append(("Ended by the task", percent(terminatedShare)))
        if let exact {
            rows.append(("Exact return", number(exact.value)))
            for (name, cost) in zip(exact.costNames, exact.costs) {
                rows.append(("Exact cost \(name)", number(cost)))
            }
            rows.append(("Exact length", number(exact.length)))
        }
        let width = rows.reduce(0) { max($0, $1.0.count) } + 2
        return rows.map { $0.0.padding(toLength: width, withPad: " ", startingAt: 0) + $0.1 + "\n" }.joined()
    }
}
