extension BlockType {
    /// The types that numbers can be rounded to: those whose rounding is one formula.
    public static let rounded: [BlockType] = [.half, .q8Scaled, .q4Shifted]

    /// Rows of numbers as blocks, computed in single precision (alignment.md 1.8).
    ///
    /// Q8_0: d = max|x| / 127 and q = x·(1/d) rounded half away from zero. Q4_1: m = min, d = (max − m) / 15 and
    /// q = ⌊(x − m)·(1/d) + ½⌋ within 0 … 15. Units are stored as half floats, and 1/0 counts as 0. F16: to the nearest, ties to even.
    ///
    /// - Parameter values: a whole number of blocks, finite.
    /// - Returns: their bytes; traps for a type that is not in `rounded`.
    public func blocks(of values: UnsafeBufferPointer<Float>) -> [UInt8] {
        precondition(values.count % self.values == 0, "\(values.count) values are no blocks of \(name)")
        var bytes: [UInt8] = []
        bytes.reserveCapacity(values.count / self.values * self.bytes)
        for first in stride(from: 0, to: values.count, by: self.values) {
            let block = UnsafeBufferPointer(rebasing: values[first..<first + self.values])
            switch self {
            case .half: Self.append(block[0], to: &bytes)
            case .q8Scaled: Self.append8(block, to: &bytes)
            case .q4Shifted: Self.append4(block, to: &bytes)
            default: preconditionFailure("numbers are not rounded to \(name)")
            }
        }
        return bytes
    }

    private static func append8(_ block: UnsafeBufferPointer<Float>, to bytes: inout [UInt8]) {
        let d = block.reduce(0) { max($0, abs($1)) } / 127
        let inverse: Float = d == 0 ? 0 : 1 / d
        append(d, to: &bytes)
        for x in block {
            let q = Int8((x * inverse).rounded(.toNearestOrAwayFromZero))
            bytes.append(UInt8(bitPattern: q))
        }
    }

    private static func append4(_ block: UnsafeBufferPointer<Float>, to bytes: inout [UInt8]) {
        let least = block.reduce(block[0]) { min($0, $1) }
        let d = (block.reduce(block[0]) { max($0, $1) } - least) / 15
        let inverse: Float = d == 0 ? 0 : 1 / d
        append(d, to: &bytes)
        append(least, to: &bytes)
        func q(_ x: Float) -> UInt8 { UInt8(min(max(((x - least) * inverse + 0.5).rounded(.down), 0), 15)) }
        for j in 0..<16 { bytes.append(q(block[j]) | q(block[j + 16]) << 4) }
    }

    private static func append(_ x: Float, to bytes: inout [UInt8]) {
        let bits = halfBits(x)
        bytes.append(UInt8(truncatingIfNeeded: bits))
        bytes.append(UInt8(truncatingIfNeeded: bits >> 8))
    }

    /// IEEE 754 binary16 of a number, to the nearest, ties to even; beyond the largest, infinity.
    static func halfBits(_ x: Float) -> UInt16 {
        let (bits, sign) = (x.bitPattern & 0x7FFF_FFFF, UInt16(x.bitPattern >> 16) & 0x8000)
        if bits > 0x7F80_0000 { return sign | 0x7E00 }
        // From 65520 on the nearest half float would have too large an exponent.
        if bits >= 0x477F_F000 { return sign | 0x7C00 }
        if bits < 0x3880_0000 {
            // Subnormal: multiples of 2^-24; the addition rounds to them.
            let shifted = Float(bitPattern: bits) + 0x1p-1
            return sign | UInt16(shifted.bitPattern - Float(0x1p-1).bitPattern)
        }
        let rounded = bits + 0xFFF + (bits >> 13 & 1)
        return sign | UInt16((rounded >> 13) - (112 << 10))
    }
}
