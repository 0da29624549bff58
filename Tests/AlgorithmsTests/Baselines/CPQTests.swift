import Algorithms
import SafeRL
import TestSupport
import Testing

extension CPQ.Configuration {
    /// Small enough for a test.
    static var tiny: Self {
        .with {
            ($0.rows, $0.samples, $0.autoencoderWidth) = (16, 3, 8)
            ($0.actorWidths, $0.criticWidths) = ([8, 8], [8, 8])
        }
    }
}

@Suite struct CPQTests {
    @Test func everyOptionIsDescribed() throws {
        #expect(try CPQ.Configuration.inconsistencies() == [])
    }

    @Test(arguments: [(1, 1), (1, 3), (7, 5), (16, 10), (2, 2)])
    func aQuarterOfTheDrawsIsUnlikeTheData(rows: Int, samples: Int) throws {
        let cpq = try CPQ(
            .tiny.changed { ($0.rows, $0.samples) = (rows, samples) }, on: randomTransitions(), seed: 1)
        for _ in 0..<5 {
            _ = try cpq.update()
            let values = cpq.unlike.divergences.buffer.sorted()
            let place = 0.75 * Double(values.count - 1)
            let lower = Int(place)
            let upper = min(lower + 1, values.count - 1)
            let expected = values[lower] + Float(place - Double(lower)) * (values[upper] - values[lower])
            #expect(cpq.unlike.threshold == expected)
        }
    }

    /// The cost of actions far from those of the data, all near 0, in states of the data, after training.
    private static func costOfUnlikeActions(_ penalty: CodeFault) throws -> Float {
        let data = try noisyActions(rows: 400, noise: 0.02) { _ in [0, 0] }
        let c = CPQ.Configuration.tiny.changed {
            ($0.rows, $0.penalty, $0.costLimit, $0.criticRate) = (64, penalty, 10, 3e-3)
            ($0.actorRate, $0.multiplierRate) = (1e-6, 0)
        }
        let cpq = try CPQ(c, on: data, seed: 1)
        for _ in 0..<600 { _ = try cpq.update() }
        let tape = Tape()
        return cpq.costCritic(tape.constant(0.1, 1, 3).joined(tape.constant(1.5, 1, 2))).smallest().scalar
    }

    @Test func onlyTheCorrectedPenaltyRaisesTheCostOfUnlikeActions() throws {
        // Nothing costs anything here.
        #expect(abs(try Self.costOfUnlikeActions(.published)) < 0.3)
        #expect(try Self.costOfUnlikeActions(.corrected) > 1)
    }

    @Test func thePolicyOfACheckpointIsThePolicy() throws {
        let data = try randomTransitions()
        data.transforms = Transforms().standardising(data)
        let cpq = try CPQ(.tiny, on: data, seed: 1)
        for _ in 0..<5 { _ = try cpq.update() }
        var writer = CheckpointWriter()
        try cpq.save(to: &writer)
        let (now, states) = (try cpq.makePolicy(), [0.3, -0.2, 0.9, 1, 0, -1] as [Float])
        let done = try actions(of: now, for: states)
        let reader = try CheckpointReader(of: writer)
        #expect(try actions(of: CPQ.policy(.tiny, from: reader), for: states) == done)
        #expect(done.allSatisfy { abs($0) < 1 })
        _ = try cpq.update()
        #expect(try actions(of: now, for: states) == done)
    }

    @Test func theCorrectedPenaltyNeedsMoreMemory() throws {
        let data = try randomTransitions()
        let (published, corrected) = (
            CPQ.memoryNeed(of: .with { $0.samples = 1000 }, on: data),
            CPQ.memoryNeed(of: .with { ($0.samples, $0.penalty) = (1000, .corrected) }, on: data)
        )
        #expect(corrected.bytes > 20 * published.bytes && corrected.largest?.key == "samples")
    }
}

/// What CPQ promises about bits, with the trainer.
@Suite struct CPQResumeTests {
    private static func run(
        steps: Int, _ change: (inout CPQ.Configuration) -> Void = { _ in }
    ) throws -> TrainedRun<CPQ> {
        try TrainedRun(.tiny.changed(change), on: try randomTransitions(), steps: steps, log: 7)
    }

    @Test func equalSeedsGiveEqualBitsAndOthersDoNot() throws {
        try Self.run(steps: 30).expectEqualBitsOfEqualSeeds()
    }

    @Test(arguments: CodeFault.allCases) func interruptionsLeaveNoTrace(_ penalty: CodeFault) throws {
        try Self.run(steps: 40) { ($0.penalty, $0.multiplierRate) = (penalty, 0.1) }
            .expectNoTraceOfInterruptions(after: [1, 2, 7, 13, 20, 39])
    }

    @Test func theNumberOfThreadsChangesNothing() throws {
        let run = try Self.run(steps: 3) {
            ($0.rows, $0.actorWidths, $0.criticWidths, $0.autoencoderWidth) = (256, [64, 64], [64, 64], 64)
        }
        try run.expectEqualBitsForAnyThreads()
    }
}
