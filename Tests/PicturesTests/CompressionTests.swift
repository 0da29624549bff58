import Foundation
import Pictures
import Tensors
import TestSupport
import Testing

@Suite struct CompressionTests {
    /// Bytes of many kinds: none, one, all lengths of runs, text, noise, noise with repetitions far away.
    static let samples: [[UInt8]] = {
        var stream = RandomStream(seed: 6, for: .testing)
        func noise(_ count: Int, below limit: Int = 256) -> [UInt8] {
            (0..<count).map { _ in UInt8(stream.nextInteger(below: limit)) }
        }
        let far = noise(300)
        return [
            [], [7], [7, 7], Array(repeating: 0, count: 1_000_000), Array("saferl saferl saferl".utf8),
            Array(0...255), noise(70_000), noise(200_000, below: 3), noise(1000, below: 2),
            (3...300).flatMap { [UInt8](repeating: UInt8($0 % 251), count: $0) + noise(3) },
            // As far back as is allowed, and one further.
            far + noise(32_768 - 300) + far, far + noise(32_769 - 300) + far,
            // Frequencies like Fibonacci's numbers want codes longer than 15 bits.
            fibonacci(),
        ]
    }()

    private static func fibonacci() -> [UInt8] {
        var (a, b) = (1, 1)
        var bytes: [UInt8] = []
        // Each value is followed by another one, so that runs do not become repetitions.
        for symbol in 0..<24 {
            bytes += (0..<a).map { _ in UInt8(symbol) }
            (a, b) = (b, a + b)
        }
        var stream = RandomStream(seed: 8, for: .testing)
        for index in bytes.indices.reversed() { bytes.swapAt(index, stream.nextInteger(below: index + 1)) }
        return bytes
    }

    @Test(arguments: samples.indices) func aStreamIsReadBackByAnotherDecoder(_ index: Int) throws {
        let sample = Self.samples[index]
        let stream = zlibCompressed(sample)
        #expect(try Inflating.content(of: stream) == sample)
        #expect(zlibCompressed(sample) == stream)
    }

    @Test func repetitionsTakeLittleRoomAndNoiseHardlyMoreThanItself() {
        #expect(zlibCompressed(Array(repeating: 0, count: 1_000_000)).count < 1200)
        #expect(zlibCompressed(Self.samples[6]).count < 70_000 + 70_000 / 100)
        #expect(zlibCompressed(Self.samples[7]).count < 200_000 * 2 / 8)
    }

    /// zlib itself, where there is a Python interpreter.
    @Test(.enabled(if: Program.python.isHere)) func zlibReadsEveryStream() throws {
        let folder = try TemporaryDirectory()
        for (index, sample) in Self.samples.enumerated() {
            try overwrite("\(folder.path)/\(index).z", zlibCompressed(sample))
            try overwrite("\(folder.path)/\(index)", sample)
        }
        let script = """
            import sys, zlib
            for i in range(int(sys.argv[2])):
                name = sys.argv[1] + "/" + str(i)
                assert zlib.decompress(open(name + ".z", "rb").read()) == open(name, "rb").read(), i
            """
        #expect(try Program.python.run(["-c", script, folder.path, "\(Self.samples.count)"]) == 0)
    }

    @Test(arguments: [2, 3, 5, 8]) func codesOfAnyWidthAreReadBackByAnotherDecoder(_ bits: Int) throws {
        var stream = RandomStream(seed: 9, for: .testing)
        for count in [1, 2, 3, 255, 5000, 60_000] {
            let noise = (0..<count).map { _ in UInt8(stream.nextInteger(below: 1 << bits)) }
            for entries in [noise, noise.map { $0 & 1 }, Array(repeating: 1, count: count)] {
                let coded = lzwCompressed(entries, bits: bits)
                #expect(coded[0] == UInt8(bits) && coded.last == 0)
                var (data, place) = ([UInt8](), 1)
                while coded[place] != 0 {
                    data += coded[place + 1...place + Int(coded[place])]
                    place += 1 + Int(coded[place])
                }
                #expect(place == coded.count - 1)
                #expect(try DecodedVideo.entries(of: data, bits) == entries.map { Int($0) })
            }
        }
    }
}
