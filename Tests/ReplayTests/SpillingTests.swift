import Foundation
import Replay
import Storage
import TestSupport
import Testing

/// Tables that are read onto disk and written piece by piece.
@Suite struct SpillingTests {
    private static let width = 64
    /// Wide and many enough that every format is written in several pieces; the first episode alone has several.
    private static let count = 20_000

    private static let head =
        (["episode"] + (0..<width).map { "observation_\($0)" }
        + ["action_0", "reward", "cost_a", "cost_b", "terminal", "constraint_value"]).joined(separator: ",")

    private static func rows(_ range: Range<Int>, largest: Int) -> [UInt8] {
        let states = (0..<13).map { kind in
            (0..<width).map { "\(Float(kind) * 0.37 + Float($0))" }.joined(separator: ",")
        }
        return Array(
            range.map { row in
                let isEnd = row == 18_000 || row > 18_000 && row % 7 == 0
                let episode = row <= 18_000 ? 0 : (row + 6) / 7
                return
                    "\(episode),\(states[row % 13]),\(Float(row % 21) / 10 - 1 + (row == largest ? 2 : 0)),\(row % 5),"
                    + "\(row % 2),\(row % 3 == 0 ? 1 : 0),\(isEnd ? 1 : 0),\(Float(row) / 8)\n"
            }.joined().utf8)
    }

    /// A table in pieces of 1,000 rows; the action of row `largest` is beyond 1, and row `broken` has a word for a reward.
    private static func pieces(largest: Int = -1, broken: Int = -1) -> () throws -> [UInt8] {
        var place = -1
        return {
            defer { place += 1 }
            if place < 0 { return Array((head + "\n").utf8) }
            let first = place * 1000
            guard first < count else { return [] }
            if first..<first + 1000 ~= broken {
                return rows(first..<broken, largest: largest)
                    + Array(
                        (["0"] + Array(repeating: "0", count: width) + ["0", "x", "0", "0", "0", "0"])
                            .joined(separator: ",").utf8)
            }
            return rows(first..<first + 1000, largest: largest)
        }
    }

    private static func spilled(
        _ target: String, _ rule: ActionRule = .refuse, from pieces: @escaping () throws -> [UInt8]
    ) throws -> TransitionDataset {
        try StepTable.commaSeparated.dataset("t.csv", actions: rule, spilledBeside: target, pieces: pieces)
    }

    private static func held(
        _ rule: ActionRule = .refuse, from pieces: @escaping () throws -> [UInt8]
    ) throws -> TransitionDataset {
        let scratch = try Scratch()
        var table = Data()
        while case let piece = try pieces(), !piece.isEmpty { table.append(contentsOf: piece) }
        try table.write(to: URL(filePath: scratch.path("t.csv")))
        let columns = try StepTable.commaSeparated.read(scratch.path("t.csv"), actions: rule)
        return try TransitionDataset(columns, from: "t.csv", actions: rule)
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
        let spilled = try Self.spilled(scratch.path("any"), from: Self.pieces())
        let held = try Self.held(from: Self.pieces())
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
        _ = try MallocCounter.count { data = try Self.spilled(scratch.path("any"), from: Self.pieces()) }
        #expect(MallocCounter.largest <= 5 << 19)
        let spilled = try #require(data)
        #expect(spilled.byteCount > 10_000_000)
        for (name, write) in Self.writers(spilled) {
            _ = try MallocCounter.count { try write(scratch.path(name)) }
            #expect(MallocCounter.largest <= 4 << 20 + 1 << 16, "\(name)")
        }
    }

    @Test func actionsAreClippedOnTheirWay() throws {
        let scratch = try Scratch()
        let spilled = try Self.spilled(scratch.path("any"), .clip, from: Self.pieces(largest: 19_999))
        let held = try Self.held(.clip, from: Self.pieces(largest: 19_999))
        #expect(held.clippedActions?.values == 1 && spilled.clippedActions == held.clippedActions)
        #expect(haveEqualColumns(spilled, held) && spilled.warnings == held.warnings)
        #expect(spilled.actions.max() == 1)
        // Within the tolerance nothing is changed.
        #expect(try Self.spilled(scratch.path("any"), .clip, from: Self.pieces()).clippedActions == nil)
    }

    @Test func aFaultFarBehindIsNamedAndLeavesNothing() throws {
        let scratch = try Scratch()
        #expect {
            try Self.spilled(scratch.path("any"), from: Self.pieces(broken: 19_500))
        } throws: {
            "\($0)" == #"t.csv:19502, column "reward": "x" is no finite number."#
        }
        #expect(scratch.names.isEmpty)
        #expect(throws: StorageError.self) { try Self.spilled("/nowhere/at/all", from: Self.pieces()) }
    }

    @Test func repetitionsAreCountedRangeByRange() throws {
        let held = try Self.held(from: Self.pieces())
        let found = held.duplicateRows(fingerprints: 1 << 22)
        #expect(found > 10_000)
        for most in [19_999, 3000, 100] { #expect(held.duplicateRows(fingerprints: most) == found) }
    }
}
