import Assurance

/// What the costs of some episodes amount to, over all channels or in one.
///
/// The keys stand beside others in the object of a report; a figure that the episodes cannot give is `null`.
public struct CostFigures: Codable, Sendable, Equatable {
    /// The level of `costTailMean`.
    public static let tailLevel = 0.95

    /// Mean of the episodes' costs.
    public let costMean: Double
    /// Their standard deviation, with n − 1 below; nothing for one episode.
    public let costDeviation: Double?
    /// Lower and upper end of the interval of the mean cost; nothing where there is none.
    public let costInterval: [Double]?
    /// What the interval rests on; nothing where there is none.
    public let costIntervalMethod: MeanInterval.Method?
    /// The largest cost of an episode.
    public let costLargest: Double
    /// The smallest cost that 10, 50, 90 and 99 % of the episodes do not exceed.
    public let costTenth, costMedian, costNinetieth, costNinetyNinth: Double
    /// Mean cost of the worst 5 % of the episodes (CVaR at 95 %); the largest where that is less than one episode.
    public let costTailMean: Double
    /// Share of episodes in which no step had a positive cost.
    public let violationFreeShare: Double
    /// Lower and upper end of the exact binomial interval of the probability of such an episode.
    public let violationFreeInterval: [Double]
    /// Upper bound on the probability that an episode has a violation, one-sided.
    public let violationUpperBound: Double
    /// Median of the first violating step over the violating episodes, counted from 1; nothing without any.
    public let firstViolationMedian: Double?

    private enum CodingKeys: String, CodingKey {
        case costMean = "cost_mean"
        case costDeviation = "cost_sd"
        case costInterval = "cost_interval"
        case costIntervalMethod = "cost_interval_method"
        case costLargest = "cost_max"
        case costTenth = "cost_p10"
        case costMedian = "cost_p50"
        case costNinetieth = "cost_p90"
        case costNinetyNinth = "cost_p99"
        case costTailMean = "cost_cvar_95"
        case violationFreeShare = "violation_free_share"
        case violationFreeInterval = "violation_free_interval"
        case violationUpperBound = "violation_upper_bound"
        case firstViolationMedian = "first_violation_median"
    }

    /// Sums up episodes.
    ///
    /// - Parameters:
    ///   - costs: of each episode, at least one, none negative, in the order in which the episodes were run.
    ///   - violations: the first violating step of each episode that has one.
    ///   - largest: the largest cost that an episode can have; nothing where nobody says.
    ///   - confidence: in (0, 1).
    init(_ costs: [Double], violations: [Int], atMost largest: Double?, confidence: Double) {
        let (sample, tail) = (SampleMean(costs), SampleTail(costs))
        let count = BinomialCount(events: violations.count, trials: costs.count)
        let interval = Self.interval(costs, atMost: largest, confidence)
        (costMean, costDeviation) = (sample.mean, sample.spread)
        (costInterval, costIntervalMethod) = (interval?.ends, interval?.method)
        costLargest = tail.largest
        (costTenth, costMedian) = (tail.quantile(0.1), tail.quantile(0.5))
        (costNinetieth, costNinetyNinth) = (tail.quantile(0.9), tail.quantile(0.99))
        costTailMean = tail.conditionalValueAtRisk(Self.tailLevel)
        violationFreeShare = 1 - count.share
        violationFreeInterval =
            BinomialCount(
                events: costs.count - violations.count, trials: costs.count
            ).interval(confidence: confidence).ends
        violationUpperBound = count.upperBound(confidence: confidence)
        firstViolationMedian = median(of: violations)
    }

    /// Writes every member, those without a value as `null`.
    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(costMean, forKey: .costMean)
        try values.encode(costDeviation, forKey: .costDeviation)
        try values.encode(costInterval, forKey: .costInterval)
        try values.encode(costIntervalMethod, forKey: .costIntervalMethod)
        try values.encode(costLargest, forKey: .costLargest)
        try values.encode(costTenth, forKey: .costTenth)
        try values.encode(costMedian, forKey: .costMedian)
        try values.encode(costNinetieth, forKey: .costNinetieth)
        try values.encode(costNinetyNinth, forKey: .costNinetyNinth)
        try values.encode(costTailMean, forKey: .costTailMean)
        try values.encode(violationFreeShare, forKey: .violationFreeShare)
        try values.encode(violationFreeInterval, forKey: .violationFreeInterval)
        try values.encode(violationUpperBound, forKey: .violationUpperBound)
        try values.encode(firstViolationMedian, forKey: .firstViolationMedian)
    }

    /// The interval of a mean cost: by betting where the largest cost is known, else Student's, from 0 up.
    static func interval(_ costs: [Double], atMost largest: Double?, _ confidence: Double) -> MeanInterval? {
        if let largest { return MeanInterval(of: costs, in: 0...largest, confidence: confidence) }
        return MeanInterval(of: SampleMean(costs), above: 0, confidence: confidence)
    }
}

extension SampleMean {
    /// The standard deviation; nothing for a single value.
    var spread: Double? { count > 1 ? deviation : nil }
}

extension MeanInterval {
    /// Lower and upper end.
    var ends: [Double] { range.ends }
}

extension ClosedRange<Double> {
    /// Lower and upper end.
    var ends: [Double] { [lowerBound, upperBound] }
}

/// The middle step, or half-way between the middle two; nothing without any.
func median(of steps: [Int]) -> Double? {
    guard !steps.isEmpty else { return nil }
    let sorted = steps.sorted()
    return Double(sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
}
