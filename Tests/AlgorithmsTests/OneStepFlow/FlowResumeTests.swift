import Algorithms
import SafeRL
import Testing

/// What FISOR with a one-step policy promises about bits.
@Suite struct FlowResumeTests {
    private static let steps = 40

    private static func run(_ configuration: FISOR.Configuration = .tinyFlow, steps: Int = steps) throws
        -> TrainedRun<FISOR>
    {
        try TrainedRun<FISOR>(configuration, on: randomTransitions(), steps: steps, log: 7)
    }

    @Test func equalSeedsGiveEqualBits() throws {
        try Self.run().expectEqualBitsOfEqualSeeds()
    }

    @Test(arguments: [0, 15]) func interruptionsLeaveNoTrace(criticsFirst: Int) throws {
        var configuration = FISOR.Configuration.tinyFlow
        configuration.criticsFirst = criticsFirst
        try Self.run(configuration).expectNoTraceOfInterruptions(after: [1, 6, 14, 15, 16, 23, 31, 39])
    }

    @Test func theNumberOfThreadsChangesNothing() throws {
        // Rows enough for several shards.
        var configuration = FISOR.Configuration.tinyFlow
        (configuration.policyRows, configuration.flowSettings.widths) = (1024, [64, 64])
        try Self.run(configuration, steps: 5).expectEqualBitsForAnyThreads()
    }
}
