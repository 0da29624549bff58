/// Reads the wire format of protocol buffers from a range of bytes, and nothing beyond it.
///
/// - SeeAlso: "Encoding" in the protocol buffers documentation.
struct WireReader {
    /// What a field holds.
    enum Value {
        case number(UInt64)
        case bytes(Range<Int>)
        /// Four bytes, little-endian.
        case word(UInt32)
        /// Eight bytes.
        case long(UInt64)
    }

    private let bytes: [UInt8]
    private let fault: FaultPlace
    private(set) var at: Int
    private let end: Int

    /// A message in a range of bytes.
    init(_ bytes: [UInt8], _ range: Range<Int>, _ fault: FaultPlace) {
        (self.bytes, self.fault, at, end) = (bytes, fault, range.lowerBound, range.upperBound)
    }

    /// Whether everything is read.
    var isAtEnd: Bool { at >= end }

    /// The next field's number and value; nothing at the end.
    ///
    /// - Throws: `VerificationError` with the byte.
    mutating func next() throws(VerificationError) -> (field: Int, value: Value)? {
        guard at < end else { return nil }
        let start = at
        let key = try varint()
        guard key >> 3 >= 1, key >> 3 < 1 << 29 else {
            throw fault("field number \(key >> 3) is none of a protocol buffer.", at: "byte \(start)")
        }
        let field = Int(key >> 3)
        switch key & 7 {
        case 0: return (field, .number(try varint()))
        case 1: return (field, .long(try fixed(8)))
        case 2:
            let length = try varint()
            guard length <= UInt64(end - at) else {
                throw fault(
                    "a length of \(length) reaches beyond the \(end - at) bytes left.", at: "byte \(start)")
            }
            let range = at..<at + Int(length)
            at = range.upperBound
            return (field, .bytes(range))
        case 5: return (field, .word(UInt32(truncatingIfNeeded: try fixed(4))))
        default:
            throw fault("wire type \(key & 7) is not one that is read.", at: "byte \(start)")
        }
    }

    /// A number of variable length.
    mutating func varint() throws(VerificationError) -> UInt64 {
        let start = at
        var (result, shift) = (UInt64(0), UInt64(0))
        while at < end {
            let byte = bytes[at]
            at += 1
            if shift == 63 && byte > 1 { break }
            result |= UInt64(byte & 127) << shift
            if byte < 128 { return result }
            shift += 7
            if shift > 63 { break }
        }
        throw fault("a number is cut off or has more than 64 bits.", at: "byte \(start)")
    }

    private mutating func fixed(_ count: Int) throws(VerificationError) -> UInt64 {
        guard count <= end - at else { throw fault("a number is cut off.", at: "byte \(at)") }
        var result = UInt64(0)
        for i in 0..<count { result |= UInt64(bytes[at + i]) << UInt64(8 * i) }
        at += count
        return result
    }
}
