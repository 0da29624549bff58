import SafeRL

/// Episodes that run side by side in the slots of an environment, each with draws of its own; the next follows one that ended.
package struct EpisodeSlots {
    /// Sums of an episode from its start to its end.
    package struct Sums: Equatable {
        /// Of its rewards, and of its costs over all channels.
        package var reward = 0.0, cost = 0.0
        /// Steps.
        package var length = 0
    }

    /// What happened in a slot.
    package struct Step {
        /// Where.
        package let slot: Int
        /// What was asked for.
        package let asked: ArraySlice<Float>
        /// What a shield did in its place; nothing where that was done.
        package let replacement: [Float]?
        /// Reward, cost and whether the task ended the episode.
        package let outcome: StepOutcome
        /// Whether the episode is over, by the task or by its time limit.
        package let isOver: Bool
        /// What is seen behind the step.
        package let next: ArraySlice<Float>

        /// What was done.
        package var action: ArraySlice<Float> { replacement.map { $0[...] } ?? asked }
    }

    /// Where the episodes run.
    package let environment: any VectorEnvironment
    /// What each slot's policy sees now, `[slots, observation]`.
    package private(set) var observations: [Float]
    /// What each slot's policy draws from, seeded anew with its episode.
    package var streams: [RandomStream]
    /// Episodes that came to their end, in the order in which they did.
    package private(set) var ended: [Sums] = []
    private var sums: [Sums]
    private let width: Int

    /// Starts an episode in each slot.
    ///
    /// - Parameters:
    ///   - environment: all of its slots are used.
    ///   - starts: gives the seeds of episodes, slot by slot.
    /// - Throws: the environment's errors; `NonFiniteError`.
    package init(_ environment: any VectorEnvironment, starts: inout RandomStream) throws {
        (self.environment, width) = (environment, environment.observationSpace.size)
        observations = [Float](repeating: 0, count: environment.slots * width)
        sums = [Sums](repeating: Sums(), count: environment.slots)
        streams = [RandomStream](repeating: starts, count: environment.slots)
        try begin(Array(0..<environment.slots), &starts)
    }

    /// Starts episodes with seeds of their own.
    private mutating func begin(_ slots: [Int], _ starts: inout RandomStream) throws {
        guard !slots.isEmpty else { return }
        let seeds = slots.map { _ in starts.nextInteger() }
        var first = [Float](repeating: .nan, count: slots.count * width)
        var span = first.mutableSpan
        try environment.reset(slots, seeds: seeds, observations: &span)
        try check(first)
        for (row, slot) in slots.enumerated() {
            observations.replaceSubrange(
                slot * width..<(slot + 1) * width, with: first[row * width..<(row + 1) * width])
            streams[slot] = RandomStream(seed: seeds[row], for: .action)
            sums[slot] = Sums()
        }
    }

    private func check(_ seen: [Float]) throws {
        guard seen.allSatisfy(\.isFinite) else { throw NonFiniteError("observation of \(environment.name)") }
    }

    /// One step in every slot.
    ///
    /// - Parameters:
    ///   - actions: `[slots, action]`.
    ///   - starts: gives the seeds of the episodes that follow.
    ///   - restarts: whether another episode follows one that is over.
    /// - Returns: what happened, slot by slot.
    /// - Throws: the environment's errors; `NonFiniteError`.
    package mutating func step(
        _ actions: [Float], starts: inout RandomStream, restarts: Bool = true
    ) throws -> [Step] {
        var next = observations
        var span = next.mutableSpan
        let outcomes = try environment.step(
            Array(0..<environment.slots), actions: actions.span, observations: &span)
        try check(next)
        let size = environment.actionSpace.size
        let taken = try zip(0..., outcomes).map { slot, outcome in
            try record(
                outcome, in: slot, actions[slot * size..<(slot + 1) * size],
                next: next[slot * width..<(slot + 1) * width])
        }
        observations = next
        if restarts { try begin(taken.filter(\.isOver).map(\.slot), &starts) }
        return taken
    }

    private mutating func record(
        _ outcome: StepOutcome, in slot: Int, _ asked: ArraySlice<Float>, next: ArraySlice<Float>
    ) throws -> Step {
        guard outcome.reward.isFinite, outcome.cost.isFinite else {
            throw NonFiniteError("reward or cost of \(environment.name)")
        }
        sums[slot].reward += Double(outcome.reward)
        sums[slot].cost += Double(outcome.cost)
        sums[slot].length += 1
        let isOver = outcome.end != nil || sums[slot].length >= environment.timeLimit
        if isOver { ended.append(sums[slot]) }
        return Step(
            slot: slot, asked: asked, replacement: environment.replacement(in: slot), outcome: outcome,
            isOver: isOver, next: next)
    }

    /// Hands out the episodes that came to their end, once.
    package mutating func takeEnded() -> [Sums] {
        defer { ended = [] }
        return ended
    }
}
