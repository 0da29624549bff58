/// Why a row of JSON Lines cannot be read.
public struct JSONLineError: Fault, Equatable {
    /// The row, counted from 1; blank rows count.
    public let row: Int
    /// The column, counted from 1, where one is known.
    public let column: Int?
    /// What is wrong and what to do.
    public let message: String

    /// Makes an error.
    public init(row: Int, column: Int? = nil, _ message: String) {
        (self.row, self.column, self.message) = (row, column, message)
    }

    /// What kind of fault it is.
    public var kind: FaultKind { .badData }

    /// `row 3, column 14: message`; put the file's path and a colon in front.
    public var description: String {
        "row \(row)\(column.map { ", column \($0)" } ?? ""): \(message)"
    }
}

/// Reads JSON Lines, one strict document a row, from pieces of bytes as they come.
///
/// Memory holds one row and one piece. Rows end with a line feed, the last one also with the end of the bytes; a
/// carriage return before it is a blank. Rows of blanks only are skipped, and counted.
public struct JSONLines<Failure: Error> {
    private let limits: JSONLimits
    private let piece: () throws(Failure) -> [UInt8]
    private var pending: [UInt8] = []
    private var start = 0
    private var isAtEnd = false
    /// The row that was read last, counted from 1; 0 before the first.
    public private(set) var row = 0

    /// Opens rows.
    ///
    /// - Parameters:
    ///   - limits: of one row.
    ///   - piece: gives the next bytes, as many as it likes; none at the end.
    public init(limits: JSONLimits = JSONLimits(), pieces piece: @escaping () throws(Failure) -> [UInt8]) {
        (self.limits, self.piece) = (limits, piece)
    }

    /// The next document, nil after the last.
    ///
    /// - Throws: what `piece` throws, and `JSONLineError` with the row.
    public mutating func next() throws -> JSONValue? {
        while let line = try nextLine() {
            if line.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) { continue }
            do {
                return try JSONValue(parsing: line, limits: limits)
            } catch {
                throw JSONLineError(row: row, column: error.position.column, error.message)
            }
        }
        return nil
    }

    private mutating func nextLine() throws -> [UInt8]? {
        var searched = start
        while true {
            if let end = pending[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                row += 1
                let line = Array(pending[start..<end])
                start = end + 1
                return line
            }
            guard pending.count - start <= limits.bytes else {
                throw JSONLineError(
                    row: row + 1, "longer than \(limits.bytes) bytes, the most that is read of one row")
            }
            if isAtEnd { return lastLine() }
            pending.removeFirst(start)
            (searched, start) = (pending.count, 0)
            let bytes = try piece()
            if bytes.isEmpty { isAtEnd = true } else { pending += bytes }
        }
    }

    private mutating func lastLine() -> [UInt8]? {
        guard start < pending.count else { return nil }
        row += 1
        let line = Array(pending[start...])
        (pending, start) = ([], 0)
        return line
    }
}

extension JSONLines where Failure == Never {
    /// Opens rows that are in memory.
    public init(_ bytes: [UInt8], limits: JSONLimits = JSONLimits()) {
        var rest = bytes
        self.init(limits: limits) {
            defer { rest = [] }
            return rest
        }
    }
}
