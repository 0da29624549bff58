import Assurance
@_exported import Networks
@_exported import Replay
@_exported import Storage
@_exported import Tensors

/// The numbers that one update reports.
public protocol TrainingMetrics: Sendable {
    /// What the numbers are, for figures; a number that is not declared is shown by its name, as any number.
    static var declarations: [MetricDeclaration] { get }
    /// Calls `metric` once for each number, always with the same names in the same order within a stage.
    func report(_ metric: (_ name: String, _ value: Float) -> Void)
}

extension TrainingMetrics {
    /// None.
    public static var declarations: [MetricDeclaration] { [] }

    /// Returns the metrics unchanged.
    ///
    /// - Throws: `NonFiniteError` naming the first metric that is NaN or infinite.
    public func checkedFinite() throws -> Self {
        var culprit: String?
        report { name, value in if !value.isFinite && culprit == nil { culprit = name } }
        if let culprit { throw NonFiniteError(culprit) }
        return self
    }
}

/// What an algorithm learns from, opened by `Replay`.
public protocol TrainingData: AnyObject {
    /// SHA-256 of the content, in hexadecimal: a run resumes only on the data it was started with.
    var identity: String { get }
    /// How many records there are, for messages.
    var count: Int { get }
}

/// A learning algorithm: a few learners and the stages that update them.
///
/// The trainer alone counts, logs, checkpoints, evaluates and stops; an algorithm does none of that.
public protocol Algorithm: AnyObject {
    /// The options, with documented defaults.
    associatedtype Configuration: Defaulted
    /// What it learns from.
    associatedtype Data: TrainingData
    /// What one update reports.
    associatedtype Metrics: TrainingMetrics

    /// The name used in configuration files, such as `fisor`; also the key of the algorithm's own options.
    static var name: String { get }
    /// Keys of the options that only change how a trained policy acts, such as `candidates`: an evaluation may override
    /// them, because no number of training depends on them.
    static var actingOptions: [String] { get }
    /// What learners and batches will take in memory at least; nothing is allocated for it.
    ///
    /// A run that needs more than there is is refused before `init`.
    static func memoryNeed(of configuration: Configuration, on data: Data) throws -> MemoryNeed
    /// Keys of the options that name files or folders whose content is part of the data's identity: a run goes on where
    /// they have moved.
    static var fileOptions: [String] { get }
    /// Whether `schedule.steps` may be raised of a run of these options, with the bits of a run that had them from the start.
    static func growth(of configuration: Configuration) -> TrainingGrowth
    /// Whether it learns from data whose actions are choices, and its policies choose.
    static var learnsChoices: Bool { get }
    /// Why a run of these options does not test whether its policy returns more than what it learned from, with what to write
    /// instead, under a key of the whole configuration; nil where it does.
    static func improvementObstacle(_ configuration: Configuration) -> OptionIssue?
    /// Whether `saferl verify --repair` may go on with its runs on more data: it learns from transitions, and from what they show alone.
    static var isRepairable: Bool { get }
    /// The limits that a configuration keeps metrics to, by their names in `metrics.jsonl`; of an evaluation likewise, such
    /// as `cost_mean.speed`.
    static func metricLimits(_ configuration: Configuration) -> [String: Double]
    /// Whether training ends with a `conclusion`, which a run is not complete without.
    static var concludes: Bool { get }
    /// Whether it tests its policy itself, and may find no solution; see `verdict`.
    static var testsItself: Bool { get }
    /// Opens what a configuration names, where that is something else than transitions.
    ///
    /// - Parameters:
    ///   - run: what every run has.
    ///   - options: the algorithm's own.
    ///   - environment: the run's environment; nil where it has none.
    ///   - earlier: where the data file lay when the run was started, for a resume from another place.
    /// - Returns: the data, equal for equal configurations; nil where it learns from transitions, which who calls it opens.
    /// - Throws: `OptionIssue` with a key as seen from the whole configuration, and errors of the files.
    static func open(
        _ run: RunConfiguration, _ options: Configuration, environment: NamedEnvironment?,
        earlier: String?
    ) throws -> OpenedData<Data>?
    /// Makes fresh learners.
    ///
    /// - Throws: when the configuration does not fit the data.
    init(_ configuration: Configuration, on data: Data, seed: UInt64) throws
    /// What it learns from where that is not all of its data, in one line for the user; nil unless it selects.
    var selection: String? { get }
    /// What a run of `steps` updates does, in order; it changes nothing.
    ///
    /// The trainer asks once, before it loads a checkpoint. The closures may hold the algorithm, which holds no stage.
    func stages(steps: Int) -> [Stage<Metrics>]
    /// Whether there is a policy already: not in stages that come before it.
    var hasPolicy: Bool { get }
    /// The policy as learned so far, independent of later updates.
    func makePolicy() throws -> any Policy
    /// Stores everything that the next update depends on, but for what the stages store themselves.
    func save(to checkpoint: inout CheckpointWriter) throws
    /// Restores what `save` stored, into learners of the same configuration.
    func load(from checkpoint: CheckpointReader) throws
    /// The policy in a checkpoint, without the data it was learned from.
    static func policy(_ configuration: Configuration, from checkpoint: CheckpointReader) throws -> any Policy
    /// The feed-forward networks in a checkpoint of which `saferl verify` proves properties, each with what the run does before
    /// and behind it; none unless said otherwise.
    ///
    /// - Throws: `CheckpointError`.
    static func networks(_ configuration: Configuration, from checkpoint: CheckpointReader) throws
        -> [RunNetwork]
    /// How the policy in a checkpoint acts, for programs without this library; refused unless said otherwise.
    ///
    /// - Throws: `CheckpointError`; `UnexportablePolicy`.
    static func program(_ configuration: Configuration, from checkpoint: CheckpointReader) throws
        -> PolicyProgram
    /// What was learned, in figures; it changes nothing and draws from streams of its own.
    ///
    /// - Parameter truth: of the environment that the data were recorded in; nil where it is not known.
    /// - Returns: what `saferl train` prints and keeps; nil where evaluations say all there is.
    /// - Throws: what computing the figures throws.
    func conclusion(knowing truth: KnownTruth?) throws -> TrainingConclusion?
    /// What its own test found; nil for a run that has none, such as one that trains a cost model only.
    ///
    /// - Throws: what computing it throws.
    func verdict() throws -> SafetyVerdict?
    /// Writes a policy that the verdict certifies where others can use it.
    ///
    /// - Parameter directory: does not exist, or holds an earlier export of the same policy.
    /// - Throws: `StorageError`.
    func export(to directory: String) throws
}

