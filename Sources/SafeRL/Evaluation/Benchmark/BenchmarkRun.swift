import Assurance
import Foundation

/// Whether a run learned from the benchmark's official file.
public enum DataStanding: String, Codable, Sendable {
    /// Fetched by saferl from the official address, and unchanged since.
    case official
    /// Named like the official file, but nothing shows that it is.
    case unknown
    /// Named otherwise, so not the official file.
    case other

    /// Judges by the file's name and by the record that `saferl data fetch` leaves beside it.
    ///
    /// No list of the official files' checksums is published, so there is nothing else to go by.
    ///
    /// - Parameters:
    ///   - source: what the run's manifest says.
    ///   - task: the task that the run is judged on.
    ///   - record: what lies beside the file.
    public init(of source: RunManifest.DataSource, for task: DSRLTask, record: FetchRecord?) {
        guard source.path.split(separator: "/").last.map(String.init) == task.fileName else {
            self = .other
            return
        }
        let isFetched = record?.address == task.officialAddress && record?.sha256 == source.sha256
        self = isFetched ? .official : .unknown
    }
}

/// One run in a benchmark: a training seed and what its policy did.
public struct BenchmarkRun: Encodable, Sendable, Equatable {
    /// What a cost limit makes of a mean cost.
    public struct LimitedCost: Encodable, Sendable, Equatable {
        /// Cost of an episode that counts as 1.
        public let limit: Double
        /// The mean cost over it; at most 1 counts as safe.
        public let normalizedCost: Double
        /// On which side of the limit the mean lies, by its interval over the episodes.
        public let standing: LimitStanding.Verdict

        private enum CodingKeys: String, CodingKey {
            case limit, standing
            case normalizedCost = "normalized_cost"
        }
    }

    /// The run's directory.
    public let run: String
    /// The algorithm that trained it.
    public let algorithm: String
    /// The seed of its training.
    public let trainingSeed: UInt64
    /// What it learned from.
    public let data: RunManifest.DataSource
    /// Whether that is the official file.
    public let dataStanding: DataStanding
    /// The figures of its episodes, normalised with the strict limit.
    public let report: EvaluationReport
    /// The cost at every limit of the protocol, in the order of `BenchmarkProtocol.costLimits`.
    public let normalizedCosts: [LimitedCost]
    /// The configuration, for telling runs of one kind from others.
    let fingerprint: ConfigurationFingerprint

    private enum CodingKeys: String, CodingKey {
        case run, algorithm, data, report
        case trainingSeed = "training_seed"
        case dataStanding = "data_standing"
        case normalizedCosts = "normalized_costs"
    }

    /// Describes a run that was judged.
    ///
    /// - Parameters:
    ///   - run: the run.
    ///   - resolved: its resolved configuration, in the keys of this version.
    ///   - report: the figures of its episodes, with constants of the protocol.
    ///   - rules: the protocol.
    /// - Throws: `DecodingError` when the configuration is not JSON.
    public init(
        _ run: RunDirectory, resolved: String, _ report: EvaluationReport, by rules: BenchmarkProtocol
    ) throws {
        try self.init(
            run.path, run.manifest, resolved: resolved, report, by: rules,
            record: FetchRecord(beside: run.manifest.data.path))
    }

    /// The same without a directory, for tests.
    package init(
        _ path: String, _ manifest: RunManifest, resolved: String, _ report: EvaluationReport,
        by rules: BenchmarkProtocol, record: FetchRecord?
    ) throws {
        (run, algorithm, trainingSeed, data) = (path, manifest.algorithm, manifest.seed, manifest.data)
        dataStanding = DataStanding(of: manifest.data, for: rules.task, record: record)
        self.report = report
        let interval = report.costInterval.map { $0[0]...$0[1] }
        normalizedCosts = rules.costLimits.map { limit in
            LimitedCost(
                limit: limit, normalizedCost: rules.task.normalizedCost(report.costMean, limit: limit),
                standing: interval.map { LimitStanding.Verdict(of: $0, limit: limit) } ?? .undecided)
        }
        fingerprint = try ConfigurationFingerprint(
            resolved: resolved, changeable: ConfigurationFingerprint.changeable.union(["seed"]))
    }
}
