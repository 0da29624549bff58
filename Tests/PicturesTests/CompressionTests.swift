import Pictures
import Tensors
import TestSupport
import Testing

@Suite struct CompressionTests {
    /// Bytes of many kinds: none, one, runs, text, noise.
    static let samples: [[UInt8]] = {
        var stream = RandomStream(seed: 6, for: .testing)
        func noise(_ count: Int, below limit: Int = 256) -> [UInt8] {
            (0..<count).map { _ in UInt8(stream.nextInteger(below: limit)) }
        }
        return [
            [], [7], Array(repeating: 0, count: 1_000_000), Array("saferl saferl saferl".utf8), noise(70_000),
            noise(200_000, below: 3),
        ]
    }()

    @Test(arguments: samples.indices) func aStreamIsReadBackAndTheSameEachTime(_ index: Int) throws {
        let sample = Self.samples[index]
        let stream = zlibCompressed(sample)
        #expect(try uncompressed(stream, atMost: sample.count) == sample)
        #expect(zlibCompressed(sample) == stream)
    }

    @Test func repetitionsTakeLittleRoomAndNoiseHardlyMoreThanItself() {
        #expect(zlibCompressed(Self.samples[2]).count < 1200)
        #expect(zlibCompressed(Self.samples[4]).count < 70_000 + 70_000 / 100)
        #expect(zlibCompressed(Self.samples[5]).count < 200_000 * 2 / 8)
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
