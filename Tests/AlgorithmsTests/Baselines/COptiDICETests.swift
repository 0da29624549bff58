import Algorithms
import Foundation
import SafeRL
import TestSupport
import Testing

extension COptiDICE.Configuration {
    /// Small enough for a test.
    static var tiny: Self {
        .with { ($0.rows, $0.actorWidths, $0.valueWidths) = (16, [8, 8], [8, 8]) }
    }
}

@Suite struct COptiDICETests {
    @Test func everyOptionIsDescribed() throws {
        #expect(try COptiDICE.Configuration.inconsistencies() == [])
    }

    @Test func initialStatesBeginTheEpisodes() throws {
        // Episodes of 4 and 3 rows, and a tail of two that belongs to none.
        let data = try numberedTransitions(
            costs: Array(repeating: 0, count: 9), terminals: [6], timeouts: [3])
        let dice = try COptiDICE(.tiny, on: data, seed: 1)
        #expect(dice.initial.share == 2.0 / 7)
        for _ in 0..<20 {
            _ = try dice.update()
            for (row, index) in dice.transitions.batch.indices.enumerated() {
                #expect(index < 7)
                #expect(dice.initial.isInitial[row, 0] == ([0, 4].contains(index) ? 1 : 0))
            }
        }
        // 0 … 6: a variance of 4, of all of them.
        #expect(dice.initial.observationDeviation[0, 0] == 2)
    }

    @Test func deviationsAreThoseOfWhatBatchesHold() throws {
        let data = try randomTransitions()
        data.transforms = Transforms(actionLimit: 0.5).standardising(data)
        let dice = try COptiDICE(.tiny.changed { $0.rows = 100_000 }, on: data, seed: 1)
        var sampling = RandomStream(seed: 1, for: .testing)
        data.fill(dice.transitions.batch, using: &sampling)
        for (tensor, deviation) in [
            (dice.transitions.batch.observations.buffer, dice.initial.observationDeviation.buffer),
            (dice.transitions.batch.actions.buffer, dice.initial.actionDeviation.buffer),
        ] {
            for column in deviation.indices {
                let values = stride(from: column, to: tensor.count, by: deviation.count).map {
                    Double(tensor[$0])
                }
                let mean = values.reduce(0, +) / Double(values.count)
                let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
                #expect(abs(variance.squareRoot() - Double(deviation[column])) < 0.02)
            }
        }
    }

    @Test func theMultiplierRisesWhileCostsExceedTheLimit() throws {
        let data = try numberedTransitions(
            costs: Array(repeating: 1, count: 60), timeouts: Set(stride(from: 19, to: 60, by: 20)))
        data.transforms = Transforms().standardising(data)
        func last(_ limit: Float) throws -> Float {
            let dice = try COptiDICE(
                .tiny.changed { ($0.costLimit, $0.multiplierRate) = (limit, 0.01) }, on: data, seed: 1)
            for _ in 0..<100 { _ = try dice.update() }
            return try dice.update().multiplier
        }
        let start = log(1 + exp(Float(1)))
        #expect(try last(0) > start + 0.3)
        #expect(try last(1000) < start - 0.3)
    }

    @Test(arguments: CodeFault.allCases) func actionsThatPayAreCloned(_ density: CodeFault) throws {
        // One state; the action is 0.8 or -0.8, and only the first is rewarded.
        var columns = TransitionColumns(observationSize: 1, actionSize: 1)
        for row in 0..<40 {
            let action: Float = row % 2 == 0 ? 0.8 : -0.8
            columns.append(
                observation: [1], action: [action], nextObservation: [1], reward: action > 0 ? 10 : 0,
                cost: 0,
                terminated: true, truncated: false)
        }
        let c = COptiDICE.Configuration.tiny.changed {
            ($0.rows, $0.density, $0.actorRate, $0.valueRate, $0.noise) = (64, density, 3e-3, 3e-3, 0)
            $0.divergenceWeight = 0.1
        }
        let dice = try COptiDICE(c, on: TransitionDataset(columns), seed: 1)
        for _ in 0..<1500 { _ = try dice.update() }
        let action = try actions(of: dice.makePolicy(), for: [1])[0]
        // The density before tanh is largest where the mean is the action, of which acting takes tanh.
        let expected = density == .published ? tanh(Float(0.8)) : 0.8
        #expect(abs(action - expected) < 0.04, "\(action)")
    }

    @Test func thePolicyOfACheckpointIsThePolicy() throws {
        let data = try randomTransitions()
        data.transforms = Transforms().standardising(data)
        let dice = try COptiDICE(.tiny, on: data, seed: 1)
        for _ in 0..<5 { _ = try dice.update() }
        var writer = CheckpointWriter()
        try dice.save(to: &writer)
        let (now, states) = (try dice.makePolicy(), [0.3, -0.2, 0.9, 1, 0, -1] as [Float])
        let done = try actions(of: now, for: states)
        let reader = try CheckpointReader(of: writer)
        #expect(try actions(of: COptiDICE.policy(.tiny, from: reader), for: states) == done)
        _ = try dice.update()
        #expect(try actions(of: now, for: states) == done)
    }
}

/// What COptiDICE promises about bits, with the trainer.
@Suite struct COptiDICEResumeTests {
    private static func run(
        steps: Int, _ change: (inout COptiDICE.Configuration) -> Void = { _ in }
    ) throws -> TrainedRun<COptiDICE> {
        try TrainedRun(.tiny.changed(change), on: try randomTransitions(), steps: steps, log: 7)
    }

    @Test func equalSeedsGiveEqualBitsAndOthersDoNot() throws {
        try Self.run(steps: 30).expectEqualBitsOfEqualSeeds()
    }

    @Test(arguments: [0.01, 0] as [Float]) func interruptionsLeaveNoTrace(_ bound: Float) throws {
        try Self.run(steps: 40) { ($0.boundDivergence, $0.multiplierRate) = (bound, 0.01) }
            .expectNoTraceOfInterruptions(after: [1, 2, 7, 13, 20, 39])
    }

    @Test func theNumberOfThreadsChangesNothing() throws {
        let run = try Self.run(steps: 3) {
            ($0.rows, $0.actorWidths, $0.valueWidths) = (1024, [64, 64], [64, 64])
        }
        try run.expectEqualBitsForAnyThreads()
    }
}
