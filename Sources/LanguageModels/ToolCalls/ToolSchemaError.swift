import Storage

/// Why a file of tools cannot be used.
public struct ToolSchemaError: Fault, Equatable {
    /// The file's name, with line and column where they are known.
    public let place: String
    /// The path of the value, such as `$[2].parameters.properties.amount`.
    public let path: String
    /// What is wrong and what to do.
    public let message: String

    init(_ file: String, _ position: TextPosition?, _ path: String, _ message: String) {
        place = position.map { "\(file):\($0)" } ?? file
        (self.path, self.message) = (path, message)
    }

    /// The configuration's.
    public var kind: FaultKind { .configuration }

    /// One line: file, line, column and path, then cause and remedy.
    public var description: String { "\(place): \(path): \(message)" }
}

/// A value of a file of tools, and where it stands in it.
struct SchemaPlace {
    let file: String
    let path: String
    let value: JSONValue

    /// The value under a key of this one, which has it.
    func child(_ member: JSONMember) -> SchemaPlace {
        let isPlain = member.key.utf8.allSatisfy {
            $0 == UInt8(ascii: "_") || UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0
                || UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0 | 0x20
        }
        let step = isPlain && !member.key.isEmpty ? ".\(member.key)" : "[\(quoted(member.key))]"
        return SchemaPlace(file: file, path: path + step, value: member.value)
    }

    /// The value under a key; nothing where it is not there.
    func child(_ key: String) -> SchemaPlace? {
        value.members?.first { $0.key == key }.map { child($0) }
    }

    /// The values of a list.
    var elements: [SchemaPlace]? {
        value.elements?.enumerated().map {
            SchemaPlace(file: file, path: "\(path)[\($0)]", value: $1)
        }
    }

    func error(_ message: String) -> ToolSchemaError { ToolSchemaError(file, value.position, path, message) }

    /// Checks that it is an object, and has no words but some.
    func check(_ words: [String], _ what: String) throws(ToolSchemaError) {
        guard let members = value.members else {
            throw error("\(value.kind), where \(what) belongs. Write an object.")
        }
        for member in members where !words.contains(member.key) {
            let remedy =
                member.key == "$ref" || member.key == "$defs" || member.key == "definitions"
                ? "schemas that refer to others, or to themselves, are not read. Write the schema out."
                : "no word of the tool schemas that are read. "
                    + suggestion(for: member.key, among: words, called: "words here")
            throw ToolSchemaError(
                file, member.position, child(member).path, "\"\(oneLine(member.key))\": \(remedy)")
        }
    }

    /// The text under a key; nothing where the key is not there.
    func text(_ key: String) throws(ToolSchemaError) -> String? {
        guard let child = child(key) else { return nil }
        guard let text = child.value.string else {
            throw child.error("\(child.value.kind), where a text belongs.")
        }
        return text
    }
}
