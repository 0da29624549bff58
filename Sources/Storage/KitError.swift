/// Why a kit could not be installed: one line with cause and remedy.
public struct KitError: Fault, Equatable, Sendable {
    /// What the user has to look for: a program that is missing, one in a version that will not do (`configuration`), a folder
    /// that cannot be written, or an installation that failed (`inputOutput`).
    public let kind: FaultKind
    /// What is wrong and what to do.
    public let message: String

    /// Makes an error.
    public init(_ kind: FaultKind, _ message: String) { (self.kind, self.message) = (kind, message) }

    /// One line.
    public var description: String { oneLine(message) }
}
