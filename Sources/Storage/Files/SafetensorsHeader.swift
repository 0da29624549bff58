/// What the header of a safetensors file says about one tensor.
struct SafetensorsEntry: Equatable, Sendable {
    var name: String
    var type: String
    var shape: [Int]
    /// Bytes relative to the end of the header.
    var begin: Int
    var end: Int
}

/// The header of a safetensors file, read strictly: no duplicate key, no unknown field, no trailing comma.
///
/// It has a scanner of its own beside the package's JSON reader: a header may have 100 MB and names its faults by byte,
/// so it is read straight into entries, without a tree of values many times its size.
struct SafetensorsHeader {
    /// One for each tensor, in the order of the header.
    private(set) var entries: [SafetensorsEntry] = []
    /// The texts of `__metadata__`.
    private(set) var metadata: [String: String] = [:]

    /// Reads the bytes of the header, trailing spaces included.
    ///
    /// - Throws: `Fault`.
    init(_ bytes: ArraySlice<UInt8>) throws(Fault) {
        var scanner = Scanner(bytes)
        // Leading blanks are refused so that the byte after the length is always a brace.
        guard bytes.first == UInt8(ascii: "{") else {
            throw Fault("the header does not begin with \"{\"", at: 0)
        }
        var names: Set<String> = []
        try scanner.members { (scanner, name, place) throws(Fault) in
            guard names.insert(name).inserted else { throw Fault("duplicate key \"\(name)\"", at: place) }
            if name == "__metadata__" {
                metadata = try scanner.texts()
            } else {
                entries.append(try scanner.entry(name, at: place))
            }
        }
        try scanner.finish()
    }

    /// Why a header was refused, and at which of its bytes.
    struct Fault: Error, Equatable {
        var reason: String
        var place: Int
        init(_ reason: String, at place: Int) { (self.reason, self.place) = (reason, place) }
    }
}

/// Walks over the bytes of a header.
private struct Scanner {
    typealias Fault = SafetensorsHeader.Fault
    private let bytes: ArraySlice<UInt8>
    private var position: Int

    init(_ bytes: ArraySlice<UInt8>) { (self.bytes, position) = (bytes, bytes.startIndex) }

    private var place: Int { position - bytes.startIndex }
    private var next: UInt8? { position < bytes.endIndex ? bytes[position] : nil }

