import Foundation
import Storage

/// Tables of steps as text: comma-separated values, or JSON Lines.
///
/// One row a step, rows of an episode together and in order. In JSON Lines a row is an object of columns; a column that holds a list
/// stands for one column a number, `observation` for `observation_0` and so on.
public enum StepTable: Sendable {
    /// Comma-separated values with a head of names, as spreadsheets and databases write them.
    case commaSeparated
    /// A JSON object a line.
    case jsonLines

    /// The format that a file's name ends with; nil for another one.
    public init?(fileName: String) {
        switch fileName.split(separator: ".").last?.lowercased() {
        case "csv": self = .commaSeparated
        case "jsonl", "ndjson": self = .jsonLines
        default: return nil
        }
    }

    /// Reads all transitions.
    ///
    /// - Parameters:
    ///   - path: of the table.
    ///   - map: a file that says which column is what; nothing where they are named as saferl names them.
    /// - Returns: the transitions; where no column has the observations that steps led to, those of the rows behind, and at an
    ///   episode's end the last one again.
    /// - Throws: `StepTableError` with row and column; `StorageError`.
    public func read(_ path: String, columns map: String? = nil) throws -> TransitionColumns {
        guard let file = FileHandle(forReadingAtPath: path), fileKind(path, following: true) == .file else {
            throw StepTableError(.missingInput, at: path, "no such file, or none that can be read.")
        }
        defer { try? file.close() }
        let piece = { Array(try file.read(upToCount: 1 << 20) ?? Data()) }
        return switch self {
        case .commaSeparated: try readCommaSeparated(path, map, piece)
        case .jsonLines: try readJSONLines(path, map, piece)
        }
    }

    private func readCommaSeparated(
        _ path: String, _ map: String?, _ piece: @escaping () throws -> [UInt8]
    ) throws -> TransitionColumns {
        var rows = CommaSeparatedRows(path, pieces: piece)
        guard let names = try rows.next() else {
            throw StepTableError(at: path, "empty. A head of names is needed.")
        }
        for (index, name) in names.enumerated() where names[..<index].contains(name) {
            throw StepTableError(
                path, row: 1, "two columns are called \(quoted(name)). Give each a name of its own.")
        }
        var reader = try opened(path, map, names)
        let places = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
        while let cells = try rows.next() {
            guard cells.count == names.count else {
                throw StepTableError(
                    path, row: rows.line,
                    "\(cells.count) cells under a head of \(names.count). Fill the row up, or cut it.")
            }
            try reader.take(rows.line) { name in
                let text = cells[places[name] ?? 0]
                return text.isEmpty ? nil : .text(text)
            }
        }
        return try reader.finish()
    }

    private func readJSONLines(
        _ path: String, _ map: String?, _ piece: @escaping () throws -> [UInt8]
    ) throws -> TransitionColumns {
        var lines = JSONLines(pieces: piece)
        var reader: StepReader?
        func document() throws -> JSONValue? {
            do { return try lines.next() } catch let error as JSONLineError {
                throw StepTableError(path, row: error.row, error.message)
            }
        }
        while let value = try document() {
            let cells = try Self.cells(of: value, path, lines.row)
            if reader == nil { reader = try opened(path, map, cells.map(\.0)) }
            let byName = Dictionary(cells) { first, _ in first }
            try reader?.take(lines.row) { name in
                guard let cell = byName[name] else {
                    throw StepTableError(
                        path, row: lines.row, column: name,
                        "missing. Every row needs the columns of the first.")
                }
                return cell
            }
        }
        guard var reader else { throw StepTableError(at: path, "empty. Record steps first.") }
        return try reader.finish()
    }

    private func opened(_ path: String, _ map: String?, _ names: [String]) throws -> StepReader {
        let columns =
            try map.map { try StepColumns(contentsOf: $0, for: names) } ?? StepColumns(standardIn: names)
        try columns.check(names, of: path)
        return StepReader(columns, of: path)
    }

    private static func cells(of value: JSONValue, _ path: String, _ row: Int) throws -> [(
        String, StepReader.Cell?
    )] {
        guard let members = value.members else {
            throw StepTableError(path, row: row, "\(value.kind), where an object of columns is needed.")
        }
        func cell(_ name: String, _ value: JSONValue) throws -> StepReader.Cell? {
            switch value.content {
            case .number(let number): return .number(number.double)
            case .boolean(let flag): return .flag(flag)
            case .text(let text): return .text(text)
            case .null: return nil
            case .list, .object:
                throw StepTableError(
                    path, row: row, column: name, "\(value.kind), where one value is needed.")
            }
        }
        return try members.flatMap { member -> [(String, StepReader.Cell?)] in
            guard let list = member.value.elements else {
                return [(member.key, try cell(member.key, member.value))]
            }
            return try list.enumerated().map { ("\(member.key)_\($0)", try cell(member.key, $1)) }
        }
    }
}
