import Algorithms
import SafeRL
import TestSupport
import Testing

extension BCRL.Configuration {
    /// Small enough for a test.
    static func tiny(_ change: (inout Self) -> Void = { _ in }) -> Self {
        .with {
            ($0.rows, $0.widths) = (16, [8, 8])
            change(&$0)
        }
    }
}

@Suite struct BCRLTests {
    private static func run(
        steps: Int = 40, _ change: (inout BCRL.Configuration) -> Void = { _ in }
    ) throws -> TrainedRun<BCRL> {
        try TrainedRun(.tiny(change), on: try randomTransitions(), steps: steps, log: 7)
    }

    @Test func everyOptionIsDescribed() throws {
        #expect(try BCRL.Configuration.inconsistencies() == [])
    }

    @Test func equalSeedsGiveEqualBitsAndOthersDoNot() throws {
        try Self.run().expectEqualBitsOfEqualSeeds()
    }

    @Test(arguments: BCRL.Dynamics.allCases) func interruptionsLeaveNoTrace(_ dynamics: BCRL.Dynamics) throws
    {
        try Self.run { $0.dynamics = dynamics }.expectNoTraceOfInterruptions(after: [1, 2, 7, 13, 20, 39])
    }

    @Test func theNumberOfThreadsChangesNothing() throws {
        try Self.run(steps: 3) { ($0.rows, $0.widths) = (1024, [64, 64]) }.expectEqualBitsForAnyThreads()
    }

    @Test(
        .enabled(if: MallocCounter.worksInRelease, "needs a release build"),
        arguments: BCRL.Dynamics.allCases)
    func anUpdateAllocatesNothing(_ dynamics: BCRL.Dynamics) throws {
        let bcrl = try BCRL(
            .tiny { ($0.rows, $0.dynamics) = (256, dynamics) }, on: try randomTransitions(), seed: 3)
        for _ in 0..<5 { _ = try bcrl.update() }
        let mallocs = try MallocCounter.fewest { for _ in 0..<20 { _ = try bcrl.update() } }
        #expect(mallocs == 0)
    }

    @Test func theNeedOfMemoryGrowsWithWidths() throws {
        let data = try randomTransitions()
        func need(_ widths: [Int]) -> MemoryNeed {
            BCRL.memoryNeed(of: .tiny { $0.widths = widths }, on: data)
        }
        #expect(need([2000, 2000]).bytes > 10 * need([500, 500]).bytes)
        #expect(need([2000, 2000]).largest?.key == "widths")
    }

