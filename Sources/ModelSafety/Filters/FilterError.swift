import Storage

/// Why a filter or a list of prompts cannot be used; it never says what a prompt says.
public struct FilterError: Fault, Equatable {
    /// What is wrong and what to do, beginning with the file.
    public let message: String
    /// What a file says.
    public var kind: FaultKind { .badData }
    /// One line.
    public var description: String { oneLine(message) }

    /// Makes an error.
    public init(_ message: String) { self.message = message }
}
