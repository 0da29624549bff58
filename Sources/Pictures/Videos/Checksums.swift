/// The cyclic redundancy check of PNG chunks: polynomial 0xEDB88320, reflected (ISO 3309).
struct CRC32 {
    private static let table: [UInt32] = (0..<256).map { byte in
        (0..<8).reduce(UInt32(byte)) { value, _ in value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1 }
    }

    private var state: UInt32 = .max

    /// Takes more bytes.
    mutating func update(_ bytes: some Sequence<UInt8>) {
        let table = Self.table
        for byte in bytes { state = state >> 8 ^ table[Int((state ^ UInt32(byte)) & 0xff)] }
    }

    /// The check of all bytes so far.
    var value: UInt32 { ~state }
}

/// The checksum at the end of a zlib stream (RFC 1950).
func adler32(_ bytes: [UInt8]) -> UInt32 {
    var (a, b): (UInt32, UInt32) = (1, 0)
    var start = 0
    while start < bytes.count {
        // As many as cannot overflow 32 bits.
        let end = min(start + 5552, bytes.count)
        for index in start..<end {
            a &+= UInt32(bytes[index])
            b &+= a
        }
        (a, b, start) = (a % 65521, b % 65521, end)
    }
    return b << 16 | a
}
