import Replay

extension CollectedTransitions {
    /// Records what a fallback leads to from given states, each an episode of its own.
    ///
    /// An episode is cut after `limit` steps, and where a step changes nothing that is shown by 1e-6 or more. There is nothing where the
    /// environment cannot be placed.
    ///
    /// - Parameters:
    ///   - states: by the numbers that the environment's `boundable` names.
    ///   - name: one of the environment's fallbacks.
    ///   - type: the environment; one that can be placed.
    ///   - limit: steps, at least 1.
    ///   - copies: how often each episode is recorded, which is its weight.
    /// - Throws: what the environment throws.
    package init?<Task: Environment>(
        replaying states: [[Double]], by name: String, in type: Task.Type, limit: Int, copies: Int
    ) throws {
        let sample = Task()
        self.init(
            observationSize: sample.observationSpace.size, actionSize: sample.actionSpace.size,
            actionChoices: sample.actionSpace.choices, costNames: sample.costNames)
        for state in states {
            for _ in 0..<copies {
                var task = sample
                guard try appendReplay(of: &task, from: state, by: name, limit: limit) else { return nil }
            }
        }
    }

    private mutating func appendReplay<Task: Environment>(
        of task: inout Task, from state: [Double], by name: String, limit: Int
    ) throws -> Bool {
        var observation = [Float](repeating: .nan, count: observationSize)
        do {
            var span = observation.mutableSpan
            guard task.place(in: state, observation: &span) else { return false }
        }
        for step in 1...limit {
            let constraint = task.constraintValue
            let action = Task.fallbackAction(in: observation, of: name)
            var next = [Float](repeating: .nan, count: observationSize)
            var span = next.mutableSpan
            var outcome = try task.step(action.span, observation: &span)
            // A remainder of rounding is no motion.
            let isStill = zip(next, observation).allSatisfy { abs($0 - $1) < 1e-6 }
            if outcome.end == nil, step == limit || isStill { outcome.end = .truncated }
            append(observation, action, constraint: constraint, outcome, next: next)
            if outcome.end != nil { break }
            observation = next
        }
        return true
    }
}
