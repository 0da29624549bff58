import CZlib
import Pictures

/// The content of a zlib stream, by the system's zlib.
///
/// - Throws: `DecodedVideo.Damage`, also for more bytes than `most`.
package func uncompressed(_ stream: [UInt8], atMost most: Int) throws -> [UInt8] {
    var (bytes, size) = ([UInt8](repeating: 0, count: max(most, 1)), uLong(most))
    let status = uncompress(&bytes, &size, stream, uLong(stream.count))
    guard status == Z_OK else { throw DecodedVideo.Damage(reason: "zlib: status \(status)") }
    return Array(bytes.prefix(Int(size)))
}

/// The frames of a GIF or an animated PNG as a viewer composes them, by decoders independent of the encoders under test.
package struct DecodedVideo {
    /// Why a file is not what it should be.
    package struct Damage: Error { let reason: String }

    /// Every picture, whole.
    package private(set) var frames: [Frame] = []
    /// Seconds that each frame is shown, as two numbers whose quotient it is.
    package private(set) var delays: [(Int, Int)] = []
    /// Whether it is repeated for ever.
    package private(set) var isRepeated = false
    private var canvas: [UInt8] = []
    private var (width, height) = (0, 0)

    /// The seconds that each frame is shown.
    package var seconds: [Double] { delays.map { Double($0.0) / Double($0.1) } }

    private mutating func show(
        _ pixels: [UInt8?], x: Int, y: Int, width part: Int, height rows: Int
    ) throws {
        guard part > 0, rows > 0, x + part <= width, y + rows <= height, pixels.count == part * rows * 3
        else {
            throw Damage(reason: "a part outside the picture")
        }
        for row in 0..<rows {
            for byte in 0..<part * 3 {
                if let value = pixels[row * part * 3 + byte] {
                    canvas[((y + row) * width + x) * 3 + byte] = value
                }
            }
        }
        frames.append(Frame(width: width, height: height, pixels: canvas))
    }

    // MARK: PNG

    /// Reads an animated PNG of eight bits a channel with opacity, all chunks checked.
    package init(png bytes: [UInt8]) throws {
        guard bytes.starts(with: [137, 80, 78, 71, 13, 10, 26, 10]) else { throw Damage(reason: "no PNG") }
        var (place, sequence, stated) = (8, 0, -1)
        var control: [UInt8] = []
        var names: [String] = []
        func number(_ bytes: some Collection<UInt8>) -> Int { bytes.reduce(0) { $0 << 8 | Int($1) } }
        while place < bytes.count {
            let length = number(bytes[place..<place + 4])
            let name = String(decoding: bytes[place + 4..<place + 8], as: UTF8.self)
            let data = Array(bytes[place + 8..<place + 8 + length])
            let check = number(bytes[place + 8 + length..<place + 12 + length])
            guard check == Self.check(bytes[place + 4..<place + 8 + length]) else {
                throw Damage(reason: "check")
            }
            place += 12 + length
            names.append(name)
            switch name {
            case "IHDR":
                (width, height) = (number(data[0..<4]), number(data[4..<8]))
                guard Array(data[8...]) == [8, 6, 0, 0, 0] else { throw Damage(reason: "kind of PNG") }
                canvas = Array(repeating: 0, count: width * height * 3)
            case "acTL": (stated, isRepeated) = (number(data[0..<4]), number(data[4..<8]) == 0)
            case "fcTL", "fdAT":
                guard number(data[0..<4]) == sequence else { throw Damage(reason: "sequence") }
                sequence += 1
                if name == "fcTL" { control = data } else { try showPNG(control, Array(data[4...])) }
            case "IDAT":
                guard number(control[12..<20]) == 0, control[25] == 0 else {
                    throw Damage(reason: "first frame")
                }
                try showPNG(control, data)
            case "IEND": break
            default: throw Damage(reason: "a chunk \(name)")
            }
        }
        guard frames.count == stated, names.last == "IEND",
            Array(names.prefix(4)) == ["IHDR", "acTL", "fcTL", "IDAT"]
        else { throw Damage(reason: "\(frames.count) frames of \(stated), \(names)") }
    }

    private mutating func showPNG(_ control: [UInt8], _ data: [UInt8]) throws {
        func number(_ at: Int, _ count: Int) -> Int {
            control[at..<at + count].reduce(0) { $0 << 8 | Int($1) }
        }
        let (columns, rows) = (number(4, 4), number(8, 4))
        let raw = try uncompressed(data, atMost: rows * (columns * 4 + 1))
        guard raw.count == rows * (columns * 4 + 1), control[24] == 0 else {
            throw Damage(reason: "amount of data")
        }
        var above = [UInt8](repeating: 0, count: columns * 4)
        var pixels: [UInt8?] = []
        for row in 0..<rows {
            let start = row * (columns * 4 + 1)
            var line = Array(raw[start + 1..<start + 1 + columns * 4])
            for index in line.indices {
                let left = index < 4 ? 0 : line[index - 4]
                switch raw[start] {
                case 0: break
                case 1: line[index] &+= left
                case 2: line[index] &+= above[index]
                default: throw Damage(reason: "filter \(raw[start])")
                }
            }
            for pixel in 0..<columns {
                let colour = line[pixel * 4..<pixel * 4 + 4]
                guard colour.last == 0 || colour.last == 255 else { throw Damage(reason: "half transparent") }
                pixels += colour.last == 0 ? [nil, nil, nil] : colour.dropLast().map { $0 }
            }
            above = line
        }
        delays.append((number(20, 2), number(22, 2)))
        try show(pixels, x: number(12, 4), y: number(16, 4), width: columns, height: rows)
    }

    /// The check of a chunk, bit by bit.
    private static func check(_ bytes: ArraySlice<UInt8>) -> Int {
        var value: UInt32 = .max
        for byte in bytes {
            value ^= UInt32(byte)
            for _ in 0..<8 { value = value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1 }
        }
        return Int(~value)
    }

    // MARK: GIF

    /// Reads a GIF whose frames have palettes of their own.
    package init(gif bytes: [UInt8]) throws {
        guard bytes.starts(with: Array("GIF89a".utf8)), bytes[10] & 0x80 == 0 else {
            throw Damage(reason: "no GIF")
        }
        func number(_ at: Int) -> Int { Int(bytes[at]) | Int(bytes[at + 1]) << 8 }
        (width, height) = (number(6), number(8))
        canvas = Array(repeating: 0, count: width * height * 3)
        var (place, transparent) = (13, Int?.none)
        while bytes[place] != 0x3B {
            if bytes[place] == 0x21 && bytes[place + 1] == 0xFF {
                isRepeated =
                    Array(bytes[place + 3..<place + 14]) == Array("NETSCAPE2.0".utf8)
                    && Array(bytes[place + 14..<place + 19]) == [3, 1, 0, 0, 0]
                place += 19
            } else if bytes[place] == 0x21 && bytes[place + 1] == 0xF9 {
                guard bytes[place + 2] == 4, bytes[place + 3] & ~1 == 4, bytes[place + 7] == 0 else {
                    throw Damage(reason: "control")
                }
                transparent = bytes[place + 3] & 1 == 1 ? Int(bytes[place + 6]) : nil
                delays.append((number(place + 4), 100))
                place += 8
            } else if bytes[place] == 0x2C {
                let part = (number(place + 1), number(place + 3), number(place + 5), number(place + 7))
                let size = 2 << Int(bytes[place + 9] & 7)
                let table = Array(bytes[place + 10..<place + 10 + 3 * size])
                place += 10 + 3 * size
                let bits = Int(bytes[place])
                var data: [UInt8] = []
                place += 1
                while bytes[place] != 0 {
                    data += bytes[place + 1..<place + 1 + Int(bytes[place])]
                    place += 1 + Int(bytes[place])
                }
                place += 1
                let entries = try Self.entries(of: data, bits)
                let pixels = entries.flatMap { entry -> [UInt8?] in
                    entry == transparent ? [nil, nil, nil] : (0..<3).map { table[entry * 3 + $0] }
                }
                try show(pixels, x: part.0, y: part.1, width: part.2, height: part.3)
            } else {
                throw Damage(reason: "a block \(bytes[place])")
            }
        }
        guard place == bytes.count - 1, frames.count == delays.count else { throw Damage(reason: "the end") }
    }

    /// Decodes LZW as the appendix of GIF89a describes the decoder, with strings written out.
    package static func entries(of data: [UInt8], _ bits: Int) throws -> [Int] {
        let (clear, end) = (1 << bits, 1 << bits + 1)
        var strings: [[Int]] = []
        var (width, place, last) = (0, 0, [Int]?.none)
        var output: [Int] = []
        func reset() {
            strings = (0..<end + 1).map { [$0] }
            (width, last) = (bits + 1, nil)
        }
        reset()
        while true {
            guard place + width <= data.count * 8 else { throw Damage(reason: "no end code") }
            var code = 0
            for bit in 0..<width {
                code |= Int(data[(place + bit) / 8] >> UInt8((place + bit) % 8) & 1) << bit
            }
            place += width
            if code == end { break }
            if code == clear {
                reset()
                continue
            }
            guard code < strings.count || code == strings.count && last != nil else {
                throw Damage(reason: "code")
            }
            let string: [Int]
            if code < strings.count {
                string = strings[code]
            } else {
                string = (last ?? []) + (last ?? [])[..<1]
            }
            if let last, strings.count < 4096 { strings.append(last + string[..<1]) }
            output += string
            last = string
            if strings.count == 1 << width && width < 12 { width += 1 }
        }
        guard (place + 7) / 8 == data.count else { throw Damage(reason: "bytes after the end code") }
        return output
    }
}
