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
    ///   - actions: what becomes of those beyond −1 … 1: kept to be clipped later, or refused with row and column.
    /// - Returns: the transitions; where no column has the observations that steps led to, those of the rows behind, and at an
    ///   episode's end the last one again.
    /// - Throws: `StepTableError` with row and column; `StorageError`.
    public func read(
        _ path: String, columns map: String? = nil, actions: ActionRule = .refuse
    ) throws -> TransitionColumns {
        try opened(path) { try read(path, columns: map, actions: actions, spill: nil, pieces: $0) }
    }

    /// Reads all transitions into a file without a name beside `target`, so that memory holds some megabytes of them at once.
    ///
    /// - Parameters:
    ///   - path: of the table.
    ///   - map: as above.
    ///   - actions: as above; those that are clipped are clipped.
    ///   - target: of what is to be written; there has to be room for the columns in its folder.
    /// - Returns: the transitions.
    /// - Throws: as above; `DatasetError`.
    public func dataset(
        _ path: String, columns map: String? = nil, actions: ActionRule = .refuse,
        spilledBeside target: String
    ) throws -> TransitionDataset {
        try opened(path) {
            try dataset(path, columns: map, actions: actions, spilledBeside: target, pieces: $0)
        }
    }

    /// Likewise, from the table's bytes as they come.
    ///
    /// - Parameters:
    ///   - path: of the table, for messages.
    ///   - map: as above.
    ///   - actions: as above.
    ///   - target: as above.
    ///   - piece: gives the next bytes, as many as it likes; none at the end.
    /// - Returns: the transitions.
    /// - Throws: as above, and what `piece` throws.
    package func dataset(
        _ path: String, columns map: String? = nil, actions: ActionRule = .refuse,
        spilledBeside target: String, pieces piece: @escaping () throws -> [UInt8]
    ) throws -> TransitionDataset {
        let spill = ColumnSpill(beside: target)
        try spill.take(try read(path, columns: map, actions: actions, spill: spill, pieces: piece))
        return try spill.dataset(from: path, actions: actions)
    }

    private func opened<Result>(
        _ path: String, _ body: (@escaping () throws -> [UInt8]) throws -> Result
    ) throws -> Result {
        guard let file = FileHandle(forReadingAtPath: path), fileKind(path, following: true) == .file else {
            throw StepTableError(.missingInput, at: path, "no such file, or none that can be read.")
        }
        defer { try? file.close() }
        return try body { Array(try file.read(upToCount: 1 << 20) ?? Data()) }
    }

    private func read(
        _ path: String, columns map: String?, actions: ActionRule, spill: ColumnSpill?,
        pieces piece: @escaping () throws -> [UInt8]
    ) throws -> TransitionColumns {
        let open = { try reader(path, map, $0, isClipped: actions == .clip, spill) }
        switch self {
        case .commaSeparated: return try readCommaSeparated(path, open, piece)
        case .jsonLines: return try readJSONLines(path, open, piece)
        }
    }

    private func readCommaSeparated(
        _ path: String, _ open: ([String]) throws -> StepReader, _ piece: @escaping () throws -> [UInt8]
    ) throws -> TransitionColumns {
        var rows = CommaSeparatedRows(path, pieces: piece)
        guard let names = try rows.next() else {
            throw StepTableError(at: path, "empty. A head of names is needed.")
        }
        for (index, name) in names.enumerated() where names[..<index].contains(name) {
            throw StepTableError(
                path, row: 1, "two columns are called \(quoted(name)). Give each a name of its own.")
        }
        var reader = try open(names)
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
        _ path: String, _ open: ([String]) throws -> StepReader, _ piece: @escaping () throws -> [UInt8]
    ) throws -> TransitionColumns {
        var lines = JSONLines(pieces: piece)
        var reader: StepReader?
        var sizes: [String: Int]?
        func document() throws -> JSONValue? {
            do { return try lines.next() } catch let error as JSONLineError {
                throw StepTableError(path, row: error.row, error.message)
            }
        }
        while let value = try document() {
            try checkLists(value, &sizes, path, lines.row)
            let cells = try Self.cells(of: value, path, lines.row)
            if reader == nil { reader = try open(cells.map(\.0)) }
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

    /// A list that is longer than that of the first row would lose its end; of one that is shorter a column is missing.
    private func checkLists(
        _ value: JSONValue, _ sizes: inout [String: Int]?, _ path: String, _ row: Int
    ) throws {
        let lists = (value.members ?? []).compactMap { member in
            member.value.elements.map { (member.key, $0.count) }
        }
        guard let known = sizes else {
            sizes = Dictionary(lists) { first, _ in first }
            return
        }
        guard let longer = lists.first(where: { $0.1 > known[$0.0] ?? Int.max }) else { return }
        throw StepTableError(
            path, row: row, column: longer.0,
            "\(longer.1) values, and \(known[longer.0] ?? 0) in the first row. Every row needs as many.")
    }

    private func reader(
        _ path: String, _ map: String?, _ names: [String], isClipped: Bool, _ spill: ColumnSpill?
    ) throws -> StepReader {
        let columns =
            try map.map { try StepColumns(contentsOf: $0, for: names) } ?? StepColumns(standardIn: names)
        try columns.check(names, of: path)
        return StepReader(columns, of: path, isClipped: isClipped, spill: spill)
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
