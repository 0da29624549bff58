import Algorithms
import SafeRL
import TestSupport
import Testing

@Suite struct CAPSTests {
    private static func tiny(_ change: (inout CAPS.Configuration) -> Void = { _ in }) -> CAPS.Configuration {
        .with {
            ($0.rows, $0.widths, $0.heads) = (16, [8, 8], 3)
            change(&$0)
        }
    }

    private static func run(
        steps: Int = 60, _ change: (inout CAPS.Configuration) -> Void = { _ in }
    ) throws -> TrainedRun<CAPS> {
        try TrainedRun(tiny(change), on: try randomTransitions(), steps: steps, log: 7)
    }

    @Test func everyOptionIsDescribed() throws {
        #expect(try CAPS.Configuration.inconsistencies() == [])
    }

    @Test func equalSeedsGiveEqualBitsAndOthersDoNot() throws {
        try Self.run().expectEqualBitsOfEqualSeeds()
    }

    @Test(arguments: [CodeFault.published, .corrected])
    func interruptionsLeaveNoTrace(_ deviations: CodeFault) throws {
        try Self.run { $0.deviations = deviations }
            .expectNoTraceOfInterruptions(after: [1, 2, 7, 19, 20, 21, 44, 59])
    }

    @Test func theNumberOfThreadsChangesNothing() throws {
        // Rows enough for several shards.
        try Self.run(steps: 5) { ($0.rows, $0.widths) = (1024, [64, 64]) }.expectEqualBitsForAnyThreads()
    }

    @Test(
        .enabled(if: MallocCounter.worksInRelease, "needs a release build"),
        arguments: [CodeFault.published, .corrected])
    func anUpdateAllocatesNothing(_ deviations: CodeFault) throws {
        let caps = try CAPS(
            Self.tiny { ($0.rows, $0.deviations) = (256, deviations) }, on: try randomTransitions(), seed: 3)
        let stage = caps.stages(steps: 100)[0]
        for _ in 0..<5 { _ = try stage.update() }
        let mallocs = try MallocCounter.fewest { for _ in 0..<100 { _ = try stage.update() } }
        #expect(mallocs == 0)
    }

    @Test func deviationsAreLearnedOnlyWhereTheyAreCorrected() throws {
        for (deviations, count) in [(CodeFault.published, 0), (.corrected, 3)] {
            let caps = try CAPS(
                Self.tiny { $0.deviations = deviations }, on: try randomTransitions(), seed: 3)
            let stage = caps.stages(steps: 10)[0]
            for _ in 0..<10 { _ = try stage.update() }
            let own = caps.actor.layout.entries.filter { $0.name.hasSuffix(".log_std") }
            #expect(own.count == count)
            #expect(own.allSatisfy { caps.actor.elements($0, .weights).allSatisfy { $0 != 0 } })
        }
    }

    @Test func theMostRewardingHeadWithinTheLimitActsElseTheCheapest() {
        let rewards: [Float] = [3, 2, 2, 1]
        #expect(CAPS.head(rewards: rewards, costs: [9, 4, 4, 1], within: 10) == 0)
        #expect(CAPS.head(rewards: rewards, costs: [9, 4, 4, 1], within: 5) == 1)
        // A cost at the limit is not below it.
        #expect(CAPS.head(rewards: rewards, costs: [9, 4, 4, 1], within: 4) == 3)
        #expect(CAPS.head(rewards: rewards, costs: [9, 4, 4, 1], within: 0) == 3)
        #expect(CAPS.head(rewards: rewards, costs: [.nan, 4, 4, 1], within: 10) == 1)
        #expect(CAPS.head(rewards: rewards, costs: [9, 4, 4, 1], within: .nan) == 3)
    }

    @Test func theLimitOfTheRestIsOfWhatIsLeft() throws {
        func limit(_ spent: Float, after steps: Int, length: Int = 0) throws -> Float {
            let c = Self.tiny {
                ($0.costLimit, $0.episodeLength, $0.discount) = (6, length, 0.5)
            }
            let policy = try CAPS(c, on: try randomTransitions(), seed: 1).makePolicy()
            return try #require(policy as? SwitchingPolicy)
                .limit(after: EpisodeProgress(steps: steps, totalReward: 0, totalCost: spent))
        }
        // Recorded episodes take 20 steps; (1 − γ²) / (1 − γ) / 2 = 0.75.
        #expect(try limit(0, after: 18) == 6 * 0.75)
        #expect(try limit(2, after: 18) == 4 * 0.75)
        #expect(try limit(2, after: 28, length: 30) == 4 * 0.75)
        #expect(try limit(9, after: 3) == 0)
        #expect(try limit(2, after: 19) == 4 && limit(2, after: 50) == 4)
    }

    @Test func thePolicyOfACheckpointIsThePolicyAndTakesAnotherLimit() throws {
        let data = try randomTransitions()
        data.transforms = Transforms().standardising(data)
        let caps = try CAPS(Self.tiny(), on: data, seed: 3)
        let stage = caps.stages(steps: 40)[0]
        for _ in 0..<20 { _ = try stage.update() }
        var writer = CheckpointWriter()
        try caps.save(to: &writer)
        var stream = RandomStream(seed: 4, for: .testing)
        // Nothing has happened yet in any of the episodes.
        let seen: [Float] = (0..<300).map { $0 % 6 < 3 ? stream.nextNormal() : 0 }
        let now = try caps.makePolicy()
        func done(_ policy: any Policy) throws -> [Float] {
            var (policy, chosen) = (policy, [Float](repeating: 0, count: 100))
            var streams = (0..<50).map { RandomStream(seed: 0, for: .action, index: UInt32($0)) }
            var span = chosen.mutableSpan, drawn = streams.mutableSpan
            try policy.act(on: seen.span, actions: &span, using: &drawn)
            return chosen
        }
        let before = try done(now)
        let reader = try CheckpointReader(of: writer)
        #expect(try done(CAPS.policy(Self.tiny(), from: reader)) == before)
        _ = try stage.update()
        #expect(try done(now) == before)  // independent of later updates
        #expect(CAPS.actingOptions == ["costLimit", "episodeLength"])
        #expect(try done(CAPS.policy(Self.tiny { $0.costLimit = 0 }, from: reader)) != before)
    }

    @Test func aLimitForFewerStepsThanAnEpisodeHasIsRefused() throws {
        let data = try randomTransitions()  // episodes of 20 steps
        let caps = try CAPS(Self.tiny { $0.episodeLength = 20 }, on: data, seed: 1)
        var writer = CheckpointWriter()
        try caps.save(to: &writer)
        let reader = try CheckpointReader(of: writer)
        for fault in [
            { _ = try CAPS(Self.tiny { $0.episodeLength = 19 }, on: data, seed: 1) },
            { _ = try CAPS.policy(Self.tiny { $0.episodeLength = 19 }, from: reader) },
        ] {
            let error = #expect(throws: OptionIssue.self) { try fault() }
            #expect(
                error?.description
                    == "episodeLength: 19, and an episode of the data has 20 steps. Write that or more, or 0 for the longest "
                    + "recorded.")
        }
    }

    @Test func choicesAreRefused() throws {
        var columns = TransitionColumns(observationSize: 1, actionSize: 1, actionChoices: 2)
        columns.append(
            observation: [0], action: [1], nextObservation: [0], reward: 0, cost: 0, terminated: true,
            truncated: false)
        let data = try TransitionDataset(columns)
        #expect(throws: OptionIssue.self) { try CAPS(Self.tiny(), on: data, seed: 1) }
    }
}
