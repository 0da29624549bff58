import Foundation
import Replay
import TestSupport
import Testing

/// Ways of storing a recording that are read beside the usual one, with equal values.
@Suite struct OtherStorageTests {
    private func read(_ change: (inout Recording) -> Void = { _ in }) throws -> TransitionDataset {
        let scratch = try Scratch()
        var recording = Recording()
        change(&recording)
        try recording.write(to: scratch.path("a.hdf5"))
        return try TransitionDataset(contentsOf: scratch.path("a.hdf5"))
    }

    private func expectEqual(_ change: (inout Recording) -> Void) throws {
        #expect(try haveEqualColumns(read(change), read()))
    }

    @Test func theRecordingIsWithoutWarnings() throws {
        #expect(try read().warnings == [])
    }

    @Test func columnsPackedWithLZFAreRead() throws {
        try expectEqual { recording in
            for (name, column) in recording.columns { recording.columns[name] = column.packedAsLZF() }
        }
    }

    @Test(arguments: [0, 1, 7, 20]) func damagedLZFIsRefused(place: Int) throws {
        let error = #expect(throws: DatasetError.self) {
            try read { recording in
                recording.columns["actions"] = recording.columns["actions"]?.packedAsLZF()
                recording.columns["actions"]?.packed[place] = 0xff
                recording.columns["actions"]?.packed.removeSubrange((place + 1)...)
            }
        }
        #expect(error?.description.contains("column \"actions\" cannot be read") == true)
    }

    @Test(arguments: [StoredElement.boolean, .bits, .int8, .uint8])
    func booleanCostsAndFlagsAreZeroAndOne(element: StoredElement) throws {
        try expectEqual { recording in
            for name in ["terminals", "timeouts"] { recording.columns[name]?.element = element }
            recording.columns["costs"] = StoredColumn(
                [60], element, recording.floats("costs").map { UInt8($0) })
        }
    }

    @Test func floatsOf128BitsAreRead() throws {
        try expectEqual { recording in
            #if arch(x86_64)
                for name in ["rewards", "costs"] {
                    let values = recording.floats(name).map { Float80($0) }
                    recording.columns[name] = StoredColumn([60], .float128, values: values)
                }
            #endif
        }
    }

    #if arch(x86_64)
        @Test func aFloatOf128BitsBeyondDoublePrecisionIsNamed() throws {
            let error = #expect(throws: DatasetError.self) {
                try read { recording in
                    var values = recording.floats("rewards").map { Float80($0) }
                    values[5] = 1e400
                    recording.columns["rewards"] = StoredColumn([60], .float128, values: values)
                }
            }
            #expect(error?.description.contains("row 5: 1e+400 is beyond single precision") == true)
        }
    #endif

    @Test(arguments: [StoredElement.int32, .int64]) func wideIntegersAreRoundedOnce(element: StoredElement)
        throws
    {
        let exact: [Int64] = (0..<60).map {
            $0 == 7 ? 16_777_217 : $0 == 9 && element == .int64 ? 9_007_199_791_611_905 : 1
        }
        let data = try read { recording in
            recording.columns["rewards"] =
                element == .int64
                ? StoredColumn([60], element, values: exact)
                : StoredColumn([60], element, values: exact.map { Int32($0) })
        }
        #expect(data.rewards.elementsEqual(exact.map { Float($0) }))
    }

    @Test func oneValueARowMayStandWithoutASecondAxis() throws {
        try expectEqual { $0.columns["actions"]?.shape = [60] }
        let data = try read { recording in
            for name in ["observations", "next_observations", "actions"] {
                recording.columns[name] = StoredColumn([60], (0..<60).map { Float($0 % 5) / 8 })
            }
        }
        #expect(data.observationSize == 1 && data.actionSize == 1 && data.count == 60)
    }

    @Test func bytesThatPackWellAreRead() throws {
        let rows = 100_000
        let data = try read { recording in
            let zeros = [UInt8](repeating: 0, count: rows)
            for name in ["actions", "rewards", "costs", "terminals"] {
                recording.columns[name] = StoredColumn(name == "actions" ? [rows, 1] : [rows], .uint8, zeros)
            }
            recording.columns["timeouts"] = StoredColumn(
                [rows], .uint8, zeros.indices.map { $0 % 100 == 99 ? 1 : 0 })
            for name in ["observations", "next_observations"] {
                recording.columns[name] = StoredColumn(
                    [rows, 32], .uint8, .init(repeating: 0, count: rows * 32))
            }
            for name in recording.columns.keys {
                recording.columns[name]?.blockRows = rows
                recording.columns[name]?.filter = 1
            }
        }
        #expect(data.count == rows)
    }

    @Test func withoutTimeoutsTerminalsTellTheEnds() throws {
        let data = try read { $0.columns["timeouts"] = nil }
        #expect(data.lacksTimeouts && data.timeouts.allSatisfy { $0 == 0 })
        #expect(data.episodes.map(\.ending) == [.terminated, .terminated, .terminated])
        #expect(
            data.readingWarnings.map(\.description) == [
                "no column of time-outs: read as if no step limit cut an episode. Where one did, store \"timeouts\"."
            ])
    }

    @Test func whatWasReadBeforeKeepsItsDigest() throws {
        let scratch = try Scratch()
        try RawFile(sampleColumns()).write(to: scratch.path("a.hdf5"))
        let data = try TransitionDataset(contentsOf: scratch.path("a.hdf5"))
        #expect(try haveEqualColumns(data, TransitionDataset(sampleColumns())))
        #expect(data.readingWarnings == [] && data.clippedActions == nil)
    }
}
