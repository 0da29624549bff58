import SafeRL
import Testing

/// What a configuration takes in memory, and what there is.
@Suite struct MemoryTests {
    @Test func aLearnerTakesItsWeightsGradientMomentsAndAverage() {
        var need = MemoryNeed()
        // 3·64 + 64·2 weights and 64 + 2 biases, each padded to 16 numbers.
        need.addLearners("a network", "widths") { MLP("", 3, hidden: [64], outputs: 2, in: &$0) }
        let numbers = 3.0 * 64 + 64 + 64 * 2 + 16
        #expect(need.bytes == 4 * 4 * numbers)
        need.addLearners("others", "widths", count: 3, hasTarget: true) {
            MLP("", 3, hidden: [64], outputs: 2, in: &$0)
        }
        #expect(need.bytes == (4 + 3 * 5) * 4 * numbers)
        #expect(need.largest?.name == "others")
    }

    @Test func sizesThatNoIntegerHoldsAreAddedUp() {
        var need = MemoryNeed()
        need.addRows("rows", "rows", 1 << 40, of: 1 << 40)
        #expect(need.bytes == 4 * 0x1p80)
        #expect(MemorySupply.shortage(of: need.bytes) != nil)
    }

    @Test func whatThereIsSuffices() {
        #expect(MemorySupply.shortage(of: 1) == nil)
        #expect(MemorySupply.shortage(of: 0, reserving: 4096) == nil)
    }

    @Test(arguments: [
        (0.0, "0 bytes"), (1023, "1023 bytes"), (1024, "1.0 KiB"), (1_600, "1.6 KiB"),
        (0x1p40 * 10.94, "10.9 TiB"),
        (0x1p80, "1048576.0 EiB"),
    ])
    func bytesAreShownInAUnitForPeople(bytes: Double, text: String) {
        #expect(MemoryNeed.text(bytes) == text)
    }
}
