/// A part of a training run, such as "guardian" or "policy": how many updates it takes, and what one of them does.
///
/// The trainer runs stages in the order of their array.
public struct Stage<Metrics: TrainingMetrics> {
    /// What takes one update; `goOn` throws `GivenUp` once the run is to stop.
    ///
    /// An update that may take minutes asks between its parts, and lets that error through with everything as before the
    /// update, so that no bit depends on when it was. It throws `NonFiniteError` when a loss, gradient or metric is not
    /// finite; the learners may be in any state then.
    public typealias Update = (_ goOn: () throws -> Void) throws -> Metrics

    /// The name shown in the status line and written with every metric.
    public let name: String
    /// How many updates the stage takes at most.
    public let updates: Int
    private let takeUpdate: Update
    private let hasEnded: () -> Bool
    private let sayRemark: () -> StageRemark?
    private let store: (inout CheckpointWriter) throws -> Void
    private let restore: (CheckpointReader) throws -> Void

    /// Describes a stage.
    ///
    /// - Parameters:
    ///   - name: distinct within a run.
    ///   - updates: at most, at least 0.
    ///   - isComplete: whether the stage has reached its end before its last update, such as a fit that has converged. It
    ///     depends only on what is stored; the updates that are left are skipped, and the run's step counts them as taken.
    ///   - remark: what the user should know once the stage has ended.
    ///   - save: stores what the next update depends on, where the algorithm's own `save` does not.
    ///   - load: restores what `save` stored, after the algorithm's own `load`.
    ///   - update: takes one update.
    public init(
        _ name: String, updates: Int, isComplete: @escaping () -> Bool = { false },
        remark: @escaping () -> StageRemark? = { nil },
        save: @escaping (inout CheckpointWriter) throws -> Void = { _ in },
        load: @escaping (CheckpointReader) throws -> Void = { _ in }, asking update: @escaping Update
    ) {
        (self.name, self.updates, takeUpdate) = (name, updates, update)
        (hasEnded, sayRemark, store, restore) = (isComplete, remark, save, load)
    }

    /// Describes a stage of short updates, which ask nothing.
    public init(
        _ name: String, updates: Int, isComplete: @escaping () -> Bool = { false },
        remark: @escaping () -> StageRemark? = { nil }, update: @escaping () throws -> Metrics
    ) {
        self.init(
            name, updates: updates, isComplete: isComplete, remark: remark, asking: { _ in try update() })
    }

    /// Takes one update.
    ///
    /// - Parameter goOn: throws `GivenUp` once the run is to stop.
    /// - Returns: what the update reports.
    /// - Throws: what `goOn` throws; `NonFiniteError`; the algorithm's errors.
    public func update(asking goOn: () throws -> Void = {}) throws -> Metrics { try takeUpdate(goOn) }

    /// Whether the stage has reached its end; asked before each update and after `load`.
    public var isComplete: Bool { hasEnded() }

    /// What the user should know once the stage has ended, by its number of updates or before; asked before the next stage.
    public var remark: StageRemark? { sayRemark() }

    /// Stores what the next update of the stage depends on.
    public func save(to checkpoint: inout CheckpointWriter) throws { try store(&checkpoint) }

    /// Restores what `save` stored.
    ///
    /// - Throws: `CheckpointError`.
    public func load(from checkpoint: CheckpointReader) throws { try restore(checkpoint) }
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

/// An update that was given up in the middle, because the run is to stop.
public struct GivenUp: Error {
    /// Makes the error.
    public init() {}
}
