import Foundation

/// What a run was started with and where it stands: `manifest.json` of a run directory.
///
/// Wall-clock values live here and in `timing.jsonl`, nowhere else.
public struct RunManifest: Codable, Equatable, Sendable {
    /// What it is learned from.
    public struct DataSource: Codable, Equatable, Sendable {
        /// Where the data lay.
        public var path: String
        /// SHA-256 of the content, in hexadecimal.
        public var sha256: String
        /// Names both.
        public init(path: String, sha256: String) { (self.path, self.sha256) = (path, sha256) }
    }

    /// The matrix library; equal bits need an equal kernel and, on some kernels, an equal number of threads.
    public struct MatrixLibrary: Codable, Equatable, Sendable {
        /// The kernel chosen for this processor, such as `Haswell` or `SkylakeX + tiles`.
        public var kernel: String
        /// Threads used.
        public var threads: Int
        /// Names both.
        public init(kernel: String, threads: Int) { (self.kernel, self.threads) = (kernel, threads) }
    }

    /// The newest format of this file, which is written.
    static let currentFormat = 1
    /// Format of this file.
    public private(set) var format = RunManifest.currentFormat
    /// Version of saferl.
    public var saferl: String
    /// The commit that the program which started the run was built from; nil where it does not know, and in older runs.
    public private(set) var commit: String?
    /// SHA-256 of that program; nil in runs from before it was recorded.
    public private(set) var binary: String?
    /// Version of the compiler.
    public var swift: String
    /// Name of the algorithm.
    public var algorithm: String
    /// The run's seed.
    public var seed: UInt64
    /// The data.
    public var data: DataSource
    /// SHA-256 of the configuration, without the keys that may change.
    public var configuration: String
    /// The matrix library.
    public var blas: MatrixLibrary
    /// The C library's mathematical functions; nil in runs from before they were recorded.
    public var mathematics: Mathematics?
    /// Processors of the machine.
    public var cores: Int
    /// When the run was started, in UTC.
    public var started: String
    /// Seconds of training so far, over all interruptions.
    public var wallSeconds = 0.0
    /// Updates in the newest checkpoint.
    public var step = 0
    /// True once the last update was taken.
    public var finished = false
    /// Of files that have moved: their keys, with the places at the start as JSON texts.
    var moved: [String: String]?
    /// SHA-256 of the configurations with fewer updates that the run was trained with before.
    var earlier: [String]?

    private enum CodingKeys: String, CodingKey {
        case format, saferl, commit, swift, algorithm, seed, data, configuration, blas, mathematics, cores,
            started,
            step
        case finished, moved, earlier
        case binary = "binary_sha256"
        case wallSeconds = "wall_seconds"
    }

    /// Describes a run that starts now.
    init(_ description: RunDescription) {
        saferl = description.version
        (commit, binary) = (ProgramIdentity.commit, ProgramIdentity.sha256)
        swift = Self.compiler
        (algorithm, seed, data, blas) = (
            description.algorithm, description.seed, description.data, description.blas
        )
        configuration = description.fingerprint.hash
        mathematics = description.mathematics
        cores = ProcessInfo.processInfo.processorCount
        started = Date().ISO8601Format()
    }

    /// The oldest compiler that this binary can have been made with.
    static var compiler: String {
        #if compiler(>=6.4)
            "6.4 or newer"
        #elseif compiler(>=6.3)
            "6.3"
        #else
            "6.2"
        #endif
    }
}

/// Everything about a run that is known before its first update.
public struct RunDescription: Sendable {
    /// Version of saferl.
    public var version: String
    /// Name of the algorithm.
    public var algorithm: String
    /// What the run is about, such as `point-robot`: the second half of a directory's name.
    public var subject: String
    /// The run's seed.
    public var seed: UInt64
    /// The data.
    public var data: RunManifest.DataSource
    /// The matrix library.
    public var blas: RunManifest.MatrixLibrary
    /// The configuration file as given, byte for byte.
    public var givenConfiguration: [UInt8]
    /// The resolved configuration: every key with its value, as JSON.
    public var resolvedConfiguration: String
    /// What of the configuration must not change.
    public let fingerprint: ConfigurationFingerprint
    /// Dotted keys that name files, whose places may change where their content does not.
    public var movable: Set<String> = ["data.file"]
    /// Whether `schedule.steps` may be raised.
    public var growth = TrainingGrowth.refused("nothing is known of its schedule")
    /// The C library's mathematical functions.
    public var mathematics = RunManifest.Mathematics.here
    /// Says a stored configuration in the keys of this version; nil where it cannot be read.
    public var respelling: @Sendable (String) -> String? = { $0 }

    /// Describes a run.
    ///
    /// - Parameters:
    ///   - algorithm: its name.
    ///   - subject: environment or data set, for the directory's name.
    ///   - version: of saferl.
    ///   - seed: the run's seed.
    ///   - data: where the data lie, and their SHA-256.
    ///   - blas: kernel and threads.
    ///   - given: the configuration file, byte for byte.
    ///   - resolved: the resolved configuration as JSON.
    ///   - changeable: dotted keys whose values may change when the run is continued.
    /// - Throws: `DecodingError` when `resolved` is not JSON.
    public init(
        algorithm: String, subject: String, version: String, seed: UInt64, data: RunManifest.DataSource,
        blas: RunManifest.MatrixLibrary, given: [UInt8], resolved: String,
        changeable: Set<String> = ConfigurationFingerprint.changeable
    ) throws {
        (self.algorithm, self.subject, self.version, self.seed) = (algorithm, subject, version, seed)
        (self.data, self.blas, givenConfiguration, resolvedConfiguration) = (data, blas, given, resolved)
        fingerprint = try ConfigurationFingerprint(resolved: resolved, changeable: changeable)
    }
}
