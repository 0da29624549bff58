import Glibc

/// How training ended.
public enum TrainingOutcome: Equatable, Sendable {
    /// All updates were taken.
    case finished(step: Int, checkpoint: String)
    /// A signal (nil: `stopAfter`) asked for an end; the run can be resumed.
    case interrupted(signal: Int32?, step: Int, checkpoint: String)
}

/// Something to compute now and then while training, such as the return of the policy so far.
public struct PeriodicEvaluation<A: Algorithm> {
    /// Updates between two evaluations.
    public var interval: Int
    /// Computes named numbers from the algorithm after so many updates, the most important first.
    ///
    /// It must not change the algorithm and must draw from streams of its own, so that training does not depend on it.
    /// Long ones ask now and then whether the run is to stop, and then return nothing: they are computed anew on resume.
    public var evaluate: Evaluate
    /// See `evaluate`.
    public typealias Evaluate = (_ algorithm: A, _ step: Int, _ isStopping: () -> Bool) throws -> [(
        name: String, value: Float
    )]?

    /// Names what to compute and how often.
    public init(every interval: Int, _ evaluate: @escaping Evaluate) {
        precondition(interval > 0, "an evaluation every \(interval) updates does not exist")
        (self.interval, self.evaluate) = (interval, evaluate)
    }
}

/// The loop of every algorithm: it alone counts, logs, checkpoints, evaluates and stops.
///
/// Stopping and resuming equals never having stopped, bit for bit: a checkpoint holds the algorithm's state, the window
/// of metrics that it cuts and the length of `metrics.jsonl`, which goes back to that length on resume. An evaluation
/// that was due and not done is done then.
public enum Trainer {
    /// What a caller may choose apart from the configuration.
    public struct Options {
        /// How progress is shown.
        public var status = StatusLine.Style.quiet
        /// Stops as if interrupted after so many updates in this call; for tests and for short slices of time.
        public var stopAfter: Int?
        /// Receives the text of the status line, line ends included, and warnings; standard error by default.
        public var write: (String) -> Void = { text in
            // A closed terminal is no reason to stop training, so what cannot be shown is dropped.
            let bytes = Array(text.utf8)
            _ = Glibc.write(STDERR_FILENO, bytes, bytes.count)
        }

        /// Quiet, without a limit.
        public init(status: StatusLine.Style = .quiet, stopAfter: Int? = nil) {
            (self.status, self.stopAfter) = (status, stopAfter)
        }
    }

    /// Trains from the newest checkpoint of the run, or from the start, to the end.
    ///
    /// - Parameters:
    ///   - algorithm: fresh learners; the newest checkpoint is loaded into them.
    ///   - schedule: how long, and how often something is written.
    ///   - run: made by `RunDirectory.create` or `resume`.
    ///   - evaluation: its numbers become a line of `metrics.jsonl` with the stage `evaluation`.
    ///   - stages: what is done in place of the algorithm's own, such as each of these in several processes at once; of the
    ///     same names and numbers of updates.
    ///   - options: what concerns this call only.
    /// - Returns: how it ended, with the newest checkpoint.
    /// - Throws: `RunError.notFinite` naming the metric, the update and the checkpoint of the last good state;
    ///   `StorageError` or `CheckpointError` with the last good checkpoint intact; what the algorithm throws.
    public static func run<A: Algorithm>(
        _ algorithm: A, schedule: Schedule, in run: RunDirectory, evaluation: PeriodicEvaluation<A>? = nil,
        stages: [Stage<A.Metrics>]? = nil, options: Options = Options()
    ) throws -> TrainingOutcome {
        precondition(run.isLocked, "\(run.path) was opened for reading only")
        precondition(
            schedule.log > 0 && schedule.checkpoint > 0 && schedule.keep.isUsable, "schedule: not validated")
        let watch = SignalWatch()
        var session = try TrainingSession(algorithm, schedule, run, evaluation, options, stages)
        defer { session.status.end() }
        return try session.train { watch.pending }
    }
}
