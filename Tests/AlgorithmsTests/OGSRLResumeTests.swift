import Algorithms
import SafeRL
import Testing

/// What OGSRL promises about bits, in every stage.
@Suite struct OGSRLResumeTests {
    /// Every guardian, model, mode and optimiser at least once, with the updates that the fits may take.
    static let cases: [(name: String, options: OGSRL.Configuration, fits: Int)] = [
        (
            "psos",
            Field.options {
                ($0.guardian, $0.budgets) = (Field.psos(), ["mud": 0.5])
            }, 41
        ),
        (
            "density",
            Field.options {
                ($0.model, $0.mode) = (.tabular, .reject)
                $0.guardian = .kde(
                    .with {
                        ($0.bandwidth, $0.outsideShare, $0.calibrationShare) = (0.2, 0.1, 0.3)
                    })
            }, 2
        ),
        (
            "disagreement",
            Field.options {
                ($0.guardian, $0.model, $0.mode) = (.disagreement(), Field.ensemble, .reject)
                $0.budgets = ["mud": 0.5, "noise": 1, "out-of-support": 0.1]
            }, 31
        ),
        (
            "count",
            Field.options {
                ($0.guardian, $0.model, $0.mode, $0.optimiser) = (
                    .count(), .tabular, .terminate(), Field.ppo()
                )
                ($0.budgets, $0.inputs, $0.discountsCosts) = (["out-of-support": 0.1], .table, true)
            }, 2
        ),
        (
            "christoffel",
            Field.options {
                ($0.guardian, $0.actions, $0.mode) = (Field.linear, .gaussian, .costOnly)
                $0.optimiser = Field.trpo()
            }, 2
        ),
        (
            "neighbours",
            Field.options {
                ($0.guardian, $0.model) = (.neighbours(.with { $0.neighbours = 2 }), Field.ensemble)
            }, 31
        ),
        (
            "exact",
            Field.options {
                ($0.guardian, $0.model, $0.mode, $0.inputs) = (.count(), .tabular, .reject, .table)
                ($0.optimiser, $0.discount, $0.budgets) = (Field.exact(shrinkage: 1), 1, ["mud": 0.7])
            }, 2
        ),
        (
            "spibb",
            Field.options {
                ($0.guardian, $0.model, $0.mode, $0.inputs) = (.count(), .tabular, .reject, .table)
                ($0.optimiser, $0.discount, $0.budgets) = (Field.spibb(shrinkage: 1), 1, ["mud": 8])
                $0.proposals = .masked
            }, 2
        ),
        (
            "cloned table, exact advantages",
            Field.options {
                ($0.guardian, $0.model, $0.mode, $0.inputs) = (.count(), .tabular, .terminate(), .table)
                ($0.proposals, $0.warmStart) = (.masked, .cloning())
                ($0.discount, $0.budgets) = (1, ["mud": 0.7])
                $0.optimiser = .cpo(
                    .with { ($0.advantages, $0.damping, $0.divergence) = (.exact(), 1e-4, 0.05) })
            }, 3
        ),
        (
            "cloned network, masked",
            Field.options {
                ($0.guardian, $0.budgets, $0.budgetsPer) = (Field.narrow, ["mud": 0.5], .episode)
                ($0.proposals, $0.warmStart) = (.masked, .cloning(.with { $0.updates = 5 }))
                ($0.starts, $0.horizon) = (.recorded, 5)
            }, 7
        ),
        (
            "cloned Gaussian",
            Field.options {
                ($0.guardian, $0.actions, $0.mode) = (Field.linear, .gaussian, .costOnly)
                ($0.warmStart, $0.optimiser) = (.cloning(.with { $0.updates = 4 }), Field.ppo())
            }, 6
        ),
        (
            "members' signals, clipped, leaving charged",
            Field.options {
                $0.guardian = .kde(.with { $0.bandwidth = 0.2 })
                $0.model = .ensemble(
                    .with {
                        ($0.members, $0.elites, $0.widths, $0.updates) = (3, 2, [8], 30)
                        $0.signals = .members
                    })
                $0.mode = .absorbingPenalty(.with { $0.outsideCosts = .worst })
                ($0.actions, $0.budgets) = (.gaussian, ["mud": 0.5])
                ($0.budgetsPer, $0.starts) = (.episode, .recorded)
            }, 31
        ),
        (
            "none",
            Field.options {
                ($0.guardian, $0.samples) = (.none, false)
                $0.model = .nearest(.with { $0.neighbours = 3 })
            }, 1
        ),
    ]

    private static func run(_ number: Int) throws -> TrainedRun<OGSRL> {
        let (_, options, fits) = cases[number]
        return try TrainedRun(
            options, on: Field.recordings(episodes: 60), steps: fits + 8, log: 3)
    }

    @Test(arguments: cases.indices) func interruptionsLeaveNoTrace(_ number: Int) throws {
        let run = try Self.run(number)
        try run.train("whole")
        // After every update: in the middle of each stage, before its first and after its last.
        while case .interrupted = try run.train("cut", stopAfter: 1) {}
        #expect(try run.results("cut") == run.results("whole"), "\(Self.cases[number].name)")
    }

    @Test(arguments: [0, 1, 3, 4]) func updatesThatAreGivenUpLeaveNoTrace(_ number: Int) throws {
        try Self.run(number).expectNoTraceOfGivenUpUpdates()
    }

    @Test func equalSeedsGiveEqualBitsAndOthersDoNot() throws {
        try Self.run(0).expectEqualBitsOfEqualSeeds()
    }

    @Test func theNumberOfThreadsChangesNothing() throws {
        let options = Field.options {
            ($0.guardian, $0.model, $0.widths) = (Field.narrow, Field.ensemble, [64, 64])
            ($0.optimiser, $0.budgets) = (Field.cpo(rollouts: 100), ["mud": 0.5])
        }
        let run = try TrainedRun<OGSRL>(options, on: Field.recordings(episodes: 200), steps: 35, log: 3)
        try run.expectEqualBitsForAnyThreads()
    }

    @Test(arguments: cases.indices) func aPolicyFromACheckpointActsAsTheOneThatWasTrained(_ number: Int)
        throws
    {
        let (_, options, fits) = Self.cases[number]
        let data = try Field.recordings(episodes: 60)
        let trained = try OGSRL(options, on: data, seed: 5)
        for stage in trained.stages(steps: fits + 3) {
            for _ in 0..<stage.updates where !stage.isComplete { _ = try stage.update() }
        }
        var writer = CheckpointWriter()
        try trained.save(to: &writer)
        let stored = try OGSRL.policy(options, from: CheckpointReader(of: writer))
        let observations = (0..<16).flatMap { Field.observation((x: $0 % 4, y: $0 / 4)) }
        let expected = try actions(of: trained.makePolicy(), for: observations)
        #expect(try actions(of: stored, for: observations) == expected)
        #expect(expected.allSatisfy { abs($0) <= 1 })
    }
}
