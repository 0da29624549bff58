import Foundation
import Replay
import Tensors
import Testing

@Suite struct CostChannelTests {
    private let columns = channelColumns()

    @Test func channelsSurviveTheFileAndAreInTheOrderOfTheirNames() throws {
        let scratch = try Scratch()
        let made = try TransitionDataset(columns)
        try made.write(to: scratch.path("a.hdf5"))
        try made.write(to: scratch.path("b.hdf5"))
        let read = try TransitionDataset(contentsOf: scratch.path("a.hdf5"))
        #expect(haveEqualColumns(made, read))
        #expect(try TransitionDataset(contentsOf: scratch.path("b.hdf5")).identity == read.identity)
        #expect(read.hasNamedCosts && read.costChannels.map(\.name) == ["early", "late"])
        #expect(try Array(read.costChannel(named: "early").costs) == columns.channelCosts[1])
        #expect(try Array(read.costChannel(named: "late").costs.prefix(4)) == [0, 0, 0.5, 0.5])
        #expect(Array(read.costs.prefix(4)) == [1, 0, 0.75, 0.5])
        #expect(read.episodes.map(\.totalCost) == [2.25, 1.75, 2.75])
    }

    @Test func dataThatNameNoChannelHaveOneCalledCost() throws {
        let dataset = try TransitionDataset(sampleColumns())
        #expect(!dataset.hasNamedCosts && dataset.costChannels.map(\.name) == ["cost"])
        #expect(try dataset.costChannel(named: "cost").costs.elementsEqual(dataset.costs))
        #expect(
            throws: DatasetError.missingChannel("data set in memory", name: "pressure", present: ["cost"])
        ) { try dataset.costChannel(named: "pressure") }
    }

    @Test func aMissingChannelIsNamedBesideThoseThere() throws {
        let error = #expect(throws: DatasetError.self) {
            try TransitionDataset(columns).costChannel(named: "lately")
        }
        #expect(
            error?.description
                == "data set in memory: no cost channel \"lately\". Present: early, late. Name one of them.")
    }

    /// Runs record the hash, so that one of the same data before there were channels can be resumed.
    @Test func theHashOfDataWithoutNamesIsAsItWas() throws {
        let identity = try TransitionDataset(sampleColumns(constraint: true, tail: 2)).identity
        #expect(identity == "df335b8d0230189c8eab26bb9cce14ed93cecb45f2325b050096502398d3b9a1")
    }

    @Test func theHashOfDataInMemoryDependsOnTheNames() throws {
        let others = try TransitionDataset(channelColumns(names: ["late", "ears"])).identity
        #expect(try TransitionDataset(columns).identity != others)
    }

    @Test func aSubsampleKeepsTheChannels() throws {
        let dataset = try TransitionDataset(columns)
        var random = RandomStream(seed: 4, for: .splitting)
        var choices = random
        let sample = try dataset.subsampled(ratio: 1, using: &random)
        #expect(sample.costChannels.map(\.name) == ["early", "late"])
        for episode in sample.episodes {
            let original = dataset.episodes[choices.nextInteger(below: 3)]
            for (copied, stored) in zip(sample.costChannels, dataset.costChannels) {
                #expect(copied.costs[episode.rows].elementsEqual(stored.costs[original.rows]))
            }
        }
    }

    @Test func tooFewEpisodesAreOneSentence() throws {
        let dataset = try TransitionDataset(columns)
        try dataset.requireEpisodes(3, for: "calibrating")
        let error = #expect(throws: DatasetError.self) {
            try dataset.requireEpisodes(4, for: "calibrating a guardian")
        }
        #expect(
            error?.description
                == "data set in memory: 3 episodes, and calibrating a guardian needs at least 4. "
                + "Record more, whole ones.")
    }

    // MARK: Names

    @Test func namesAreShortPlainAndDistinct() {
        #expect(CostChannels.fault(in: ["a", "spo2-low", "b_2", String(repeating: "x", count: 24)]) == nil)
        #expect(CostChannels.fault(in: []) == "there are 0 of them; 1 to 16 are possible")
        #expect(
            CostChannels.fault(in: (0..<17).map { "c\($0)" })
                == "there are 17 of them; 1 to 16 are possible")
        #expect(CostChannels.fault(in: ["a", "b", "a"]) == "\"a\" stands there twice")
        for name in ["", "A", "a b", "ä", "a/b", "a.b", String(repeating: "x", count: 25)] {
            #expect(
                CostChannels.fault(in: [name])
                    == "\"\(name)\" is no name; use 1 to 24 of a-z, 0-9, - and _")
        }
    }

    // MARK: Files that are refused

    private func fault(_ change: (inout RawFile) -> Void) throws -> String {
        let scratch = try Scratch()
        let path = scratch.path("a.hdf5")
        var file = RawFile(columns)
        change(&file)
        try file.write(to: path)
        do {
            _ = try TransitionDataset(contentsOf: path)
            return "accepted"
        } catch { return error.description.replacing(path + ": ", with: "", maxReplacements: 1) }
    }

    private func costs(_ channel: Int, _ change: (inout [Float]) -> Void) -> RawColumn {
        var values = columns.channelCosts[channel]
        change(&values)
        return RawColumn([values.count], floats: values)
    }

    @Test func aNegativeOrUnknownCostIsNamedWithItsRow() throws {
        #expect(
            try fault { $0.columns["cost_late"] = costs(0) { $0[6] = -0.5 } }
                == "column \"cost_late\", row 6: -0.5 is negative. "
                + "A cost counts harm, at least 0; signed constraints belong in \"constraint_values\".")
        #expect(
            try fault { $0.columns["cost_early"] = costs(1) { $0[3] = .nan } }
                == "column \"cost_early\", row 3: not a finite number. Remove the episode or repair the value."
        )
    }

    @Test func costsHaveToBeTheSumOfTheChannels() throws {
        #expect(
            try fault { $0.columns["cost_late"] = costs(0) { $0[6] = 1.5 } }
                == "column \"costs\", row 6: 0.75, but the cost channels sum up to 1.75. "
                + "Store their sum, or name data sets that are no costs without \"cost_\".")
        // However small: such a step would be a violation of one channel and none in all.
        #expect(
            try fault { $0.columns["cost_late"] = costs(0) { $0[1] = 1e-30 } }
                .hasPrefix("column \"costs\", row 1: 0.0, but the cost channels sum up to 1e-30."))
        #expect(try fault { $0.columns["cost_late"] = nil }.hasPrefix("column \"costs\", row 2: 0.75, but"))
    }

    /// Sums formed in double precision and stored in single precision differ in the last digit.
    @Test func theSumMayBeRounded() throws {
        #expect(
            try fault {
                $0.columns["cost_late"] = costs(0) { $0[6] *= 1 + 1e-6 }
                $0.columns["cost_early"] = costs(1) { $0[6] *= 1 - 3e-6 }
            } == "accepted")
        #expect(
            try fault { $0.columns["cost_late"] = costs(0) { $0[6] *= 1 + 1e-4 } }
                .hasPrefix("column \"costs\", row 6"))
    }

    @Test func channelsNeedTheRowsAndTypesOfCosts() throws {
        #expect(
            try fault { $0.columns["cost_late"] = RawColumn([11], floats: .init(repeating: 0, count: 11)) }
                == "column \"cost_late\" has 11 rows, but \"observations\" has 12. "
                + "All columns need one row a transition.")
        #expect(
            try fault { $0.columns["cost_late"]?.shape = [6, 2] }
                == "column \"cost_late\" has shape [6, 2], expected [rows] or [rows, 1]. "
                + "Store one row a transition, its values one after the other.")
        #expect(
            try fault { $0.columns["cost_late"] = RawColumn([12], .text, [UInt8](repeating: 65, count: 96)) }
                == "column \"cost_late\" holds text, not numbers. Store it as float32, flags as booleans.")
        #expect(
            try fault { $0.columns["cost_late"] = RawColumn([1_000_000_000_000], .float32, nil) }
                .hasPrefix("column \"cost_late\" is too large: it declares 4000000000000 bytes of data"))
        #expect(try fault { $0.columns["cost_late"]?.shape = [12, 1] } == "accepted")
    }

    @Test(arguments: [
        "cost_", "cost_Late", "cost_to go", "cost_ä", "cost_a.b", "cost_" + String(repeating: "x", count: 25),
        "cost_" + String(repeating: "x", count: 3000),
    ])
    func aNameThatCannotBeAChannelIsRefused(name: String) throws {
        let shown = String(
            String(decoding: name.utf8.map { $0 < 127 ? $0 : UInt8(ascii: "?") }, as: UTF8.self).prefix(31))
        #expect(
            try fault { $0.columns[name] = RawColumn([12], floats: .init(repeating: 0, count: 12)) }
                == "data set \"\(shown)\": after \"cost_\" stand 1 to 24 of a-z, 0-9, - and _. "
                + "Rename it, without \"cost_\" if it is no cost.")
    }

    @Test func sixteenChannelsAreTheMost() throws {
        func channels(_ count: Int) -> (inout RawFile) -> Void {
            { file in
                for index in 0..<count {
                    let name = "cost_x\(index)" + (index == 9 ? String(repeating: "y", count: 22) : "")
                    file.columns[name] = RawColumn([12], floats: .init(repeating: 0, count: 12))
                }
            }
        }
        #expect(try fault(channels(14)) == "accepted")
        #expect(
            try fault(channels(15))
                == "data set \"cost_x9yyyyyyyyyyyyyyyyyyyyyy\": a file has at most 16 cost channels. "
                + "Rename it, without \"cost_\" if it is no cost.")
    }

    // MARK: What is shown

    @Test func theSummaryShowsEachChannel() throws {
        let summary = DatasetSummary(try TransitionDataset(columns))
        let channels = try #require(summary.costChannels)
        #expect(channels.map(\.name) == ["early", "late"])
        // Episodes of 4, 3 and 5 steps.
        #expect(
            channels.map(\.totalCost.max) == [1.25, 1.5] && channels.map(\.totalCost.min) == [1.25, 0.5])
        #expect(channels.map(\.costRate) == [0.5, 0.5] && channels.map(\.costFreeShare) == [0, 0])
        #expect(
            summary.text().contains(
                "\ncost early   min 1.25, median 1.25, mean 1.25, max 1.25; 50.00 % of transitions, "
                    + "0.00 % of episodes without\n"))
        let json = try JSONEncoder().encode(summary)
        #expect(try JSONDecoder().decode(DatasetSummary.self, from: json) == summary)
        #expect(String(decoding: json, as: UTF8.self).contains("\"cost_channels\""))
        #expect(DatasetSummary(try TransitionDataset(sampleColumns())).costChannels == nil)
    }

    @Test func warningsNameTheChannel() throws {
        var columns = TransitionColumns(observationSize: 1, actionSize: 1, costNames: ["a", "b", "c"])
        for row in 0..<3 {
            columns.append(
                observation: [Float(row)], action: [Float(row) / 9], nextObservation: [Float(row) + 1],
                reward: Float(row), costs: [1, 0, Float(row)], terminated: row == 2, truncated: false)
        }
        #expect(
            try TransitionDataset(columns).warnings.map(\.description) == [
                "a single episode: none can be held out, and their spread cannot be estimated.",
                "every transition has a positive cost in channel \"a\", so nothing can be learned about what is safe. "
                    + "Check that 1 means violated.",
                "no transition has a positive cost in channel \"b\", so nothing can be learned about it.",
                "costs in channel \"c\" other than 0 and 1: 1 row, largest 2.0; "
                    + "every cost above 0 counts as a violation.",
            ])
    }
}
