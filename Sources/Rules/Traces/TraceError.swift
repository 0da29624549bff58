import Storage

/// What is wrong with a trace, and where.
public struct TraceError: Fault, Equatable {
    /// The file's name, as it was given.
    public let file: String
    /// The line, from 1.
    public let line: Int
    /// One sentence: cause and remedy.
    public let message: String

    init(_ file: String, _ line: Int, _ message: String) {
        (self.file, self.line, self.message) = (file, line, message)
    }

    /// The data's.
    public var kind: FaultKind { .badData }
    /// `FILE:LINE: sentence`.
    public var description: String { "\(file):\(line): \(message)" }
}
