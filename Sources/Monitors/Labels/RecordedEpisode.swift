import SafeRL

/// What happened in an episode, step by step, before anybody judges it.
public struct RecordedEpisode: Sendable, Equatable {
    /// Number of the episode, from 0.
    public let index: Int
    /// The seed given to `reset`.
    public let seed: UInt64
    /// The observation in which each step was taken, `[length][observationSize]`.
    public var observations: [[Float]] = []
    /// What was done, `[length][actionSize]`.
    public var actions: [[Float]] = []
    /// The cost of each channel, `[length][channels]`, never negative.
    public var costs: [[Float]] = []
    /// Sum of the rewards, undiscounted.
    public var totalReward = 0.0

    /// An episode before its first step.
    public init(index: Int, seed: UInt64) { (self.index, self.seed) = (index, seed) }

    /// Steps taken.
    public var length: Int { actions.count }
    /// The first step with a cost, from 0; nil where none had one.
    public var firstViolation: Int? { costs.firstIndex { $0.contains { $0 > 0 } } }

    /// Steps from one step to the first violation within a horizon, 0 for a violation in the step itself; nil where there is none.
    ///
    /// - Parameters:
    ///   - step: where to begin.
    ///   - horizon: steps to look at, at least 1.
    /// - Returns: in 0 ..< `horizon`.
    public func stepsToViolation(from step: Int, within horizon: Int) -> Int? {
        costs[step..<min(step + horizon, length)].firstIndex { $0.contains { $0 > 0 } }.map { $0 - step }
    }
}

/// Records episodes of a policy, many side by side.
///
/// Episode i starts and draws as the episodes of `Evaluator` with the same seed do.
public struct EpisodeRecorder: Sendable {
    /// Number of episodes, at least 1.
    public let episodes: Int
    /// Seed of starts and actions.
    public let seed: UInt64
    /// Number of the first episode: later ones are fresh.
    public let first: Int

    /// Describes a recording.
    public init(episodes: Int, seed: UInt64, from first: Int = 0) {
        precondition(episodes >= 1 && first >= 0, "\(episodes) episodes from \(first)")
        (self.episodes, self.seed, self.first) = (episodes, seed, first)
    }

    /// Slots that an environment needs.
    public var slots: Int { min(episodes, 128) }

    /// Records the episodes.
    ///
    /// - Parameters:
    ///   - policy: what acts; copied.
    ///   - environment: where.
    ///   - progress: is told how many episodes have ended.
    /// - Returns: the episodes in order.
    /// - Throws: `EvaluationError` for sizes that differ and numbers that are not finite; `MonitorError.remembers` for a policy that
    ///   looks at its past; what the policy and the environment throw.
    public func record(
        _ policy: any Policy, in environment: any VectorEnvironment, progress: (Int) -> Void = { _ in }
    ) throws -> [RecordedEpisode] {
        try Evaluator.checkSizes(of: policy, in: environment)
        guard policy.needsNoPast else { throw MonitorError.remembers }
        var (policy, done): (any Policy, [RecordedEpisode]) = (policy, [])
        while done.count < episodes {
            let count = min(min(slots, environment.slots), episodes - done.count)
            done += try record(first + done.count..<first + done.count + count, &policy, environment)
            progress(done.count)
        }
        return done
    }

    /// Records as many episodes as there are slots, from the first step to the end of the last.
    private func record(
        _ numbers: Range<Int>, _ policy: inout any Policy, _ environment: any VectorEnvironment
    ) throws -> [RecordedEpisode] {
        let size = environment.observationSpace.size
        var all = numbers.map { RecordedEpisode(index: $0, seed: Evaluator.resetSeed(seed, episode: $0)) }
        var running = PolicyRows(
            places: Array(all.indices),
            streams: numbers.map {
                RandomStream(seed: seed, for: .action, index: UInt32(truncatingIfNeeded: $0))
            })
        var observations = [Float](repeating: .nan, count: all.count * size)
        do {
            var span = observations.mutableSpan
            try environment.reset(Array(all.indices), seeds: all.map(\.seed), observations: &span)
        }
        while !running.places.isEmpty {
            let actions = try running.act(policy: &policy, on: observations)
            var next = [Float](repeating: .nan, count: observations.count)
            let outcomes: [StepOutcome]
            do {
                var span = next.mutableSpan
                outcomes = try environment.step(running.places, actions: actions.span, observations: &span)
            }
            var kept: [Int] = []
            for (row, place) in running.places.enumerated() {
                all[place].observations.append(Array(observations[row * size..<(row + 1) * size]))
                let width = policy.actionSize
                all[place].actions.append(Array(actions[row * width..<(row + 1) * width]))
                try all[place].take(outcomes[row])
                let isOver = outcomes[row].end != nil || all[place].length >= environment.timeLimit
                if !isOver { kept.append(row) }
            }
            observations = kept.flatMap { next[$0 * size..<($0 + 1) * size] }
            running.keep(kept)
        }
        return all
    }
}

extension RecordedEpisode {
    /// Adds what a step returned.
    fileprivate mutating func take(_ outcome: StepOutcome) throws {
        for value in [outcome.reward] + outcome.costs + (observations.last ?? []) where !value.isFinite {
            throw EvaluationError.badNumber("a number of a step", value: value, episode: index, step: length)
        }
        costs.append(outcome.costs)
        totalReward += Double(outcome.reward)
    }
}

/// Rows for which a policy acts together, each with a random stream of its own.
struct PolicyRows {
    /// What each row belongs to.
    private(set) var places: [Int]
    private var streams: [RandomStream]

    init(places: [Int], streams: [RandomStream]) { (self.places, self.streams) = (places, streams) }

    /// One action for each row, `[rows, actionSize]`.
    ///
    /// - Throws: `EvaluationError.badAction`, and what the policy throws.
    mutating func act(policy: inout any Policy, on observations: [Float]) throws -> [Float] {
        var actions = [Float](repeating: .nan, count: places.count * policy.actionSize)
        do {
            var actionSpan = actions.mutableSpan, streamSpan = streams.mutableSpan
            try policy.act(on: observations.span, actions: &actionSpan, using: &streamSpan)
        }
        if let bad = actions.firstIndex(where: { !$0.isFinite }) {
            throw EvaluationError.badAction(actions[bad], episode: places[bad / policy.actionSize], step: 0)
        }
        return actions
    }

    /// Lets go of all rows but some.
    mutating func keep(_ rows: [Int]) {
        (places, streams) = (rows.map { places[$0] }, rows.map { streams[$0] })
    }
}
