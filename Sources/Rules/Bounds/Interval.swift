/// Numbers from a lower to an upper bound, either of which may be infinite; every operation rounds outwards.
///
/// Bounds are never NaN, which comparisons and minima would pass over.
package struct Interval: Sendable, Equatable {
    package var low, high: Double

    /// Numbers between two bounds, of which neither is NaN.
    package init(_ low: Double, _ high: Double) { (self.low, self.high) = (low, high) }
    /// One number.
    package init(_ value: Double) { (low, high) = (value, value) }

    /// Every number.
    private static var whole: Interval { Interval(-.infinity, .infinity) }
    /// The bounds moved outwards by a rounding.
    private var outward: Interval { Interval(low.nextDown, high.nextUp) }

    /// From the smallest to the largest of four results at the ends; everything where an infinity meets 0 or another one,
    /// because such a limit can be anything.
    private static func around(_ a: Double, _ b: Double, _ c: Double, _ d: Double) -> Interval {
        if a.isNaN || b.isNaN || c.isNaN || d.isNaN { return whole }
        return Interval(min(min(a, b), min(c, d)), max(max(a, b), max(c, d))).outward
    }

    var width: Double { high - low }
    /// The two halves, which meet at a finite number inside.
    package var halves: (Interval, Interval) {
        let largest = Double.greatestFiniteMagnitude
        let middle = 0.5 * max(low, -largest) + 0.5 * min(high, largest)
        let inside = min(max(middle, low), high)
        return (Interval(low, inside), Interval(inside, high))
    }

    /// Negated numbers.
    package static prefix func - (a: Interval) -> Interval { Interval(-a.high, -a.low) }
    /// Sums.
    package static func + (a: Interval, b: Interval) -> Interval {
        Interval(a.low + b.low, a.high + b.high).outward
    }
    /// Differences.
    package static func - (a: Interval, b: Interval) -> Interval {
        Interval(a.low - b.high, a.high - b.low).outward
    }

    /// Products.
    package static func * (a: Interval, b: Interval) -> Interval {
        around(a.low * b.low, a.low * b.high, a.high * b.low, a.high * b.high)
    }

    /// Quotients; everything, where the divisor may be 0.
    package static func / (a: Interval, b: Interval) -> Interval {
        if b.low <= 0 && b.high >= 0 { return whole }
        return around(a.low / b.low, a.low / b.high, a.high / b.low, a.high / b.high)
    }

    /// Absolute values.
    package var magnitude: Interval {
        if low >= 0 { return self }
        return high <= 0 ? -self : Interval(0, max(-low, high))
    }

    /// Squares, which are never below 0.
    package var squared: Interval {
        let size = magnitude
        let square = Interval(size.low * size.low, size.high * size.high).outward
        return Interval(max(square.low, 0), square.high)
    }

    /// Roots of what is at least 0.
    package var root: Interval {
        let root = Interval(max(low, 0).squareRoot(), max(high, 0).squareRoot()).outward
        return Interval(max(root.low, 0), root.high)
    }

    /// Whether every number, or none, compares so with every number of another; nothing where it depends on which.
    func compares(_ comparison: Comparison, _ other: Interval) -> Bool? {
        switch comparison {
        case .less: high < other.low ? true : low >= other.high ? false : nil
        case .atMost: high <= other.low ? true : low > other.high ? false : nil
        case .more: other.compares(.less, self)
        case .atLeast: other.compares(.atMost, self)
        case .equal: unequal(other).map { !$0 }
        case .unequal: unequal(other)
        }
    }

    private func unequal(_ other: Interval) -> Bool? {
        if high < other.low || low > other.high { return true }
        return low == high && other == self ? false : nil
    }
}
