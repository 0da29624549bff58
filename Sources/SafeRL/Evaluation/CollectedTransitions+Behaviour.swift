import Tensors

extension CollectedTransitions {
    /// Records episodes of a behaviour in fresh values of an environment.
    ///
    /// Episode i starts from its own seed and draws from its own stream, both made of (seed, i), so a longer record
    /// begins with the shorter one. The constraint is recorded where the environment is a `ConstraintEnvironment`.
    ///
    /// - Parameters:
    ///   - amount: how much; where it counts transitions, the last episode is cut to fit.
    ///   - type: the environment.
    ///   - seed: the seed of every random choice.
    ///   - choose: the behaviour: an action in [−1, 1] from the environment, its observation and the episode's stream.
    /// - Throws: what the environment or the behaviour throws.
    public init<Task: Environment>(
        _ amount: CollectionAmount, in type: Task.Type, seed: UInt64,
        choosing choose: (_ task: Task, _ observation: [Float], _ stream: inout RandomStream) throws ->
            [Float]
    ) throws {
        let sample = Task()
        self.init(
            observationSize: sample.observationSpace.size, actionSize: sample.actionSpace.size,
            costNames: sample.costNames)
        while let limit = room(for: amount, timeLimit: sample.timeLimit) {
            let index = episodes
            var stream = RandomStream(
                seed: seed, for: .collection, index: UInt32(truncatingIfNeeded: index))
            var task = Task()
            try appendEpisode(
                of: &task, from: Evaluator.resetSeed(seed, episode: index), limit: limit
            ) { try choose($0, $1, &stream) }
        }
    }

    /// Says how long the next episode may be.
    ///
    /// - Parameters:
    ///   - amount: what the whole record shall have, at least 2 transitions or 1 episode.
    ///   - timeLimit: of the environment.
    /// - Returns: its steps at most, or nothing once the amount is there.
    public func room(for amount: CollectionAmount, timeLimit: Int) -> Int? {
        switch amount {
        case .transitions(let wanted): count < wanted ? min(timeLimit, wanted - count) : nil
        case .episodes(let wanted): episodes < wanted ? timeLimit : nil
        }
    }

    private mutating func appendEpisode<Task: Environment>(
        of task: inout Task, from seed: UInt64, limit: Int, choosing choose: (Task, [Float]) throws -> [Float]
    ) throws {
        var observation = [Float](repeating: .nan, count: observationSize)
        do {
            var span = observation.mutableSpan
            try task.reset(seed: seed, observation: &span)
        }
        for step in 1...limit {
            let constraint = (task as? any ConstraintEnvironment)?.constraintValue
            let action = try choose(task, observation)
            var next = [Float](repeating: .nan, count: observationSize)
            var span = next.mutableSpan
            var outcome = try task.step(action.span, observation: &span)
            if step == limit && outcome.end == nil { outcome.end = .truncated }
            append(observation, action, constraint: constraint, outcome, next: next)
            if outcome.end != nil { return }
            observation = next
        }
    }
}
