import Algorithms
import SafeRL
import TestSupport
import Testing

extension BCQLag.Configuration {
    /// Small enough for a test.
    static var tiny: Self {
        .with {
            ($0.rows, $0.samples, $0.autoencoderWidth) = (16, 3, 8)
            ($0.actorWidths, $0.criticWidths) = ([8, 8], [8, 8])
        }
    }
}

@Suite struct BCQLagTests {
    @Test func everyOptionIsDescribed() throws {
        #expect(try BCQLag.Configuration.inconsistencies() == [])
    }

    @Test func anEpisodeLongerThanSaidIsRefused() throws {
        let data = try randomTransitions()  // episodes of 20 steps
        #expect {
            try BCQLag(.with { $0.episodeLength = 19 }, on: data, seed: 1)
        } throws: {
            "\($0)"
                == "episodeLength: 19, and an episode of the data has 20 steps. Write that or more, or 0 for the longest recorded."
        }
        for steps in [0, 20, 21] {
            _ = try BCQLag(.tiny.changed { $0.episodeLength = steps }, on: data, seed: 1)
        }
    }

    @Test func rowsAfterTheLastEndAreNotLearnedFrom() throws {
        let data = try numberedTransitions(costs: Array(repeating: 0, count: 9), timeouts: [3, 6])
        let bcq = try BCQLag(.tiny, on: data, seed: 1)
        #expect(bcq.selection == "7 of 9 transitions: 2 after the last end are left out")
        for _ in 0..<20 {
            _ = try bcq.update()
            #expect(bcq.transitions.batch.indices.allSatisfy { $0 < 7 })
        }
        #expect(try BCQLag(.tiny, on: randomTransitions(), seed: 1).selection == nil)
    }

    @Test(arguments: [TimeoutRule.end, .bootstrap], CodeFault.allCases)
    func endsStopWhatTheyAreSaidToStop(_ timeouts: TimeoutRule, _ costTargets: CodeFault) throws {
        let bcq = try BCQLag(
            .tiny.changed { ($0.timeouts, $0.costTargets) = (timeouts, costTargets) },
            on: randomTransitions(), seed: 1)
        let batches = bcq.transitions
        for _ in 0..<20 {
            _ = try bcq.update()
            for row in 0..<batches.batch.rows {
                let isCut = timeouts == .end && batches.batch.truncated[row, 0] == 1
                let goesOn: Float = batches.batch.terminated[row, 0] == 1 || isCut ? 0 : 1
                #expect(batches.rewardsGoOn[row, 0] == goesOn)
                #expect(batches.costsGoOn[row, 0] == (costTargets == .published ? 1 : goesOn))
            }
        }
    }

    @Test func theMultiplierRisesWhileCostsExceedTheLimit() throws {
        // Every step costs 1: the value is far above a limit of 0, and stays there.
        let data = try numberedTransitions(
            costs: Array(repeating: 1, count: 60), timeouts: Set(stride(from: 19, to: 60, by: 20)))
        data.transforms = Transforms().standardising(data)
        let bcq = try BCQLag(.tiny.changed { $0.costLimit = 0 }, on: data, seed: 1)
        let early = try (0..<20).map { _ in try bcq.update().multiplier }.reduce(0, +) / 20
        for _ in 0..<200 { _ = try bcq.update() }
        #expect(try bcq.update().multiplier > 10 * max(early, 0.01))
    }

    @Test func thePolicyOfACheckpointIsThePolicy() throws {
        let data = try randomTransitions()
        data.transforms = Transforms().standardising(data)
        for candidates in [1, 5] {
            let c = BCQLag.Configuration.tiny.changed { $0.candidates = candidates }
            let bcq = try BCQLag(c, on: data, seed: 1)
            for _ in 0..<5 { _ = try bcq.update() }
            var writer = CheckpointWriter()
            try bcq.save(to: &writer)
            let (now, states) = (bcq.makePolicy(), [0.3, -0.2, 0.9, 1, 0, -1] as [Float])
            let done = try actions(of: now, for: states)
            let reader = try CheckpointReader(of: writer)
            #expect(try actions(of: BCQLag.policy(c, from: reader), for: states) == done)
            #expect(done.allSatisfy { abs($0) <= 1 })
            // What a row gets does not depend on what is asked for beside it.
            #expect(try actions(of: now, for: Array(states[..<3])) == Array(done[..<2]))
            // Later updates leave it alone.
            _ = try bcq.update()
            #expect(try actions(of: now, for: states) == done)
        }
    }

    @Test(
        arguments: [
            (BCQLag.Choice.safest, [1, 2, 3, 4], [5, 2, 3, 2], 1), (.safest, [1, 2], [0, 0], 0),
            (.mostRewardingSafe, [1, 9, 3, 4], [2, 5, 1, 0], 3),
            (.mostRewardingSafe, [9, 8, 7], [5, 4, 6], 1), (.mostRewardingSafe, [9, 1, 1], [4, 3, 3], 1),
        ] as [(BCQLag.Choice, [Float], [Float], Int)])
    func theChoiceIsWhatItIsSaidToBe(
        _ choice: BCQLag.Choice, rewards: [Float], costs: [Float], expected: Int
    ) {
        let index = rewards.withUnsafeBufferPointer { rewards in
            costs.withUnsafeBufferPointer { choice.index(rewards: rewards, costs: $0, limit: 3) }
        }
        #expect(index == expected)
    }

    @Test func theNeedOfMemoryGrowsWithSamples() throws {
        let data = try randomTransitions()
        let (few, many) = (
            BCQLag.memoryNeed(of: .with { $0.samples = 1 }, on: data),
            BCQLag.memoryNeed(of: .with { $0.samples = 1000 }, on: data)
        )
        #expect(many.bytes > 100 * few.bytes && many.largest?.key == "samples")
    }
}

/// What BCQ-Lag promises about bits, with the trainer.
@Suite struct BCQLagResumeTests {
    private static func run(
        steps: Int, _ change: (inout BCQLag.Configuration) -> Void = { _ in }
    ) throws -> TrainedRun<BCQLag> {
        try TrainedRun(.tiny.changed(change), on: try randomTransitions(), steps: steps, log: 7)
    }

    @Test func equalSeedsGiveEqualBitsAndOthersDoNot() throws {
        try Self.run(steps: 30).expectEqualBitsOfEqualSeeds()
    }

    @Test func interruptionsLeaveNoTrace() throws {
        // The limit is exceeded, so that the multiplier remembers something.
        try Self.run(steps: 40) { $0.costLimit = 0 }.expectNoTraceOfInterruptions(after: [
            1, 2, 7, 13, 20, 39,
        ])
    }

    @Test func theNumberOfThreadsChangesNothing() throws {
        let run = try Self.run(steps: 3) {
            ($0.rows, $0.actorWidths, $0.criticWidths, $0.autoencoderWidth) = (256, [64, 64], [64, 64], 64)
        }
        try run.expectEqualBitsForAnyThreads()
    }
}

extension Defaulted {
    /// These options with some of them changed.
    func changed(_ change: (inout Self) -> Void) -> Self {
        var copy = self
        change(&copy)
        return copy
    }
}
