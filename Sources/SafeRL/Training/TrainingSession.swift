import Foundation

/// One call of `Trainer.run`: from a checkpoint, or the start, to an end.
struct TrainingSession<A: Algorithm> {
    private let algorithm: A
    private let schedule: Schedule
    private let run: RunDirectory
    private let evaluation: PeriodicEvaluation<A>?
    private let options: Trainer.Options
    private let stages: [Stage<A.Metrics>]
    private let window = MetricsWindow()
    private let metrics: MetricsLog
    private let timing: LineLog
    private let began: Double
    private let wallSecondsBefore: Double
    private var step = 0
    private var committed: Int?
    private var latest: [(name: String, value: Float)] = []
    private var loggedAt: (step: Int, time: Double)
    var status: StatusLine

    init(
        _ algorithm: A, _ schedule: Schedule, _ run: RunDirectory, _ evaluation: PeriodicEvaluation<A>?,
        _ options: Trainer.Options, _ given: [Stage<A.Metrics>]? = nil
    ) throws {
        (self.algorithm, self.schedule, self.run) = (algorithm, schedule, run)
        (self.evaluation, self.options) = (evaluation, options)
        stages = given ?? algorithm.stages(steps: schedule.steps)
        let total = stages.reduce(0) { $0 + $1.updates }
        precondition(
            !stages.contains { $0.name == MetricsLog.evaluationStage },
            "the stage \(MetricsLog.evaluationStage) is the trainer's own")
        metrics = try MetricsLog(run.metricsPath, run.operations)
        timing = try LineLog(run.timingPath, run.operations)
        began = Self.seconds
        wallSecondsBefore = run.manifest.wallSeconds
        loggedAt = (0, began)
        status = StatusLine(
            options.status, write: options.write, now: { Self.seconds }, step: 0, total: total)
        try restore()
        status = StatusLine(
            options.status, write: options.write, now: { Self.seconds }, step: step, total: total)
        loggedAt = (step, began)
    }

    // MARK: The loop

    /// Takes updates until all are taken, `stopAfter` are, or `signal` returns one.
    mutating func train(signal: () -> Int32?) throws -> TrainingOutcome {
        let first = step
        // The last good state exists on disk before the first update can spoil it.
        if committed == nil { try checkpoint(stage: stages.first?.name ?? A.name) }
        try timing.append(
            "{\"step\":\(step),\"event\":\"start\",\"time\":\"\(Date().ISO8601Format())\"}")
        try evaluate(unless: signal)
        var end = 0
        for stage in stages {
            end += stage.updates
            // What another stage reported is not shown as if it were news.
            latest = []
            let isNew = step < end
            while step < end {
                let pending = signal()
                if pending != nil || options.stopAfter.map({ step - first >= $0 }) ?? false {
                    return try interrupt(pending, stage)
                }
                if stage.isComplete {
                    try skip(to: end, stage)
                    break
                }
                guard try update(stage, endingAt: end, unless: signal) else { continue }
                try evaluate(unless: signal)
                showStatus(stage)
            }
            if isNew, let remark = stage.remark { show(remark) }
        }
        // A signal came before the last evaluation was done.
        if isEvaluationDue, let last = stages.last { return try interrupt(signal(), last) }
        return try finish()
    }

    /// Takes an update; false where a signal came in the middle and everything is as before.
    private mutating func update(_ stage: Stage<A.Metrics>, endingAt end: Int, unless signal: () -> Int32?)
        throws
        -> Bool
    {
        do {
            let metrics = try stage.update { if signal() != nil { throw GivenUp() } }
            try window.add(metrics)
        } catch is GivenUp {
            return false
        } catch let error as NonFiniteError {
            throw RunError.notFinite(
                metric: error.name, stage: stage.name, step: step + 1,
                checkpoint: run.checkpoints.path(of: committed ?? 0))
        } catch let error as UnsoundValue {
            throw CheckpointError.unsound(
                TrainingProgress.name, path: run.checkpoints.path(of: committed ?? 0),
                reason: error.description)
        }
        step += 1
        // A stage ends its window: the next one reports other numbers.
        if step % schedule.log == 0 || step == end { try log(stage) }
        if step % schedule.checkpoint == 0 { try checkpoint(stage: stage.name) }
        return true
    }

    private var isEvaluationDue: Bool {
        guard let evaluation, step > 0 else { return false }
        return step % evaluation.interval == 0 && metrics.evaluatedStep != step
    }

    /// Evaluates if it is time to; a signal puts it off until the run is resumed.
    private mutating func evaluate(unless signal: () -> Int32?) throws {
        guard let evaluation, isEvaluationDue, signal() == nil else { return }
        let start = Self.seconds
        status.clear()
        // A policy is judged as it will act, whatever precision it is trained in.
        let found = try Precision.float32.during {
            try evaluation.evaluate(algorithm, step, { signal() != nil })
        }
        guard let numbers = found else {
            precondition(signal() != nil, "an evaluation returned nothing although the run goes on")
            return
        }
        try metrics.appendEvaluation(step, numbers)
        let seconds = Self.seconds - start
        // The rates are those of training.
        loggedAt.time += seconds
        status.note(step: step, stage: MetricsLog.evaluationStage, metrics: numbers, taking: seconds)
        try timing.append(
            "{\"step\":\(step),\"event\":\"evaluation\",\"duration\":\(JSONLine.number(seconds))}")
    }

