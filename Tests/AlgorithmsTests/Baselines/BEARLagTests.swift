import Algorithms
import Foundation
import SafeRL
import TestSupport
import Testing

extension BEARLag.Configuration {
    /// Small enough for a test.
    static var tiny: Self {
        .with {
            ($0.rows, $0.samples, $0.distanceSamples, $0.autoencoderWidth) = (16, 3, 4, 8)
            ($0.actorWidths, $0.criticWidths) = ([8, 8], [8, 8])
        }
    }
}

@Suite struct BEARLagTests {
    @Test func everyOptionIsDescribed() throws {
        #expect(try BEARLag.Configuration.inconsistencies() == [])
    }

    @Test(arguments: SampleKernel.allCases) func distancesAreThoseOfTheFormula(_ kernel: SampleKernel) throws
    {
        let (rows, m) = (16, 4)
        let bear = try BEARLag(.tiny, on: randomTransitions(), seed: 1)
        var stream = RandomStream(seed: 1, for: .testing)
        let x = bear.tape.normal(rows * m, 2, using: &stream),
            y = bear.tape.normal(rows * m, 2, using: &stream)
        let found = bear.distance(x, y * 2, kernel, width: 3).values
        func value(_ a: UnsafeBufferPointer<Float>, _ i: Int, _ b: UnsafeBufferPointer<Float>, _ j: Int)
            -> Double
        {
            let difference = (0..<2).map { Double(a[2 * i + $0]) - Double(b[2 * j + $0]) }
            let distance = difference.reduce(0) { $0 + (kernel == .gaussian ? $1 * $1 : abs($1)) }
            return exp(-distance / 6)
        }
        let (a, b) = (x.values, (y * 2).values)
        for row in 0..<rows {
            var sum = 0.0
            for i in row * m..<(row + 1) * m {
                for j in row * m..<(row + 1) * m {
                    sum += value(a, i, a, j) + value(b, i, b, j) - 2 * value(a, i, b, j)
                }
            }
            let expected = (sum / Double(m * m) + 1e-6).squareRoot()
            #expect(abs(Double(found[row]) - expected) < 1e-5)
        }
        // Of equal samples no more than what keeps the root's slope finite.
        #expect(bear.distance(x, x, kernel, width: 3).values.allSatisfy { abs($0 - 1e-3) < 1e-4 })
    }

    @Test func theMultiplierOfTheDistanceFollowsIt() throws {
        let data = try randomTransitions()
        func last(_ limit: Float) throws -> Float {
            let bear = try BEARLag(
                .tiny.changed { ($0.distanceLimit, $0.distanceRate) = (limit, 0.1) }, on: data, seed: 1)
            for _ in 0..<40 { _ = try bear.update() }
            return try bear.update().distanceMultiplier
        }
        #expect(try last(0) > 1)
        #expect(try last(10) < 0.1)
    }

    @Test func theFirstUpdatesDoNotClimbTheRewards() throws {
        // Rewards do not reach the actor then, so that their scale changes nothing of it.
        let data = try randomTransitions()
        func weights(_ scale: Float, _ updates: Int) throws -> [Float] {
            let bear = try BEARLag(
                .tiny.changed { ($0.rewardScale, $0.cloningFirst) = (scale, 5) }, on: data, seed: 1)
            for _ in 0..<updates { _ = try bear.update() }
            return bear.actor.layout.entries.flatMap { Array(bear.actor.elements($0, .weights)) }
        }
        #expect(try weights(1, 5) == weights(2, 5))
        #expect(try weights(1, 6) != weights(2, 6))
    }

    @Test func thePolicyOfACheckpointIsThePolicy() throws {
        let data = try randomTransitions()
        data.transforms = Transforms().standardising(data)
        let bear = try BEARLag(.tiny, on: data, seed: 1)
        for _ in 0..<5 { _ = try bear.update() }
        var writer = CheckpointWriter()
        try bear.save(to: &writer)
        let (now, states) = (try bear.makePolicy(), [0.3, -0.2, 0.9, 1, 0, -1] as [Float])
        let done = try actions(of: now, for: states)
        let reader = try CheckpointReader(of: writer)
        #expect(try actions(of: BEARLag.policy(.tiny, from: reader), for: states) == done)
        _ = try bear.update()
        #expect(try actions(of: now, for: states) == done)
    }
}

/// What BEAR-Lag promises about bits, with the trainer.
@Suite struct BEARLagResumeTests {
    private static func run(
        steps: Int, _ change: (inout BEARLag.Configuration) -> Void = { _ in }
    ) throws -> TrainedRun<BEARLag> {
        try TrainedRun(.tiny.changed(change), on: try randomTransitions(), steps: steps, log: 7)
    }

    @Test func equalSeedsGiveEqualBitsAndOthersDoNot() throws {
        try Self.run(steps: 30).expectEqualBitsOfEqualSeeds()
    }

    @Test func interruptionsLeaveNoTrace() throws {
        // The limit is exceeded, so that both multipliers remember something.
        try Self.run(steps: 40) { ($0.costLimit, $0.distanceRate, $0.cloningFirst) = (0, 0.1, 10) }
            .expectNoTraceOfInterruptions(after: [1, 2, 7, 13, 20, 39])
    }

    @Test func theNumberOfThreadsChangesNothing() throws {
        let run = try Self.run(steps: 3) {
            ($0.rows, $0.actorWidths, $0.criticWidths, $0.autoencoderWidth) = (256, [64, 64], [64, 64], 64)
        }
        try run.expectEqualBitsForAnyThreads()
    }
}
