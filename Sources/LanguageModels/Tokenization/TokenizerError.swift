import Storage

/// Why a tokenizer cannot be read, used or written.
public struct TokenizerError: Fault, Equatable, Sendable {
    /// The file, or "tokenizer in memory".
    public let place: String
    /// What is wrong and what to do.
    public let message: String

    /// Makes an error.
    public init(_ place: String, _ message: String) { (self.place, self.message) = (place, message) }

    /// What kind of fault it is.
    public var kind: FaultKind { .badData }

    /// One line: the place, the cause and the remedy.
    public var description: String { "\(place): \(message)" }
}
