import Assurance
import Foundation

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
    /// SHA-256 of the policy's numbers, as certificates have it; nothing where it is not known, and in older reports.
    public var policy: String?
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
        checkpoint: String? = nil, policy: String? = nil, step: Int, environment: String,
        packages: [String: String] = [:], overrides: [String] = []
    ) {
        (self.checkpoint, self.policy) = (checkpoint, policy)
        (self.step, self.environment) = (step, environment)
        (self.packages, self.overrides) = (packages, overrides)
    }
}

/// The figures of an evaluation, as `report.json` has them.
///
/// With several cost channels, cost and violations are those of their sum, and `channels` has those of each.
///
/// Intervals of shares are the exact binomial ones, and those of bounded means (lengths, and costs where the environment
/// states the largest) are made by betting: both hold for every number of episodes. Intervals of other means are
/// Student's, an approximation. All assume independent, identically distributed episodes, and each holds by itself.
///
/// A figure that the episodes cannot give, such as the deviation of one, is nothing, and `null` in JSON. What the task
/// does not have, such as a goal, is left out.
@dynamicMemberLookup
public struct EvaluationReport: Codable, Sendable, Equatable {
    /// Number of episodes.
    public let episodes: Int
    /// Seed of the evaluation.
    public let seed: UInt64
    /// Confidence of the intervals (two-sided) and of the bound (one-sided), in (0, 1).
    public let confidence: Double
    /// Mean of the episodes' returns.
    public let returnMean: Double
    /// Their standard deviation, with n − 1 below; nothing for one episode.
    public let returnDeviation: Double?
    /// Lower and upper end of Student's interval of the mean return; nothing for one episode or equal returns.
    public let returnInterval: [Double]?
    /// What the episodes cost; its figures are also those of the report: `report.costMean`.
    public let cost: CostFigures
    /// Each cost channel by itself, in the environment's order; nothing where there is one.
    public let channels: [ChannelReport]?
    /// Mean number of steps.
    public let lengthMean: Double
    /// Lower and upper end of the interval of the mean number of steps; nothing where there is none.
    public let lengthInterval: [Double]?
    /// Share of episodes that the task itself ended.
    public let terminatedShare: Double
    /// Lower and upper end of the exact binomial interval of that probability.
    public let terminatedInterval: [Double]
    /// Share of episodes that ended at the goal; nothing where there is none.
    public let goalShare: Double?
    /// Lower and upper end of the exact binomial interval of that probability; nothing where there is no goal.
    public let goalInterval: [Double]?
    /// The mean return between the task's smallest (0) and largest (1); nothing without constants.
    public let normalizedReturn: Double?
    /// The mean cost over the task's limit; nothing without constants.
    public let normalizedCost: Double?
    /// On which side of the task's limit the mean cost lies; nothing without constants.
    public let costStanding: LimitStanding?
    /// What is expected of the policy, computed from the task's law; nothing where that is not known.
    public var exact: ExactEvaluation?
    /// What a guard did; nothing for a policy that acts alone.
    public var guarded: GuardSummary?
    /// What a shield did; nothing for a policy that acts without one.
    public var shield: ShieldSummary?
    /// What the episodes say of the policy's feasibility values of their starts; nothing of a policy that judges no states.
    public let feasibility: FeasibilityStatements?
    /// What the intervals and the bound rest on.
    public let assumptions: String
    /// Which policy acted where; nothing where nobody said.
    public let origin: EvaluationOrigin?

    private enum CodingKeys: String, CodingKey {
        case episodes, seed, confidence, channels, exact, shield, feasibility, assumptions, origin
        case guarded = "guard"
        case returnMean = "return_mean"
        case returnDeviation = "return_sd"
        case returnInterval = "return_interval"
        case returnIntervalMethod = "return_interval_method"
        case lengthMean = "length_mean"
        case lengthInterval = "length_interval"
        case terminatedShare = "terminated_share"
        case terminatedInterval = "terminated_interval"
        case goalShare = "goal_share"
        case goalInterval = "goal_interval"
        case normalizedReturn = "normalized_return"
        case normalizedCost = "normalized_cost"
        case costStanding = "cost_limit"
    }

    /// A figure of the cost by its own name, such as `costMean`.
    public subscript<Value>(dynamicMember path: KeyPath<CostFigures, Value>) -> Value { cost[keyPath: path] }

    /// Sums up episodes.
    ///
    /// - Parameters:
    ///   - records: at least one, in the order in which they were run.
    ///   - seed: the evaluation's seed, for the record.
    ///   - confidence: in (0, 1).
    ///   - extent: how large an episode can be; no record may be larger. Without it intervals of means are approximate.
    ///   - task: constants for normalised scores, where the task has them.
    ///   - origin: which policy acted where.
    public init(
        _ records: [EpisodeRecord], seed: UInt64, confidence: Double = 0.95, extent: EpisodeExtent? = nil,
        task: TaskConstants? = nil, origin: EvaluationOrigin? = nil
    ) {
        precondition(!records.isEmpty, "no episodes to report")
        let returns = SampleMean(records.map(\.totalReward))
        let (costs, lengths) = (records.map(\.totalCost), records.map { Double($0.length) })
        let goals = records.compactMap(\.reachedGoal)
        let ended = BinomialCount(
            events: records.count { $0.end == .terminated }, trials: records.count)
        episodes = records.count
        (self.seed, self.confidence, self.origin) = (seed, confidence, origin)
        (returnMean, returnDeviation) = (returns.mean, returns.spread)
        returnInterval = MeanInterval(of: returns, confidence: confidence)?.ends
        cost = CostFigures(
            costs, violations: records.compactMap(\.firstViolation), atMost: extent?.cost,
            confidence: confidence)
        channels = ChannelReport.each(in: records, extent, confidence: confidence)
        lengthMean = SampleMean(lengths).mean
        lengthInterval =
            extent.map { extent in
                MeanInterval(
                    of: lengths, in: Double(extent.shortest)...Double(extent.steps), confidence: confidence
                ).ends
            }
            ?? MeanInterval(of: SampleMean(lengths), above: 1, confidence: confidence)?.ends
        (terminatedShare, terminatedInterval) = (ended.share, ended.interval(confidence: confidence).ends)
        let reached = goals.isEmpty ? nil : BinomialCount(events: goals.count { $0 }, trials: goals.count)
        (goalShare, goalInterval) = (reached?.share, reached?.interval(confidence: confidence).ends)
        normalizedReturn = task?.normalizedReturn(returns.mean)
        normalizedCost = task?.normalizedCost(cost.costMean)
        costStanding = task.map {
            LimitStanding(
                of: SampleMean(costs), CostFigures.interval(costs, atMost: extent?.cost, confidence),
                limit: $0.costLimit)
        }
        feasibility = Self.feasibility(records, confidence: confidence)
        assumptions = Self.assumptions(isBounded: extent?.cost != nil)
    }

