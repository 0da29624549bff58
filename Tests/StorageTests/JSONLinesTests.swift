import Storage
import Testing

/// One document a row, read from pieces.
@Suite struct JSONLinesTests {
    private struct Fault: Error {}

    /// All rows of a text that comes in pieces of `size` bytes.
    private func rows(_ text: String, size: Int, limits: JSONLimits = JSONLimits()) throws -> [(
        Int, JSONValue
    )] {
        var rest = Array(text.utf8)[...]
        var lines = JSONLines<Never>(limits: limits) {
            defer { rest = rest.dropFirst(size) }
            return Array(rest.prefix(size))
        }
        var rows: [(Int, JSONValue)] = []
        while let value = try lines.next() { rows.append((lines.row, value)) }
        return rows
    }

    private func fault(_ text: String, limits: JSONLimits = JSONLimits()) -> String {
        do {
            return "accepted \(try rows(text, size: 5, limits: limits).count) rows"
        } catch {
            return "\(error)"
        }
    }

    @Test(arguments: [1, 2, 3, 7, 1000]) func rowsDoNotDependOnThePieces(_ size: Int) throws {
        let rows = try rows("{\"a\": 1}\r\n\n \t\n[2, \"\u{E9}\"]\n3", size: size)
        #expect(rows.map(\.0) == [1, 4, 5])
        #expect(rows[0].1["a"]?.number?.int == 1)
        #expect(rows[1].1.elements?[1].string == "\u{E9}")
        #expect(rows[2].1.number?.int == 3)
    }

    @Test func noBytesAreNoRows() throws {
        #expect(try rows("", size: 1).isEmpty)
        #expect(try rows("\n\n", size: 1).isEmpty)
    }

    @Test func aFaultNamesRowAndColumn() {
        #expect(
            fault("{}\n\n{\"a\": 1, \"a\": 2}\n")
                == "row 3, column 10: \"a\" stands here a second time, after 1:2. Remove one")
        #expect(fault("1\n{\"a\"") == "row 2, column 5: the file ends where \":\" should stand")
        #expect(fault("1 2") == "row 1, column 3: \"2\" where the end of the file should stand")
    }

    @Test func aRowThatIsTooLongIsRefusedBeforeItIsKept() {
        let limits = JSONLimits(bytes: 10)
        let long = "1\n\"" + String(repeating: "x", count: 40)
        #expect(
            fault(long, limits: limits) == "row 2: longer than 10 bytes, the most that is read of one row")
        #expect(fault(long + "\"\n", limits: limits).hasPrefix("row 2: longer than 10 bytes"))
    }

    @Test func whatTheSourceThrowsIsThrown() {
        var lines = JSONLines<Fault> { () throws(Fault) -> [UInt8] in throw Fault() }
        #expect(throws: Fault.self) { try lines.next() }
    }

    @Test func keysThatOnlyLookAlikeAreTwo() throws {
        let value = try JSONValue(parsing: Array("{\"\u{E9}\": 1, \"e\u{301}\": 2}".utf8))
        #expect(value.members?.count == 2)
    }
}
