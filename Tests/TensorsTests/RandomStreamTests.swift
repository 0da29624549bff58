import CKernels
import Tensors
import Testing

@Suite struct RandomStreamTests {
    @Test(arguments: [
        // Known answers published with the generator: counter, key, words.
        (
            0 as UInt64, 0 as UInt64, 0 as UInt64,
            [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8] as [UInt32]
        ),
        (.max, .max, .max, [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]),
        (
            0x299f_31d0_a409_3822, 0x0370_7344_1319_8a2e, 0x85a3_08d3_243f_6a88,
            [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]
        ),
    ])
    func wordsMatchThePublishedAnswers(key: UInt64, lane: UInt64, block: UInt64, expected: [UInt32]) {
        var words = [UInt32](repeating: 0, count: 4)
        ck_philox_words(key, lane, block, &words, 4)
        #expect(words == expected)
    }

    @Test func normalsHaveTheMomentsOfN01() {
        var stream = RandomStream(seed: 7, for: .testing)
        let tensor = Tensor(1000, 1000)
        stream.fillNormal(tensor.buffer)
        let values = tensor.buffer.map(Double.init)
        let n = Double(values.count)
        let mean = values.reduce(0, +) / n
        let variance = values.reduce(0) { $0 + $1 * $1 } / n - mean * mean
        let fourth = values.reduce(0) { $0 + $1 * $1 * $1 * $1 } / n
        #expect(abs(mean) < 0.005)  // five standard errors
        #expect(abs(variance - 1) < 0.0071)
        #expect(abs(fourth - 3) < 0.049)
    }

    @Test func aKeepMaskDropsTheWantedShare() {
        var stream = RandomStream(seed: 7, for: .testing)
        let mask = Tensor(1000, 100)
        stream.fillKeepMask(mask.buffer, rate: 0.1)
        let dropped = mask.buffer.count { $0 == 0 }
        #expect(abs(dropped - 10_000) < 475)  // five standard deviations
        #expect(mask.buffer.allSatisfy { $0 == 0 || $0 == 1 / 0.9 })
    }

    @Test func aFillInPartsOfFourEqualsOneFill() {
        var whole = RandomStream(seed: 3, for: .noise)
        var parts = whole
        let a = Tensor(1, 200)
        let b = Tensor(1, 200)
        whole.fillNormal(a.buffer)
        parts.fillNormal(.init(rebasing: b.buffer[0..<68]))
        parts.fillNormal(.init(rebasing: b.buffer[68...]))
        #expect(a.buffer.elementsEqual(b.buffer))
        #expect(whole == parts)
    }

    @Test func purposesAndIndicesAreDifferentStreams() {
        var first: Set<UInt64> = []
        for purpose in Purpose.allCases {
            for index in 0..<100 as Range<UInt32> {
                var stream = RandomStream(seed: 1, for: purpose, index: index)
                first.insert(stream.nextInteger())
            }
        }
        #expect(first.count == 100 * Purpose.allCases.count)
    }
}
