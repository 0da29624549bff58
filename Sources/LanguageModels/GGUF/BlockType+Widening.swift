extension BlockType {
    /// Writes the values of whole blocks in single precision.
    ///
    /// - Parameters:
    ///   - blocks: a whole number of blocks.
    ///   - values: as many numbers as they hold.
    public func widen(_ blocks: UnsafeRawBufferPointer, into values: UnsafeMutableBufferPointer<Float>) {
        precondition(
            values.count % self.values == 0 && blocks.count == values.count / self.values * bytes,
            "\(blocks.count) bytes of \(name) for \(values.count) values")
        switch self {
        case .single: StoredFloats.single.widen(blocks, into: values)
        case .half: StoredFloats.half.widen(blocks, into: values)
        case .brain: StoredFloats.brain.widen(blocks, into: values)
        default:
            for block in 0..<blocks.count / bytes {
                widen(
                    Block(
                        bytes: UnsafeRawBufferPointer(rebasing: blocks[block * bytes..<(block + 1) * bytes])),
                    into: UnsafeMutableBufferPointer(
                        rebasing: values[block * self.values..<(block + 1) * self.values]))
            }
        }
    }

    private func widen(_ block: Block, into x: UnsafeMutableBufferPointer<Float>) {
        switch self {
        case .q4Scaled:
            let d = block.half(0)
            for j in 0..<32 { x[j] = d * Float(block.nibble(2, j, of: 32) - 8) }
        case .q4Shifted:
            let (d, m) = (block.half(0), block.half(2))
            for j in 0..<32 { x[j] = d * Float(block.nibble(4, j, of: 32)) + m }
        case .q5Scaled:
            let d = block.half(0)
            for j in 0..<32 {
                x[j] = d * Float((block.nibble(6, j, of: 32) | block.bit(2, j) << 4) - 16)
            }
        case .q5Shifted:
            let (d, m) = (block.half(0), block.half(2))
            for j in 0..<32 {
                let q = block.nibble(8, j, of: 32) | block.bit(4, j) << 4
                x[j] = d * Float(q) + m
            }
        case .q8Scaled:
            let d = block.half(0)
            for j in 0..<32 { x[j] = d * Float(block.signed(2 + j)) }
        case .k2: widenK2(block, into: x)
        case .k3: widenK3(block, into: x)
        case .k4, .k5: widenK45(block, into: x)
        case .k6: widenK6(block, into: x)
        case .single, .half, .brain: preconditionFailure("numbers of \(name) are no blocks")
        }
    }

    /// Sixteen scales and sixteen least values of 4 bits, then values of 2 bits, then the units of both.
    private func widenK2(_ block: Block, into x: UnsafeMutableBufferPointer<Float>) {
        let (d, e) = (block.half(80), block.half(82))
        for i in 0..<256 {
            let s = block[i / 16]
            x[i] = d * Float(s & 15) * Float(block.pair(16, i)) - e * Float(s >> 4)
        }
    }

    /// High bits, values of 2 bits, sixteen scales of 6 bits, the unit.
    private func widenK3(_ block: Block, into x: UnsafeMutableBufferPointer<Float>) {
        let d = block.half(108)
        for i in 0..<256 {
            let j = i / 16
            let low = j < 8 ? block[96 + j] & 15 : block[96 + j - 8] >> 4
            let scale = (low | (block[104 + j % 4] >> (2 * (j / 4)) & 3) << 4) - 32
            let q = block.pair(32, i) - (block[i % 32] >> (i / 32) & 1 == 0 ? 4 : 0)
            x[i] = d * Float(scale) * Float(q)
        }
    }

    /// Units of scales and of least values, both of 6 bits for each 32 values; with 5 bits a plane of high bits.
    private func widenK45(_ block: Block, into x: UnsafeMutableBufferPointer<Float>) {
        let (d, e) = (block.half(0), block.half(2))
        let low = self == .k5 ? 48 : 16
        for j in 0..<8 {
            let a, b: Int
            if j < 4 {
                (a, b) = (block[4 + j] & 63, block[8 + j] & 63)
            } else {
                a = block[8 + j] & 15 | (block[j] >> 6) << 4
                b = block[8 + j] >> 4 | (block[4 + j] >> 6) << 4
            }
            let (scale, least) = (d * Float(a), e * Float(b))
            for l in 0..<32 {
                let byte = block[low + 32 * (j / 2) + l]
                var q = j % 2 == 0 ? byte & 15 : byte >> 4
                if self == .k5 { q |= (block[16 + l] >> j & 1) << 4 }
                x[32 * j + l] = scale * Float(q) - least
            }
        }
    }

    /// Low halves, pairs of high bits, sixteen signed scales, the unit.
    private func widenK6(_ block: Block, into x: UnsafeMutableBufferPointer<Float>) {
        let d = block.half(208)
        for half in 0..<2 {
            for g in 0..<4 {
                for l in 0..<32 {
                    let byte = block[64 * half + 32 * (g % 2) + l]
                    let low = g < 2 ? byte & 15 : byte >> 4
                    let q = (low | (block[128 + 32 * half + l] >> (2 * g) & 3) << 4) - 32
                    let i = 128 * half + 32 * g + l
                    x[i] = d * Float(block.signed(192 + i / 16)) * Float(q)
                }
            }
        }
    }
}

/// The bytes of one block.
private struct Block {
    let bytes: UnsafeRawBufferPointer

    subscript(at: Int) -> Int { Int(bytes[at]) }

    func signed(_ at: Int) -> Int { Int(Int8(bitPattern: bytes[at])) }

    func half(_ at: Int) -> Float {
        StoredFloats.fromHalf(bytes.loadUnaligned(fromByteOffset: at, as: UInt16.self))
    }

    /// Value `j` of 4 bits: low halves of the bytes from `first` on, then high halves.
    func nibble(_ first: Int, _ j: Int, of count: Int) -> Int {
        j < count / 2 ? self[first + j] & 15 : self[first + j - count / 2] >> 4
    }

    /// Bit `j` of the bytes from `first` on.
    func bit(_ first: Int, _ j: Int) -> Int { self[first + j / 8] >> (j % 8) & 1 }

    /// Value `i` of 2 bits as K types order them: 128 values in 32 bytes, four times.
    func pair(_ first: Int, _ i: Int) -> Int {
        self[first + 32 * (i / 128) + i % 32] >> (2 * (i % 128 / 32)) & 3
    }
}
