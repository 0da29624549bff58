/// A message in protocol-buffer encoding (proto3), written field by field in rising number.
///
/// A scalar that is 0 is left out, as proto3 has it; `member` writes it all the same, for fields of a oneof and of proto2.
package struct ProtobufMessage {
    /// What was written.
    package private(set) var bytes: [UInt8] = []

    private enum WireType: UInt64 { case varint, bits64, delimited, bits32 = 5 }

    /// A message of fields.
    package init(_ write: (inout ProtobufMessage) -> Void = { _ in }) { write(&self) }

    /// A whole number; negative ones take ten bytes.
    package mutating func integer(_ field: UInt64, _ value: Int) {
        if value != 0 { member(field, integer: value) }
    }

    /// A whole number, also 0.
    package mutating func member(_ field: UInt64, integer value: Int) {
        tag(field, .varint)
        varint(UInt64(bitPattern: Int64(value)))
    }

    /// A number of double precision.
    package mutating func double(_ field: UInt64, _ value: Double) {
        if value.bitPattern != 0 { member(field, double: value) }
    }

    /// A number of double precision, also 0.
    package mutating func member(_ field: UInt64, double value: Double) {
        tag(field, .bits64)
        bytes += littleEndian(value.bitPattern)
    }

    /// A number of single precision, also 0.
    package mutating func member(_ field: UInt64, float value: Float) {
        tag(field, .bits32)
        bytes += littleEndian(value.bitPattern)
    }

    /// A text in UTF-8.
    package mutating func text(_ field: UInt64, _ value: String) {
        if !value.isEmpty { delimited(field, Array(value.utf8)) }
    }

    /// Bytes, packed numbers, or a message that may be empty.
    package mutating func delimited(_ field: UInt64, _ content: [UInt8]) {
        tag(field, .delimited)
        varint(UInt64(content.count))
        bytes += content
    }

    /// A message inside, also an empty one.
    package mutating func message(_ field: UInt64, _ write: (inout ProtobufMessage) -> Void) {
        delimited(field, ProtobufMessage(write).bytes)
    }

    private mutating func tag(_ field: UInt64, _ type: WireType) { varint(field << 3 | type.rawValue) }

    private mutating func varint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}

/// The bytes of a number, the lowest first.
package func littleEndian(_ value: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
}