    private mutating func skipBlanks() {
        while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    private mutating func accept(_ character: Unicode.Scalar) -> Bool {
        skipBlanks()
        guard let byte = next, UInt32(byte) == character.value else { return false }
        position += 1
        return true
    }

    private mutating func expect(_ character: Unicode.Scalar) throws(Fault) {
        guard accept(character) else { throw Fault("expected \"\(character)\"", at: place) }
    }

    mutating func finish() throws(Fault) {
        while next == 0x20 { position += 1 }
        guard next == nil else { throw Fault("something follows the closing brace", at: place) }
    }

    /// `{"name": …, …}`; `member` reads the value.
    mutating func members(
        _ member: (inout Scanner, _ name: String, _ place: Int) throws(Fault) -> Void
    ) throws(Fault) {
        try expect("{")
        if accept("}") { return }
        repeat {
            skipBlanks()
            let start = place
            let name = try text()
            try expect(":")
            try member(&self, name, start)
        } while accept(",")
        try expect("}")
    }

    /// `{"name": "text", …}`.
    mutating func texts() throws(Fault) -> [String: String] {
        var result: [String: String] = [:]
        try members { (scanner, name, place) throws(Fault) in
            guard result[name] == nil else {
                throw Fault("duplicate key \"\(name)\" in __metadata__", at: place)
            }
            scanner.skipBlanks()
            result[name] = try scanner.text()
        }
        return result
    }

    /// `{"dtype": "F32", "shape": […], "data_offsets": [begin, end]}`, in any order.
    mutating func entry(_ name: String, at start: Int) throws(Fault) -> SafetensorsEntry {
        var type: String?
        var shape: [Int]?
        var offsets: [Int]?
        try members { (scanner, field, place) throws(Fault) in
            let isRepeated: Bool
            switch field {
            case "dtype":
                isRepeated = type != nil
                scanner.skipBlanks()
                type = try scanner.text()
            case "shape": (isRepeated, shape) = (shape != nil, try scanner.numbers())
            case "data_offsets": (isRepeated, offsets) = (offsets != nil, try scanner.numbers())
            default: throw Fault("tensor \"\(name)\" has an unknown field \"\(field)\"", at: place)
            }
            if isRepeated { throw Fault("tensor \"\(name)\" has a duplicate key \"\(field)\"", at: place) }
        }
        guard let type, let shape, let offsets, offsets.count == 2 else {
            throw Fault("tensor \"\(name)\" needs a dtype, a shape and two data_offsets", at: start)
        }
        return SafetensorsEntry(name: name, type: type, shape: shape, begin: offsets[0], end: offsets[1])
    }

    /// `[1, 2, …]`, whole numbers that are not negative.
    private mutating func numbers() throws(Fault) -> [Int] {
        try expect("[")
        var result: [Int] = []
        if accept("]") { return result }
        repeat { result.append(try number()) } while accept(",")
        try expect("]")
        return result
    }

    private mutating func number() throws(Fault) -> Int {
        skipBlanks()
        let start = place
        var value = 0
        var digits = 0
        while let byte = next, byte >= 0x30 && byte <= 0x39 {
            if digits == 1 && value == 0 { throw Fault("a number begins with 0", at: start) }
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(Int(byte) - 0x30)
            if overflow || carry { throw Fault("a number is too large", at: start) }
            (value, digits, position) = (sum, digits + 1, position + 1)
        }
        guard digits > 0 else { throw Fault("expected a whole number that is not negative", at: start) }
        return value
    }

    private mutating func text() throws(Fault) -> String {
        let start = place
        guard next == UInt8(ascii: "\"") else { throw Fault("expected a text", at: start) }
        position += 1
        var content: [UInt8] = []
        while let byte = next {
            position += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let text = String(validating: content, as: UTF8.self) else {
                    throw Fault("a text is not valid UTF-8", at: start)
                }
                return text
            case UInt8(ascii: "\\"): content.append(contentsOf: try escaped())
            case 0..<0x20: throw Fault("a text holds a control character", at: place - 1)
            default: content.append(byte)
            }
        }
        throw Fault("a text does not end", at: start)
    }

    private mutating func escaped() throws(Fault) -> [UInt8] {
        guard let byte = next else { throw Fault("a text does not end", at: place) }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
        case UInt8(ascii: "b"): return [0x08]
        case UInt8(ascii: "f"): return [0x0C]
        case UInt8(ascii: "n"): return [0x0A]
        case UInt8(ascii: "r"): return [0x0D]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "u"): return Array(String(Character(try unicode())).utf8)
        default: throw Fault("an unknown escape", at: place - 1)
        }
    }

    private mutating func unicode() throws(Fault) -> Unicode.Scalar {
        let start = place
        var value = try fourDigits()
        if value >= 0xD800 && value < 0xDC00 {
            guard next == UInt8(ascii: "\\") else { throw Fault("half a surrogate pair", at: start) }
            position += 1
            guard next == UInt8(ascii: "u") else { throw Fault("half a surrogate pair", at: start) }
            position += 1
            let low = try fourDigits()
            guard low >= 0xDC00 && low < 0xE000 else { throw Fault("half a surrogate pair", at: start) }
            value = 0x10000 + (value - 0xD800) << 10 + (low - 0xDC00)
        }
        guard let scalar = Unicode.Scalar(value) else { throw Fault("half a surrogate pair", at: start) }
        return scalar
    }

    private mutating func fourDigits() throws(Fault) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw Fault("\\u needs four hexadecimal digits", at: place)
            }
            value = value << 4 | UInt32(digit)
            position += 1
        }
        return value
    }
}
