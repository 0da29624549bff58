import Assurance
import Foundation

/// Runs judged by the benchmark's protocol, with published scores beside them.
public struct BenchmarkReport: Encodable, Sendable, Equatable {
    /// A mean over training seeds.
    public struct Spread: Encodable, Sendable, Equatable {
        /// The mean of the runs' means.
        public let mean: Double
        /// Standard deviation over runs, with n − 1 below; nothing for one run.
        public let deviation: Double?
        /// Student's interval of the mean over training seeds, an approximation; nothing for one run or equal means.
        public let interval: [Double]?

        private enum CodingKeys: String, CodingKey {
            case mean, interval
            case deviation = "sd"
        }

        init(_ values: [Double], above floor: Double?, _ confidence: Double) {
            let sample = SampleMean(values)
            (mean, deviation) = (sample.mean, sample.spread)
            interval = MeanInterval(of: sample, above: floor, confidence: confidence)?.ends
        }

        /// Writes all members, those without a value as `null`.
        public func encode(to encoder: any Encoder) throws {
            var values = encoder.container(keyedBy: CodingKeys.self)
            try values.encode(mean, forKey: .mean)
            try values.encode(deviation, forKey: .deviation)
            try values.encode(interval, forKey: .interval)
        }
    }

    /// A mean normalised cost at one limit.
    public struct LimitedSpread: Encodable, Sendable, Equatable {
        /// Cost of an episode that counts as 1.
        public let limit: Double
        /// Over the runs.
        public let normalizedCost: Spread
        /// On which side of the limit the runs' mean cost lies; the draws are runs, not episodes.
        public let standing: LimitStanding.Verdict

        private enum CodingKeys: String, CodingKey {
            case limit, standing
            case normalizedCost = "normalized_cost"
        }
    }

    /// Means over the runs.
    public struct Summary: Encodable, Sendable, Equatable {
        /// Of the returns and costs, as they are and normalised.
        public let totalReturn, cost, normalizedReturn: Spread
        /// At every limit.
        public let normalizedCosts: [LimitedSpread]

        private enum CodingKeys: String, CodingKey {
            case cost
            case totalReturn = "return"
            case normalizedReturn = "normalized_return"
            case normalizedCosts = "normalized_costs"
        }
    }

    /// The task's id.
    public let task: String
    /// Where the episodes were run.
    public let environment: String
    /// Steps after which an episode was cut.
    public let timeLimit: Int
    /// Episodes of a run.
    public let episodes: Int
    /// The strict limit first.
    public let costLimits: [Double]
    /// Confidence of all intervals, in (0, 1).
    public let confidence: Double
    /// The runs, in the order given.
    public let runs: [BenchmarkRun]
    /// Means over them.
    public let summary: Summary
    /// Published scores on this task; empty where there are none.
    public let published: [PublishedScore]
    /// Where they are from.
    public let publishedSource: String
    /// One sentence for everything that is not as the benchmark has it.
    public let departures: [String]

    private enum CodingKeys: String, CodingKey {
        case task, environment, episodes, confidence, runs, summary, published, departures
        case timeLimit = "time_limit"
        case costLimits = "cost_limits"
        case publishedSource = "published_source"
    }

    /// Sums up runs.
    ///
    /// - Parameters:
    ///   - runs: at least one, judged by the protocol.
    ///   - rules: the protocol.
    ///   - environment: the name of where.
    ///   - confidence: in (0, 1).
    public init(
        _ runs: [BenchmarkRun], by rules: BenchmarkProtocol, in environment: String, confidence: Double
    ) {
        precondition(!runs.isEmpty, "no runs to report")
        (task, self.environment, timeLimit) = (rules.task.id, environment, rules.task.stepLimit)
        (episodes, costLimits) = (rules.episodes, rules.costLimits)
        (self.confidence, self.runs) = (confidence, runs)
        func spread(above floor: Double? = nil, _ value: (BenchmarkRun) -> Double) -> Spread {
            Spread(runs.map(value), above: floor, confidence)
        }
        let costs = SampleMean(runs.map(\.report.costMean))
        let interval = MeanInterval(of: costs, above: 0, confidence: confidence)
        summary = Summary(
            totalReturn: spread(\.report.returnMean), cost: spread(above: 0, \.report.costMean),
            normalizedReturn: spread { rules.task.normalizedReturn($0.report.returnMean) },
            normalizedCosts: rules.costLimits.map { limit in
                LimitedSpread(
                    limit: limit,
                    normalizedCost: spread(above: rules.task.normalizedCost(0, limit: limit)) {
                        rules.task.normalizedCost($0.report.costMean, limit: limit)
                    }, standing: LimitStanding(of: costs, interval, limit: limit).verdict)
            })
        (published, publishedSource) = (rules.task.publishedScores, DSRLTask.publishedSource)
        departures = Self.departures(runs, rules)
    }

    /// The report as JSON, keys sorted, ended by a line feed.
    ///
    /// - Throws: when a number is not finite, which the evaluator rules out.
    public func json() throws -> String {
        try JSONEncoder.indented.text(of: self) + "\n"
    }

    // MARK: What is not as the benchmark has it

    private static func departures(_ runs: [BenchmarkRun], _ rules: BenchmarkProtocol) -> [String] {
        var found: [String] = []
        if rules.episodes != BenchmarkProtocol.standardEpisodes {
            found.append("\(rules.episodes) episodes a run, not \(BenchmarkProtocol.standardEpisodes).")
        }
        let seeds = Set(runs.map(\.trainingSeed)).count
        if seeds != BenchmarkProtocol.standardRuns {
            found.append(
                "\(seeds) training \(seeds == 1 ? "seed" : "seeds"), not \(BenchmarkProtocol.standardRuns).")
        }
        if seeds < runs.count {
            found.append(
                "Some runs have the same training seed: they are not independent, intervals are too short.")
        }
        for run in runs.dropFirst() {
            let differences = run.fingerprint.differences(from: runs[0].fingerprint)
            guard !differences.isEmpty else { continue }
            let shown = differences.prefix(3).joined(separator: "; ")
            found.append("\(run.run) differs from \(runs[0].run) in more than its seed: \(shown).")
        }
        return found + overrides(runs) + data(runs, rules.task)
    }

    private static func overrides(_ runs: [BenchmarkRun]) -> [String] {
        let changed = runs[0].report.origin?.overrides ?? []
        return changed.isEmpty
            ? [] : ["The policies act otherwise than trained: \(changed.joined(separator: ", "))."]
    }

    private static func data(_ runs: [BenchmarkRun], _ task: DSRLTask) -> [String] {
        var found: [String] = []
        for source in runs where source.dataStanding != .official {
            let name = source.data.path.split(separator: "/").last.map(String.init) ?? source.data.path
            let sentence =
                source.dataStanding == .other
                ? "The data, \(oneLine(name)), are not the official file, \(task.fileName)."
                : "Not the official data file, or unknown: \(task.fileName) has its name, but was not fetched by saferl."
            if !found.contains(sentence) { found.append(sentence) }
        }
        return found
    }
}
