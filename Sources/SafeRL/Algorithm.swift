@_exported import Networks
@_exported import Replay
@_exported import Storage
@_exported import Tensors

/// A named part of a training run, such as "guardian" or "policy".
public struct Stage: Sendable, Equatable {
    /// The name shown in the status line and written with every metric.
    public let name: String
    /// How many updates the stage takes.
    public let updates: Int

    /// Names a stage.
    public init(_ name: String, updates: Int) { (self.name, self.updates) = (name, updates) }
}

/// What the user should know at the end of a stage.
public struct StageRemark: Sendable, Equatable {
    /// One line.
    public let text: String
    /// Whether something is not as it should be.
    public let isWarning: Bool

    /// Says it.
    public init(_ text: String, isWarning: Bool = false) { (self.text, self.isWarning) = (text, isWarning) }
}

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

/// An update that was given up in the middle, because the run is to stop.
public struct GivenUp: Error {
    /// Makes the error.
    public init() {}
}

/// What an algorithm learns from, opened by `Replay`.
public protocol TrainingData: AnyObject {
    /// SHA-256 of the content, in hexadecimal: a run resumes only on the data it was started with.
    var identity: String { get }
    /// How many records there are, for messages.
    var count: Int { get }
}

/// A learning algorithm: a few learners and the one function that updates them.
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
    /// The limits that a configuration keeps metrics to, by their names in `metrics.jsonl`; of an evaluation likewise, such
    /// as `cost_mean.speed`.
    static func metricLimits(_ configuration: Configuration) -> [String: Double]
    /// Makes fresh learners.
    ///
    /// - Throws: when the configuration does not fit the data.
    init(_ configuration: Configuration, on data: Data, seed: UInt64) throws
    /// What it learns from where that is not all of its data, in one line for the user; nil unless it selects.
    var selection: String? { get }
    /// The stages of a run whose configuration asks for `steps` updates, in order.
    func stages(steps: Int) -> [Stage]
    /// Whether a stage has reached its end before its last update, such as a fit that has converged.
    ///
    /// It is asked before each update and after `load`, and depends only on what `save` stores; the updates that are left
    /// of the stage are then skipped, and the run's step counts them as taken.
    func isComplete(_ stage: Stage) -> Bool
    /// Takes one update.
    ///
    /// - Throws: `NonFiniteError` when a loss, gradient or metric is not finite. The learners may be in any state then.
    func update(_ stage: Stage) throws -> Metrics
    /// Takes one update that may take minutes, and asks between its parts whether to go on.
    ///
    /// - Parameters:
    ///   - stage: of the run.
    ///   - goOn: throws `GivenUp` once the run is to stop. Who calls it lets that through with everything as before the
    ///     update, so that no bit depends on when it was.
    /// - Returns: what the update reports.
    /// - Throws: `GivenUp`, and as `update(_:)`.
    func update(_ stage: Stage, asking goOn: () throws -> Void) throws -> Metrics
    /// What the user should know once a stage has ended, by its number of updates or before; asked before the next stage.
    func remark(after stage: Stage) -> StageRemark?
    /// Whether there is a policy already: not in stages that come before it.
    var hasPolicy: Bool { get }
    /// The policy as learned so far, independent of later updates.
    func makePolicy() throws -> any Policy
    /// Stores everything that the next update depends on.
    func save(to checkpoint: inout CheckpointWriter) throws
    /// Restores what `save` stored, into learners of the same configuration.
    func load(from checkpoint: CheckpointReader) throws
    /// The policy in a checkpoint, without the data it was learned from.
    static func policy(_ configuration: Configuration, from checkpoint: CheckpointReader) throws -> any Policy
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

    /// No: actions are real numbers.
    public static var learnsChoices: Bool { false }

    /// It has no such test.
    public static func improvementObstacle(_ configuration: Configuration) -> OptionIssue? {
        OptionIssue(
            "algorithm",
            "tests no improvement, which --require-improvement asks for. Write \"ogsrl\", or leave it out.")
    }
    /// None.
    public static func metricLimits(_ configuration: Configuration) -> [String: Double] { [:] }

    /// Always.
    public var hasPolicy: Bool { true }

    /// Without asking.
    public func update(_ stage: Stage, asking goOn: () throws -> Void) throws -> Metrics {
        try update(stage)
    }

    /// Never: every stage takes all of its updates.
    public func isComplete(_ stage: Stage) -> Bool { false }

    /// Nothing.
    public func remark(after stage: Stage) -> StageRemark? { nil }

    /// One stage with the algorithm's name.
    public func stages(steps: Int) -> [Stage] { [Stage(Self.name, updates: steps)] }

    /// Nothing: it learns from all of its data.
    public var selection: String? { nil }
}
