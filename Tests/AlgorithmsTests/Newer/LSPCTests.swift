import Algorithms
import SafeRL
import TestSupport
import Testing

@Suite struct LSPCTests {
    private static func tiny(_ change: (inout LSPC.Configuration) -> Void = { _ in }) -> LSPC.Configuration {
        .with {
            ($0.rows, $0.widths, $0.autoencoderWidth, $0.codes) = (16, [8, 8], 8, 4)
            change(&$0)
        }
    }

    private static func run(
        steps: Int = 60, _ change: (inout LSPC.Configuration) -> Void = { _ in }
    ) throws -> TrainedRun<LSPC> {
        try TrainedRun(tiny(change), on: try randomTransitions(), steps: steps, log: 7)
    }

    @Test func everyOptionIsDescribed() throws {
        #expect(try LSPC.Configuration.inconsistencies() == [])
    }

    @Test func equalSeedsGiveEqualBitsAndOthersDoNot() throws {
        try Self.run().expectEqualBitsOfEqualSeeds()
    }

    @Test func interruptionsLeaveNoTrace() throws {
        try Self.run().expectNoTraceOfInterruptions(after: [1, 2, 7, 19, 20, 21, 44, 59])
    }

    @Test func theNumberOfThreadsChangesNothing() throws {
        // Rows enough for several shards.
        try Self.run(steps: 5) { ($0.rows, $0.widths, $0.autoencoderWidth) = (1024, [64, 64], 64) }
            .expectEqualBitsForAnyThreads()
    }

    @Test(.enabled(if: MallocCounter.worksInRelease, "needs a release build"))
    func anUpdateAllocatesNothing() throws {
        let lspc = try LSPC(Self.tiny { $0.rows = 256 }, on: try randomTransitions(), seed: 3)
        let stage = lspc.stages(steps: 200)[0]
        for _ in 0..<5 { _ = try stage.update() }
        let mallocs = try MallocCounter.fewest { for _ in 0..<100 { _ = try stage.update() } }
        #expect(mallocs == 0)
    }

    @Test func theThresholdLeavesCostlyRowsOutOfTheAutoencoderOnly() throws {
        func first(_ threshold: Float) throws -> LSPC.Metrics {
            let c = Self.tiny { $0.threshold = threshold }
            return try LSPC(c, on: try randomTransitions(), seed: 3).stages(steps: 1)[0].update()
        }
        let free = try first(999)
        // The costliest row lies above this, and not all rows do.
        let some = try first(0.999 * max(free.costQMax, free.costVMax))
        #expect(free.safeShare == 1 && some.safeShare > 0 && some.safeShare < 1, "\(some.safeShare)")
        #expect(some.autoencoderLoss < free.autoencoderLoss && some.encoderLoss != free.encoderLoss)
        #expect(some.rewardWeight == free.rewardWeight && some.costWeight == free.costWeight)
    }

    /// What a policy does in some states, with one seed for all draws.
    private func done(_ policy: any Policy, _ seed: UInt64 = 0) throws -> [Float] {
        var stream = RandomStream(seed: 4, for: .testing)
        let seen = (0..<60).map { _ in stream.nextNormal() }
        var (policy, chosen) = (policy, [Float](repeating: 0, count: 40))
        var streams = (0..<20).map { RandomStream(seed: seed, for: .action, index: UInt32($0)) }
        var span = chosen.mutableSpan, drawn = streams.mutableSpan
        try policy.act(on: seen.span, actions: &span, using: &drawn)
        return chosen
    }

    @Test func oneCheckpointHoldsBothPolicies() throws {
        let data = try randomTransitions()
        data.transforms = Transforms().standardising(data)
        let lspc = try LSPC(Self.tiny(), on: data, seed: 3)
        let stage = lspc.stages(steps: 60)[0]
        for _ in 0..<20 { _ = try stage.update() }
        var writer = CheckpointWriter()
        try lspc.save(to: &writer)
        let now = lspc.makePolicy(), before = try done(now)
        let reader = try CheckpointReader(of: writer)
        let optimised = try LSPC.policy(Self.tiny(), from: reader)
        #expect(try done(optimised) == before)
        #expect(try done(optimised, 1) != before)  // it draws, also when it is evaluated
        let safe = try LSPC.policy(Self.tiny { $0.policy = .safe }, from: reader)
        #expect(try done(safe) != before)
        // Where nothing is said, codes are kept within those of the encoder.
        func limited(_ limit: Float) throws -> [Float] {
            try done(LSPC.policy(Self.tiny { ($0.policy, $0.codeLimit) = (.safe, limit) }, from: reader))
        }
        #expect(try limited(0.25) == done(safe))
        #expect(try limited(1) != done(safe))
        _ = try stage.update()
        #expect(try done(now) == before)  // independent of later updates
        #expect(LSPC.actingOptions == ["policy", "codeLimit"])
    }
}
