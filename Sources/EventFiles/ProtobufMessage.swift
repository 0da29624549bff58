/// A message in protocol-buffer encoding (proto3), written field by field in rising number.
///
/// A scalar that is 0 is left out, as proto3 has it; `member` writes it all the same, for fields of a oneof.
struct ProtobufMessage {
    private(set) var bytes: [UInt8] = []

    private enum WireType: UInt64 { case varint, bits64, delimited, bits32 = 5 }

    init(_ write: (inout ProtobufMessage) -> Void = { _ in }) { write(&self) }

    /// A whole number; negative ones take ten bytes.
    mutating func integer(_ field: UInt64, _ value: Int) {
        if value != 0 { member(field, integer: value) }
    }

    mutating func member(_ field: UInt64, integer value: Int) {
        tag(field, .varint)
        varint(UInt64(bitPattern: Int64(value)))
    }

    mutating func double(_ field: UInt64, _ value: Double) {
        if value.bitPattern != 0 { member(field, double: value) }
    }

    mutating func member(_ field: UInt64, double value: Double) {
        tag(field, .bits64)
        bytes += littleEndian(value.bitPattern)
    }

    mutating func member(_ field: UInt64, float value: Float) {
        tag(field, .bits32)
        bytes += littleEndian(value.bitPattern)
    }

    mutating func text(_ field: UInt64, _ value: String) {
        if !value.isEmpty { delimited(field, Array(value.utf8)) }
    }

    /// Bytes, packed numbers, or a message that may be empty.
    mutating func delimited(_ field: UInt64, _ content: [UInt8]) {
        tag(field, .delimited)
        varint(UInt64(content.count))
        bytes += content
    }

    mutating func message(_ field: UInt64, _ write: (inout ProtobufMessage) -> Void) {
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
func littleEndian(_ value: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
}

/// The fields of a message, read one after another.
struct ProtobufFields: Sequence, IteratorProtocol {
    enum Content: Equatable {
        case varint(UInt64)
        case bits64(UInt64)
        case delimited(ArraySlice<UInt8>)
        case bits32(UInt32)
    }

    private var rest: ArraySlice<UInt8>
    /// Whether something stood there that is no field.
    private(set) var isDamaged = false

    init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

    mutating func next() -> (field: UInt64, content: Content)? {
        guard !rest.isEmpty else { return nil }
        guard let tag = varint(), let content = content(tag & 7) else {
            isDamaged = true
            return nil
        }
        return (tag >> 3, content)
    }

    private mutating func content(_ type: UInt64) -> Content? {
        switch type {
        case 0: varint().map { .varint($0) }
        case 1: number(UInt64.self).map { .bits64($0) }
        case 2: varint().flatMap { Int(exactly: $0) }.flatMap { take($0) }.map { .delimited($0) }
        case 5: number(UInt32.self).map { .bits32($0) }
        default: nil
        }
    }

    private mutating func varint() -> UInt64? {
        var (value, shift) = (UInt64(0), UInt64(0))
        while let byte = rest.popFirst() {
            guard shift < 64 else { return nil }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
        return nil
    }

    private mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
        guard count <= rest.count else { return nil }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count)
    }

    private mutating func number<Number: FixedWidthInteger>(_ type: Number.Type) -> Number? {
        take(Number.bitWidth / 8).map(readLittleEndian)
    }
}

/// A number from its bytes, the lowest first.
package func readLittleEndian<Number: FixedWidthInteger>(_ bytes: ArraySlice<UInt8>) -> Number {
    bytes.reversed().reduce(0) { $0 << 8 | Number(truncatingIfNeeded: $1) }
}
