import Storage

/// What a variable of a twin's world holds, or an argument of a call.
public enum TwinValue: Sendable, Hashable {
    /// Text, compared by its characters.
    case text(String)
    /// A number.
    case number(Double)
    /// True or false.
    case boolean(Bool)

    /// Reads a value; nothing for a list, an object or null.
    init?(_ value: JSONValue) {
        if let text = value.string {
            self = .text(text)
        } else if let number = value.number {
            self = .number(number.double)
        } else if let boolean = value.bool {
            self = .boolean(boolean)
        } else {
            return nil
        }
    }

    /// Whether two values are of one kind.
    func isLike(_ other: Self) -> Bool {
        switch (self, other) {
        case (.text, .text), (.number, .number), (.boolean, .boolean): true
        default: false
        }
    }
}

/// A call of a tool that was done.
public struct TwinCall: Sendable, Hashable {
    /// The tool.
    public let name: String
    /// Its arguments.
    public let arguments: [String: TwinValue]
}

/// Objects of a file of twins, read strictly; a fault names the way to the value.
struct TwinReader {
    let value: JSONValue
    /// The way from the row, such as `tools[1].sets`.
    let path: String

    /// A fault of this value.
    func error(_ message: String) -> SuiteError { SuiteError(path.isEmpty ? message : "\(path): \(message)") }

    /// The members, no other than those of some keys.
    func check(_ keys: [String]) throws {
        guard let members = value.members else { throw error("\(value.kind) where an object is needed.") }
        for member in members where !keys.contains(member.key) {
            throw error(
                "\(oneLine(member.key)): unknown key. \(suggestion(for: member.key, among: keys, called: "keys"))"
            )
        }
    }

    subscript(key: String) -> Self? {
        value[key].map { Self(value: $0, path: path.isEmpty ? key : "\(path).\(key)") }
    }

    /// A member that must be there.
    func needed(_ key: String) throws -> Self {
        guard let member = self[key] else { throw error("\(key) is missing.") }
        return member
    }

    /// Text that is not blank.
    func text() throws -> String {
        guard let text = value.string, text.contains(where: { !$0.isWhitespace }) else {
            throw error("a text that is not blank is needed.")
        }
        return text
    }

    func list() throws -> [Self] {
        guard let elements = value.elements else { throw error("\(value.kind) where a list is needed.") }
        return elements.enumerated().map { Self(value: $1, path: "\(path)[\($0)]") }
    }

    /// Members by their keys.
    func members() throws -> [(key: String, value: Self)] {
        guard let members = value.members else { throw error("\(value.kind) where an object is needed.") }
        return members.map { ($0.key, Self(value: $0.value, path: "\(path).\($0.key)")) }
    }

    /// Text, a number, true or false.
    func simple() throws -> TwinValue {
        guard let simple = TwinValue(value) else {
            throw error("\(value.kind) where a text, a number, true or false is needed.")
        }
        return simple
    }
}
