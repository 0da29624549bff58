import Pictures

/// An evaluated episode played again, step by step, with a picture of every state.
package struct EpisodeReplay {
    /// What the evaluation says about the episode.
    package let record: EpisodeRecord

    private let environment: any VectorEnvironment
    private let trace: [Float]
    private let actions: [Float]
    private var again: EpisodeRecord
    private var observation: [Float]

    /// Describes an episode.
    ///
    /// - Parameters:
    ///   - environment: made to draw frames; its slot 0 is used.
    ///   - evaluation: must have kept the episode.
    ///   - index: which one.
    package init(in environment: any VectorEnvironment, of evaluation: Evaluation, _ index: Int) {
        (self.environment, record) = (environment, evaluation.episodes[index])
        (trace, actions) = (evaluation.traces[index], evaluation.actions[index])
        again = EpisodeRecord(
            index: record.index, seed: record.seed, costNames: environment.costNames,
            startFeasibility: record.startFeasibility)
        observation = Array(repeating: .nan, count: environment.observationSpace.size)
    }

    /// Starts the episode or takes the next step.
    ///
    /// - Parameter step: 0 to `record.length`, one after the other.
    /// - Returns: the picture after it, and what it cost.
    /// - Throws: `VideoError` where the episode is not the evaluated one; what the environment throws.
    package mutating func play(_ step: Int) throws -> (picture: Frame, cost: Double) {
        let cost = try step == 0 ? start() : take(step)
        let isSame = observation[...] == part(step, of: trace, record.length + 1)
        guard isSame && (step < record.length || again == record) else {
            throw VideoError.otherCourse(environment: environment.name, episode: record.index, step: step)
        }
        guard let picture = try environment.frame(of: 0) else {
            throw VideoError.noPictures(environment: environment.name, other: nil)
        }
        return (picture, cost)
    }

    private mutating func start() throws -> Double {
        let (environment, seed) = (environment, record.seed)
        var span = observation.mutableSpan
        try environment.reset([0], seeds: [seed], observations: &span)
        if record.length == 0 {
            again.close(
                .truncated, reachedGoal: environment.isAtGoal(0), isStopped: record.isStopped)
        }
        return 0
    }

    private mutating func take(_ step: Int) throws -> Double {
        let (environment, action) = (environment, part(step - 1, of: actions, record.length))
        var span = observation.mutableSpan
        let outcome = try environment.step([0], actions: action.span, observations: &span)[0]
        again.add(outcome)
        if step == record.length {
            again.close(
                outcome.end ?? .truncated, reachedGoal: environment.isAtGoal(0),
                isStopped: record.isStopped)
        }
        return Double(outcome.cost)
    }

    /// One of so many equal parts.
    private func part(_ index: Int, of values: [Float], _ count: Int) -> ArraySlice<Float> {
        let size = values.count / count
        return values[index * size..<(index + 1) * size]
    }
}