    /// Both statements, where every start was judged.
    private static func feasibility(_ records: [EpisodeRecord], confidence: Double) -> FeasibilityStatements?
    {
        let starts = records.compactMap { record in
            record.startFeasibility.map { (value: Double($0), isViolated: record.isViolated) }
        }
        return starts.count == records.count
            ? FeasibilityStatements(starts, confidence: confidence) : nil
    }

    private static func assumptions(isBounded: Bool) -> String {
        "independent, identically distributed episodes; "
            + (isBounded
                ? "costs at most as large as the environment states; the interval of the mean return is approximate"
                : "intervals of the mean return and cost are approximate")
    }

    /// The report as JSON, keys sorted, ended by a line feed.
    ///
    /// - Throws: when a number is not finite, which the evaluator rules out.
    public func json() throws -> String {
        try JSONEncoder.indented.text(of: self) + "\n"
    }
}

extension EvaluationReport {
    /// Reads what `encode` writes.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        cost = try CostFigures(from: decoder)
        episodes = try values.decode(Int.self, forKey: .episodes)
        seed = try values.decode(UInt64.self, forKey: .seed)
        confidence = try values.decode(Double.self, forKey: .confidence)
        returnMean = try values.decode(Double.self, forKey: .returnMean)
        returnDeviation = try values.decodeIfPresent(Double.self, forKey: .returnDeviation)
        returnInterval = try values.decodeIfPresent([Double].self, forKey: .returnInterval)
        channels = try values.decodeIfPresent([ChannelReport].self, forKey: .channels)
        lengthMean = try values.decode(Double.self, forKey: .lengthMean)
        lengthInterval = try values.decodeIfPresent([Double].self, forKey: .lengthInterval)
        terminatedShare = try values.decode(Double.self, forKey: .terminatedShare)
        terminatedInterval = try values.decode([Double].self, forKey: .terminatedInterval)
        goalShare = try values.decodeIfPresent(Double.self, forKey: .goalShare)
        goalInterval = try values.decodeIfPresent([Double].self, forKey: .goalInterval)
        normalizedReturn = try values.decodeIfPresent(Double.self, forKey: .normalizedReturn)
        normalizedCost = try values.decodeIfPresent(Double.self, forKey: .normalizedCost)
        costStanding = try values.decodeIfPresent(LimitStanding.self, forKey: .costStanding)
        exact = try values.decodeIfPresent(ExactEvaluation.self, forKey: .exact)
        guarded = try values.decodeIfPresent(GuardSummary.self, forKey: .guarded)
        shield = try values.decodeIfPresent(ShieldSummary.self, forKey: .shield)
        feasibility = try values.decodeIfPresent(FeasibilityStatements.self, forKey: .feasibility)
        assumptions = try values.decode(String.self, forKey: .assumptions)
        origin = try values.decodeIfPresent(EvaluationOrigin.self, forKey: .origin)
    }

    /// Writes one object: figures that the episodes cannot give as `null`, without what the task does not have.
    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(episodes, forKey: .episodes)
        try values.encode(seed, forKey: .seed)
        try values.encode(confidence, forKey: .confidence)
        try values.encode(returnMean, forKey: .returnMean)
        try values.encode(returnDeviation, forKey: .returnDeviation)
        try values.encode(returnInterval, forKey: .returnInterval)
        let method = returnInterval.map { _ in MeanInterval.Method.studentT }
        try values.encode(method, forKey: .returnIntervalMethod)
        try cost.encode(to: encoder)
        try values.encodeIfPresent(channels, forKey: .channels)
        try values.encode(lengthMean, forKey: .lengthMean)
        try values.encode(lengthInterval, forKey: .lengthInterval)
        try values.encode(terminatedShare, forKey: .terminatedShare)
        try values.encode(terminatedInterval, forKey: .terminatedInterval)
        try values.encodeIfPresent(goalShare, forKey: .goalShare)
        try values.encodeIfPresent(goalInterval, forKey: .goalInterval)
        try values.encodeIfPresent(normalizedReturn, forKey: .normalizedReturn)
        try values.encodeIfPresent(normalizedCost, forKey: .normalizedCost)
        try values.encodeIfPresent(costStanding, forKey: .costStanding)
        try values.encodeIfPresent(exact, forKey: .exact)
        try values.encodeIfPresent(guarded, forKey: .guarded)
        try values.encodeIfPresent(shield, forKey: .shield)
        try values.encodeIfPresent(feasibility, forKey: .feasibility)
        try values.encode(assumptions, forKey: .assumptions)
        try values.encodeIfPresent(origin, forKey: .origin)
    }
}
