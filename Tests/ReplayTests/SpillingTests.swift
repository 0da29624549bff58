import Foundation
import Replay
import Storage
import TestSupport
import Testing

/// Tables that are read onto disk and written piece by piece.
@Suite struct SpillingTests {
    /// Many enough that every format is written in several pieces; the first episode alone has several.
    private static let count = 20_000

    /// A table in pieces of 1,000 rows.
    private struct Table {
        /// Values of an observation.
        var width = 16
        /// The row whose action is beyond 1.
        var largest = -1
        /// The row with a word for a reward.
        var broken = -1

        func pieces() -> () throws -> [UInt8] {
            let names =
                (["episode"] + (0..<width).map { "observation_\($0)" }
                    + ["action_0", "reward", "cost_a", "cost_b", "terminal", "constraint_value"])
            let states = (0..<13).map { kind in
                (0..<width).map { "\(Float(kind) * 0.37 + Float($0))" }.joined(separator: ",")
            }
            var place = -1
            return {
                defer { place += 1 }
                if place < 0 { return Array((names.joined(separator: ",") + "\n").utf8) }
                let rows = place * 1000..<min((place + 1) * 1000, count)
                return Array(rows.map { row($0, states[$0 % 13]) }.joined().utf8)
            }
        }

        private func row(_ row: Int, _ state: String) -> String {
            let isEnd = row == 18_000 || row > 18_000 && row % 7 == 0
            let episode = row <= 18_000 ? 0 : (row + 6) / 7
            let reward = row == broken ? "x" : "\(row % 5)"
            return
                "\(episode),\(state),\(Float(row % 21) / 10 - 1 + (row == largest ? 2 : 0)),\(reward),"
                + "\(row % 2),\(row % 3 == 0 ? 1 : 0),\(isEnd ? 1 : 0),\(Float(row) / 8)\n"
        }
    }

    private static func spilled(
        _ target: String, _ rule: ActionRule = .refuse, from table: Table
    ) throws -> TransitionDataset {
        try StepTable.commaSeparated.dataset(
            "t.csv", actions: rule, spilledBeside: target, pieces: table.pieces())
    }

    private static func held(
        _ rule: ActionRule, from table: Table
    ) throws -> TransitionDataset {
        try TransitionDataset(columns(rule, from: table), from: "t.csv", actions: rule)
    }

    private static func columns(
        _ rule: ActionRule, from table: Table
    ) throws -> TransitionColumns {
        let scratch = try Scratch()
        var bytes = Data()
        let next = table.pieces()
        while case let piece = try next(), !piece.isEmpty { bytes.append(contentsOf: piece) }
        try bytes.write(to: URL(filePath: scratch.path("t.csv")))
        return try StepTable.commaSeparated.read(scratch.path("t.csv"), actions: rule)
    }

    /// The table's rows in memory, read once for all tests.
    private static let heldRows = Result { try columns(.refuse, from: Table()) }

    private static func plain() throws -> TransitionDataset {
        try TransitionDataset(heldRows.get(), from: "t.csv")
    }

    private static func writers(_ data: TransitionDataset) -> [(name: String, write: (String) throws -> Void)]
    {
        [
            ("dsrl", { try data.write(to: $0) }), ("d4rl", { try data.writeD4RL(to: $0) }),
            ("minari", { try data.writeMinariFile(to: $0) }), ("npz", { try ArrayFile.write(data, to: $0) }),
            ("csv", { try StepTable.commaSeparated.write(data, to: $0) }),
            ("jsonl", { try StepTable.jsonLines.write(data, to: $0) }),
        ]
    }

    @Test func whatIsReadOntoDiskIsWrittenWithTheSameBytes() throws {
        let scratch = try Scratch()
        let spilled = try Self.spilled(scratch.path("any"), from: Table())
        let held = try Self.plain()
        func contents(_ name: String) throws -> Data {
            try Data(contentsOf: URL(filePath: scratch.path(name)))
        }
        #expect(spilled.count == Self.count && spilled.identity == held.identity)
        #expect(spilled.episodes == held.episodes && held.episodes.count == 287)
        #expect(spilled.warnings == held.warnings && !held.warnings.isEmpty)
        for (a, b) in zip(Self.writers(spilled), Self.writers(held)) {
            try a.write(scratch.path("a"))
            try b.write(scratch.path("b"))
            #expect(try contents("a") == contents("b"), "\(a.name)")
        }
        #expect(scratch.names.sorted() == ["a", "b"])
    }

