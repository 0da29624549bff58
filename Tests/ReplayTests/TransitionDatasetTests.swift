import Foundation
import Replay
import Tensors
import Testing

@Suite struct TransitionDatasetTests {
    /// One column of one row changed in the sample.
    private struct Change {
        var reward: Float = 0.5
        var cost: Float = 0
        var action: [Float] = [0.1, 0.2]
        var state: [Float] = [1, 2, 3]
        var next: [Float] = [1, 2, 3]
        var constraint: Float = -0.5
        var terminated = true
    }

    private func fault(_ change: Change) -> String? {
        var columns = TransitionColumns(observationSize: 3, actionSize: 2, hasConstraintValues: true)
        for (row, item) in [Change(), change].enumerated() {
            columns.append(
                observation: item.state, action: item.action, nextObservation: item.next, reward: item.reward,
                cost: item.cost, constraintValue: item.constraint,
                terminated: row == 1 && item.terminated, truncated: false)
        }
        do {
            _ = try TransitionDataset(columns)
            return nil
        } catch {
            return String(describing: error)
        }
    }

    @Test func theFirstValueThatIsNotFiniteIsNamed() {
        let repair = "not a finite number. Remove the episode or repair the value."
        #expect(
            fault(Change(state: [1, .nan, 3]))
                == "data set in memory: column \"observations\", row 1, component 1: \(repair)")
        #expect(
            fault(Change(next: [1, 2, .infinity]))
                == "data set in memory: column \"next_observations\", row 1, component 2: \(repair)")
        #expect(
            fault(Change(action: [-.infinity, 0]))
                == "data set in memory: column \"actions\", row 1, component 0: \(repair)")
        #expect(fault(Change(reward: .nan)) == "data set in memory: column \"rewards\", row 1: \(repair)")
        #expect(fault(Change(cost: .nan)) == "data set in memory: column \"costs\", row 1: \(repair)")
        #expect(
            fault(Change(constraint: .nan))
                == "data set in memory: column \"constraint_values\", row 1: \(repair)")
    }

    @Test func actionsMayLeaveTheirBoundsByRoundingOnly() {
        #expect(fault(Change(action: [1.00005, -1.00005])) == nil)
        #expect(
            fault(Change(action: [0, -1.5])) == "data set in memory: column \"actions\", row 1, component 1: "
                + "-1.5 is outside [-1, 1]. Store actions scaled to these bounds.")
        #expect(fault(Change(action: [1.001, 0]))?.contains("1.001 is outside") == true)
    }

    @Test func aNegativeCostIsRefused() {
        #expect(
            fault(Change(cost: -0.25)) == "data set in memory: column \"costs\", row 1: -0.25 is negative. "
                + "A cost counts harm, at least 0; signed constraints belong in \"constraint_values\".")
    }

    @Test func dataWithoutAnyEndAreRefused() {
        #expect(
            fault(Change(terminated: false))
                == "data set in memory: no terminal: no row has \"terminals\" or \"timeouts\" set, "
                + "so no episode ends. Set \"terminals\" where the task ended an episode and \"timeouts\" where a "
                + "step limit did.")
    }

    @Test func noTransitionsAreRefused() {
        #expect(throws: DatasetError.empty("data set in memory")) {
            try TransitionDataset(TransitionColumns(observationSize: 1, actionSize: 1))
        }
    }

    @Test(arguments: [(Float(2), 2.0), (-1, -1), (0.5, 0.5)])
    func aFlagOtherThanZeroAndOneIsNamed(flag: Float, shown: Double) throws {
        let scratch = try Scratch()
        var file = RawFile(sampleColumns())
        var flags = [Float](repeating: 0, count: 12)
        flags[7] = flag
        file.columns["terminals"] = RawColumn([12], floats: flags)
        try file.write(to: scratch.path("a.hdf5"))
        #expect(
            throws: DatasetError.notAFlag(scratch.path("a.hdf5"), column: "terminals", row: 7, value: shown)
        ) {
            try TransitionDataset(contentsOf: scratch.path("a.hdf5"))
        }
    }

    @Test func aFaultInAFileIsNamedWithTheFile() throws {
        let scratch = try Scratch()
        var file = RawFile(sampleColumns())
        file.columns["rewards"] = RawColumn([12], doubles: [0, 0, 0, 1e300] + .init(repeating: 0, count: 8))
        try file.write(to: scratch.path("a.hdf5"))
        #expect(
            throws: DatasetError.beyondSinglePrecision(
                scratch.path("a.hdf5"), column: "rewards", row: 3, component: -1, value: "1e+300")
        ) {
            try TransitionDataset(contentsOf: scratch.path("a.hdf5"))
        }
    }

    // MARK: Episodes

    @Test func anEpisodeEndsAtEveryTerminalAndTimeout() throws {
        let columns = sampleColumns(tail: 2)
        let dataset = try TransitionDataset(columns)
        #expect(dataset.episodes.map(\.rows) == [0..<4, 4..<7, 7..<12])
        #expect(dataset.episodes.map(\.ending) == [.truncated, .terminated, .truncated])
        #expect(dataset.episodes.map(\.length) == [4, 3, 5])
        #expect(dataset.episodes.map(\.totalCost) == [1, 1, 1])
        #expect(dataset.unendedTail == 12..<14)
        for episode in dataset.episodes {
            let expected = columns.rewards[episode.rows].reduce(0.0) { $0 + Double($1) }
            #expect(episode.totalReward == expected)
        }
        #expect(try TransitionDataset(sampleColumns()).unendedTail == nil)
    }

    // MARK: Warnings

    @Test func oddDataAreReportedInSentences() throws {
        var columns = TransitionColumns(observationSize: 2, actionSize: 1)
        let steps: [(Float, Float, Float, Bool, Bool)] = [
            // state, next state, cost, terminated, truncated; component 1 of the state never changes
            (1, 2, 0, false, false), (2, 3, 2.5, true, true), (5, 6, 1, false, false), (7, 8, 0, false, true),
            (7, 8, 0, false, true), (9, 9, 0, false, false),
        ]
        for (state, next, cost, terminated, truncated) in steps {
            columns.append(
                observation: [state, 4], action: [state / 10], nextObservation: [next, 4], reward: 1,
                cost: cost,
                terminated: terminated, truncated: truncated)
        }
        let dataset = try TransitionDataset(columns)
        #expect(
            dataset.warnings == [
                .unendedTail(rows: 5..<6), .bothEndings(rows: 1, first: 1),
                .misalignedNextObservations(rows: 1, first: 2),
                .constantColumn("observations", components: [1]),
                .constantColumn("rewards", components: []), .nonBinaryCost(rows: 1, largest: 2.5),
                .duplicates(rows: 1),
            ])
        #expect(dataset.episodes.map(\.ending) == [.terminated, .truncated, .truncated])
        #expect(
            dataset.warnings.map(\.description) == [
                "after the last episode end: 1 row, from row 5; "
                    + "batches draw from them, episode statistics leave them out. "
                    + "`saferl data convert --end-last` marks the last row as cut.",
                "terminal and timeout at once: 1 row, first row 1; counted as terminated.",
                "next observation unlike the following row's observation inside an episode: 1 row, first row 2.",
                "column \"observations\" never changes in component 1.", "column \"rewards\" is constant.",
                "costs other than 0 and 1: 1 row, largest 2.5; every cost above 0 counts as a violation.",
                "exact repetitions of another transition: 1 row.",
            ])
    }

    @Test func soundDataHaveNoWarningButOfTheirCosts() throws {
        #expect(try TransitionDataset(sampleColumns()).warnings == [.noCostFreeEpisode()])
    }

    // MARK: Sub-samples

    @Test func aSubsampleHoldsWholeEpisodesDrawnWithReplacement() throws {
        let dataset = try TransitionDataset(sampleColumns(constraint: true, tail: 2))
        dataset.transforms = Transforms(rewardScale: 3)
        var random = RandomStream(seed: 4, for: .splitting)
        var choices = random
        let sample = try dataset.subsampled(ratio: 0.7, using: &random)
        #expect(sample.episodes.count == 2)  // of 3 times 0.7
        #expect(sample.unendedTail == nil)
        #expect(sample.transforms == dataset.transforms)
        for episode in sample.episodes {
            let original = dataset.episodes[choices.nextInteger(below: 3)]
            #expect(sample.rewards[episode.rows].elementsEqual(dataset.rewards[original.rows]))
            #expect(episode.ending == original.ending)
        }
        #expect(random == choices)
    }
}
