import Foundation

extension JSONValue {
    /// The value on one line, with a blank after colons and commas.
    ///
    /// Equal values give equal text.
    public var compact: String {
        var text = ""
        write(to: &text, indentation: nil)
        return text
    }

    /// The value over several lines, indented by two blanks, lists of plain values on one line; ends with a newline.
    public var pretty: String {
        var text = ""
        write(to: &text, indentation: 0)
        return text + "\n"
    }

    /// The same value with the keys of every object in alphabetical order.
    public func sortingKeys() -> JSONValue {
        switch content {
        case .object(let members):
            let sorted = members.map { JSONMember($0.key, $0.value.sortingKeys(), at: $0.position) }
            return JSONValue(.object(sorted.sorted { $0.key < $1.key }), at: position)
        case .list(let elements): return JSONValue(.list(elements.map { $0.sortingKeys() }), at: position)
        default: return self
        }
    }

    private func write(to text: inout String, indentation: Int?) {
        switch content {
        case .null: text += "null"
        case .boolean(let value): text += value ? "true" : "false"
        case .number(let number): text += number.text
        case .text(let value): text += quoted(value)
        case .list(let elements):
            let isPlain = elements.allSatisfy { $0.members == nil && $0.elements == nil }
            write(elements, between: ("[", "]"), to: &text, isPlain ? nil : indentation) {
                element, text, inner in
                element.write(to: &text, indentation: inner)
            }
        case .object(let members):
            write(members, between: ("{", "}"), to: &text, indentation) { member, text, inner in
                text += quoted(member.key) + ": "
                member.value.write(to: &text, indentation: inner)
            }
        }
    }

    private func write<Element>(
        _ elements: [Element], between brackets: (String, String), to text: inout String, _ indentation: Int?,
        _ writeElement: (Element, inout String, Int?) -> Void
    ) {
        text += brackets.0
        let inner = indentation.map { $0 + 2 }
        for (index, element) in elements.enumerated() {
            if index > 0 { text += inner == nil ? ", " : "," }
            if let inner { text += "\n" + String(repeating: " ", count: inner) }
            writeElement(element, &text, inner)
        }
        if let indentation, !elements.isEmpty { text += "\n" + String(repeating: " ", count: indentation) }
        text += brackets.1
    }
}

/// Text as JSON writes it: in quotation marks, everything below U+0020 escaped, so always on one line.
package func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\"": result += "\\\""
        case "\\": result += "\\\\"
        case "\n": result += "\\n"
        case "\r": result += "\\r"
        case "\t": result += "\\t"
        case _ where scalar.value < 0x20 || scalar.value == 0x7F:
            let digits = String(scalar.value, radix: 16)
            result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        default: result.unicodeScalars.append(scalar)
        }
    }
    return result + "\""
}

/// Text without line breaks and other control characters, for messages.
package func oneLine(_ text: String) -> String {
    text.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F }
        ? String(quoted(text).dropFirst().dropLast()) : text
}

extension JSONValue {
    /// Turns any encodable value into JSON, keys in alphabetical order.
    ///
    /// `Float`, `Double` and 64-bit integers come back bit for bit through `decode`.
    ///
    /// - Throws: `EncodingError`, for example for a number that is not finite.
    public init(encoding value: some Encodable) throws {
        let data = try JSONEncoder.compact.encode(value)
        self = try JSONValue(parsing: Array(data), limits: JSONLimits(bytes: .max))
    }

    /// Turns JSON into a value.
    ///
    /// Keys that the type does not ask for are ignored: check them first.
    ///
    /// - Throws: `DecodingError`.
    public func decode<Value: Decodable>(_ type: Value.Type = Value.self) throws -> Value {
        try JSONDecoder().decode(type, from: Data(compact.utf8))
    }
}
