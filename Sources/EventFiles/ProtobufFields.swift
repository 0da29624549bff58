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
