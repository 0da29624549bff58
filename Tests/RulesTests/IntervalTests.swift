import Rules
import Testing

@Suite struct IntervalTests {
    private static let ends: [Double] = [
        -.infinity, -.greatestFiniteMagnitude, -1e200, -3, -1, -.leastNonzeroMagnitude, 0,
        .leastNonzeroMagnitude, 0.5, 2, 1e200,
        .greatestFiniteMagnitude, .infinity,
    ]
    /// Every interval between two of the ends that has a finite number in it.
    private static let intervals: [Interval] = ends.flatMap { low in
        ends.filter { $0 >= low && (low.isFinite || $0 > low) }.map { Interval(low, $0) }
    }.filter { $0.low < .infinity && $0.high > -.infinity }

    private static func numbers(in interval: Interval) -> [Double] {
        ends.filter { $0.isFinite && interval.low <= $0 && $0 <= interval.high }
    }

    /// Whether a number lies inside; what is no number is a fault of the judged step, and lies anywhere.
    private static func holds(_ interval: Interval, _ value: Double) -> Bool {
        value.isNaN || (interval.low <= value && value <= interval.high)
    }

    @Test func whatTwoNumbersGiveLiesInWhatTheirIntervalsGive() {
        for a in Self.intervals {
            for b in Self.intervals {
                let found = [a + b, a - b, a * b, a / b]
                #expect(found.allSatisfy { $0.low <= $0.high }, "\(a) and \(b) give \(found)")
                for x in Self.numbers(in: a) {
                    for y in Self.numbers(in: b) {
                        let all = zip(found, [x + y, x - y, x * y, x / y]).allSatisfy {
                            Self.holds($0, $1)
                        }
                        #expect(all, "\(x) and \(y) of \(a) and \(b): \(found)")
                    }
                }
            }
        }
    }

    @Test func whatOneNumberGivesLiesInWhatItsIntervalGives() {
        for a in Self.intervals {
            let found = [-a, a.magnitude, a.squared, a.root]
            #expect(found.allSatisfy { $0.low <= $0.high }, "\(a) gives \(found)")
            for x in Self.numbers(in: a) {
                let all = zip(found, [-x, abs(x), x * x, x.squareRoot()]).allSatisfy { Self.holds($0, $1) }
                #expect(all, "\(x) of \(a): \(found)")
            }
        }
    }

    @Test func halvesMeetInsideAndCoverTheWhole() {
        for a in Self.intervals {
            let (low, high) = a.halves
            #expect(low.low == a.low && high.high == a.high && low.high == high.low, "\(a)")
            #expect(a.low <= low.high && low.high <= a.high && low.high.isFinite, "\(a)")
        }
    }

    @Test func infinityTimesNothingIsAnything() {
        let whole = Interval(-.infinity, .infinity)
        #expect(Interval(-.infinity, -1) * Interval(0, 1) == whole)
        #expect(Interval(0) * whole == whole)
        #expect(Interval(1, .infinity) / Interval(1, .infinity) == whole)
        #expect(Interval(1, 2) * Interval(3, 4) == Interval(3.0.nextDown, 8.0.nextUp))
    }
}
