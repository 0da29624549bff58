/// Why a kit could not be installed: one line with cause and remedy.
public struct KitError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What the user has to look for.
    public enum Kind: Sendable {
        /// A program that is needed is not there.
        case missing
        /// A program is there in a version that will not do.
        case unsuitable
        /// The folder cannot be written.
        case unwritable
        /// The installation itself failed.
        case failed
    }

    /// What the user has to look for.
    public let kind: Kind
    /// What is wrong and what to do.
    public let message: String

    /// Makes an error.
    public init(_ kind: Kind, _ message: String) { (self.kind, self.message) = (kind, message) }

    /// One line.
    public var description: String { oneLine(message) }
}
