import SafeRL
import Testing

/// Counts 1, 2, 3 …, whatever is done.
private struct Counting: Environment {
    static let name = "counting"
    var time: Float = 0
    var observationSpace: Space { .box(1, in: 0...100) }
    var actionSpace: Space { .box(2, in: -1...1) }
    var timeLimit: Int { 4 }

    mutating func reset(seed: UInt64, observation: inout MutableSpan<Float>) {
        time = 1
        observation[0] = time
    }

    mutating func step(_ action: Span<Float>, observation: inout MutableSpan<Float>) -> StepOutcome {
        // What the policy said that it remembers is the reward.
        defer { time += 1 }
        observation[0] = time + 1
        return StepOutcome(reward: action[0] * 100, cost: 0)
    }
}

/// Says in its first action value a digit for each observation that it is given, and in the second that it is at step t.
private struct Remembering: Policy {
    let observationSize = 1, actionSize = 2, memory = 2

    mutating func act(
        on observations: Span<Float>, actions: inout MutableSpan<Float>,
        using streams: inout MutableSpan<RandomStream>
    ) {
        for row in 0..<streams.count {
            let own = (0..<inputSize).map { observations[row * inputSize + $0] }
            actions[2 * row] = (100 * own[0] + 10 * own[3] + own[6]) / 1000
            // Each remembered action is the one that was taken after its observation.
            let isSound = abs(own[2] * 100 - own[0]) < 1e-4 && abs(own[5] * 100 - own[3]) < 1e-4
            actions[2 * row + 1] = isSound ? own[6] / 100 : -1
        }
    }
}

/// Says in its action what it sees of the step before: its progress, and how many steps are taken now.
private struct Accounting: Policy {
    let observationSize = 1, actionSize = 2, memory = 1, seesProgress = true

    mutating func act(
        on observations: Span<Float>, actions: inout MutableSpan<Float>,
        using streams: inout MutableSpan<RandomStream>
    ) {
        for row in 0..<streams.count {
            // Observation, progress, action; observation, progress.
            let start = row * inputSize
            let before = EpisodeProgress(in: observations, at: start + 1)
            let now = EpisodeProgress(in: observations, at: start + seenSize + actionSize + 1)
            actions[2 * row] = (now.totalReward - before.totalReward) / 100
            actions[2 * row + 1] = now.totalCost / 100 + Float(now.steps - before.steps) / 10
        }
    }
}

/// Rewards 1, 2, 3 …, costs 2 in each step.
private struct Paying: Environment {
    static let name = "paying"
    var time: Float = 0
    var observationSpace: Space { .box(1, in: 0...100) }
    var actionSpace: Space { .box(2, in: -1...1) }
    var timeLimit: Int { 4 }

    mutating func reset(seed: UInt64, observation: inout MutableSpan<Float>) {
        time = 0
        observation[0] = 0
    }

    mutating func step(_ action: Span<Float>, observation: inout MutableSpan<Float>) -> StepOutcome {
        time += 1
        observation[0] = time
        return StepOutcome(reward: time, cost: 2)
    }
}

/// Counts its steps by itself, and says the number in tenths; remembers nothing else.
private struct Tallying: Policy {
    let observationSize = 1, actionSize = 2, carriedSize = 2

    mutating func act(
        on observations: Span<Float>, actions: inout MutableSpan<Float>,
        using streams: inout MutableSpan<RandomStream>
    ) {
        for index in 0..<actions.count { actions[index] = -1 }
    }

    mutating func act(
        on observations: Span<Float>, carrying carried: inout MutableSpan<Float>,
        actions: inout MutableSpan<Float>, using streams: inout MutableSpan<RandomStream>
    ) {
        for row in 0..<streams.count {
            carried[2 * row] += 1
            carried[2 * row + 1] += observations[row]
            actions[2 * row] = carried[2 * row] / 10
            actions[2 * row + 1] = carried[2 * row + 1] / 100
        }
    }
}

@Suite struct MemoryPolicyTests {
    @Test func whatAPolicyCarriesStaysWithItsEpisode() throws {
        #expect(!Tallying().needsNoPast && Tallying().inputSize == 1)
        let result = try Evaluator(episodes: 5, seed: 1, concurrency: 2)
            .run(Tallying(), in: EnvironmentVector(Counting.self, slots: 2), keeping: 5)
        for actions in result.actions {
            #expect(actions.map { ($0 * 100).rounded() } == [10, 1, 20, 3, 30, 6, 40, 10])
        }
    }

    @Test func aPolicyThatSeesTheProgressKnowsWhatItsEpisodeHasCost() throws {
        let result = try Evaluator(episodes: 5, seed: 1, concurrency: 2)
            .run(Accounting(), in: EnvironmentVector(Paying.self, slots: 2), keeping: 5)
        for actions in result.actions {
            #expect(actions.map { ($0 * 100).rounded() } == [0, 0, 1, 12, 2, 14, 3, 16])
        }
    }

    @Test func whatAPolicyDoesWithItsProgressIsInNoTable() throws {
        #expect(!Accounting().needsNoPast && !Remembering().needsNoPast)
        #expect(
            "\(EvaluationError.remembers(0))"
                == "the policy remembers how its episode went, and a table has one row for an observation. Evaluate it "
                + "by episodes.")
    }

    @Test func aPolicyWithAMemorySeesItsEpisodesPastAndNothingElse() throws {
        let evaluator = Evaluator(episodes: 5, seed: 1, concurrency: 2)
        let result = try evaluator.run(
            Remembering(), in: EnvironmentVector(Counting.self, slots: 2), keeping: 5)
        // 001, 012, 123, 234 in tenths.
        for (episode, actions) in zip(result.episodes, result.actions) {
            #expect(abs(episode.totalReward - (0.1 + 1.2 + 12.3 + 23.4)) < 1e-3)
            let second = stride(from: 1, to: actions.count, by: 2).map { actions[$0] }
            #expect(second == [0.01, 0.02, 0.03, 0.04])
        }
    }
}
