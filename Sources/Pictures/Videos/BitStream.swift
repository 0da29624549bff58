/// Bits collected into bytes, the first in the lowest place.
struct BitStream {
    private(set) var bytes: [UInt8] = []
    private var waiting: UInt64 = 0
    private var count = 0

    /// Appends the lowest `length` bits of a number, at most 32, the lowest first.
    mutating func append(_ bits: Int, _ length: Int) {
        waiting |= UInt64(bits) << UInt64(count)
        count += length
        while count >= 8 {
            bytes.append(UInt8(truncatingIfNeeded: waiting))
            waiting >>= 8
            count -= 8
        }
    }

    /// Goes on at the next whole byte.
    mutating func fillByte() { if count > 0 { append(0, 8 - count) } }
}
