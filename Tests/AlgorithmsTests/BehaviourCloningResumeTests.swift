import Algorithms
import SafeRL
import Testing

/// What behaviour cloning promises about bits, with the trainer.
@Suite struct BehaviourCloningResumeTests {
    private static let steps = 60
    private static let safe = BehaviourCloning.Episodes.safe(.with { $0.costLimit = 6 })

    /// A limit that leaves some episodes of `randomTransitions` out.
    private static func run(
        _ episodes: BehaviourCloning.Episodes, steps: Int = steps,
        _ change: (inout BehaviourCloning.Configuration) -> Void = { _ in }
    ) throws -> TrainedRun<BehaviourCloning> {
        var c = BehaviourCloning.Configuration.with {
            ($0.episodes, $0.rows, $0.widths) = (episodes, 16, [8, 8])
        }
        change(&c)
        let data = try randomTransitions()
        let kept = try BehaviourCloning(c, on: data, seed: 1).kept.count
        // Some are left out, or the comparison would mean nothing.
        #expect(episodes == .all ? kept == 200 : (20...180).contains(kept))
        return try TrainedRun(c, on: data, steps: steps, log: 7)
    }

    @Test func equalSeedsGiveEqualBitsAndOthersDoNot() throws {
        try Self.run(Self.safe).expectEqualBitsOfEqualSeeds()
    }

    @Test(arguments: [BehaviourCloning.Episodes.all, safe])
    func interruptionsLeaveNoTrace(_ episodes: BehaviourCloning.Episodes) throws {
        try Self.run(episodes).expectNoTraceOfInterruptions(after: [1, 2, 7, 19, 20, 21, 44, 59])
    }

    @Test func theNumberOfThreadsChangesNothing() throws {
        // Rows enough for several shards.
        let run = try Self.run(Self.safe, steps: 5) { ($0.rows, $0.widths) = (1024, [64, 64]) }
        try run.expectEqualBitsForAnyThreads()
    }
}
