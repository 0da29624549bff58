/// One `--set key=value`.
public struct Override: Equatable, Sendable {
    /// As written.
    public let text: String
    /// The key, split at its dots.
    let path: [String]
    private let written: String

    /// Splits at the first equals sign.
    ///
    /// - Throws: when there is none, or no key before it.
    public init(_ text: String) throws(ConfigurationError) {
        self.text = text
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty else {
            throw ConfigurationError(
                at: "--set \(oneLine(text))",
                "not a key and a value. Write key=value, such as schedule.steps=1000.")
        }
        path = parts[0].split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        written = String(parts[1])
    }

    /// The key, dotted, such as `schedule.steps`.
    public var key: String { path.joined(separator: ".") }

    /// How messages name it.
    package var place: String { "--set \(oneLine(text))" }

    /// The value: text as it stands for keys that take text, else JSON, else text again for the check to refuse.
    func value(for domain: Option.Domain) -> JSONValue {
        let parsed = try? JSONValue(parsing: Array(written.utf8))
        switch domain {
        case .text, .choice: return parsed?.string.map(JSONValue.text) ?? .text(written)
        case .variant: return parsed?.members == nil ? .text(parsed?.string ?? written) : parsed ?? .null
        default: return parsed ?? .text(written)
        }
    }
}
