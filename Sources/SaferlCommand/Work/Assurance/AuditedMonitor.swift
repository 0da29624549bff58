import Assessments
import Monitors
import SafeRL

/// The step monitor that `saferl audit availability` trains.
///
/// Each recorded row is an episode of one step: an attacker alters rows, and what is labelled is the row.
enum AuditedMonitor {
    /// Trains one on recorded rows, as `MonitorTraining` does, with the passes that so many updates take.
    ///
    /// - Parameters:
    ///   - data: the rows.
    ///   - isViolated: the label of each.
    ///   - updates: of each classifier, about.
    ///   - seed: of weights and batches.
    /// - Returns: how dangerous an action in an observation is, in [0, 1].
    /// - Throws: `MonitorError`, `NonFiniteError`.
    static func train(
        on data: TransitionDataset, _ isViolated: [Bool], updates: Int, seed: UInt64
    ) throws -> (_ observation: [Float], _ action: [Float]) throws -> Double {
        let features = MonitorFeatures(
            observationSize: data.observationSize, actionSize: data.actionSize,
            actionChoices: data.actionChoices)
        let head = LabelFile.Head(
            environment: "recorded rows", policy: data.identity,
            labeller: RolloutLabeller(rollouts: 1, horizon: 1, seed: seed), recoveries: [],
            features: features, costs: CostChannels.single)
        let episodes = (0..<data.count).map { row in
            var episode = Monitors.RecordedEpisode(index: row, seed: UInt64(row))
            episode.observations = [
                Array(data.observations[row * data.observationSize..<(row + 1) * data.observationSize])
            ]
            episode.actions = [Array(data.actions[row * data.actionSize..<(row + 1) * data.actionSize])]
            episode.costs = [[isViolated[row] ? 1 : 0]]
            var labelled = LabelledEpisode(episode, rollouts: 1)
            labelled.exact = [isViolated[row]]
            return labelled
        }
        var options = MonitorTraining()
        options.seed = seed
        options.epochs = max(1, updates * options.batch / max(data.count, 1))
        options.patience = options.epochs
        let judge = try options.train(on: LabelFile(head, episodes)).judge()
        return { observation, action in try judge.score(observation.span, action.span) }
    }
}
