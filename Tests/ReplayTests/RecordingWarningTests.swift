import Foundation
import Replay
import TestSupport
import Testing

/// Warnings about what training survives and a researcher should know, each with its remedy carried out.
@Suite struct RecordingWarningTests {
    private func warnings(_ change: (inout Recording) -> Void) throws -> [String] {
        let scratch = try Scratch()
        var recording = Recording()
        change(&recording)
        try recording.write(to: scratch.path("a.hdf5"))
        return try TransitionDataset(contentsOf: scratch.path("a.hdf5")).warnings.map(\.description)
    }

    private func putTime(from start: Double, into recording: inout Recording) {
        for (name, shift) in [("observations", 0), ("next_observations", 1)] {
            var values = recording.floats(name).map(Double.init)
            for row in 0..<60 { values[row * 3 + 1] = start + Double(row + shift) }
            recording.columns[name] = StoredColumn([60, 3], doubles: values)
        }
    }

    @Test func secondsSince1970AreToldAndAConstantIsSubtracted() throws {
        #expect(
            try warnings { putTime(from: 1_700_000_001, into: &$0) }.first
                == "single precision (float32) loses differences between rows: column \"observations\", component 1, "
                + "where numbers are 128.0 apart and the standard deviation is 17.318102, and 1 more. "
                + "Subtract a constant before recording, such as 1700000001.0.")
        #expect(try warnings { putTime(from: 0, into: &$0) } == [])
    }

    @Test func manySecondsSince1970AreToldByTheirSteps() throws {
        // Over ten days the spread is large, but every step of a second is lost.
        let scratch = try Scratch()
        var columns = Recording()
        let rows = 100_000
        for name in ["rewards", "costs"] {
            columns.columns[name] = StoredColumn([rows], [Float](repeating: 0, count: rows))
        }
        columns.columns["actions"] = StoredColumn([rows, 1], [Float](repeating: 0, count: rows))
        columns.columns["observations"] = StoredColumn(
            [rows, 1], doubles: (0..<rows).map { 1.7e9 + Double($0) * 10 })
        columns.columns["next_observations"] = nil
        columns.columns["terminals"] = StoredColumn(flags: .init(repeating: 0, count: rows))
        columns.columns["timeouts"] = StoredColumn(flags: (0..<rows).map { $0 % 1000 == 999 ? 1 : 0 })
        try columns.write(to: scratch.path("a.hdf5"))
        let data = try TransitionDataset(contentsOf: scratch.path("a.hdf5"))
        #expect(data.readingWarnings.count == 1)
        guard case .narrowed(let column, let others) = data.readingWarnings.first else {
            Issue.record("no such warning")
            return
        }
        #expect(
            column.column == "observations" && column.component == nil && column.spacing == 128 && others == 0
        )
    }

    @Test func doublesOfOrdinarySizeAreNothingToTell() throws {
        let found = try warnings { recording in
            for name in ["observations", "next_observations"] {
                let values = recording.floats(name).map { Double($0) + 1e-9 }
                recording.columns[name] = StoredColumn([60, 3], doubles: values)
            }
        }
        #expect(found == [])
    }

    @Test func everyStepThatCostsIsToldAndTheSignTurned() throws {
        let text =
            "every transition has a positive cost, so nothing can be learned about what is safe. "
            + "Check that 1 means violated."
        #expect(
            try warnings { $0.columns["costs"] = StoredColumn([60], [Float](repeating: 1, count: 60)) } == [
                text
            ])
        #expect(
            try warnings { recording in
                recording.columns["costs"] = StoredColumn([60], (0..<60).map { $0 % 20 == 6 ? 1 : 0 })
            } == [])
    }

    @Test func almostEveryStepThatCostsIsTold() throws {
        #expect(
            try warnings { $0.columns["costs"] = StoredColumn([60], (0..<60).map { $0 == 5 ? 0 : 1 }) } == [
                "almost all transitions have a positive cost: 98.3 %. Check that 1 means violated."
            ])
        #expect(
            try warnings { $0.columns["costs"] = StoredColumn([60], (0..<60).map { $0 % 20 == 5 ? 0 : 1 }) }
                == [
                    "every episode has a positive cost, so none shows how to stay safe."
                ])
    }

    @Test func channelsAreToldOneByOne() throws {
        let found = try warnings { recording in
            recording.columns["costs"] = StoredColumn([60], [Float](repeating: 1, count: 60))
            recording.columns["cost_speed"] = recording.columns["costs"]
            recording.columns["cost_fall"] = StoredColumn([60], [Float](repeating: 0, count: 60))
        }
        #expect(
            found == [
                "no transition has a positive cost in channel \"fall\", so nothing can be learned about it.",
                "every transition has a positive cost in channel \"speed\", so nothing can be learned about what is safe. "
                    + "Check that 1 means violated.",
            ])
    }

    /// Without stored next states, an end on the first row of the next episode makes a transition out of a reset.
    @Test func endsARowLateAreToldAndMovedBack() throws {
        let far = (0..<60).flatMap { row -> [Float] in
            [Float(row / 10) * 50 + Float(row % 10), 0, Float(row % 3)]
        }
        func late(_ offset: Int, _ recording: inout Recording) {
            recording.columns["observations"] = StoredColumn([60, 3], far)
            recording.columns["next_observations"] = nil
            recording.columns["terminals"] = StoredColumn(flags: .init(repeating: 0, count: 60))
            recording.columns["timeouts"] = StoredColumn(
                flags: (0..<60).map { $0 >= 9 && $0 % 10 == offset ? 1 : 0 })
        }
        let told = try warnings { late(0, &$0) }
        #expect(
            told.contains(
                "ends that seem to be set a row late: in 5 of 5 episodes the state jumps before the row that ends it, "
                    + "first row 10, and not after. Set the end on the last step, or store next_observations."
            ))
        #expect(try !warnings { late(9, &$0) }.contains { $0.contains("a row late") })
        // With the states that the steps returned there is nothing to guess.
        let stored = try warnings { recording in
            late(0, &recording)
            recording.columns["next_observations"] = recording.columns["observations"]
        }
        #expect(!stored.contains { $0.contains("a row late") })
    }

    @Test func aLastEpisodeWithoutAnEndIsToldAndMarked() throws {
        let scratch = try Scratch()
        var recording = Recording()
        recording.set("timeouts", 59, flag: 0)
        try recording.write(to: scratch.path("a.hdf5"))
        let data = try TransitionDataset(contentsOf: scratch.path("a.hdf5"))
        #expect(
            data.warnings.map(\.description) == [
                "after the last episode end: 10 rows, from row 50; batches draw from them, episode statistics leave "
                    + "them out. `saferl data convert --end-last` marks the last row as cut."
            ])
        var conversion = DatasetConversion()
        conversion.endsLastEpisode = true
        let result = try conversion.read(scratch.path("a.hdf5"))
        #expect(result.changes == ["the last row, which ended no episode, is marked as cut"])
        #expect(result.dataset.warnings == [] && result.dataset.episodes.count == 6)
    }
}
