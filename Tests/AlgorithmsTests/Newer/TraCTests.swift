import Algorithms
import SafeRL
import TestSupport
import Testing

@Suite struct TraCTests {
    private static func tiny(_ change: (inout TraC.Configuration) -> Void = { _ in }) -> TraC.Configuration {
        .with {
            ($0.widths, $0.segments, $0.segmentRatio, $0.costLimit) = ([8, 8], 4, 0.3, 5)
            ($0.cloningUpdates, $0.learningRate, $0.warmUp) = (25, 1e-2, 10)
            change(&$0)
        }
    }

    private static func run(
        steps: Int = 60, _ change: (inout TraC.Configuration) -> Void = { _ in }
    ) throws -> TrainedRun<TraC> {
        try TrainedRun(tiny(change), on: try randomTransitions(), steps: steps, log: 7)
    }

    @Test func everyOptionIsDescribed() throws {
        #expect(try TraC.Configuration.inconsistencies() == [])
    }

    @Test func equalSeedsGiveEqualBitsAndOthersDoNot() throws {
        try Self.run().expectEqualBitsOfEqualSeeds()
    }

    @Test func interruptionsLeaveNoTraceInEitherPhase() throws {
        try Self.run().expectNoTraceOfInterruptions(after: [1, 2, 7, 19, 24, 25, 26, 44, 59])
    }

    @Test func theNumberOfThreadsChangesNothing() throws {
        // Rows enough for several shards.
        let run = try Self.run(steps: 6) {
            ($0.segments, $0.widths, $0.cloningUpdates) = (200, [64, 64], 3)
            ($0.segmentRatio, $0.topShare) = (0.35, 1)
        }
        #expect(try run.fresh().whole.rows >= 128)
        try run.expectEqualBitsForAnyThreads()
    }

    @Test(.enabled(if: MallocCounter.worksInRelease, "needs a release build"))
    func anUpdateOfEitherPhaseAllocatesNothing() throws {
        let c = Self.tiny { ($0.cloningUpdates, $0.segmentRatio) = (200, 0.1) }
        let trac = try TraC(c, on: try randomTransitions(), seed: 3)
        // Passes end within the loops, in a shorter batch.
        #expect(trac.segments.count > c.segments && trac.rest != nil)
        for stage in trac.stages(steps: 400) {
            for _ in 0..<20 { _ = try stage.update() }
            let mallocs = try MallocCounter.fewest { for _ in 0..<100 { _ = try stage.update() } }
            #expect(mallocs == 0, "\(stage.name)")
        }
    }

    @Test func aPassVisitsEverySegmentOnce() throws {
        let trac = try TraC(Self.tiny { $0.segmentRatio = 0.1 }, on: try randomTransitions(), seed: 3)
        let (length, count) = (trac.segments.length, trac.segments.count)
        var passes: [[Int32]] = []
        for _ in 0..<3 {
            var visited: [Int32] = []
            while visited.count < count {
                let batch = trac.drawBatch()
                visited += stride(from: 0, to: batch.rows, by: length).map { batch.indices[$0] }
            }
            #expect(visited.sorted() == trac.segments.starts.sorted())
            passes.append(visited)
        }
        #expect(passes[0] != passes[1] && passes[1] != passes[2])
    }

    /// Episodes of two steps with one action each: reward 0 … 3 in turn, every fourth costs 2.
    private static func graded() throws -> TransitionDataset {
        var columns = TransitionColumns(observationSize: 1, actionSize: 1)
        for row in 0..<160 {
            let kind = row / 2 % 4
            columns.append(
                observation: [0], action: [[-0.6, -0.2, 0.2, 0.6][kind]], nextObservation: [0],
                reward: Float(kind), cost: kind == 3 ? 1 : 0, terminated: false, truncated: row % 2 == 1)
        }
        return try TransitionDataset(columns)
    }

    @Test func thePolicyGoesFromTheCloneToTheDesirableActions() throws {
        let c = Self.tiny {
            ($0.segmentRatio, $0.costLimit, $0.topShare, $0.segments) = (1, 1, 0.34, 32)
            ($0.cloningUpdates, $0.temperature, $0.rateFactor, $0.dropout) = (400, 2, 1, 0)
        }
        let trac = try TraC(c, on: try Self.graded(), seed: 2)
        let stages = trac.stages(steps: 800)
        for _ in 0..<400 { _ = try stages[0].update() }
        let cloned = try actions(of: trac.makePolicy(), for: [0])[0]
        for _ in 0..<400 { _ = try stages[1].update() }
        let learned = try actions(of: trac.makePolicy(), for: [0])[0]
        // Kept are the best safe kind, 0.2, and the unsafe one, 0.6: the clone lies between them.
        #expect(cloned > 0.25 && cloned < 0.55, "\(cloned)")
        #expect(learned < cloned - 0.1, "\(cloned), \(learned)")
    }

    @Test func thePolicyOfACheckpointIsThePolicyOfItsPhase() throws {
        let data = try randomTransitions()
        data.transforms = Transforms().standardising(data)
        let trac = try TraC(Self.tiny(), on: data, seed: 3)
        let states = [0.3, -0.2, 0.9, 1, 0, -1] as [Float]
        var seen: [[Float]] = []
        for stage in trac.stages(steps: 50) {
            for _ in 0..<20 { _ = try stage.update() }
            var writer = CheckpointWriter()
            try trac.save(to: &writer)
            let done = try actions(of: trac.makePolicy(), for: states)
            let restored = try TraC.policy(Self.tiny(), from: CheckpointReader(of: writer))
            #expect(try actions(of: restored, for: states) == done)
            seen.append(done)
        }
        #expect(seen[0] != seen[1])
    }

    @Test func whatLeavesNothingToLearnIsRefusedNamingTheKey() throws {
        let data = try Self.graded()
        func fault(_ change: (inout TraC.Configuration) -> Void) throws -> String {
            do {
                _ = try TraC(Self.tiny(change), on: data, seed: 1)
                return "accepted"
            } catch let issue as OptionIssue { return "\(issue.key): \(issue.message)" }
        }
        #expect(
            try fault { $0.segmentRatio = 0.3 }
                == "segmentRatio: 0.3 of the longest episode, 2 steps, is not one step. Write 1 for whole episodes."
        )
        #expect(
            try fault { $0.segmentRatio = 0.5 }
                == "segmentRatio: segments of 1 steps leave fewer than 6 of the longest episode's 2, by which they are "
                + "counted. Write 1 for whole episodes, or less.")
        #expect(
            try fault { ($0.segmentRatio, $0.bottomShare) = (1, 1) }
                == "bottomShare: 1.0 makes every safe segment undesirable. Write less, such as 0.")
        let costly = try numberedTransitions(costs: [3, 3, 4, 4], timeouts: [1, 3])
        #expect(throws: OptionIssue.self) {
            try TraC(Self.tiny { $0.segmentRatio = 1 }, on: costly, seed: 1)
        }
        #expect(try fault { ($0.segmentRatio, $0.costLimit) = (1, 1) } == "accepted")
    }
}
