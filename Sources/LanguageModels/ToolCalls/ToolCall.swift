import Storage

/// Why a text is no call.
public struct ToolCallError: Fault, Equatable {
    /// Cause and remedy, one sentence.
    public let description: String
    /// The data's.
    public var kind: FaultKind { .badData }

    /// Makes an error.
    public init(_ description: String) { self.description = description }
}

/// One call of a tool.
public struct ToolCall: Sendable, Equatable {
    /// The tool's name.
    public let name: String
    /// An object: one member for each argument.
    public let arguments: JSONValue
    /// The call as it was written.
    public let text: String

    /// Writes a call: no spaces outside of texts, and one spelling for every text.
    ///
    /// - Parameters:
    ///   - name: of the tool.
    ///   - arguments: in the order of the tool's parameters; no name twice.
    public init(_ name: String, _ arguments: [(String, JSONValue)]) {
        self.init(name, .object(arguments))
    }

    init(_ name: String, _ arguments: JSONValue) {
        var bytes = Self.head(of: name)
        Self.write(arguments, to: &bytes)
        bytes.append(UInt8(ascii: "}"))
        (self.name, self.arguments) = (name, arguments)
        text = String(decoding: bytes, as: UTF8.self)
    }

    /// Reads a call.
    ///
    /// - Parameter text: `{"name":…,"arguments":{…}}`.
    /// - Throws: `ToolCallError`, also for a number beyond what is read: whole beyond 64 bits, or beyond `Double`.
    public init(parsing text: some Sequence<UInt8>) throws(ToolCallError) {
        let bytes = Array(text)
        let value: JSONValue
        do throws(JSONError) {
            value = try JSONValue(parsing: bytes, limits: JSONLimits(bytes: 1 << 20, depth: 16))
        } catch { throw ToolCallError("column \(error.position.column): \(error.message).") }
        guard let members = value.members, members.map(\.key) == ["name", "arguments"],
            let name = value["name"]?.string, let arguments = value["arguments"], arguments.members != nil
        else {
            throw ToolCallError("no call. Write {\"name\":…,\"arguments\":{…}}.")
        }
        (self.name, self.arguments, self.text) = (name, arguments, String(decoding: bytes, as: UTF8.self))
    }

    /// What a call of a tool begins with, up to its arguments.
    static func head(of name: String) -> [UInt8] {
        Array("{\"name\":".utf8) + spelling(of: name) + Array(",\"arguments\":".utf8)
    }

    /// A text as it is written in a call, quotation marks included.
    static func spelling(of text: String) -> [UInt8] { Array(quoted(text).utf8) }

    /// A value without spaces.
    static func write(_ value: JSONValue, to bytes: inout [UInt8]) {
        switch value.content {
        case .list(let elements):
            bytes.append(UInt8(ascii: "["))
            for (number, element) in elements.enumerated() {
                if number > 0 { bytes.append(UInt8(ascii: ",")) }
                write(element, to: &bytes)
            }
            bytes.append(UInt8(ascii: "]"))
        case .object(let members):
            bytes.append(UInt8(ascii: "{"))
            for (number, member) in members.enumerated() {
                if number > 0 { bytes.append(UInt8(ascii: ",")) }
                bytes += spelling(of: member.key)
                bytes.append(UInt8(ascii: ":"))
                write(member.value, to: &bytes)
            }
            bytes.append(UInt8(ascii: "}"))
        default: bytes += Array(value.compact.utf8)
        }
    }
}