    @Test func whatCannotBeLearnedFromIsRefused() throws {
        func fault(_ data: TransitionDataset, _ change: (inout BCRL.Configuration) -> Void = { _ in })
            -> String
        {
            do { _ = try BCRL(.tiny(change), on: data, seed: 1) } catch { return "\(error)" }
            return "accepted"
        }
        var columns = TransitionColumns(observationSize: 1, actionSize: 1, actionChoices: 2)
        columns.append(
            observation: [0], action: [1], nextObservation: [0], reward: 0, cost: 0, terminated: true,
            truncated: false)
        #expect(
            fault(try TransitionDataset(columns))
                == "dynamics: BCRL learns actions of real numbers, and the data's are one of 2 choices. Use an algorithm "
                + "that learns choices, such as bc or ogsrl.")
        #expect(
            fault(try numberedTransitions(costs: [0, 0, 0], timeouts: [2]))
                == "costLimit: no step of the data costs anything, so that there is no budget to learn for. Use an algorithm "
                + "without costs, such as bc.")
        #expect(
            fault(try randomTransitions()) { $0.episodeLength = 19 }
                == "episodeLength: 19, and an episode of the data has 20 steps. Write that or more, or 0 for the longest "
                + "recorded.")
        #expect(fault(try randomTransitions()) == "accepted")
    }

    @Test func timeOutsAreLookedThrough() throws {
        let bcrl = try BCRL(.tiny(), on: try randomTransitions(), seed: 1)
        for _ in 0..<20 {
            _ = try bcrl.update()
            let batch = bcrl.transitions.batch
            for row in 0..<batch.rows {
                #expect(bcrl.transitions.rewardsGoOn[row, 0] == 1 - batch.terminated[row, 0])
            }
        }
    }

    // MARK: Budgets

    private static func rule(_ c: BCRL.Configuration, startCost: Float = 0) -> BudgetRule {
        BudgetRule(
            c,
            BCRL.Description(
                observation: 1, action: 1, longestEpisode: 20, largestBudget: 6, startCost: startCost,
                transforms: .identity))
    }

    private static func progress(_ cost: Float) -> EpisodeProgress {
        EpisodeProgress(steps: 1, totalReward: 0, totalCost: cost)
    }

    @Test func anAbsoluteBudgetShrinksByCostsAndGrowsByTheDiscount() {
        func rule(_ limit: Float, length: Int = 0) -> BudgetRule {
            Self.rule(
                .tiny {
                    ($0.dynamics, $0.costLimit, $0.episodeLength) = (.deterministic, limit, length)
                    $0.discount = 0.5
                })
        }
        // κ / ((1 − γ)·T), within 1 … c_max.
        #expect(rule(40).start(needing: 3).budget == 4)
        #expect(rule(40, length: 40).start(needing: 3).budget == 2)
        #expect(rule(0).start(needing: 3).budget == 1)
        #expect(rule(1000).start(needing: 3).budget == 6)
        let first = rule(40).start(needing: 0)
        #expect(rule(40).left(of: first, needed: 1, byAction: 9) == first)
        #expect(rule(40).going(on: first, after: Self.progress(3), needing: 0) == .init(budget: 2, other: 3))
        #expect(rule(40).going(on: first, after: Self.progress(1), needing: 0).budget == 4)
        let second = rule(40).going(on: first, after: Self.progress(3), needing: 0)
        #expect(
            rule(40).going(on: second, after: Self.progress(3.5), needing: 0) == .init(budget: 3, other: 3.5))
        #expect(rule(40).going(on: second, after: Self.progress(9), needing: 0).budget == 0)
        #expect(rule(40).suffices(2, needing: 1.9) && !rule(40).suffices(2, needing: 2))
        #expect(!rule(40).suffices(.nan, needing: 0) && rule(40).given(2) == 2)
    }

    @Test func anExcessIsSpentByWhatTheValuesSay() {
        let published = Self.rule(.tiny { $0.costLimit = 5 }, startCost: 1)
        // 5 − 1 + 2, less the state's need of 2.
        let first = published.start(needing: 2)
        #expect(first.budget == 4)
        let left = published.left(of: first, needed: 2, byAction: 2.5)
        #expect(left.budget == 3.5)
        #expect(published.left(of: first, needed: 2, byAction: 1).budget == 4)
        // Every state's need is taken off anew.
        #expect(published.going(on: left, after: Self.progress(9), needing: 3).budget == 0.5)
        #expect(Self.rule(.tiny { $0.costLimit = 0 }, startCost: 4).start(needing: 1).budget == -1)
        #expect(published.given(9) == 6 && published.given(-1) == 0)
        #expect(published.suffices(0.1, needing: 9) && !published.suffices(0.09, needing: 0))
        #expect(!published.suffices(.nan, needing: 0))

        let corrected = Self.rule(
            .tiny { ($0.costLimit, $0.spending, $0.discount) = (40, .corrected, 0.5) }, startCost: 1)
        // The limit spread over 20 steps for ever, less what a first state needs on average.
        let start = corrected.start(needing: 2)
        #expect(start == .init(budget: 3, other: 3))
        let next = corrected.left(of: start, needed: 2, byAction: 4)
        #expect(next == .init(budget: 2, other: 3))
        #expect(corrected.left(of: next, needed: 2, byAction: 1).budget == 3)
        #expect(corrected.left(of: next, needed: 0, byAction: 9).budget == 0)
        #expect(corrected.going(on: next, after: Self.progress(9), needing: 9) == next)
    }

    @Test func thePolicyOfACheckpointIsThePolicyAndTakesAnotherLimit() throws {
        let data = try randomTransitions()
        data.transforms = Transforms().standardising(data)
        let bcrl = try BCRL(.tiny(), on: data, seed: 3)
        for _ in 0..<20 { _ = try bcrl.update() }
        var writer = CheckpointWriter()
        try bcrl.save(to: &writer)
        let (now, reader) = (try bcrl.makePolicy(), try CheckpointReader(of: writer))
        func done(_ policy: any Policy) throws -> [Float] {
            var stream = RandomStream(seed: 4, for: .testing)
            let seen = (0..<300).map { $0 % 6 < 3 ? stream.nextNormal() : 0 }
            var (policy, chosen, carried) = (
                policy, [Float](repeating: 0, count: 100), [Float](repeating: 0, count: 100)
            )
            var streams = (0..<50).map { RandomStream(seed: 0, for: .action, index: UInt32($0)) }
            do {
                var span = chosen.mutableSpan, drawn = streams.mutableSpan, kept = carried.mutableSpan
                try policy.act(on: seen.span, carrying: &kept, actions: &span, using: &drawn)
            }
            return chosen + carried
        }
        let before = try done(now)
        #expect(try done(BCRL.policy(.tiny(), from: reader)) == before)
        _ = try bcrl.update()
        #expect(try done(now) == before)  // independent of later updates
        #expect(BCRL.actingOptions == ["costLimit", "episodeLength", "spending", "leastExcess"])
        #expect(try done(BCRL.policy(.tiny { $0.costLimit = 0 }, from: reader)) != before)
        #expect(!now.needsNoPast)
        #expect(throws: OptionIssue.self) {
            _ = try BCRL.policy(.tiny { $0.episodeLength = 19 }, from: reader)
        }
    }
}

