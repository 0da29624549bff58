import Tensors

extension CollectedTransitions {
    /// Records episodes of a behaviour in fresh values of an environment.
    ///
    /// Episode i starts from its own seed and draws from its own stream, both made of (seed, i), so a longer record
    /// begins with the shorter one. The constraint is recorded where the environment has one.
    ///
    /// - Parameters:
    ///   - amount: how much; where it counts transitions, the last episode is cut to fit.
    ///   - type: the environment.
    ///   - seed: the seed of every random choice.
    ///   - choose: the behaviour: an action in [−1, 1], or the number of a choice, from the environment, its observation
    ///     and the episode's stream.
    /// - Throws: what the environment or the behaviour throws.
    public init<Task: Environment>(
        _ amount: CollectionAmount, in type: Task.Type, seed: UInt64,
        choosing choose: (_ task: Task, _ observation: [Float], _ stream: inout RandomStream) throws ->
            [Float]
    ) throws {
        try self.init(
            amount, in: type, seed: seed, remembering: { _, _, _ in () },
            choosing: { task, observation, _, stream in try choose(task, observation, &stream) })
    }

    /// Records episodes of a behaviour that remembers its episode, such as the last action or a plan.
    ///
    /// - Parameters:
    ///   - amount: as in the other initialiser, like all that is not said here.
    ///   - type: the environment.
    ///   - seed: the seed of every random choice.
    ///   - begin: what the behaviour remembers at the start of an episode.
    ///   - choose: the behaviour, which may change what it remembers.
    /// - Throws: what the environment or the behaviour throws.
    public init<Task: Environment, Memory>(
        _ amount: CollectionAmount, in type: Task.Type, seed: UInt64,
        remembering begin: (_ task: Task, _ observation: [Float], _ stream: inout RandomStream) throws ->
            Memory,
        choosing choose: (
            _ task: Task, _ observation: [Float], _ memory: inout Memory, _ stream: inout RandomStream
        ) throws -> [Float]
    ) throws {
        let sample = Task()
        self.init(
            observationSize: sample.observationSpace.size, actionSize: sample.actionSpace.size,
            actionChoices: sample.actionSpace.choices, costNames: sample.costNames)
        while let limit = room(for: amount, timeLimit: sample.timeLimit) {
            let index = episodes
            var stream = Self.stream(seed, episode: index)
            var task = Task()
            var memory: Memory?
            try appendEpisode(
                of: &task, from: Evaluator.resetSeed(seed, episode: index), limit: limit
            ) { task, observation in
                var known = try memory ?? begin(task, observation, &stream)
                defer { memory = known }
                return try choose(task, observation, &known, &stream)
            }
        }
    }

    /// Records episodes of a behaviour, one after the other in slot 0.
    ///
    /// Starts and streams are those of the other initialisers. Constraint values are not recorded.
    ///
    /// - Parameters:
    ///   - amount: how much; where it counts transitions, the last episode is cut to fit.
    ///   - environment: where.
    ///   - seed: the seed of every random choice.
    ///   - choose: the behaviour: an action from the observation and the episode's stream.
    /// - Throws: what the environment or the behaviour throws.
    public init(
        _ amount: CollectionAmount, in environment: any VectorEnvironment, seed: UInt64,
        choosing choose: (_ observation: [Float], _ stream: inout RandomStream) throws -> [Float]
    ) throws {
        self.init(
            observationSize: environment.observationSpace.size, actionSize: environment.actionSpace.size,
            actionChoices: environment.actionSpace.choices, costNames: environment.costNames)
        while let limit = room(for: amount, timeLimit: environment.timeLimit) {
            var stream = Self.stream(seed, episode: episodes)
            var observation = [Float](repeating: .nan, count: observationSize)
            do {
                var span = observation.mutableSpan
                try environment.reset(
                    [0], seeds: [Evaluator.resetSeed(seed, episode: episodes)], observations: &span)
            }
            for step in 1...limit {
                let action = try choose(observation, &stream)
                var next = [Float](repeating: .nan, count: observationSize)
                var span = next.mutableSpan
                var outcome = try environment.step([0], actions: action.span, observations: &span)[0]
                if step == limit && outcome.end == nil { outcome.end = .truncated }
                append(observation, action, outcome, next: next)
                if outcome.end != nil { break }
                observation = next
            }
        }
    }

    private static func stream(_ seed: UInt64, episode: Int) -> RandomStream {
        RandomStream(seed: seed, for: .collection, index: UInt32(truncatingIfNeeded: episode))
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
            let constraint = task.constraintValue
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
