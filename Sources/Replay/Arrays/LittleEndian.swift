/// Numbers in bytes, the lowest byte first.
struct LittleEndian {
    let bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// A number of 1 to 4 bytes; nil beyond the end.
    func integer(_ place: Int, _ width: Int) -> Int? {
        guard place >= 0, place + width <= bytes.count else { return nil }
        return (0..<width).reduce(0) { $0 | Int(bytes[place + $1]) << (8 * $1) }
    }

    func text(_ place: Int, _ length: Int) -> String? {
        guard place >= 0, place + length <= bytes.count else { return nil }
        return String(validating: bytes[place..<place + length], as: UTF8.self)
    }

    static func bytes(_ number: Int, _ width: Int) -> [UInt8] {
        (0..<width).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
    }
}