    /// Columns of 5 MB each, of which no more than a piece is asked for at once.
    @Test(.enabled(if: MallocCounter.works)) func noColumnIsHeldWhole() throws {
        let scratch = try Scratch()
        var data: TransitionDataset?
        _ = try MallocCounter.count { data = try Self.spilled(scratch.path("any"), from: Table(width: 64)) }
        #expect(MallocCounter.largest <= 5 << 19)
        let spilled = try #require(data)
        #expect(spilled.byteCount > 10_000_000)
        try ArrayFile.write(spilled, to: scratch.path("source"))
        _ = try MallocCounter.count {
            data = try ArrayFile.dataset(scratch.path("source"), spilledBeside: scratch.path("any"))
        }
        #expect(MallocCounter.largest <= 5 << 19)
        for (name, write) in Self.writers(spilled) {
            _ = try MallocCounter.count { try write(scratch.path(name)) }
            #expect(MallocCounter.largest <= 4 << 20 + 1 << 16, "\(name)")
        }
    }

    /// Every kind of HDF5 and NPZ, each read onto disk and into memory.
    @Test(arguments: ["dsrl", "d4rl", "minari", "npz"])
    func whatArraysHoldIsTheSameOnDisk(_ kind: String) throws {
        let scratch = try Scratch()
        let source = try Self.plain()
        let file = scratch.path("source")
        try #require(Self.writers(source).first { $0.name == kind }).write(file)
        let target = scratch.path("any")
        let spilled =
            try kind == "npz"
            ? ArrayFile.dataset(file, spilledBeside: target)
            : DatasetConversion().read(file, spilledBeside: target).dataset
        #expect(spilled.byteCount > 2_000_000 && haveEqualColumns(spilled, source))
        #expect(spilled.episodes == source.episodes)
        #expect(scratch.names == ["source"])
        guard kind != "npz" else { return }
        let held = try DatasetConversion().read(file).dataset
        #expect(spilled.identity == held.identity && spilled.warnings == held.warnings)
        try spilled.write(to: scratch.path("a"))
        try held.write(to: scratch.path("b"))
        #expect(
            try Data(contentsOf: URL(filePath: scratch.path("a")))
                == Data(contentsOf: URL(filePath: scratch.path("b"))))
    }

    /// Changes while reading are made in the file without a name, and stay where pages have left memory.
    @Test func whatReadingChangesStaysOnDisk() throws {
        let scratch = try Scratch()
        let (file, target) = (scratch.path("source"), scratch.path("any"))
        try Self.plain().write(to: file)
        var conversion = DatasetConversion()
        (conversion.timeLimit, conversion.endsLastEpisode) = (100, true)
        let (spilled, held) = (
            try conversion.read(file, spilledBeside: target), try conversion.read(file)
        )
        #expect(spilled.changes == held.changes && held.changes.count == 1)
        #expect(held.dataset.episodes.count > 450)
        #expect(haveEqualColumns(spilled.dataset, held.dataset))
    }

    @Test func aDiskWithoutRoomIsSaid() throws {
        let scratch = try Scratch()
        let file = scratch.path("source")
        try Self.plain().write(to: file)
        #expect {
            try DatasetConversion().read(file, spilledBeside: "/nowhere/at/all")
        } throws: {
            "\($0)".contains("/nowhere/at/all") && "\($0)".contains("No such file or directory")
        }
        #expect(scratch.names == ["source"])
    }

    @Test func actionsAreClippedOnTheirWay() throws {
        let scratch = try Scratch()
        let spilled = try Self.spilled(scratch.path("any"), .clip, from: Table(largest: 19_999))
        let held = try Self.held(.clip, from: Table(largest: 19_999))
        #expect(held.clippedActions?.values == 1 && spilled.clippedActions == held.clippedActions)
        #expect(haveEqualColumns(spilled, held) && spilled.warnings == held.warnings)
        #expect(spilled.actions.max() == 1)
        // Within the tolerance nothing is changed.
        #expect(try Self.spilled(scratch.path("any"), .clip, from: Table()).clippedActions == nil)
    }

    @Test func aFaultFarBehindIsNamedAndLeavesNothing() throws {
        let scratch = try Scratch()
        #expect {
            try Self.spilled(scratch.path("any"), from: Table(broken: 19_500))
        } throws: {
            "\($0)" == #"t.csv:19502, column "reward": "x" is no finite number."#
        }
        #expect(scratch.names.isEmpty)
        #expect(throws: StorageError.self) { try Self.spilled("/nowhere/at/all", from: Table()) }
    }

    @Test func repetitionsAreCountedRangeByRange() throws {
        let held = try Self.plain()
        let found = held.duplicateRows(fingerprints: 1 << 22)
        #expect(found > 10_000)
        for most in [19_999, 3000, 100] { #expect(held.duplicateRows(fingerprints: most) == found) }
    }
}
