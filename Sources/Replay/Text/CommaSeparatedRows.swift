import Storage

/// Rows of comma-separated values (RFC 4180), from pieces of bytes as they come; memory holds one row and one piece.
struct CommaSeparatedRows {
    private let file: String
    private let piece: () throws -> [UInt8]
    private var bytes: [UInt8] = []
    private var place = 0
    private var isAtEnd = false
    /// The number of the line at which the row that was read last begins, counted from 1.
    private(set) var line = 0
    private var nextLine = 1
    /// Most bytes of a row.
    private static let most = 1 << 22

    init(_ file: String, pieces piece: @escaping () throws -> [UInt8]) {
        (self.file, self.piece) = (file, piece)
    }

    /// The cells of the next row that is not blank; nil after the last.
    ///
    /// - Throws: `StepTableError`, and what `piece` throws.
    mutating func next() throws -> [String]? {
        while let cells = try row() {
            if cells != [""] { return cells }
        }
        return nil
    }

    private mutating func byte() throws -> UInt8? {
        if place == bytes.count {
            if isAtEnd { return nil }
            (bytes, place) = (try piece(), 0)
            isAtEnd = bytes.isEmpty
            if isAtEnd { return nil }
        }
        defer { place += 1 }
        return bytes[place]
    }

    private mutating func row() throws -> [String]? {
        line = nextLine
        var (cells, cell): ([String], [UInt8]) = ([], [])
        var (isQuoted, wasQuoted, length) = (false, false, 0)
        while let byte = try byte() {
            length += 1
            guard length <= Self.most else {
                throw StepTableError(
                    file, row: line, "a row of more than \(Self.most) bytes. Close its quotation mark.")
            }
            if byte == UInt8(ascii: "\n") { nextLine += 1 }
            if isQuoted {
                if byte == UInt8(ascii: "\"") {
                    (isQuoted, wasQuoted) = (false, true)
                } else {
                    cell.append(byte)
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""):
                // Two in a row inside of marks stand for one.
                if wasQuoted { cell.append(byte) }
                (isQuoted, wasQuoted) = (true, false)
            case UInt8(ascii: ","):
                cells.append(try text(cell))
                (cell, wasQuoted) = ([], false)
            case UInt8(ascii: "\r"): continue
            case UInt8(ascii: "\n"): return cells + [try text(cell)]
            default: cell.append(byte)
            }
        }
        if isQuoted {
            throw StepTableError(
                file, row: line,
                "a quotation mark that nothing closes. Close it, or double it inside of a cell.")
        }
        return cells.isEmpty && cell.isEmpty && length == 0 ? nil : cells + [try text(cell)]
    }

    private func text(_ bytes: [UInt8]) throws -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw StepTableError(file, row: line, "bytes that are no UTF-8. Save the table as UTF-8.")
        }
        return text.trimmed
    }
}

extension String {
    /// Without blanks and a byte-order mark around it.
    fileprivate var trimmed: String {
        let blanks: Set<Character> = [" ", "\t", "\u{FEFF}"]
        return String(drop { blanks.contains($0) }.reversed().drop { blanks.contains($0) }.reversed())
    }
}
