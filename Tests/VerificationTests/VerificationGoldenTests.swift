import TestSupport
import Testing
import Verification

/// Bounds and verdicts against the tables of the set `guard`.
@Suite struct VerificationGoldenTests {
    @Test func exactRangesAreContainedAndReached() throws {
        let networks = try Golden.decode([GoldenNetwork].self, "guard", "ranges_relu.json")
        let ranges = try Golden.decode([GoldenRange].self, "guard", "ranges_relu.json")
        #expect(!networks.isEmpty)
        for (index, (entry, expected)) in zip(networks, ranges).enumerated() {
            let found = Verifier(limits: SearchLimits(boxes: 10_000)).range(
                of: expected.objective, try entry.network(), over: expected.intervals, .real, tolerance: 2e-7)
            let values = expected.values
            #expect(found.outer.low <= values.low && found.outer.high >= values.high, "network \(index)")
            #expect(
                found.outer.low >= values.low - 1e-6 && found.outer.high <= values.high + 1e-6,
                "network \(index)")
            #expect(found.boxes <= 20_000, "network \(index)")
        }
    }

    @Test func attainedRangesOfSmoothNetworksAreContained() throws {
        let networks = try Golden.decode([GoldenNetwork].self, "guard", "ranges_smooth.json")
        let ranges = try Golden.decode([GoldenRange].self, "guard", "ranges_smooth.json")
        var narrow = 0
        for (index, (entry, expected)) in zip(networks, ranges).enumerated() {
            let found = Verifier(limits: SearchLimits(boxes: 100_000)).range(
                of: expected.objective, try entry.network(), over: expected.intervals, .real, tolerance: 4e-4)
            let values = expected.values
            #expect(
                found.outer.low <= values.low + 1e-9 && found.outer.high >= values.high - 1e-9,
                "network \(index)")
            let gap = max(values.low - found.outer.low, found.outer.high - values.high)
            if gap <= 1e-3 && found.boxes <= 200_000 { narrow += 1 }
        }
        #expect(10 * narrow >= 9 * networks.count)
    }

    @Test func marginsOfBallsAndTheirVerdictsAgree() throws {
        let networks = try Golden.decode([GoldenNetwork].self, "guard", "robustness.json")
        let entries = try Golden.decode([GoldenRobustness].self, "guard", "robustness.json")
        for (entry, expected) in zip(networks, entries) {
            let network = try entry.network()
            for ball in expected.robustness {
                let property = try VerificationProperty(
                    json: """
                        {"property":{"kind":"robust","point":\(expected.point),"radius":\(ball.radius),
                         "class":\(expected.class)}}
                        """, semantics: .real)
                let result = try Verifier().verify(property, of: network)
                #expect(
                    result.verdict == (ball.holds ? "holds" : "violated"), "\(expected.point) \(ball.radius)")
                let margin = (0..<network.outputs).filter { $0 != expected.class }.map { other in
                    let objective = (0..<network.outputs).map {
                        $0 == expected.class ? 1.0 : $0 == other ? -1 : 0
                    }
                    return Verifier(limits: SearchLimits(boxes: 200_000)).range(
                        of: objective, network, over: property.box, .real, tolerance: 2e-7
                    ).outer.low
                }.min()
                let exact = number(ball.smallest_margin)
                // The fraction is rounded to Double here.
                let found = try #require(margin)
                #expect(found <= exact.nextUp, "\(expected.point) \(ball.radius)")
                #expect(found >= exact - 1e-6, "\(expected.point) \(ball.radius)")
            }
        }
    }

    @Test func monotonicityIsProvedAndRefuted() throws {
        let networks = try Golden.decode([GoldenNetwork].self, "guard", "robustness.json")
        let entries = try Golden.decode([GoldenRobustness].self, "guard", "robustness.json")
        for (index, (entry, expected)) in zip(networks, entries).enumerated() {
            let network = try entry.network()
            for rise in expected.monotone {
                let property = try VerificationProperty(
                    json: """
                        {"property":{"kind":"monotone","output":0,"input":\(rise.input)},
                         "input":{"low":\(expected.point.map { $0 - 0.5 }),"high":\(expected.point.map { $0 + 0.5 })}}
                        """, semantics: .real)
                let result = try Verifier(limits: SearchLimits(boxes: 200_000)).verify(property, of: network)
                #expect(
                    result.verdict == (rise.rises ? "holds" : "violated"),
                    "network \(index), input \(rise.input)")
            }
        }
    }

    @Test func extremaAndSecantOffsetsAreContained() throws {
        for entry in try Golden.decode([GoldenActivation].self, "guard", "activations.json") {
            let function = try #require(ActivationFunction(rawValue: entry.activation))
            let interval = ClosedInterval(entry.low, entry.high)
            let range = Relaxation.range(of: function, on: interval)
            #expect(range.contains(number(entry.minimum)) && range.contains(number(entry.maximum)))
            #expect(range.low >= number(entry.minimum) - 1e-9 && range.high <= number(entry.maximum) + 1e-9)
            let offsets = Relaxation.offsets(of: function, slope: number(entry.secant), on: interval)
            // The stored slope is rounded to Double here: over the interval that moves the offsets.
            let moved = 0x1p-52 * abs(number(entry.secant)) * max(abs(entry.low), abs(entry.high))
            #expect(offsets.low <= number(entry.offset_low) + moved)
            #expect(offsets.high >= number(entry.offset_high) - moved)
            #expect(offsets.low >= number(entry.offset_low) - 1e-9)
            #expect(offsets.high <= number(entry.offset_high) + 1e-9)
        }
    }
}
