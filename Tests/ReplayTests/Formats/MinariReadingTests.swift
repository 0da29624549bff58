import Foundation
import Replay
import TestSupport
import Testing

/// Directories and files of Minari as others write them.
@Suite struct MinariReadingTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    /// Three episodes of 5 steps with one observation value, actions `action`, and flags as given.
    private func recording(
        ends: [(terminal: UInt8, timeout: UInt8)] = [(1, 0), (0, 1), (0, 1)], action: [Float] = [0],
        _ change: (inout Recording) -> Void = { _ in }
    ) -> Recording {
        var recording = Recording()
        recording.columns = [:]
        for (episode, end) in ends.enumerated() {
            let path = "episode_\(episode)/"
            recording.columns[path + "observations"] = StoredColumn(
                [6, 1], (0..<6).map { Float(10 * episode + $0) })
            recording.columns[path + "actions"] = StoredColumn(
                [5, 1], (0..<5).map { action[$0 % action.count] })
            recording.columns[path + "rewards"] = StoredColumn([5], [Float](repeating: 1, count: 5))
            recording.columns[path + "infos/cost"] = StoredColumn([6], [9, 0, 1, 0, 0, 0])
            recording.columns[path + "terminations"] = StoredColumn(flags: [0, 0, 0, 0, end.terminal])
            recording.columns[path + "truncations"] = StoredColumn(flags: [0, 0, 0, 0, end.timeout])
        }
        change(&recording)
        return recording
    }

    /// Writes a directory, and returns its path.
    private func directory(_ recording: Recording, _ metadata: String) throws -> String {
        let data = scratch.path("set/data")
        try FileManager.default.createDirectory(atPath: data, withIntermediateDirectories: true)
        try recording.write(to: data + "/main_data.hdf5")
        try metadata.write(toFile: data + "/metadata.json", atomically: true, encoding: .utf8)
        return scratch.path("set")
    }

    private func metadata(_ space: String, episodes: Int = 3, more: String = "") -> String {
        let text = space.replacingOccurrences(of: "\"", with: "\\\"")
        return "{\"total_episodes\": \(episodes), \"total_steps\": 15, \"action_space\": \"\(text)\"\(more)}"
    }

    private static let box =
        #"{"type": "Box", "dtype": "float32", "shape": [1], "low": [-2.0], "high": [6.0]}"#

    @Test func aDirectoryIsReadAndItsActionsAreScaledFromTheirBounds() throws {
        let path = try directory(recording(action: [-2, 6, 2]), metadata(Self.box))
        let result = try DatasetConversion().read(path)
        let data = result.dataset
        #expect(data.actions.prefix(5).elementsEqual([-1, 1, 0, -1, 1]))
        #expect(data.costs.prefix(5).elementsEqual([0, 1, 0, 0, 0]))
        #expect(data.nextObservations.prefix(5).elementsEqual([1, 2, 3, 4, 5]))
        #expect(
            result.changes == [
                "one group an episode: joined", "actions scaled from the bounds of their space to −1 … 1",
            ])
        // The folder "data" alone will do.
        #expect(try haveEqualColumns(DatasetConversion().read(path + "/data").dataset, data))
    }

    @Test func choicesAreCountedFromZero() throws {
        let space = #"{"type": "Discrete", "dtype": "int64", "start": 3, "n": 4}"#
        let result = try DatasetConversion().read(
            directory(recording(action: [3, 6]), metadata(space)))
        #expect(result.dataset.actionChoices == 4)
        #expect(result.dataset.actions.prefix(3).elementsEqual([0, 3, 0]))
        #expect(result.changes.last == "choices counted from 0 instead of 3")
    }

    @Test func unboundedActionsStayAsTheyAre() throws {
        let space =
            #"{"type": "Box", "dtype": "float32", "shape": [1], "low": [-Infinity], "high": [Infinity]}"#
        let result = try DatasetConversion().read(
            directory(recording(action: [0.5]), metadata(space)))
        #expect(result.dataset.actions.allSatisfy { $0 == 0.5 })
    }

    private static let faults: [(metadata: String, message: String)] = [
        (
            #"{"data_format": "arrow"}"#,
            #"data in the format "arrow", and only "hdf5" is read. Record with data_format="hdf5"."#
        ),
        (#"{"total_episodes": 4}"#, "total_episodes is 4, and main_data.hdf5 has 3. Get a fresh copy."),
        (#"{"total_steps": 14}"#, "total_steps is 14, and main_data.hdf5 has 15. Get a fresh copy."),
        (
            #"{"observation_space": "{\"type\": \"Dict\", \"subspaces\": {}}"}"#,
            "observation_space is Dict; one vector a step is needed. Flatten it in Python."
        ),
        (
            #"{"action_space": "{\"type\": \"MultiDiscrete\", \"nvec\": [2]}"}"#,
            #"action_space is MultiDiscrete; "Box" and "Discrete" are read. Flatten it in Python."#
        ),
        (
            #"{"action_space": "{\"type\": \"Box\", \"low\": [0, 0], \"high\": [1, 1]}"}"#,
            "action_space has 2 values, and an action has 1. Get a fresh copy."
        ),
    ]

    @Test(arguments: faults)
    func metadataThatDoNotFitAreRefused(_ metadata: String, _ message: String) throws {
        let path = try directory(recording(), metadata)
        let error = #expect(throws: DatasetError.self) { try DatasetConversion().read(path) }
        #expect(error?.description == path + "/data/metadata.json: " + message)
    }

    @Test func aDirectoryOfSomethingElseIsRefused() throws {
        let error = #expect(throws: DatasetError.self) { try DatasetConversion().read(scratch.folder) }
        #expect(
            error?.description == scratch.folder
                + ": a directory without data/metadata.json, which those of Minari have. Name a file.")
    }

    /// Flattened, an episode without an end would run on into the next one.
    @Test func anEpisodeThatEndsWithoutSayingHowWasCut() throws {
        try recording(ends: [(0, 0), (1, 0), (0, 0)]).write(to: scratch.path("a.hdf5"))
        let result = try DatasetConversion().read(scratch.path("a.hdf5"))
        #expect(result.dataset.episodes.map(\.ending) == [.truncated, .terminated])
        #expect(result.dataset.unendedTail == 10..<15)
        #expect(result.changes.last == "episodes that ended without saying how, and count as cut: 1")
    }

    @Test func channelsAmongTheInfosAreReadAndSummedWhereNobodyDid() throws {
        try recording { recording in
            for episode in 0..<3 {
                let path = "episode_\(episode)/infos/cost"
                recording.columns[path] = nil
                recording.columns[path + "_b"] = StoredColumn([5], [1, 0, 0, 0, 2])
                recording.columns[path + "_a"] = StoredColumn([6], [7, 0.5, 0, 0, 0, 0])
            }
        }.write(to: scratch.path("a.hdf5"))
        let result = try DatasetConversion().read(scratch.path("a.hdf5"))
        #expect(result.dataset.costChannels.map(\.name) == ["a", "b"])
        #expect(result.dataset.costs.prefix(5).elementsEqual([1.5, 0, 0, 0, 2]))
        #expect(result.changes.last == "costs are the sums of the channels")
    }

    @Test func aChannelThatOnlySomeEpisodesHaveIsRefused() throws {
        try recording {
            $0.columns["episode_2/infos/cost_a"] = StoredColumn([5], [0, 0, 0, 0, 0])
        }.write(to: scratch.path("a.hdf5"))
        let error = #expect(throws: DatasetError.self) {
            try DatasetConversion().read(scratch.path("a.hdf5"))
        }
        #expect(
            error?.description.contains(
                "episodes have several sets of cost channels. Leave that episode out, or get a fresh copy of the file."
            )
                == true)
    }

    @Test func aDirectoryOfSomebodyElseIsNotReplaced() throws {
        let data = try TransitionDataset(chained())
        try FileManager.default.createDirectory(
            atPath: scratch.path("mine"), withIntermediateDirectories: true)
        for isForced in [false, true] {
            #expect(throws: DatasetError.self) {
                try data.writeMinari(to: scratch.path("mine"), isForced: isForced)
            }
        }
        try data.writeMinari(to: scratch.path("other/"))
        try data.writeMinari(to: scratch.path("other"), isForced: true)
        #expect(scratch.names.sorted() == ["mine", "other"])
        #expect(try haveEqualColumns(DatasetConversion().read(scratch.path("other")).dataset, data))
    }

    private func chained() -> TransitionColumns {
        var columns = TransitionColumns(observationSize: 1, actionSize: 1)
        for step in 0..<3 {
            columns.append(
                observation: [Float(step)], action: [0], nextObservation: [Float(step + 1)], reward: 0,
                cost: 0, terminated: false, truncated: step == 2)
        }
        return columns
    }
}