    /// Leaves a stage that is complete, with a checkpoint so that its work is not repeated.
    private mutating func skip(to end: Int, _ stage: Stage<A.Metrics>) throws {
        if window.content.updates > 0 { try log(stage) }
        step = end
        loggedAt.step = end
        try checkpoint(stage: stage.name)
        showStatus(stage)
    }

    /// Shows the stage's last complete window, or what there is of its first.
    private mutating func showStatus(_ stage: Stage<A.Metrics>) {
        let (latest, window) = (latest, window)
        status.update(step: step, stage: stage.name, metrics: latest.isEmpty ? window.means : latest)
    }

    private mutating func finish() throws -> TrainingOutcome {
        if committed != step { try checkpoint(stage: stages.last { $0.updates > 0 }?.name ?? A.name) }
        if !run.manifest.finished {
            run.manifest.finished = true
            try run.writeManifest()
        }
        return .finished(step: step, checkpoint: run.checkpoints.path(of: step))
    }

    private mutating func interrupt(_ signal: Int32?, _ stage: Stage<A.Metrics>) throws -> TrainingOutcome {
        if committed != step { try checkpoint(stage: stage.name) }
        return .interrupted(signal: signal, step: step, checkpoint: run.checkpoints.path(of: step))
    }

    // MARK: Writing

    private mutating func log(_ stage: Stage<A.Metrics>) throws {
        latest = window.means
        try metrics.append(step, stage.name, latest)
        window.clear()
        let time = Self.seconds
        let rate = Double(step - loggedAt.step) / max(time - loggedAt.time, 1e-9)
        let seconds = wallSecondsBefore + time - began
        try timing.append(
            "{\"step\":\(step),\"seconds\":\(JSONLine.number(seconds)),\"updates_per_second\":\(JSONLine.number(rate))}"
        )
        loggedAt = (step, time)
    }

    private mutating func checkpoint(stage: String) throws {
        var writer = CheckpointWriter()
        try algorithm.save(to: &writer)
        for stage in stages { try stage.save(to: &writer) }
        try writer.store(
            TrainingProgress.name,
            TrainingProgress(step: step, window: window.content, metricsBytes: metrics.trainingBytes))
        // The lines that the checkpoint counts must not be younger on the disk than the checkpoint.
        try metrics.synchronize()
        let store = run.checkpoints
        try store.commit(writer, step: step, stage: stage, run.identity)
        committed = step
        run.manifest.step = step
        run.manifest.wallSeconds = wallSecondsBefore + Self.seconds - began
        try run.writeManifest()
        if case .newest(let count) = schedule.keep { try store.retain(count, upTo: step) }
    }

    // MARK: Resuming

    private mutating func restore() throws {
        let store = run.checkpoints
        for warning in run.warnings { warn(warning) }
        // A run that died before its first checkpoint starts anew.
        guard try !store.steps().isEmpty else {
            if run.manifest.step > 0 {
                warn("\(run.checkpointsPath): no checkpoint is left; the run starts again at update 0.")
            }
            _ = try metrics.cut(to: 0, step: 0)
            return
        }
        // Shown only once something is found: an error says the same by itself.
        var skipped: [String] = []
        let checkpoint = try store.newest(matching: run.identity) { skipped.append($0) }
        for warning in skipped { warn(warning) }
        try algorithm.load(from: checkpoint)
        for stage in stages { try stage.load(from: checkpoint) }
        let progress = try checkpoint.value(TrainingProgress.name, as: TrainingProgress.self)
        guard progress.step == checkpoint.step else {
            throw checkpoint.unsound(
                TrainingProgress.name,
                UnsoundValue("step is \(progress.step), the checkpoint's is \(checkpoint.step)"))
        }
        window.restore(progress.window)
        (step, committed) = (progress.step, progress.step)
        if try !metrics.cut(to: progress.metricsBytes, step: step) { warn(run.missingLines(before: step)) }
        try follow()
    }

    /// Does what a process that died after a checkpoint left undone: the manifest follows the checkpoint, and those that
    /// it replaced go.
    private func follow() throws {
        let isFinished = run.manifest.finished && step == stages.reduce(0) { $0 + $1.updates }
        if run.manifest.step != step || run.manifest.finished != isFinished {
            (run.manifest.step, run.manifest.finished) = (step, isFinished)
            try run.writeManifest()
        }
        try run.checkpoints.removeLeftovers()
        if case .newest(let count) = schedule.keep { try run.checkpoints.retain(count, upTo: step) }
    }

    /// A warning even when progress is not shown.
    private mutating func show(_ remark: StageRemark) {
        if remark.isWarning {
            status.clear()
            warn(remark.text)
        } else if options.status != .quiet {
            status.clear()
            options.write(remark.text + "\n")
        }
    }

    /// Shown even when progress is not: something is not as the user left it.
    private func warn(_ text: String) { options.write("warning: \(text)\n") }

    private static var seconds: Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
}
