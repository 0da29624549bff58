/// A line and a column in a text file, both counted from 1; columns count characters, not bytes.
public struct TextPosition: Hashable, Sendable, CustomStringConvertible {
    /// The line, from 1.
    public let line: Int
    /// The column, from 1.
    public let column: Int

    /// Makes a position.
    public init(line: Int, column: Int) { (self.line, self.column) = (line, column) }

    /// `line:column`, as compilers write it.
    public var description: String { "\(line):\(column)" }
}

/// A number as it was written, so that nothing is lost before its type is known.
///
/// Whole numbers fit in 64 bits, with or without sign; all others are finite as `Double`.
public struct JSONNumber: Hashable, Sendable {
    /// The characters of the number, valid JSON.
    public let text: String

    /// Keeps a number that the reader has checked.
    init(checked text: String) { self.text = text }

    /// Whether it is written without fraction and exponent.
    public var isInteger: Bool {
        !text.utf8.contains { $0 == UInt8(ascii: ".") || $0 | 0x20 == UInt8(ascii: "e") }
    }
    /// The value if it is exactly a whole number that fits, however it is written: `1e6` is, `1.5e0` is not.
    public var int: Int? { whole.flatMap { Int($0) } }
    /// The value if it is exactly a whole number, not negative, that fits.
    public var uint64: UInt64? { whole.flatMap { UInt64($0) } }
    /// The digits of a whole number, with its sign; nil for a fraction, and for what has far more digits than 64 bits.
    private var whole: String? {
        if isInteger { return text == "-0" ? "0" : text }
        let parts = text.lowercased().split(separator: "e", maxSplits: 1)
        let mantissa = parts[0].split(separator: ".", maxSplits: 1)
        let sign = mantissa[0].hasPrefix("-") ? "-" : ""
        let fraction = mantissa.count > 1 ? mantissa[1] : ""
        let digits = (mantissa[0].drop { $0 == "-" } + fraction).drop { $0 == "0" }
        if digits.isEmpty { return "0" }
        guard let exponent = parts.count > 1 ? Int(parts[1]) : 0, abs(exponent) < 1 << 20 else { return nil }
        let zeros = exponent - fraction.utf8.count
        if zeros >= 0 { return zeros > 20 ? nil : sign + digits + String(repeating: "0", count: zeros) }
        let cut = digits.dropLast(-zeros)
        return !cut.isEmpty && digits.suffix(-zeros).allSatisfy { $0 == "0" } ? sign + cut : nil
    }
    /// The nearest `Double`.
    public var double: Double { Double(text) ?? .nan }
    /// The nearest `Float`, rounded once from the text; infinite where the number is too large.
    public var float: Float { Float(text) ?? .nan }
}

/// One key of a JSON object with its value.
public struct JSONMember: Equatable, Sendable {
    /// The key, unescaped.
    public let key: String
    /// The value.
    public var value: JSONValue
    /// Where the key stands, if it was read from a file.
    public let position: TextPosition?

    /// Makes a member; two members are equal when key and value are, wherever they stand.
    public init(_ key: String, _ value: JSONValue, at position: TextPosition? = nil) {
        (self.key, self.value, self.position) = (key, value, position)
    }

    /// Compares key and value.
    public static func == (a: Self, b: Self) -> Bool { a.key == b.key && a.value == b.value }
}

/// A JSON value that knows where it was read.
public struct JSONValue: Equatable, Sendable {
    /// What a value can be.
    ///
    /// Members keep the order of the file.
    public indirect enum Content: Equatable, Sendable {
        /// `null`.
        case null
        /// `true` or `false`.
        case boolean(Bool)
        /// A number, as written.
        case number(JSONNumber)
        /// Text, unescaped.
        case text(String)
        /// A list.
        case list([JSONValue])
        /// An object; every key occurs once.
        case object([JSONMember])
    }

    /// The value itself.
    public var content: Content
    /// Where it begins, if it was read from a file.
    public let position: TextPosition?

    /// Makes a value; two values are equal when their contents are, wherever they stand.
    public init(_ content: Content, at position: TextPosition? = nil) {
        (self.content, self.position) = (content, position)
    }

    /// Compares the contents.
    public static func == (a: Self, b: Self) -> Bool { a.content == b.content }
}

extension JSONValue {
    /// `null`.
    public static var null: JSONValue { JSONValue(.null) }
    /// `true` or `false`.
    public static func boolean(_ value: Bool) -> JSONValue { JSONValue(.boolean(value)) }
    /// Text.
    public static func text(_ value: String) -> JSONValue { JSONValue(.text(value)) }
    /// A list.
    public static func list(_ values: [JSONValue]) -> JSONValue { JSONValue(.list(values)) }
    /// A whole number, exact.
    public static func integer(_ value: some FixedWidthInteger) -> JSONValue {
        JSONValue(.number(JSONNumber(checked: "\(value)")))
    }
    /// A number in the fewest digits that read back to the same bits; `null` when it is not finite.
    public static func number(_ value: some BinaryFloatingPoint & CustomStringConvertible) -> JSONValue {
        value.isFinite ? JSONValue(.number(JSONNumber(checked: value.description))) : .null
    }
    /// An object with keys in the order given.
    ///
    /// - Precondition: no key occurs twice.
    public static func object(_ members: [(String, JSONValue)]) -> JSONValue {
        precondition(Set(members.map(\.0)).count == members.count, "object: a key occurs twice")
        return JSONValue(.object(members.map { JSONMember($0.0, $0.1) }))
    }

    /// The members, if it is an object.
    public var members: [JSONMember]? { if case .object(let members) = content { members } else { nil } }
    /// The elements, if it is a list.
    public var elements: [JSONValue]? { if case .list(let elements) = content { elements } else { nil } }
    /// The text, if it is text.
    public var string: String? { if case .text(let text) = content { text } else { nil } }
    /// The number, if it is one.
    public var number: JSONNumber? { if case .number(let number) = content { number } else { nil } }
    /// The truth value, if it is one.
    public var bool: Bool? { if case .boolean(let value) = content { value } else { nil } }
    /// The value of a key, if this is an object that has it.
    ///
    /// Searches from the front.
    public subscript(key: String) -> JSONValue? { members?.first { $0.key == key }?.value }

    /// What the value is, for messages, such as `a whole number`.
    public var kind: String {
        switch content {
        case .null: "null"
        case .boolean(let value): value ? "true" : "false"
        case .number(let number): number.isInteger ? "a whole number" : "a number"
        case .text: "text"
        case .list: "a list"
        case .object: "an object"
        }
    }
}
