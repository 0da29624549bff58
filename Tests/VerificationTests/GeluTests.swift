import Testing
import Verification

/// What the verifier knows of gelu, against 40-digit arithmetic: extrema on intervals, and offsets of lines of the secant's slope.
@Suite struct GeluTests {
    /// An interval, the extrema of x·Φ(x) on it, a slope, and the least and largest x·Φ(x) − slope·x.
    struct Entry: Sendable {
        let low, high, least, largest, slope, offsetLow, offsetHigh: Double

        init(
            _ low: Double, _ high: Double, _ least: Double, _ largest: Double, _ slope: Double,
            _ offsetLow: Double, _ offsetHigh: Double
        ) {
            (self.low, self.high, self.least, self.largest) = (low, high, least, largest)
            (self.slope, self.offsetLow, self.offsetHigh) = (slope, offsetLow, offsetHigh)
        }
    }

    static let entries: [Entry] = [
        .init(
            -6, -3, -0.00404969409489028358, -5.9195258702261888442e-9, -0.0013498960584548045,
            -0.0080993822702546974284, -0.0053921341377360571318),
        .init(
            -3, -1, -0.15865525393145705141, -0.00404969409489028358, -0.07730277991828338,
            -0.23595803384974043333, -0.19981420556352537124),
        .init(-2, 2, -0.16997120747990366169, 1.9544997361036415856, 0.5, 0, 0.9544997361036415856),
        .init(
            -1, -0.5, -0.16997120747990366169, -0.15426876936299344818, 0.008772969136927206,
            -0.16346388975783755048, -0.14988228479452984521),
        .init(
            -0.5, 0.75, -0.15426876936299344818, 0.5800294857173488505, 0.5874386040642738,
            -0.0048007624430500106592, 0.1394505326691434715),
        .init(
            0.5, 4, 0.34573123063700655182, 3.9998733150326675203, 1.0440405955416174,
            -0.20548943646539652986, -0.1253579064546515133),
        .init(
            1, 1.5, 0.84134474606854294859, 1.399789198096712901, 1.11688890405634,
            -0.27835541120893334758, -0.27554415798779693834),
        .init(-12, 12, -0.16997120747990366169, 12, 0.5, 0, 6),
    ]

    @Test(arguments: entries) func extremaAndSecantOffsetsAreContained(_ entry: Entry) {
        let interval = ClosedInterval(entry.low, entry.high)
        let range = Relaxation.range(of: .gelu, on: interval)
        #expect(range.low <= entry.least && range.high >= entry.largest)
        #expect(range.low >= entry.least - 1e-14 && range.high <= entry.largest + 1e-14)
        let offsets = Relaxation.offsets(of: .gelu, slope: entry.slope, on: interval)
        #expect(offsets.low <= entry.offsetLow && offsets.high >= entry.offsetHigh)
        #expect(offsets.low >= entry.offsetLow - 1e-9 && offsets.high <= entry.offsetHigh + 1e-9)
    }

    @Test func theDerivativeIsSteepestAtItsInflections() {
        let slopes = Relaxation.slopes(of: .gelu, on: ClosedInterval(-40, 40))
        #expect(abs(slopes.low + 0.12890414518515478634) < 1e-12)
        #expect(abs(slopes.high - 1.1289041451851547863) < 1e-12)
        #expect(ActivationFunction.gelu.steepest >= slopes.high)
    }
}
