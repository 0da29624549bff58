import Algorithms
import Foundation
import SafeRL
import Testing

/// What the whole of FISOR promises about bits: random streams, moving averages, moments and the trainer together.
@Suite struct FISORResumeTests {
    private static let steps = 60

    /// Every network tiny, dropout on, so that every random stream is in use.
    private static var tiny: FISOR.Configuration {
        var c = FISOR.Configuration()
        (c.policyRows, c.criticRows, c.criticWidths) = (16, 16, [16, 16])
        (c.width, c.blocks, c.timeFeatures, c.timeWidths) = (16, 1, 8, [16, 16])
        return c
    }

    /// A walk on a line: unsafe beyond 1, episodes that terminate and episodes that are cut.
    private static func walks() throws -> TransitionDataset {
        var columns = TransitionColumns(observationSize: 2, actionSize: 1)
        var stream = RandomStream(seed: 11, for: .testing)
        for _ in 0..<30 {
            var x = stream.nextUniform(in: -1..<1), v: Float = 0
            for step in 0..<20 {
                let action = stream.nextUniform(in: -1..<1)
                let before = [x, v]
                v = 0.9 * v + 0.2 * action
                x += v
                let isOver = x < -1.5
                columns.append(
                    observation: before, action: [action], nextObservation: [x, v], reward: x - before[0],
                    cost: x > 1 ? 1 : 0, terminated: isOver, truncated: !isOver && step == 19)
                if isOver { break }
            }
        }
        return try TransitionDataset(columns)
    }

    private static func run(_ configuration: FISOR.Configuration = tiny) throws -> TrainedRun<FISOR> {
        try TrainedRun<FISOR>(configuration, on: try walks(), steps: steps, log: 7)
    }

    @Test func equalSeedsGiveEqualBits() throws {
        try Self.run().expectEqualBitsOfEqualSeeds()
    }

    @Test(arguments: [(0, 0), (25, 0), (40, 0.9)] as [(Int, Float)])
    func twentyInterruptionsLeaveNoTrace(criticsFirst: Int, settling: Float) throws {
        var configuration = Self.tiny
        (configuration.criticsFirst, configuration.settling) = (criticsFirst, settling)
        (configuration.settlingInterval, configuration.heldOutShare) = (3, settling > 0 ? 0.2 : 0)
        // Twenty different steps to stop at, in order.
        var stream = RandomStream(seed: 3, for: .testing)
        var stops: Set<Int> = []
        while stops.count < 20 { stops.insert(1 + stream.nextInteger(below: Self.steps - 1)) }
        try Self.run(configuration).expectNoTraceOfInterruptions(after: stops.sorted())
    }

    @Test func theNumberOfThreadsChangesNothing() throws {
        // Rows enough for several shards.
        var configuration = Self.tiny
        (configuration.policyRows, configuration.width) = (1024, 64)
        let run = try TrainedRun<FISOR>(configuration, on: try Self.walks(), steps: 5, log: 1)
        try run.expectEqualBitsForAnyThreads()
    }
}
