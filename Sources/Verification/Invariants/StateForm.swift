/// A function of the state over a box: its interval, its value at the middle, and between which numbers its slopes lie.
///
/// By the mean value theorem the function is the value at the middle plus slope·(s − middle), with slopes of the box. Functions that
/// share numbers of the state keep what they have in common, which intervals lose.
public struct StateForm: BoundableNumber {
    /// Contains every value over the box.
    public let range: ClosedInterval
    /// Contains the value at the middle.
    public let centre: ClosedInterval
    /// Contains the slope by each number of the state, everywhere in the box; empty for a constant.
    public let slopes: [ClosedInterval]

    private init(_ range: ClosedInterval, _ centre: ClosedInterval, _ slopes: [ClosedInterval]) {
        (self.range, self.centre, self.slopes) = (range, centre, slopes)
    }

    /// A result of `Double`, whose rounding differs from state to state: an unknown number beside the exact function.
    private init(rounded range: ClosedInterval, _ centre: ClosedInterval, _ slopes: [ClosedInterval]) {
        let size = max(abs(range.low), abs(range.high)) * 0x1p-50 + Rounding.tiny
        self.init(range, centre.plus(ClosedInterval(-size, size)), slopes)
    }

    /// A number, exactly.
    public init(_ exact: Double) { self.init(ClosedInterval(exact), ClosedInterval(exact), []) }

    /// The numbers of the state over a box.
    public static func state(over box: IntervalBox) -> [StateForm] {
        box.indices.map { k in
            StateForm(
                box[k], ClosedInterval(box[k].middle),
                box.indices.map { ClosedInterval($0 == k ? 1 : 0) })
        }
    }

    /// A function of two forms, by its slopes.
    private static func combined(
        _ a: Self, _ b: Self, _ range: ClosedInterval, _ centre: ClosedInterval,
        by slopes: (ClosedInterval, ClosedInterval)
    ) -> Self {
        let zero = ClosedInterval(0)
        let count = max(a.slopes.count, b.slopes.count)
        return StateForm(
            rounded: range, centre,
            (0..<count).map { k in
                let p = k < a.slopes.count ? slopes.0.times(a.slopes[k]) : zero
                let q = k < b.slopes.count ? slopes.1.times(b.slopes[k]) : zero
                return p.plus(q)
            })
    }

    private func mapped(_ range: ClosedInterval, _ centre: ClosedInterval, slope: ClosedInterval) -> Self {
        StateForm(rounded: range, centre, slopes.map { slope.times($0) })
    }

    /// The sum.
    public func plus(_ other: Self) -> Self {
        Self.combined(
            self, other, range.plus(other.range), centre.plus(other.centre),
            by: (ClosedInterval(1), ClosedInterval(1)))
    }

    /// The difference.
    public func minus(_ other: Self) -> Self {
        Self.combined(
            self, other, range.minus(other.range), centre.minus(other.centre),
            by: (ClosedInterval(1), ClosedInterval(-1)))
    }

    /// The product.
    public func times(_ other: Self) -> Self {
        Self.combined(
            self, other, range.times(other.range), centre.times(other.centre), by: (other.range, range))
    }

    /// side / length; a constant between its bounds where the length may be near 0.
    public static func cosine(_ side: Self, over length: Self) -> Self {
        let range = ClosedInterval.cosine(side.range, over: length.range)
        guard length.range.low > 1e-6 else { return StateForm(range, range, []) }
        let inverse = ClosedInterval((1 / length.range.high).nextDown, (1 / length.range.low).nextUp)
        return combined(
            side, length, range, ClosedInterval.cosine(side.centre, over: length.centre),
            by: (inverse, ClosedInterval(0).minus(range.times(inverse))))
    }

    /// √(x² + y²).
    public static func hypotenuse(_ x: Self, _ y: Self) -> Self {
        let length = ClosedInterval.hypotenuse(x.range, y.range)
        return combined(
            x, y, length, ClosedInterval.hypotenuse(x.centre, y.centre),
            by: (ClosedInterval.cosine(x.range, over: length), ClosedInterval.cosine(y.range, over: length)))
    }

