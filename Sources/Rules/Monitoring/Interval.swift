/// Numbers from a lower to an upper bound; every operation rounds outwards.
struct Interval: Sendable, Equatable {
    var low, high: Double

    init(_ low: Double, _ high: Double) { (self.low, self.high) = (low, high) }
    init(_ value: Double) { (low, high) = (value, value) }

    /// The bounds moved outwards by a rounding.
    private var outward: Interval { Interval(low.nextDown, high.nextUp) }

    var width: Double { high - low }
    /// The two halves.
    var halves: (Interval, Interval) {
        let middle = low + 0.5 * (high - low)
        return (Interval(low, middle), Interval(middle, high))
    }

    static prefix func - (a: Interval) -> Interval { Interval(-a.high, -a.low) }
    static func + (a: Interval, b: Interval) -> Interval { Interval(a.low + b.low, a.high + b.high).outward }
    static func - (a: Interval, b: Interval) -> Interval { Interval(a.low - b.high, a.high - b.low).outward }

    static func * (a: Interval, b: Interval) -> Interval {
        let products = [a.low * b.low, a.low * b.high, a.high * b.low, a.high * b.high]
        return Interval(products.min() ?? -.infinity, products.max() ?? .infinity).outward
    }

    /// Everything, where the divisor may be 0.
    static func / (a: Interval, b: Interval) -> Interval {
        if b.low <= 0 && b.high >= 0 { return Interval(-.infinity, .infinity) }
        let quotients = [a.low / b.low, a.low / b.high, a.high / b.low, a.high / b.high]
        return Interval(quotients.min() ?? -.infinity, quotients.max() ?? .infinity).outward
    }

    /// Absolute values.
    var magnitude: Interval {
        if low >= 0 { return self }
        return high <= 0 ? -self : Interval(0, max(-low, high))
    }

    /// Squares, which are never below 0.
    var squared: Interval {
        let size = magnitude
        let square = Interval(size.low * size.low, size.high * size.high).outward
        return Interval(max(square.low, 0), square.high)
    }

    /// Roots of what is at least 0.
    var root: Interval {
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
