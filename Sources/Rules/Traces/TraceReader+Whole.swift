import Storage

// A whole trace, in either of its forms.
extension TraceReader {
    /// Every step of a trace: JSON Lines, or one object of `columns` and `rows`.
    ///
    /// - Parameters:
    ///   - bytes: the trace; a table has at most `largestLine`.
    ///   - rules: what the steps are for.
    ///   - name: what messages call the trace.
    /// - Returns: the steps, at least one.
    /// - Throws: `TraceError`, also for a trace without a step, which no rule could break.
    public static func steps(
        of bytes: [UInt8], _ rules: RuleFile, name: String
    ) throws(TraceError) -> [TraceStep] {
        var reader = TraceReader(rules, name: name)
        let found = isTable(bytes) ? try reader.table(bytes) : try reader.lines(bytes)
        guard !found.isEmpty else {
            throw TraceError(
                name, 1,
                "a trace without a step. Write a step a line, or one object of \"columns\" and \"rows\".")
        }
        return found
    }

    /// Whether an object's first key is one of a table, which no step has.
    private static func isTable(_ bytes: [UInt8]) -> Bool {
        let blanks: Set<UInt8> = [9, 10, 13, 32]
        let start = bytes.drop { blanks.contains($0) }
        guard start.first == UInt8(ascii: "{") else { return false }
        let key = start.dropFirst().drop { blanks.contains($0) }
        return ["columns", "rows"].contains { key.starts(with: "\"\($0)\"".utf8) }
    }

    private mutating func lines(_ bytes: [UInt8]) throws(TraceError) -> [TraceStep] {
        var found: [TraceStep] = []
        for (number, line) in bytes.split(separator: 10, omittingEmptySubsequences: false).enumerated() {
            if line.allSatisfy({ $0 == 32 || $0 == 13 || $0 == 9 }) { continue }
            found.append(try step(Array(line), line: number + 1))
        }
        return found
    }

    // MARK: - Tables

    private func table(_ bytes: [UInt8]) throws(TraceError) -> [TraceStep] {
        guard bytes.count <= Self.largestLine else {
            throw TraceError(
                file, 1,
                "a table of \(bytes.count) bytes, and at most \(Self.largestLine) are read of one. "
                    + "Write its steps as JSON Lines, one object a line, of which there may be more.")
        }
        let value: JSONValue
        do {
            value = try JSONValue(parsing: bytes, limits: JSONLimits(bytes: Self.largestLine, depth: 16))
        } catch {
            throw TraceError(
                file, error.position.line,
                "column \(error.position.column): \(error.message). Write a list of \"columns\" and one of \"rows\"."
            )
        }
        let members = value.members ?? []
        if let unknown = members.first(where: { !["columns", "rows"].contains($0.key) }) {
            throw TraceError(
                file, unknown.position?.line ?? 1,
                "\"\(oneLine(unknown.key))\": unknown member. "
                    + suggestion(for: unknown.key, among: ["columns", "rows"], called: "members"))
        }
        let columns = try signals(of: try list("columns", of: value, "one name for each number of a row"))
        let rows = try list("rows", of: value, "one list of numbers a step")
        var found: [TraceStep] = []
        for (number, row) in rows.enumerated() { found.append(try step(row, number, columns)) }
        return found
    }

    private func list(
        _ key: String, of table: JSONValue, _ wanted: String
    ) throws(TraceError) -> [JSONValue] {
        guard let value = table[key] else {
            throw TraceError(file, 1, "a table without \"\(key)\". Add them, \(wanted).")
        }
        guard let elements = value.elements else {
            throw TraceError(
                file, value.position?.line ?? 1, "\"\(key)\" is \(value.kind). Write a list.")
        }
        return elements
    }

    /// The names of columns, each with the signal that it is of, if rules read one.
    private func signals(of columns: [JSONValue]) throws(TraceError) -> [(name: String, signal: Int?)] {
        var found: [(name: String, signal: Int?)] = []
        var names: Set<String> = []
        for column in columns {
            let line = column.position?.line ?? 1
            guard let name = column.string else {
                throw TraceError(file, line, "a column is \(column.kind). Write the name of a signal.")
            }
            guard names.insert(name).inserted else {
                throw TraceError(file, line, "column \"\(oneLine(name))\" stands twice. Remove one.")
            }
            found.append((name, rules.signals.firstIndex { $0.name == name }))
        }
        if let missing = rules.signals.first(where: { !names.contains($0.name) }) {
            throw TraceError(
                file, 1, "no column \"\(missing.name)\", which rules read. Add it to \"columns\".")
        }
        return found
    }

    /// A row of numbers under the names of signals.
    private func step(
        _ row: JSONValue, _ number: Int, _ columns: [(name: String, signal: Int?)]
    ) throws(TraceError) -> TraceStep {
        let line = row.position?.line ?? 1
        guard let values = row.elements else {
            throw TraceError(file, line, "row \(number) is \(row.kind). Write a list of numbers.")
        }
        guard values.count == columns.count else {
            throw TraceError(
                file, line,
                "row \(number) has \(values.count) numbers for \(columns.count) columns. Give one for each.")
        }
        var step = TraceStep(for: rules)
        for (column, value) in zip(columns, values) {
            guard let signal = column.signal else { continue }
            guard let read = value.number?.double, read.isFinite else {
                throw TraceError(
                    file, line,
                    "row \(number), column \"\(column.name)\": \(value.kind). Give a finite number.")
            }
            step.signals[signal] = read
        }
        return step
    }
}