    /// |x|.
    public var magnitude: Self {
        let slope =
            range.low >= 0 ? ClosedInterval(1) : range.high <= 0 ? ClosedInterval(-1) : ClosedInterval(-1, 1)
        return mapped(range.magnitude, centre.magnitude, slope: slope)
    }

    /// cos x.
    public var cosine: Self {
        mapped(range.cosine, centre.cosine, slope: ClosedInterval(0).minus(range.sine))
    }
    /// sin x.
    public var sine: Self { mapped(range.sine, centre.sine, slope: range.cosine) }

    /// min(max(x, low), high).
    public func clipped(to limits: ClosedInterval) -> Self {
        let isOut = range.high <= limits.low || range.low >= limits.high
        let isIn = range.low >= limits.low && range.high <= limits.high
        return mapped(
            range.clipped(to: limits), centre.clipped(to: limits),
            slope: isIn ? ClosedInterval(1) : isOut ? ClosedInterval(0) : ClosedInterval(0, 1))
    }

    /// The sum with an unknown number that does not depend on the state in a known way.
    public func widened(by unknown: ClosedInterval) -> Self {
        StateForm(range.plus(unknown), centre.plus(unknown), slopes)
    }

    /// The same, of which it is known that it lies in an interval.
    public func known(within limits: ClosedInterval) -> Self {
        StateForm(range.meeting(limits), centre.meeting(limits), slopes)
    }

    /// The smaller of two.
    public static func smaller(_ a: Self, _ b: Self) -> Self {
        let (p, q) = (a.range, b.range)
        let shares =
            p.high <= q.low
            ? (ClosedInterval(1), ClosedInterval(0))
            : q.high <= p.low ? (ClosedInterval(0), ClosedInterval(1)) : nil
        let (range, centre) = (ClosedInterval.smaller(p, q), ClosedInterval.smaller(a.centre, b.centre))
        if let shares { return combined(a, b, range, centre, by: shares) }
        let zero = ClosedInterval(0)
        return StateForm(
            rounded: range, centre,
            (0..<max(a.slopes.count, b.slopes.count)).map { k in
                (k < a.slopes.count ? a.slopes[k] : zero).joined(k < b.slopes.count ? b.slopes[k] : zero)
            })
    }

    /// A straight line and what it leaves: value = constant + Σ slope·(s − middle) + rest.
    ///
    /// - Parameter reach: half of the box's width by each number of the state, rounded up.
    /// - Returns: slopes, constant, and the interval of the rest.
    package func line(over reach: [Double]) -> (slopes: [Double], constant: Double, rest: ClosedInterval) {
        var rest = ClosedInterval(0)
        var middles = [Double](repeating: 0, count: reach.count)
        for k in slopes.indices {
            middles[k] = slopes[k].middle
            let spread = slopes[k].minus(ClosedInterval(middles[k]))
            rest = rest.plus(spread.times(ClosedInterval(-reach[k], reach[k])))
        }
        let constant = centre.middle
        rest = rest.plus(centre.minus(ClosedInterval(constant)))
        guard constant.isFinite, middles.allSatisfy(\.isFinite), rest.width.isFinite, rest.width < range.width
        else {
            let middle = range.middle
            return ([Double](repeating: 0, count: reach.count), middle, range.minus(ClosedInterval(middle)))
        }
        return (middles, constant, rest)
    }

    /// Bounds over the box: of the interval and of the line those that are tighter.
    package func bounds(over reach: [Double]) -> ClosedInterval {
        var sum = centre
        for k in slopes.indices { sum = sum.plus(slopes[k].times(ClosedInterval(-reach[k], reach[k]))) }
        return sum.low.isFinite && sum.high.isFinite ? range.meeting(sum) : range
    }
}
