/// A small decoder of zlib streams (RFC 1950, 1951), independent of the encoder under test: bit by bit, from the text.
package struct Inflating {
    package struct Damage: Error { let reason: String }

    private let bytes: [UInt8]
    private var place = 0
    private(set) var output: [UInt8] = []

    /// The content of a whole stream.
    package static func content(of stream: [UInt8]) throws -> [UInt8] {
        var decoder = Inflating(stream)
        try decoder.run()
        return decoder.output
    }

    private init(_ bytes: [UInt8]) { self.bytes = bytes }

    private mutating func bit() throws -> Int {
        guard place / 8 < bytes.count else { throw Damage(reason: "ends early") }
        defer { place += 1 }
        return Int(bytes[place / 8] >> UInt8(place % 8) & 1)
    }

    private mutating func number(_ bits: Int) throws -> Int {
        var value = 0
        for index in 0..<bits { value |= try bit() << index }
        return value
    }

    private mutating func run() throws {
        guard bytes.count >= 6, bytes[0] & 15 == 8, (Int(bytes[0]) << 8 | Int(bytes[1])) % 31 == 0,
            bytes[1] & 32 == 0
        else { throw Damage(reason: "no zlib header") }
        place = 16
        var isLast = false
        while !isLast {
            isLast = try bit() == 1
            switch try number(2) {
            case 0: try stored()
            case 1:
                let lengths = (0..<288).map { $0 < 144 ? 8 : $0 < 256 ? 9 : $0 < 280 ? 7 : 8 }
                try compressed(Code(lengths), Code(Array(repeating: 5, count: 30)))
            case 2: try described()
            default: throw Damage(reason: "no such block")
            }
        }
        place = (place + 7) / 8 * 8
        var (a, b) = (1, 0)
        for byte in output {
            a = (a + Int(byte)) % 65521
            b = (b + a) % 65521
        }
        let tail = bytes[(place / 8)...]
        guard tail.count == 4, tail.reduce(0, { $0 << 8 | Int($1) }) == b << 16 | a else {
            throw Damage(reason: "checksum")
        }
    }

    private mutating func stored() throws {
        place = (place + 7) / 8 * 8
        let (count, complement) = (try number(16), try number(16))
        guard count ^ complement == 0xffff else { throw Damage(reason: "stored length") }
        for _ in 0..<count { output.append(UInt8(try number(8))) }
    }

    private mutating func described() throws {
        let (literals, distances, described) = (try number(5) + 257, try number(5) + 1, try number(4) + 4)
        let order = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]
        var lengths = [Int](repeating: 0, count: 19)
        for symbol in order[..<described] { lengths[symbol] = try number(3) }
        let code = Code(lengths)
        var all: [Int] = []
        while all.count < literals + distances {
            switch try symbol(code) {
            case 16:
                guard let last = all.last else { throw Damage(reason: "nothing to repeat") }
                all += Array(repeating: last, count: try number(2) + 3)
            case 17: all += Array(repeating: 0, count: try number(3) + 3)
            case 18: all += Array(repeating: 0, count: try number(7) + 11)
            case let length: all.append(length)
            }
        }
        guard all.count == literals + distances else { throw Damage(reason: "too many lengths") }
        try compressed(Code(Array(all[..<literals])), Code(Array(all[literals...])))
    }

    private mutating func compressed(_ literals: Code, _ distances: Code) throws {
        let starts = [
            3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131,
            163, 195,
            227, 258,
        ]
        let distanceStarts = [
            1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049,
            3073,
            4097, 6145, 8193, 12289, 16385, 24577,
        ]
        while true {
            let symbol = try symbol(literals)
            if symbol == 256 { return }
            if symbol < 256 {
                output.append(UInt8(symbol))
                continue
            }
            let range = symbol - 257
            guard range < starts.count else { throw Damage(reason: "no such length") }
            let length = starts[range] + (try number(range < 8 || range == 28 ? 0 : range / 4 - 1))
            let far = try self.symbol(distances)
            guard far < distanceStarts.count else { throw Damage(reason: "no such distance") }
            let distance = distanceStarts[far] + (try number(far < 4 ? 0 : far / 2 - 1))
            guard distance <= output.count else { throw Damage(reason: "before the beginning") }
            for _ in 0..<length { output.append(output[output.count - distance]) }
        }
    }

    private mutating func symbol(_ code: Code) throws -> Int {
        var (value, length) = (0, 0)
        while length < 15 {
            value = value << 1 | (try bit())
            length += 1
            if let symbol = code.symbols[Code.Key(length: length, value: value)] { return symbol }
        }
        throw Damage(reason: "no such code")
    }

    /// A canonical prefix code.
    private struct Code {
        struct Key: Hashable { let length, value: Int }
        var symbols: [Key: Int] = [:]

        init(_ lengths: [Int]) {
            var value = 0
            for length in 1...15 {
                for symbol in lengths.indices where lengths[symbol] == length {
                    symbols[Key(length: length, value: value)] = symbol
                    value += 1
                }
                value <<= 1
            }
        }
    }
}
