import Storage

/// Why a table of steps cannot be read or written.
public struct StepTableError: Fault, Equatable {
    /// What kind of fault it is.
    public let kind: FaultKind
    /// The file, with row and column where there are such.
    public let place: String
    /// What is wrong and what to do.
    public let message: String

    init(_ kind: FaultKind = .badData, at place: String, _ message: String) {
        (self.kind, self.place, self.message) = (kind, place, message)
    }

    init(_ file: String, row: Int, column: String? = nil, _ message: String) {
        self.init(at: "\(file):\(row)" + (column.map { ", column \(quoted($0))" } ?? ""), message)
    }

    /// One line.
    public var description: String { "\(place): \(message)" }
}
