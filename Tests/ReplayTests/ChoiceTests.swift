import Foundation
import Replay
import Tensors
import Testing

/// Actions that are choices, in memory and in files.
@Suite struct ChoiceTests {
    private func columns(_ actions: [Float], choices: Int? = 5) -> TransitionColumns {
        var columns = TransitionColumns(observationSize: 2, actionSize: 1, actionChoices: choices)
        for (row, action) in actions.enumerated() {
            columns.append(
                observation: [Float(row), 0], action: [action], nextObservation: [Float(row + 1), 0],
                reward: 1,
                cost: 0, terminated: false, truncated: row == actions.count - 1)
        }
        return columns
    }

    @Test func theNumberOfChoicesGoesThroughAFile() throws {
        let scratch = try Scratch()
        let data = try TransitionDataset(columns([4, 0, 2, 1, 3]))
        #expect(data.actionChoices == 5)
        try data.write(to: scratch.path("a.hdf5"))
        let read = try TransitionDataset(contentsOf: scratch.path("a.hdf5"))
        #expect(read.actionChoices == 5)
        #expect(Array(read.actions) == [4, 0, 2, 1, 3])
        let summary = DatasetSummary(read)
        #expect(summary.actionChoices == 5)
        #expect(summary.text().contains("2 a state, an action is one of 5 choices\n"))
        try read.write(to: scratch.path("b.hdf5"))
        let bytes = try ["a.hdf5", "b.hdf5"].map {
            try Data(contentsOf: URL(fileURLWithPath: scratch.path($0)))
        }
        #expect(bytes[0] == bytes[1])
    }

    @Test func dataWithoutTheMarkHaveRealNumbers() throws {
        let scratch = try Scratch()
        let data = try TransitionDataset(columns([1, 0, 1], choices: nil))
        #expect(data.actionChoices == nil)
        try data.write(to: scratch.path("a.hdf5"))
        let read = try TransitionDataset(contentsOf: scratch.path("a.hdf5"))
        #expect(read.actionChoices == nil)
        #expect(DatasetSummary(read).text().contains("2 a state, 1 an action\n"))
        let identities = try [nil, 2, 5].map {
            try TransitionDataset(columns([1, 0, 1], choices: $0)).identity
        }
        #expect(Set(identities).count == 3)
    }

    @Test func aBatchHoldsTheNumbersWhateverActionsAreClippedTo() throws {
        let data = try TransitionDataset(columns([4, 0, 2, 1, 3]))
        data.transforms = Transforms()
        let batch = TransitionBatch(rows: 5, observationSize: 2, actionSize: 1)
        data.fill(batch, rows: 0..<5)
        #expect(Array(batch.actions.buffer) == [4, 0, 2, 1, 3])
    }

    @Test func aSubsampleKeepsThem() throws {
        let data = try TransitionDataset(columns([4, 0, 2, 1, 3]))
        var stream = RandomStream(seed: 1, for: .testing)
        #expect(try data.subsampled(ratio: 1, using: &stream).actionChoices == 5)
    }

    @Test(arguments: [5, -1, 0.5] as [Float])
    func whatIsNoneOfThemIsRefused(_ action: Float) {
        let fault = #expect(throws: DatasetError.self) { try TransitionDataset(columns([4, action, 2])) }
        #expect(
            fault?.description
                == "data set in memory: column \"actions\", row 1: \(action) is none of the 5 choices 0 … 4 that the "
                + "attribute \"choices\" counts. Store numbers of choices, or leave the attribute away.")
    }

    @Test(arguments: [
        (0, "is no whole number from 1 to 65536"), (-3, "is no whole number from 1 to 65536"),
        (65_537, "is no whole number from 1 to 65536"), (Int.max, "is no whole number from 1 to 65536"),
    ])
    func aMarkThatCannotBeIsRefused(_ value: Int, _ reason: String) throws {
        let scratch = try Scratch()
        try write(columns([0, 0, 0]), to: scratch.path("a.hdf5"), choices: value)
        let fault = #expect(throws: DatasetError.self) {
            try TransitionDataset(contentsOf: scratch.path("a.hdf5"))
        }
        #expect(
            fault?.description
                == "\(scratch.path("a.hdf5")): column \"actions\": the attribute \"choices\" \(reason). "
                + "Store the number of choices, or leave it away.")
    }

    @Test func severalChoicesInARowAreRefused() throws {
        let scratch = try Scratch()
        try write(sampleColumns(), to: scratch.path("a.hdf5"), choices: 3)
        let fault = #expect(throws: DatasetError.self) {
            try TransitionDataset(contentsOf: scratch.path("a.hdf5"))
        }
        #expect(fault?.description.contains("counts one choice, but a row has several values") == true)
    }

    private func write(_ data: TransitionColumns, to path: String, choices: Int) throws {
        let file = try HDF5File(creating: path)
        func put(_ name: String, _ width: Int?, _ values: [Float]) throws {
            try values.withUnsafeBytes {
                try file.put(name, shape: [data.count] + (width.map { [$0] } ?? []), as: .float32, $0)
            }
        }
        try put("observations", data.observationSize, data.observations)
        try put("next_observations", data.observationSize, data.nextObservations)
        try put("actions", data.actionSize, data.actions)
        try file.mark("actions", "choices", as: choices)
        try put("rewards", nil, data.rewards)
        try put("costs", nil, data.costs)
        try put("terminals", nil, data.terminals.map { Float($0) })
        try put("timeouts", nil, data.timeouts.map { Float($0) })
        try file.commit()
    }
}
