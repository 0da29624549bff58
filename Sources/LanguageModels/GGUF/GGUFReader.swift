import Storage

/// Reads the parts of a header one after the other and never beyond the bytes.
struct GGUFReader {
    /// What is wrong with the header.
    struct Refusal: Fault {
        let reason: String

        var kind: FaultKind { .badData }

        var description: String { reason }
    }

    private let bytes: UnsafeRawBufferPointer
    /// Bytes read so far.
    private(set) var place = 0

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    /// Bytes that are left.
    var rest: Int { bytes.count - place }

    func refusal(_ reason: String) -> Refusal { Refusal(reason: "\(reason), byte \(place)") }

    private mutating func take(_ count: Int, _ what: String) throws(Refusal) -> UnsafeRawBufferPointer {
        guard count <= rest else { throw refusal("the file ends inside \(what)") }
        defer { place += count }
        return UnsafeRawBufferPointer(rebasing: bytes[place..<place + count])
    }

    /// A number of fixed width, little-endian.
    mutating func number<Number: FixedWidthInteger>(_ type: Number.Type, _ what: String) throws(Refusal)
        -> Number
    {
        Number(littleEndian: try take(MemoryLayout<Number>.size, what).loadUnaligned(as: type))
    }

    /// A number of things, at most `most`, each of which takes so many bytes at least.
    mutating func count(_ what: String, most: Int, each bytes: Int) throws(Refusal) -> Int {
        let given = try number(UInt64.self, "the number of \(what)")
        guard given <= UInt64(most) else { throw refusal("\(given) \(what) are more than \(most)") }
        let count = Int(given)
        guard count * bytes <= rest else {
            throw refusal("\(count) \(what) do not fit into the \(rest) bytes that are left")
        }
        return count
    }

    /// UTF-8 with its length before it.
    mutating func text(_ what: String, most: Int) throws(Refusal) -> String {
        let length = try number(UInt64.self, what)
        guard length <= UInt64(most) else {
            throw refusal("\(what) of \(length) bytes is longer than \(most)")
        }
        let bytes = try take(Int(length), what)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw refusal("\(what) is not UTF-8")
        }
        return text
    }

    /// The value of a key.
    mutating func value(of key: String) throws(Refusal) -> GGUFValue {
        let what = "the value of \(quoted(key))"
        let type = try self.type(what)
        guard type == .list else { return try value(type, what) }
        let element = try self.type(what)
        guard element != .list else { throw refusal("\(what) is a list of lists") }
        let count = try count(
            "values of \(quoted(key))", most: GGUFFile.Limits.elements, each: element.leastBytes)
        return try list(element, count, what)
    }

    private mutating func type(_ what: String) throws(Refusal) -> GGUFType {
        let number = try number(UInt32.self, what)
        guard let type = GGUFType(rawValue: number) else {
            throw refusal("\(what) has the unknown type \(number)")
        }
        return type
    }

    private mutating func value(_ type: GGUFType, _ what: String) throws(Refusal) -> GGUFValue {
        switch type {
        case .text: return .text(try text(what, most: GGUFFile.Limits.text))
        case .flag: return .flag(try flag(what))
        case .f32, .f64: return .number(try real(type, what))
        case .u64:
            let number = try number(UInt64.self, what)
            return Int(exactly: number).map { .integer($0) } ?? .large(number)
        default: return .integer(try integer(type, what))
        }
    }

    private mutating func list(_ type: GGUFType, _ count: Int, _ what: String) throws(Refusal) -> GGUFValue {
        switch type {
        case .text:
            var texts: [String] = []
            texts.reserveCapacity(count)
            for _ in 0..<count { texts.append(try text(what, most: GGUFFile.Limits.text)) }
            return .texts(texts)
        case .flag:
            var flags: [Bool] = []
            for _ in 0..<count { flags.append(try flag(what)) }
            return .flags(flags)
        case .f32, .f64:
            var numbers: [Double] = []
            numbers.reserveCapacity(count)
            for _ in 0..<count { numbers.append(try real(type, what)) }
            return .numbers(numbers)
        default:
            var integers: [Int] = []
            integers.reserveCapacity(count)
            for _ in 0..<count { integers.append(try integer(type, what)) }
            return .integers(integers)
        }
    }

    private mutating func flag(_ what: String) throws(Refusal) -> Bool {
        let byte = try number(UInt8.self, what)
        guard byte <= 1 else { throw refusal("\(what) is \(byte), neither true (1) nor false (0)") }
        return byte == 1
    }

    private mutating func real(_ type: GGUFType, _ what: String) throws(Refusal) -> Double {
        type == .f32
            ? Double(Float(bitPattern: try number(UInt32.self, what)))
            : Double(bitPattern: try number(UInt64.self, what))
    }

    private mutating func integer(_ type: GGUFType, _ what: String) throws(Refusal) -> Int {
        switch type {
        case .u8: return Int(try number(UInt8.self, what))
        case .i8: return Int(try number(Int8.self, what))
        case .u16: return Int(try number(UInt16.self, what))
        case .i16: return Int(try number(Int16.self, what))
        case .u32: return Int(try number(UInt32.self, what))
        case .i32: return Int(try number(Int32.self, what))
        case .i64: return Int(try number(Int64.self, what))
        case .u64:
            let number = try number(UInt64.self, what)
            guard let integer = Int(exactly: number) else {
                throw refusal("\(what) holds \(number), beyond 2⁶³")
            }
            return integer
        default: preconditionFailure("\(type) is not whole")
        }
    }
}
