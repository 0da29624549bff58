/// What the trainer itself keeps in a checkpoint.
struct TrainingProgress: StoredValue {
    /// The name under which it is stored.
    static let name = "trainer.progress"

    /// Updates taken.
    var step: Int
    /// The metrics since the last line.
    var window: MetricsWindow.Content
    /// Bytes of the lines of training in `metrics.jsonl`.
    var metricsBytes: Int

    func check() throws(UnsoundValue) {
        try Sound.check(step, "step", in: Sound.count)
        try Sound.check(metricsBytes, "metricsBytes", in: Sound.count)
        try window.check()
    }
}

extension RunDirectory {
    /// The checkpoint after the last update of a finished run, with `manifest.json` and `metrics.jsonl` brought to it.
    ///
    /// A process that died between the last checkpoint and the manifest leaves a manifest that is behind, and one that lost
    /// power leaves lines that nobody wrote.
    ///
    /// - Parameter warn: receives one line for each thing that is not as it was left.
    /// - Returns: nil where it does not verify and an older one does: the updates after that are to be taken again.
    /// - Throws: `CheckpointError` where none verifies; `RunError.damagedLine`; `StorageError`.
    public func finalCheckpoint(warn: (String) -> Void = { _ in }) throws -> CheckpointReader? {
        var skipped: [String] = []
        let checkpoint = try newestCheckpoint { skipped.append($0) }
        guard checkpoint.step >= manifest.step else { return nil }
        for warning in skipped { warn(warning) }
        let progress = try checkpoint.value(TrainingProgress.name, as: TrainingProgress.self)
        let metrics = try MetricsLog(metricsPath, operations)
        if try !metrics.cut(to: progress.metricsBytes, step: checkpoint.step) {
            warn(missingLines(before: checkpoint.step))
        }
        if manifest.step != checkpoint.step {
            manifest.step = checkpoint.step
            try writeManifest()
        }
        return checkpoint
    }

    /// What is said of a `metrics.jsonl` that is shorter than a checkpoint counts.
    func missingLines(before step: Int) -> String {
        "\(metricsPath): shorter than at the checkpoint; lines before step \(step) are missing."
    }
}
