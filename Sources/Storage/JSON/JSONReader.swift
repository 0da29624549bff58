/// Why bytes are not the strict JSON that saferl reads.
public struct JSONError: Fault, Equatable {
    /// Where the reader stopped.
    public let position: TextPosition
    /// What is wrong and what to do.
    public let message: String

    /// Makes an error.
    public init(at position: TextPosition, _ message: String) {
        (self.position, self.message) = (position, message)
    }

    /// What kind of fault it is.
    public var kind: FaultKind { .badData }

    /// `line:column: message`; put the file's path and a colon in front.
    public var description: String { "\(position): \(message)" }
}

/// How much a reader of JSON accepts before it gives up.
public struct JSONLimits: Sendable {
    /// The largest document, in bytes.
    public var bytes: Int
    /// The deepest nesting of lists and objects.
    public var depth: Int

    /// Makes limits; the defaults suit configuration files.
    public init(bytes: Int = 1 << 20, depth: Int = 64) { (self.bytes, self.depth) = (bytes, depth) }
}

extension JSONValue {
    /// Reads one JSON document, strictly, in time and memory proportional to its length.
    ///
    /// RFC 8259 and nothing more, and less where it is ambiguous: a key that occurs twice, a byte-order mark, text that
    /// is not UTF-8, half a surrogate pair, a whole number beyond 64 bits and a number beyond `Double` are errors.
    ///
    /// - Throws: `JSONError` with the position of the first fault.
    public init(parsing bytes: [UInt8], limits: JSONLimits = JSONLimits()) throws(JSONError) {
        var reader = JSONReader(bytes, limits)
        self = try reader.document()
    }
}

/// A recursive-descent reader over one array of bytes.
private struct JSONReader {
    private let bytes: [UInt8]
    private let limits: JSONLimits
    private var offset = 0
    private var line = 1
    /// `offset − columnOrigin + 1` is the column; continuation bytes move the origin along.
    private var columnOrigin = 0

    init(_ bytes: [UInt8], _ limits: JSONLimits) { (self.bytes, self.limits) = (bytes, limits) }

    private var position: TextPosition { TextPosition(line: line, column: offset - columnOrigin + 1) }
    private var next: UInt8? { offset < bytes.count ? bytes[offset] : nil }

    mutating func document() throws(JSONError) -> JSONValue {
        guard bytes.count <= limits.bytes else {
            throw JSONError(at: position, "larger than \(limits.bytes) bytes, the most that is read")
        }
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
            throw JSONError(at: position, "begins with a byte-order mark. Save it as UTF-8 without one")
        }
        skipBlanks()
        guard next != nil else { throw JSONError(at: position, "empty. Write at least {}") }
        let value = try value(depth: 0)
        skipBlanks()
        if next != nil { throw unexpected("the end of the file") }
        return value
    }

    private mutating func skipBlanks() {
        while let byte = next {
            switch byte {
            case UInt8(ascii: "\n"):
                line += 1
                columnOrigin = offset + 1
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"): break
            default: return
            }
            offset += 1
        }
    }

    private func unexpected(_ wanted: String) -> JSONError {
        guard let byte = next else {
            return JSONError(at: position, "the file ends where \(wanted) should stand")
        }
        let found = byte > 0x20 && byte < 0x7F ? "\"\(Character(UnicodeScalar(byte)))\"" : "byte \(byte)"
        return JSONError(at: position, "\(found) where \(wanted) should stand")
    }

    private mutating func value(depth: Int) throws(JSONError) -> JSONValue {
        let start = position
        guard let byte = next else { throw unexpected("a value") }
        switch byte {
        case UInt8(ascii: "{"): return JSONValue(.object(try object(depth: depth)), at: start)
        case UInt8(ascii: "["): return JSONValue(.list(try list(depth: depth)), at: start)
        case UInt8(ascii: "\""): return JSONValue(.text(try text()), at: start)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            return JSONValue(.number(try number()), at: start)
        default: return JSONValue(try word(), at: start)
        }
    }

    private mutating func word() throws(JSONError) -> JSONValue.Content {
        let end = bytes[offset...].firstIndex { !isWordByte($0) } ?? bytes.count
        let word = bytes[offset..<min(end, offset + 12)]
        let content: JSONValue.Content
        if word.elementsEqual("true".utf8) {
            content = .boolean(true)
        } else if word.elementsEqual("false".utf8) {
            content = .boolean(false)
        } else if word.elementsEqual("null".utf8) {
            content = .null
        } else if word.elementsEqual("NaN".utf8) || word.elementsEqual("Infinity".utf8) {
            throw JSONError(
                at: position, "\(String(decoding: word, as: UTF8.self)) is not a number that JSON knows")
        } else {
            throw unexpected("a value")
        }
        offset = end
        return content
    }

    private func isWordByte(_ byte: UInt8) -> Bool {
        (byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "z"))
            || (byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9"))
    }

    private mutating func enter(_ depth: Int) throws(JSONError) {
        guard depth < limits.depth else {
            throw JSONError(at: position, "nested deeper than \(limits.depth) levels")
        }
        offset += 1
        skipBlanks()
    }

    private mutating func list(depth: Int) throws(JSONError) -> [JSONValue] {
        try enter(depth)
        var elements: [JSONValue] = []
        if next == UInt8(ascii: "]") {
            offset += 1
            return elements
        }
        while true {
            elements.append(try value(depth: depth + 1))
            if try closes(with: UInt8(ascii: "]"), "\",\" or \"]\"") { return elements }
        }
    }

    private mutating func object(depth: Int) throws(JSONError) -> [JSONMember] {
        try enter(depth)
        var members: [JSONMember] = []
        var places: [ExactText: TextPosition] = [:]
        if next == UInt8(ascii: "}") {
            offset += 1
            return members
        }
        while true {
            let start = position
            guard next == UInt8(ascii: "\"") else { throw unexpected("a key in quotation marks") }
            let key = try text()
            if let first = places.updateValue(start, forKey: ExactText(key)) {
                throw JSONError(
                    at: start, "\(quoted(key)) stands here a second time, after \(first). Remove one")
            }
            skipBlanks()
            guard next == UInt8(ascii: ":") else { throw unexpected("\":\"") }
            offset += 1
            skipBlanks()
            members.append(JSONMember(key, try value(depth: depth + 1), at: start))
            if try closes(with: UInt8(ascii: "}"), "\",\" or \"}\"") { return members }
        }
    }

    /// Reads what follows an element: the closing bracket (true) or a comma before another element (false).
    private mutating func closes(with bracket: UInt8, _ wanted: String) throws(JSONError) -> Bool {
        skipBlanks()
        if next == bracket {
            offset += 1
            return true
        }
        guard next == UInt8(ascii: ",") else { throw unexpected(wanted) }
        let comma = position
        offset += 1
        skipBlanks()
        if next == bracket { throw JSONError(at: comma, "a comma after the last element. Remove it") }
        return false
    }
}