/// Files of D4RL as others write them: without costs, some without time-outs and next observations.
@Suite struct D4RLReadingTests {
    private func read(
        _ conversion: DatasetConversion, _ change: (inout Recording) -> Void
    ) throws -> DatasetConversion.Result {
        let scratch = try Scratch()
        var recording = Recording()
        recording.columns["costs"] = nil
        change(&recording)
        try recording.write(to: scratch.path("a.hdf5"))
        return try conversion.read(scratch.path("a.hdf5"))
    }

    private var free: DatasetConversion {
        var conversion = DatasetConversion()
        conversion.isFreeOfCosts = true
        return conversion
    }

    @Test func aFileWithoutCostsIsReadWhereSomebodySaysThatThereAreNone() throws {
        let result = try read(free) {
            $0.columns["infos/qpos"] = StoredColumn([60, 2], .init(repeating: 0, count: 120))
            $0.columns["metadata/algorithm"] = StoredColumn([1], [1])
        }
        #expect(
            result.dataset.costs.allSatisfy { $0 == 0 } && result.changes == ["no costs: 0 in every step"])
        let error = #expect(throws: DatasetError.self) { try read(.init()) { _ in } }
        #expect(error?.description.hasSuffix("OUT --cost-free.") == true)
    }

    @Test func costsThatAreThereAreKept() throws {
        let result = try read(free) {
            $0.columns["costs"] = StoredColumn([60], .init(repeating: 2, count: 60))
        }
        #expect(result.dataset.costs.allSatisfy { $0 == 2 } && result.changes == [])
    }

    @Test func channelsAmongTheInfosAreReadByEveryCommand() throws {
        let scratch = try Scratch()
        let data = try TransitionDataset(channelColumns())
        try data.writeD4RL(to: scratch.path("a.hdf5"))
        #expect(try haveEqualColumns(TransitionDataset(contentsOf: scratch.path("a.hdf5")), data))
        #expect(try haveEqualColumns(DatasetConversion().read(scratch.path("a.hdf5")).dataset, data))
    }

    @Test func choicesAreWholeNumbersOfOneAxis() throws {
        let scratch = try Scratch()
        var columns = TransitionColumns(observationSize: 1, actionSize: 1, actionChoices: 3)
        for step in 0..<4 {
            columns.append(
                observation: [0], action: [Float(step % 3)], nextObservation: [0], reward: 0, cost: 0,
                terminated: step == 3, truncated: false)
        }
        let data = try TransitionDataset(columns)
        try data.writeD4RL(to: scratch.path("a.hdf5"))
        let back = try TransitionDataset(contentsOf: scratch.path("a.hdf5"))
        #expect(haveEqualColumns(back, data) && back.actionChoices == 3)
    }
}
