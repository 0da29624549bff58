import Storage

/// An animated GIF (GIF89a) that is repeated for ever.
///
/// Every picture has a palette of its own. Pictures after the first hold only what changed; everything else in their
/// rectangle is transparent.
package struct AnimatedGIF: FrameEncoding {
    private let sink: FileSink
    private let rate: Int
    private var last: Frame?
    /// Units shown so far; delays are rounded so that their sum never is off by more than a hundredth of a second.
    private var shown = 0

    /// Writes the head of the file.
    ///
    /// - Parameters:
    ///   - sink: where the file goes.
    ///   - size: pixels of every picture, each at most 65535.
    ///   - rate: units in a second, 1 to 50: browsers show pictures of less than two hundredths of a second slowly.
    /// - Throws: `StorageError`.
    package init(to sink: FileSink, size: (width: Int, height: Int), rate: Int) throws {
        precondition(1...50 ~= rate, "\(rate) pictures a second")
        (self.sink, self.rate) = (sink, rate)
        // No palette for all pictures, eight bits a channel.
        try sink.write(
            Array("GIF89a".utf8) + Self.bytes(size.width) + Self.bytes(size.height) + [0x70, 0, 0]
                + [0x21, 0xFF, 11] + Array("NETSCAPE2.0".utf8) + [3, 1, 0, 0, 0])
    }

    package mutating func append(_ frame: Frame, lasting duration: Int) throws {
        let change = FrameChange(from: last, to: frame)
        var counts: [UInt32: Int] = [:]
        var (hasGaps, colours) = (false, [UInt32?]())
        colours.reserveCapacity(change.columns.count * change.rows.count)
        change.forEachPixel { colour in
            colours.append(colour)
            if colour == nil { hasGaps = true }
        }
        for colour in colours { if let colour { counts[colour, default: 0] += 1 } }
        let palette = Palette(counts, room: hasGaps ? 255 : 256)
        let transparent = UInt8(truncatingIfNeeded: palette.colours.count)
        let entries = colours.map { $0.map(palette.entry) ?? transparent }
        // A table has 2, 4, …, 256 entries.
        let bits = max(1, Int.bitWidth - (palette.colours.count + (hasGaps ? 1 : 0) - 1).leadingZeroBitCount)
        try sink.write(control(duration, transparent: hasGaps ? transparent : nil))
        try sink.write(
            [0x2C] + Self.bytes(change.columns.lowerBound) + Self.bytes(change.rows.lowerBound)
                + Self.bytes(change.columns.count) + Self.bytes(change.rows.count)
                + [0x80 | UInt8(bits - 1)] + table(palette, 1 << bits))
        try sink.write(lzwCompressed(entries, bits: max(2, bits)))
        last = frame
    }

    package mutating func end() throws { try sink.write([0x3B]) }

    /// How long a picture is shown; afterwards it stays.
    private mutating func control(_ duration: Int, transparent: UInt8?) -> [UInt8] {
        func hundredths(_ units: Int) -> Int { (units * 100 + rate / 2) / rate }
        let delay = hundredths(shown + duration) - hundredths(shown)
        shown += duration
        return [0x21, 0xF9, 4, transparent == nil ? 4 : 5] + Self.bytes(min(delay, 65535)) + [
            transparent ?? 0, 0,
        ]
    }

    private func table(_ palette: Palette, _ size: Int) -> [UInt8] {
        let used = palette.colours.flatMap { [UInt8($0 >> 16), UInt8($0 >> 8 & 0xff), UInt8($0 & 0xff)] }
        return used + [UInt8](repeating: 0, count: 3 * size - used.count)
    }

    /// Two bytes, the lower first.
    private static func bytes(_ number: Int) -> [UInt8] {
        precondition(0...65535 ~= number, "\(number) does not fit into a GIF")
        return [UInt8(number & 0xff), UInt8(number >> 8)]
    }
}

/// Image data of a GIF: variable-length LZW codes in sub-blocks (GIF89a, appendix F).
///
/// - Parameters:
///   - entries: palette entries, each below 2 to the power of `bits`.
///   - bits: 2 to 8.
/// - Returns: the code size, the sub-blocks and the empty block that ends them.
package func lzwCompressed(_ entries: [UInt8], bits: Int) -> [UInt8] {
    precondition(2...8 ~= bits, "LZW codes of \(bits) bits")
    let (clear, end) = (1 << bits, 1 << bits + 1)
    var (output, width, next) = (BitStream(), bits + 1, 1 << bits + 2)
    // Codes of strings, by the code of the string without its last entry, and that entry.
    var strings = LZWStrings()
    output.append(clear, width)
    var current: Int?
    for entry in entries {
        guard let before = current else {
            current = Int(entry)
            continue
        }
        if let longer = strings.code(before, entry) {
            current = longer
            continue
        }
        output.append(before, width)
        if next < 4096 {
            strings.insert(before, entry, next)
            // The decoder knows a new code one step later.
            if next == 1 << width { width += 1 }
            next += 1
        } else {
            output.append(clear, width)
            strings.removeAll()
            (width, next) = (bits + 1, end + 1)
        }
        current = Int(entry)
    }
    if let current { output.append(current, width) }
    // Reading that code, a decoder adds one more string, after which codes may be wider.
    if next == 1 << width && width < 12 { width += 1 }
    output.append(end, width)
    output.fillByte()
    return [UInt8(bits)] + subBlocks(of: output.bytes)
}

/// At most 255 bytes each after their number, and the empty block that ends them.
private func subBlocks(of bytes: [UInt8]) -> [UInt8] {
    var blocks: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: 255) {
        let block = bytes[start..<min(start + 255, bytes.count)]
        blocks.append(UInt8(block.count))
        blocks += block
    }
    return blocks + [0]
}

/// A hash table of LZW strings.
private struct LZWStrings {
    private static let size = 1 << 14
    /// Code + 1 in the lowest 16 bits, above it what it stands for; 0 where there is none.
    private var slots = [UInt64](repeating: 0, count: size)

    private func place(_ key: UInt64) -> Int {
        var place = Int((key &* 0x9E37_79B9_7F4A_7C15) >> 50)
        while slots[place] != 0 && slots[place] >> 16 != key { place = (place + 1) & (Self.size - 1) }
        return place
    }

    private func key(_ before: Int, _ entry: UInt8) -> UInt64 { UInt64(before) << 8 | UInt64(entry) }

    func code(_ before: Int, _ entry: UInt8) -> Int? {
        let slot = slots[place(key(before, entry))]
        return slot == 0 ? nil : Int(slot & 0xffff) - 1
    }

    mutating func insert(_ before: Int, _ entry: UInt8, _ code: Int) {
        let key = key(before, entry)
        slots[place(key)] = key << 16 | UInt64(code + 1)
    }

    mutating func removeAll() { for index in slots.indices { slots[index] = 0 } }
}