// MARK: - Where budgets matter

/// Three steps; an action above 0 is worth its amount and costs 1.
private struct Toll: Environment {
    static let name = "toll"
    var step = 0
    var observationSpace: Space { .box(1, in: 0...3) }
    var actionSpace: Space { .box(1, in: -1...1) }
    var timeLimit: Int { 3 }

    mutating func reset(seed: UInt64, observation: inout MutableSpan<Float>) {
        step = 0
        observation[0] = 0
    }

    mutating func step(_ action: Span<Float>, observation: inout MutableSpan<Float>) -> StepOutcome {
        step += 1
        observation[0] = Float(step)
        return StepOutcome(
            reward: max(action[0], 0), cost: action[0] > 0 ? 1 : 0, end: step == 3 ? .terminated : nil)
    }

    /// Episodes of actions 1 and −1, all eight equally often.
    static func data() throws -> TransitionDataset {
        var columns = TransitionColumns(observationSize: 1, actionSize: 1)
        for episode in 0..<64 {
            for step in 0..<3 {
                let pays = episode >> step & 1 == 1
                columns.append(
                    observation: [Float(step)], action: [pays ? 1 : -1], nextObservation: [Float(step + 1)],
                    reward: pays ? 1 : 0, cost: pays ? 1 : 0, terminated: step == 2, truncated: false)
            }
        }
        return try TransitionDataset(columns)
    }
}

@Suite struct BCRLBudgetTests {
    @Test(arguments: BCRL.Dynamics.allCases) func oneTrainingServesALargeBudgetAndNone(
        _ dynamics: BCRL.Dynamics
    ) throws {
        let c = BCRL.Configuration.with {
            ($0.dynamics, $0.rows, $0.widths, $0.discount) = (dynamics, 64, [32, 32], 0.8)
            ($0.valueRate, $0.actorRate, $0.targetRate, $0.dropout) = (3e-3, 3e-3, 0.02, 0)
            ($0.rewardExpectile, $0.costExpectile, $0.temperature) = (0.8, 0.05, 8)
        }
        let bcrl = try BCRL(c, on: try Toll.data(), seed: 5)
        for _ in 0..<1500 { _ = try bcrl.update() }
        var writer = CheckpointWriter()
        try bcrl.save(to: &writer)
        let reader = try CheckpointReader(of: writer)
        func episode(_ limit: Float) throws -> EpisodeRecord {
            let policy = try BCRL.policy(c.changed { $0.costLimit = limit }, from: reader)
            return try Evaluator(episodes: 1, seed: 1).run(policy, in: Toll.self).episodes[0]
        }
        let (rich, poor) = (try episode(30), try episode(0))
        #expect(rich.totalCost == 3 && rich.totalReward > 2, "\(rich)")
        // An absolute budget is at least 1, which the first step may spend.
        #expect(poor.totalCost <= (dynamics == .deterministic ? 1 : 0), "\(poor)")
    }
}