extension Algorithm {
    /// None: the policy acts as it was trained.
    public static var actingOptions: [String] { [] }

    /// None.
    public static var fileOptions: [String] { [] }

    /// Refused: the steps may decide step sizes or stages.
    public static func growth(of configuration: Configuration) -> TrainingGrowth {
        .refused("\(name) does not say that its schedule is independent of it")
    }

    /// Nothing is known of it.
    public static func memoryNeed(of configuration: Configuration, on data: Data) throws -> MemoryNeed {
        MemoryNeed()
    }

    /// No.
    public static var isRepairable: Bool { false }

    /// No: actions are real numbers.
    public static var learnsChoices: Bool { false }

    /// It has no such test.
    public static func improvementObstacle(_ configuration: Configuration) -> OptionIssue? {
        OptionIssue(
            "algorithm",
            "tests no improvement, which --require-improvement asks for. Write \"ogsrl\", or leave it out.")
    }

    /// No.
    public static var concludes: Bool { false }

    /// No: others test it.
    public static var testsItself: Bool { false }

    /// Nil: it learns from transitions.
    public static func open(
        _ run: RunConfiguration, _ options: Configuration, environment: NamedEnvironment?,
        earlier: String?
    ) throws -> OpenedData<Data>? { nil }

    /// None.
    public static func networks(_ configuration: Configuration, from checkpoint: CheckpointReader) throws
        -> [RunNetwork]
    { [] }

    /// Refused.
    public static func program(_ configuration: Configuration, from checkpoint: CheckpointReader) throws
        -> PolicyProgram
    { throw UnexportablePolicy(checkpoint.path, "\(name) has no form that other programs compute.") }

    /// Nil: evaluations say all there is.
    public func conclusion(knowing truth: KnownTruth?) throws -> TrainingConclusion? { nil }

    /// Nil: it tests nothing itself.
    public func verdict() throws -> SafetyVerdict? { nil }

    /// Writes nothing.
    public func export(to directory: String) throws {}

    /// None.
    public static func metricLimits(_ configuration: Configuration) -> [String: Double] { [:] }

    /// Always.
    public var hasPolicy: Bool { true }

    /// Nothing: it learns from all of its data.
    public var selection: String? { nil }
}
