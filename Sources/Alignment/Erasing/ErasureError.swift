import Storage

/// Why an eraser cannot be had, or a certificate not be made.
public struct ErasureError: Fault, Equatable {
    /// What is wrong and what to do.
    public let message: String
    /// The call.
    public var kind: FaultKind { .usage }
    /// One line.
    public var description: String { oneLine(message) }

    /// Makes an error.
    public init(_ message: String) { self.message = message }
}
