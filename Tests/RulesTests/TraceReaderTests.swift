import Rules
import Testing

@Suite struct TraceReaderTests {
    private func steps(_ bytes: [UInt8]) throws -> [TraceStep] {
        let rules = try RuleFile("rules 1\nsignal x = action[0]\nrule a: x <= 1\n", name: "a.rules")
        return try TraceReader.steps(of: bytes, rules, name: "t")
    }

    private func message(_ bytes: [UInt8]) -> String? {
        do { _ = try steps(bytes) } catch { return "\(error)" }
        return nil
    }

    @Test func aTableIsReadInAnyLayout() throws {
        let table = Array("\n{ \"rows\": [[1, 0.5],\n [2, -3]],\n\"columns\" : [\"y\", \"x\"]}\n".utf8)
        #expect(try steps(table).map(\.signals) == [[0.5], [-3]])
    }

    @Test func aTableThatIsTooLargeIsRefusedAsATable() throws {
        let row = Array("[1],".utf8)
        let count = TraceReader.largestLine / row.count
        var table = Array("{\"columns\": [\"x\"], \"rows\": [".utf8)
        for _ in 0..<count { table += row }
        table += Array("[1]]}".utf8)
        #expect(
            message(table)
                == "t:1: a table of \(table.count) bytes, and at most \(TraceReader.largestLine) are read of one. "
                + "Write its steps as JSON Lines, one object a line, of which there may be more.")
    }

    @Test func linesMayBeManyButNoneTooLong() throws {
        let line = Array("{\"signals\": {\"x\": 0.25}, \"events\": []}\n".utf8)
        let count = TraceReader.largestLine / line.count + 1
        var lines: [UInt8] = []
        for _ in 0..<count { lines += line }
        #expect(try steps(lines).count == count)
        let long = Array("{\"signals\": {\"x\": 0.25".utf8)
        let padded = long + [UInt8](repeating: 32, count: TraceReader.largestLine)
        #expect(
            message(padded)
                == "t:1: column 1: larger than \(TraceReader.largestLine) bytes, the most that is read. "
                + "Write each step as one JSON object in one line.")
    }
}
