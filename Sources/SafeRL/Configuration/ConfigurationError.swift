/// A configuration that cannot be used: one sentence with place, key, cause and remedy.
public struct ConfigurationError: Fault, Equatable, Sendable {
    /// What the user has to look for: a file that cannot be read (`missingInput`), or what it says.
    public let kind: FaultKind
    /// A file, `file:line:column`, or `--set key=value`.
    public let place: String
    /// What is wrong and what to do, with the key where there is one.
    public let message: String

    /// Makes an error.
    public init(_ kind: FaultKind = .configuration, at place: String, _ message: String) {
        (self.kind, self.place, self.message) = (kind, place, message)
    }

    /// One line.
    public var description: String { "\(place): \(message)" }
}

/// Where a value of a configuration came from.
public enum ValueSource: Equatable, Sendable, CustomStringConvertible {
    /// From code.
    case byDefault
    /// From a file, at the value's position.
    case file(String, TextPosition)
    /// From the command line, as written there.
    case override(String)

    /// `default`, `file:line:column` or `--set key=value`.
    public var description: String {
        switch self {
        case .byDefault: "default"
        case .file(let name, let position): "\(name):\(position)"
        case .override(let text): "--set \(text)"
        }
    }
}