// Numbers and text.
extension JSONReader {
    private mutating func skipDigits() -> Int {
        let start = offset
        while let byte = next, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") { offset += 1 }
        return offset - start
    }

    private mutating func number() throws(JSONError) -> JSONNumber {
        let (start, place) = (offset, position)
        if next == UInt8(ascii: "-") { offset += 1 }
        if next == UInt8(ascii: "I") { return try notFinite(at: place) }
        let first = next
        let digits = skipDigits()
        guard digits > 0 else { throw unexpected("a digit") }
        if first == UInt8(ascii: "0") && digits > 1 {
            throw JSONError(at: place, "a number with a leading zero")
        }
        if next == UInt8(ascii: ".") {
            offset += 1
            guard skipDigits() > 0 else { throw unexpected("a digit") }
        }
        if let byte = next, byte | 0x20 == UInt8(ascii: "e") {
            offset += 1
            if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { offset += 1 }
            guard skipDigits() > 0 else { throw unexpected("a digit") }
        }
        let number = JSONNumber(checked: String(decoding: bytes[start..<offset], as: UTF8.self))
        if number.isInteger {
            guard number.int != nil || number.uint64 != nil else {
                throw JSONError(at: place, "a whole number that does not fit in 64 bits")
            }
        } else if !number.double.isFinite {
            throw JSONError(at: place, "a number too large for double precision")
        }
        return number
    }

    private func notFinite(at place: TextPosition) throws(JSONError) -> JSONNumber {
        throw JSONError(at: place, "-Infinity is not a number that JSON knows")
    }

    private mutating func text() throws(JSONError) -> String {
        let start = position
        offset += 1
        var unescaped: [UInt8] = []
        var segment = offset
        var isASCII = true
        while let byte = next {
            switch byte {
            case UInt8(ascii: "\""):
                unescaped += bytes[segment..<offset]
                offset += 1
                if isASCII { return String(decoding: unescaped, as: UTF8.self) }
                guard let text = String(validating: unescaped, as: UTF8.self) else {
                    throw JSONError(at: start, "text that is not UTF-8")
                }
                return text
            case UInt8(ascii: "\\"):
                unescaped += bytes[segment..<offset]
                let scalar = try escape()
                unescaped += Array(String(Character(scalar)).utf8)
                if !scalar.isASCII { isASCII = false }
                segment = offset
            case 0..<0x20:
                throw JSONError(at: position, "a control character inside text. Escape it")
            default:
                if byte >= 0x80 { isASCII = false }
                if byte & 0xC0 == 0x80 { columnOrigin += 1 }
                offset += 1
            }
        }
        throw JSONError(at: start, "text that does not end. Close it with a quotation mark")
    }

    private mutating func escape() throws(JSONError) -> UnicodeScalar {
        let start = position
        offset += 1
        guard let byte = next else { throw unexpected("an escaped character") }
        offset += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return UnicodeScalar(byte)
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): return try unicodeEscape(from: start)
        default: throw JSONError(at: start, "an escape that JSON does not know")
        }
    }

    private mutating func unicodeEscape(from start: TextPosition) throws(JSONError) -> UnicodeScalar {
        let first = try fourDigits(from: start)
        if let scalar = UnicodeScalar(first) { return scalar }
        guard first < 0xDC00, bytes[offset...].starts(with: "\\u".utf8) else {
            throw JSONError(at: start, "half a surrogate pair")
        }
        offset += 2
        let second = try fourDigits(from: start)
        let code = 0x10000 + (UInt32(first - 0xD800) << 10) + UInt32(second &- 0xDC00)
        guard second >= 0xDC00, second < 0xE000, let scalar = UnicodeScalar(code) else {
            throw JSONError(at: start, "half a surrogate pair")
        }
        return scalar
    }

    private mutating func fourDigits(from start: TextPosition) throws(JSONError) -> UInt16 {
        var code: UInt16 = 0
        for _ in 0..<4 {
            guard let byte = next, let digit = Character(UnicodeScalar(byte)).hexDigitValue, byte < 0x80
            else {
                throw JSONError(at: start, "an escape that is not four hexadecimal digits")
            }
            code = code << 4 | UInt16(digit)
            offset += 1
        }
        return code
    }
}
