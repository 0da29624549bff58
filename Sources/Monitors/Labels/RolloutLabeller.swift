import SafeRL

/// Labels the steps of recorded episodes by what becomes of continuations from each of them.
///
/// An episode is played again from its seed with its actions; at each step the environment, a value, is copied k times for the policy
/// and k times for each recovery. Continuation i from step t of episode e draws from a stream of (seed, e, t, i), so labels depend
/// neither on how many steps are continued together nor on the number of threads.
public struct RolloutLabeller: Sendable {
    /// k: continuations from each step, at least 1.
    public let rollouts: Int
    /// H: steps of a continuation at most; the environment's time limit may end it sooner.
    public let horizon: Int
    /// Seed of the continuations.
    public let seed: UInt64
    /// Steps whose continuations run side by side; those behind the onset are not continued any more.
    static let block = 16

    /// Describes continuations.
    public init(rollouts: Int = 16, horizon: Int = 100, seed: UInt64) {
        precondition(rollouts >= 1 && horizon >= 1, "\(rollouts) roll-outs of \(horizon) steps")
        (self.rollouts, self.horizon, self.seed) = (rollouts, horizon, seed)
    }

    /// Labels an episode.
    ///
    /// - Parameters:
    ///   - episode: as it was recorded in this environment.
    ///   - type: the environment.
    ///   - policy: what recorded it, and goes on.
    ///   - recoveries: at least one; at each step the one with the fewest violations counts.
    /// - Returns: the episode with counts and labels. Counts behind the onset are nil, and counts of recoveries where the policy's do
    ///   not call for them.
    /// - Throws: `MonitorError` where the environment cannot be copied or does not repeat; what policies and environment throw.
    public func label<Task: Environment>(
        _ episode: RecordedEpisode, in type: Task.Type, policy: any Policy, recoveries: [any Policy]
    ) throws -> LabelledEpisode {
        precondition(!recoveries.isEmpty, "labels without a recovery")
        guard policy.needsNoPast && recoveries.allSatisfy(\.needsNoPast) else { throw MonitorError.remembers }
        let moments = try moments(of: episode, in: type)
        var result = LabelledEpisode(episode, rollouts: rollouts)
        result.exact =
            moments.allSatisfy { $0.canStaySafe != nil } ? moments.map { $0.canStaySafe == false } : nil
        var actors = [policy] + recoveries
        var first = 0
        while first < episode.length && !result.isDecided {
            let steps = first..<min(first + Self.block, episode.length)
            try count(steps, moments, episode, &actors, &result)
            first = steps.upperBound
        }
        return result
    }

    /// The environment before each step.
    private func moments<Task: Environment>(of episode: RecordedEpisode, in type: Task.Type) throws -> [Task]
    {
        var task = Task()
        guard task.branch(seed: 0) != nil else { throw MonitorError.cannotBranch(Task.name) }
        var observation = [Float](repeating: .nan, count: task.observationSpace.size)
        do {
            var span = observation.mutableSpan
            try task.reset(seed: episode.seed, observation: &span)
        }
        var moments: [Task] = []
        for step in 0..<episode.length {
            guard observation == episode.observations[step] else {
                throw MonitorError.doesNotRepeat(Task.name, episode: episode.index, step: step)
            }
            moments.append(task)
            let action = episode.actions[step]
            var span = observation.mutableSpan
            _ = try task.step(action.span, observation: &span)
        }
        return moments
    }

    /// Counts violations from some steps: of the policy, and of the recoveries where those of the policy call for it.
    private func count<Task: Environment>(
        _ steps: Range<Int>, _ moments: [Task], _ episode: RecordedEpisode, _ actors: inout [any Policy],
        _ result: inout LabelledEpisode
    ) throws {
        let own = try violations(from: Array(steps), moments, episode, 0, &actors[0])
        for (step, count) in zip(steps, own) {
            result.policyViolations[step] = count.violated
            result.channelViolations[step] = count.channels
        }
        let suspect = steps.filter {
            (result.policyViolations[$0] ?? 0) >= RolloutCounts.needed(of: rollouts)
        }
        guard !suspect.isEmpty else { return }
        for number in 1..<actors.count {
            let counts = try violations(from: suspect, moments, episode, number, &actors[number])
            for (step, count) in zip(suspect, counts) {
                result.recoveryViolations[step] = min(
                    result.recoveryViolations[step] ?? rollouts, count.violated)
            }
        }
    }

    /// A continuation that has not ended.
    private struct Continuation<Task: Environment> {
        var task: Task
        var observation: [Float]
        /// Number of its step among those continued.
        let place: Int
        var left: Int
    }

    /// How often continuations from each of some steps are violated, and in which channels first.
    private func violations<Task: Environment>(
        from steps: [Int], _ moments: [Task], _ episode: RecordedEpisode, _ actor: Int,
        _ policy: inout any Policy
    ) throws -> [(violated: Int, channels: [Int])] {
        let channels = moments[0].costNames.count, limit = moments[0].timeLimit
        var counts = steps.map { _ in (violated: 0, channels: [Int](repeating: 0, count: channels)) }
        var (running, streams): ([Continuation<Task>], [RandomStream]) = ([], [])
        for (place, step) in steps.enumerated() {
            for number in 0..<rollouts {
                var stream = stream(episode.index, step, actor, number)
                guard let task = moments[step].branch(seed: stream.nextInteger()) else {
                    throw MonitorError.cannotBranch(Task.name)
                }
                running.append(
                    Continuation(
                        task: task, observation: episode.observations[step], place: place,
                        left: min(horizon, limit - step)))
                streams.append(stream)
            }
        }
        var rows = PolicyRows(places: running.map { steps[$0.place] }, streams: streams)
        let width = policy.actionSize
        while !running.isEmpty {
            let actions = try rows.act(policy: &policy, on: running.flatMap(\.observation))
            var kept: [Int] = []
            for row in running.indices {
                let action = Array(actions[row * width..<(row + 1) * width])
                if try goOn(&running[row], action, &counts) { kept.append(row) }
            }
            if kept.count < running.count {
                running = kept.map { running[$0] }
                rows.keep(kept)
            }
        }
        return counts
    }

    /// Takes one step; false where the continuation ended with it.
    private func goOn<Task: Environment>(
        _ own: inout Continuation<Task>, _ action: [Float],
        _ counts: inout [(violated: Int, channels: [Int])]
    ) throws -> Bool {
        var observation = own.observation
        let outcome: StepOutcome
        do {
            var span = observation.mutableSpan
            outcome = try own.task.step(action.span, observation: &span)
        }
        own.observation = observation
        own.left -= 1
        guard !outcome.costs.contains(where: { $0 > 0 }) else {
            counts[own.place].violated += 1
            for (channel, cost) in outcome.costs.enumerated() where cost > 0 {
                counts[own.place].channels[channel] += 1
            }
            return false
        }
        return outcome.end == nil && own.left > 0
    }

    /// The stream of a continuation: the noise of the environment is drawn from it first, then what the policy draws.
    private func stream(_ episode: Int, _ step: Int, _ actor: Int, _ number: Int) -> RandomStream {
        var first = RandomStream(seed: seed, for: .rollout, index: UInt32(truncatingIfNeeded: episode))
        var second = RandomStream(
            seed: first.nextInteger(), for: .rollout, index: UInt32(truncatingIfNeeded: step))
        return RandomStream(
            seed: second.nextInteger(), for: .rollout,
            index: UInt32(truncatingIfNeeded: actor << 20 | number))
    }
}
