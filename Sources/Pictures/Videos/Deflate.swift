/// Compresses bytes into a zlib stream (RFC 1950) of deflate blocks with codes of their own (RFC 1951).
///
/// - Parameter bytes: any number.
/// - Returns: the stream; equal bytes give equal streams.
package func zlibCompressed(_ bytes: [UInt8]) -> [UInt8] {
    // 32 KB window, no dictionary, the check that makes the two bytes a multiple of 31.
    var output = BitStream(bytes: [0x78, 0x9C])
    var search = RepeatSearch(bytes)
    repeat {
        let tokens = search.next(1 << 16)
        DeflateBlock(tokens, isLast: search.isFinished).write(to: &output)
    } while !search.isFinished
    output.fillByte()
    let check = adler32(bytes)
    return output.bytes + [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: check >> $0) }
}

/// Bits collected into bytes, the first in the lowest place.
struct BitStream {
    private(set) var bytes: [UInt8]
    private var waiting: UInt64 = 0
    private var count = 0

    init(bytes: [UInt8] = []) { self.bytes = bytes }

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

    /// Takes the whole bytes out.
    mutating func takeBytes() -> [UInt8] {
        defer { bytes.removeAll(keepingCapacity: true) }
        return bytes
    }
}

/// A byte as it is, or a repetition of earlier bytes.
struct DeflateToken {
    /// 0 for a byte as it is; else 3 to 258 bytes.
    let length: UInt16
    /// How far back the repeated bytes begin, 1 to 32768; else the byte itself.
    let value: UInt16
}

/// Finds repetitions within 32 KB by the places where the same three bytes stood before.
struct RepeatSearch {
    private static let window = 1 << 15
    private static let longest = 258
    /// Earlier places that are tried at most.
    private static let patience = 24

    private let bytes: [UInt8]
    private var place = 0
    /// The newest place of three bytes, by their hash; −1 for none.
    private var newest = [Int32](repeating: -1, count: 1 << 15)
    /// The place before of the same hash, by place within the window.
    private var before = [Int32](repeating: -1, count: window)

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// Whether everything was turned into tokens.
    var isFinished: Bool { place >= bytes.count }

    /// The next tokens, at most so many.
    mutating func next(_ count: Int) -> [DeflateToken] {
        var tokens: [DeflateToken] = []
        while !isFinished && tokens.count < count {
            let (length, distance) = longestRepeat()
            if length >= 3 {
                tokens.append(DeflateToken(length: UInt16(length), value: UInt16(distance)))
                for _ in 0..<length { enter() }
            } else {
                tokens.append(DeflateToken(length: 0, value: UInt16(bytes[place])))
                enter()
            }
        }
        return tokens
    }

    /// Remembers the current place and goes on to the next.
    private mutating func enter() {
        if place + 2 < bytes.count {
            let hash = self.hash
            before[place & (Self.window - 1)] = newest[hash]
            newest[hash] = Int32(truncatingIfNeeded: place)
        }
        place += 1
    }

    private var hash: Int {
        let three = UInt32(bytes[place]) << 16 | UInt32(bytes[place + 1]) << 8 | UInt32(bytes[place + 2])
        return Int((three &* 0x9E37_79B1) >> 17)
    }

    private func longestRepeat() -> (length: Int, distance: Int) {
        let limit = min(Self.longest, bytes.count - place)
        guard limit >= 3 else { return (0, 0) }
        var (best, distance) = (0, 0)
        var candidate = Int(newest[hash])
        for _ in 0..<Self.patience where candidate >= 0 && place - candidate < Self.window {
            if best == 0 || bytes[candidate + best] == bytes[place + best] {
                var length = 0
                while length < limit && bytes[candidate + length] == bytes[place + length] { length += 1 }
                if length > best { (best, distance) = (length, place - candidate) }
                if best == limit { break }
            }
            candidate = Int(before[candidate & (Self.window - 1)])
        }
        return (best, distance)
    }
}
