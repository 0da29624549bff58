import Safety

/// The figures of one constraint in an evaluation.
///
/// Each bound holds by itself at the report's confidence; that all hold together is less certain.
public struct ChannelReport: Codable, Sendable, Equatable {
    /// The constraint's name.
    public let name: String
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

    private enum CodingKeys: String, CodingKey {
        case name
        case costMean = "cost_mean"
        case costDeviation = "cost_sd"
        case costInterval = "cost_interval"
        case violationFreeShare = "violation_free_share"
        case violationUpperBound = "violation_upper_bound"
        case firstViolationMedian = "first_violation_median"
    }

    /// Sums up each channel of some episodes.
    ///
    /// - Parameters:
    ///   - records: of one evaluation, so that all have the same channels.
    ///   - confidence: in (0, 1).
    /// - Returns: nothing where the episodes have one channel.
    static func each(in records: [EpisodeRecord], confidence: Double) -> [ChannelReport]? {
        guard let names = records.first?.channels?.map(\.name) else { return nil }
        return names.indices.map { index in
            let channels = records.map { record in
                guard let channels = record.channels, channels.map(\.name) == names else {
                    preconditionFailure("episode \(record.index) has other channels than \(names)")
                }
                return channels[index]
            }
            return ChannelReport(names[index], channels, confidence: confidence)
        }
    }

    private init(_ name: String, _ channels: [EpisodeRecord.Channel], confidence: Double) {
        let costs = SampleMean(channels.map(\.totalCost))
        let violations = channels.compactMap(\.firstViolation)
        let count = BinomialCount(events: violations.count, trials: channels.count)
        self.name = name
        (costMean, costDeviation) = (costs.mean, costs.deviation)
        costInterval = costs.interval(confidence: confidence).map { [$0.lowerBound, $0.upperBound] }
        violationFreeShare = 1 - count.share
        violationUpperBound = count.upperBound(confidence: confidence)
        firstViolationMedian = median(of: violations)
    }
}

/// The middle step, or half-way between the middle two; nothing without any.
func median(of steps: [Int]) -> Double? {
    guard !steps.isEmpty else { return nil }
    let sorted = steps.sorted()
    return Double(sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
}
