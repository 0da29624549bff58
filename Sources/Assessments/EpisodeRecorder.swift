import SafeRL

/// All that was seen in an episode, step by step.
package struct RecordedEpisode: Sendable {
    /// The seed of its start.
    package let seed: UInt64
    /// Observations as the policy saw them, the last one included, `[steps + 1][observation]`.
    package var observations: [[Float]]
    /// Actions as the policy chose them, `[steps][action]`.
    package var actions: [[Float]] = []
    /// Rewards of the steps.
    package var rewards: [Double] = []
    /// Costs of all channels together of the steps.
    package var costs: [Double] = []
    /// How it ended.
    package var end = EpisodeEnd.truncated
    /// Whether some behaviour keeps clear of violations from its start on, by the environment's exact rule; nothing where it has none.
    package var canStaySafe: Bool?

    package init(seed: UInt64, observations: [[Float]]) {
        (self.seed, self.observations) = (seed, observations)
    }

    /// Steps taken.
    package var steps: Int { rewards.count }
    /// Whether any step had a cost.
    package var isViolated: Bool { costs.contains { $0 > 0 } }
    package var totalCost: Double { costs.reduce(0, +) }
    package var totalReward: Double { rewards.reduce(0, +) }

    /// Whether a violation follows at each step or later, `[steps]`.
    package var violatesLater: [Bool] {
        let last = costs.lastIndex { $0 > 0 } ?? -1
        return costs.indices.map { $0 <= last }
    }
}

extension RecordedEpisode {
    /// Episodes of a recording, in their order; their seeds are their numbers.
    static func all(of data: TransitionDataset) -> [RecordedEpisode] {
        let (width, size) = (data.observationSize, data.actionSize)
        return data.episodes.enumerated().compactMap { number, episode in
            guard let last = episode.rows.last else { return nil }
            var states = episode.rows.map { Array(data.observations[$0 * width..<($0 + 1) * width]) }
            states.append(Array(data.nextObservations[last * width..<(last + 1) * width]))
            var kept = RecordedEpisode(seed: UInt64(number), observations: states)
            kept.actions = episode.rows.map { Array(data.actions[$0 * size..<($0 + 1) * size]) }
            kept.rewards = episode.rows.map { Double(data.rewards[$0]) }
            kept.costs = episode.rows.map { Double(data.costs[$0]) }
            kept.end = data.terminals[last] != 0 ? .terminated : .truncated
            return kept
        }
    }
}

/// Keeps what happens in the episodes that run in an environment.
package final class EpisodeRecorder: ForwardingEnvironment {
    /// Episodes by the seeds of their starts; one that starts again replaces itself.
    package private(set) var episodes: [UInt64: RecordedEpisode] = [:]
    private var running: [Int: UInt64] = [:]

    package override func reset(_ slots: [Int], seeds: [UInt64], observations: inout MutableSpan<Float>)
        throws
    {
        try super.reset(slots, seeds: seeds, observations: &observations)
        let width = observationSpace.size
        for (row, slot) in slots.enumerated() {
            running[slot] = seeds[row]
            let first = (0..<width).map { observations[row * width + $0] }
            var kept = RecordedEpisode(seed: seeds[row], observations: [first])
            kept.canStaySafe = canStaySafe(slot)
            episodes[seeds[row]] = kept
        }
    }

    package override func step(
        _ slots: [Int], actions: Span<Float>, observations: inout MutableSpan<Float>
    ) throws -> [StepOutcome] {
        let outcomes = try super.step(slots, actions: actions, observations: &observations)
        let (width, actionWidth) = (observationSpace.size, actionSpace.size)
        for (row, slot) in slots.enumerated() {
            guard let seed = running[slot] else { continue }
            let next = (0..<width).map { observations[row * width + $0] }
            let action = (0..<actionWidth).map { actions[row * actionWidth + $0] }
            episodes[seed]?.observations.append(next)
            episodes[seed]?.actions.append(action)
            episodes[seed]?.rewards.append(Double(outcomes[row].reward))
            episodes[seed]?.costs.append(Double(outcomes[row].cost))
            if let end = outcomes[row].end { episodes[seed]?.end = end }
        }
        return outcomes
    }
}
