extension Trainer {
    /// Gives a new run the state of another run's checkpoint as its own beginning, so that `run` goes on from there.
    ///
    /// Metrics begin anew; updates are counted on.
    ///
    /// - Parameters:
    ///   - algorithm: fresh learners of the same sizes.
    ///   - schedule: of the new run; its steps must be more than the checkpoint's.
    ///   - run: made by `RunDirectory.create`, without a checkpoint.
    ///   - checkpoint: of a run of the same algorithm and options.
    /// - Throws: `CheckpointError`, `StorageError`.
    package static func begin<A: Algorithm>(
        _ algorithm: A, _ schedule: Schedule, in run: RunDirectory, from checkpoint: CheckpointReader
    ) throws {
        precondition(run.isLocked, "\(run.path) was opened for reading only")
        precondition(schedule.steps > checkpoint.step, "nothing is left to train")
        let stages = algorithm.stages(steps: schedule.steps)
        try algorithm.load(from: checkpoint)
        for stage in stages { try stage.load(from: checkpoint) }
        var writer = CheckpointWriter()
        try algorithm.save(to: &writer)
        for stage in stages { try stage.save(to: &writer) }
        try writer.store(
            TrainingProgress.name,
            TrainingProgress(step: checkpoint.step, window: MetricsWindow.Content(), metricsBytes: 0))
        var end = 0
        let stage = stages.first { stage in
            end += stage.updates
            return checkpoint.step < end
        }
        try run.checkpoints.commit(
            writer, step: checkpoint.step, stage: stage?.name ?? A.name, run.identity)
        run.manifest.step = checkpoint.step
        try run.writeManifest()
    }
}
