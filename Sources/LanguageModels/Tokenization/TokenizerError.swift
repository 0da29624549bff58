/// Why a tokenizer cannot be read, used or written.
public struct TokenizerError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The file, or "tokenizer in memory".
    public let place: String
    /// What is wrong and what to do.
    public let message: String

    /// Makes an error.
    public init(_ place: String, _ message: String) { (self.place, self.message) = (place, message) }

    /// One line: the place, the cause and the remedy.
    public var description: String { "\(place): \(message)" }
}
