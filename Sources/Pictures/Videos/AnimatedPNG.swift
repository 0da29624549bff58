import Storage

/// An animated PNG (APNG, W3C PNG specification, third edition): viewers that know only PNG show the first picture.
///
/// Pixels are exact. Pictures after the first hold only what changed; everything else in their rectangle is transparent.
package struct AnimatedPNG: FrameEncoding {
    private static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

    private let sink: FileSink
    private let size: (width: Int, height: Int)
    private let rate: Int
    private let count: Int
    private var last: Frame?
    private var appended = 0
    private var sequence: UInt32 = 0

    /// Writes the head of the file.
    ///
    /// - Parameters:
    ///   - sink: where the file goes.
    ///   - size: pixels of every picture.
    ///   - rate: units in a second, 1 to 65535.
    ///   - count: pictures to come, at least 1.
    /// - Throws: `StorageError`.
    package init(to sink: FileSink, size: (width: Int, height: Int), rate: Int, count: Int) throws {
        precondition(count >= 1 && 1...65535 ~= rate, "\(count) pictures, \(rate) a second")
        (self.sink, self.size, self.rate, self.count) = (sink, size, rate, count)
        try sink.write(Self.signature)
        // Eight bits a channel, red, green, blue and opacity, not interlaced.
        try write(
            "IHDR", UInt32(size.width).bigEndianBytes + UInt32(size.height).bigEndianBytes + [8, 6, 0, 0, 0])
        // Repeated for ever.
        try write("acTL", UInt32(count).bigEndianBytes + [0, 0, 0, 0])
    }

    package mutating func append(_ frame: Frame, lasting duration: Int) throws {
        precondition(appended < count, "more than the \(count) pictures that the file is for")
        let change = FrameChange(from: last, to: frame)
        try write("fcTL", control(change, duration))
        let data = zlibCompressed(filtered(change))
        if last == nil {
            try write("IDAT", data)
        } else {
            try write("fdAT", sequence.bigEndianBytes + data)
            sequence += 1
        }
        (last, appended) = (frame, appended + 1)
    }

    package mutating func end() throws {
        precondition(appended == count, "\(appended) of \(count) pictures")
        try write("IEND", [])
    }

    /// Where and for how long a picture is shown: drawn over what is there, which then stays.
    private mutating func control(_ change: FrameChange, _ duration: Int) -> [UInt8] {
        defer { sequence += 1 }
        let numbers = [
            change.columns.count, change.rows.count, change.columns.lowerBound, change.rows.lowerBound,
        ]
        let delay = [UInt16(clamping: duration), UInt16(rate)].flatMap { [UInt8($0 >> 8), UInt8($0 & 0xff)] }
        return ([sequence] + numbers.map { UInt32($0) }).flatMap(\.bigEndianBytes) + delay
            + [0, last == nil ? 0 : 1]
    }

    /// Rows of red, green, blue and opacity, each behind the number of its filter.
    private func filtered(_ change: FrameChange) -> [UInt8] {
        let line = change.columns.count * 4
        var pixels: [UInt8] = []
        pixels.reserveCapacity(line * change.rows.count)
        change.forEachPixel { colour in
            guard let colour else { return pixels.append(contentsOf: [0, 0, 0, 0]) }
            pixels.append(UInt8(colour >> 16))
            pixels.append(UInt8(colour >> 8 & 0xff))
            pixels.append(UInt8(colour & 0xff))
            pixels.append(255)
        }
        var rows: [UInt8] = []
        rows.reserveCapacity(pixels.count + change.rows.count)
        var above = [UInt8](repeating: 0, count: line)[...]
        for start in stride(from: 0, to: pixels.count, by: line) {
            let row = pixels[start..<start + line]
            rows.append(contentsOf: PNGFilter.best(row, above))
            above = row
        }
        return rows
    }

    private func write(_ type: StaticString, _ data: [UInt8]) throws {
        let named = type.withUTF8Buffer { Array($0) } + data
        try sink.write(
            UInt32(data.count).bigEndianBytes + named + cyclicCheck(of: named).bigEndianBytes)
    }
}

/// What a row of a PNG is written as the difference to.
private enum PNGFilter: UInt8, CaseIterable {
    /// To nothing.
    case none = 0
    /// To the pixel on the left.
    case left = 1
    /// To the pixel above.
    case above = 2

    /// The row behind its filter's number, by the filter whose differences are the smallest.
    static func best(_ row: ArraySlice<UInt8>, _ above: ArraySlice<UInt8>) -> [UInt8] {
        var (best, least) = ([UInt8](), Int.max)
        for filter in allCases {
            let filtered = filter.applied(to: row, above)
            let size = filtered.reduce(0) { $0 + abs(Int(Int8(bitPattern: $1))) }
            if size < least { (best, least) = ([filter.rawValue] + filtered, size) }
        }
        return best
    }

    private func applied(to row: ArraySlice<UInt8>, _ above: ArraySlice<UInt8>) -> [UInt8] {
        switch self {
        case .none: Array(row)
        case .left: Array(row.prefix(4)) + zip(row.dropFirst(4), row).map { $0 &- $1 }
        case .above: zip(row, above).map { $0 &- $1 }
        }
    }
}

extension UInt32 {
    /// Four bytes, the highest first.
    fileprivate var bigEndianBytes: [UInt8] { withUnsafeBytes(of: bigEndian) { Array($0) } }
}
