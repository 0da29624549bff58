import Storage

/// Why a file of preferences, prompts or demonstrations cannot be read.
public struct PreferenceError: Fault, Equatable, Sendable {
    /// What kind of fault it is: a file that cannot be opened, or what it says (`badData`).
    public let kind: FaultKind
    /// The path of the file.
    public let file: String
    /// The row, counted from 1, where one is to blame.
    public let row: Int?
    /// The cause and the remedy.
    public let message: String

    /// Makes an error.
    public init(_ kind: FaultKind = .badData, file: String, row: Int? = nil, _ message: String) {
        (self.kind, self.file, self.row, self.message) = (kind, file, row, message)
    }

    /// One line: the file, the row, the cause and the remedy.
    public var description: String { "\(file): \(row.map { "row \($0): " } ?? "")\(message)" }
}
