/// Why a file of preferences, prompts or demonstrations cannot be read.
public struct PreferenceError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What kind of fault it is.
    public enum Kind: Sendable {
        /// There is no such file.
        case missingFile
        /// The system does not let us read it.
        case unreadable
        /// Its content is not what it must be.
        case content
    }

    /// What kind of fault it is.
    public let kind: Kind
    /// The path of the file.
    public let file: String
    /// The row, counted from 1, where one is to blame.
    public let row: Int?
    /// The cause and the remedy.
    public let message: String

    /// Makes an error.
    public init(_ kind: Kind = .content, file: String, row: Int? = nil, _ message: String) {
        (self.kind, self.file, self.row, self.message) = (kind, file, row, message)
    }

    /// One line: the file, the row, the cause and the remedy.
    public var description: String { "\(file): \(row.map { "row \($0): " } ?? "")\(message)" }
}
