import Foundation

/// One interval a number: a box.
public typealias IntervalBox = [ClosedInterval]

/// Arithmetic that moves every end outwards: what `Double` computes of numbers in the operands lies in the result, and so does what the reals give.
extension ClosedInterval: BoundableNumber {
    /// A number, exactly.
    public init(_ exact: Double) { self.init(exact, exact) }

    /// The sum.
    public func plus(_ other: Self) -> Self { Self.outward(low + other.low, high + other.high) }
    /// The difference.
    public func minus(_ other: Self) -> Self { Self.outward(low - other.high, high - other.low) }

    /// The product.
    public func times(_ other: Self) -> Self {
        let products = [low * other.low, low * other.high, high * other.low, high * other.high]
        let ends = products.map { $0.isNaN ? 0 : $0 }
        return Self.outward(ends.reduce(.infinity) { min($0, $1) }, ends.reduce(-.infinity) { max($0, $1) })
    }

    /// The quotient, of which it is known that it lies between −1 and 1; all of that where the divisor may be 0.
    public static func cosine(_ side: Self, over length: Self) -> Self {
        let all = Self(-1 - 0x1p-50, 1 + 0x1p-50)  // a rounded length may be a little too short
        guard length.low > 0 else { return all }
        let ends = [
            side.low / length.low, side.low / length.high, side.high / length.low, side.high / length.high,
        ]
        return outward(ends.reduce(.infinity) { min($0, $1) }, ends.reduce(-.infinity) { max($0, $1) })
            .meeting(all)
    }

    /// |x|.
    public var magnitude: Self {
        low >= 0 ? self : high <= 0 ? Self(-high, -low) : Self(0, max(-low, high))
    }

    /// √(x² + y²).
    public static func hypotenuse(_ x: Self, _ y: Self) -> Self {
        let (a, b) = (x.magnitude, y.magnitude)
        return Self(
            max(0, below(Foundation.hypot(a.low, b.low))), above(Foundation.hypot(a.high, b.high)))
    }

    /// cos x.
    public var cosine: Self { wave(Foundation.cos, from: 0) }
    /// sin x.
    public var sine: Self { wave(Foundation.sin, from: 0.5) }

    /// A function that is 1 at (2k + phase)·π and −1 between.
    private func wave(_ function: (Double) -> Double, from phase: Double) -> Self {
        // Beyond, counting half turns would lose digits.
        guard max(abs(low), abs(high)) < 1e5, width < 6.3 else { return Self(-1, 1) }
        let (a, b) = (function(low), function(high))
        var (least, most) = (Self.below(min(a, b)), Self.above(max(a, b)))
        // A thousandth of a millionth of a half turn more than rounding could hide.
        let first = (low / .pi - phase - 1e-9).rounded(.up)
        let last = (high / .pi - phase + 1e-9).rounded(.down)
        if first <= last {
            for turn in Int(first)...Int(last) {
                if turn.isMultiple(of: 2) { most = 1 } else { least = -1 }
            }
        }
        return Self(max(-1, least), min(1, most))
    }

    /// min(max(x, low), high).
    public func clipped(to limits: Self) -> Self {
        Self(
            min(max(low, limits.low), limits.high), min(max(high, limits.low), limits.high))
    }

    /// The same, of which it is known that it lies in an interval.
    public func known(within limits: Self) -> Self { meeting(limits) }

    /// The smaller of two.
    public static func smaller(_ a: Self, _ b: Self) -> Self { Self(min(a.low, b.low), min(a.high, b.high)) }

    /// What lies in both; this one where they do not meet.
    public func meeting(_ other: Self) -> Self {
        let (a, b) = (max(low, other.low), min(high, other.high))
        return a <= b ? Self(a, b) : self
    }

    /// The smallest interval that holds both.
    public func joined(_ other: Self) -> Self { Self(min(low, other.low), max(high, other.high)) }

    /// The number in the middle.
    public var middle: Double { low + (high - low) / 2 }

    /// What single precision makes of numbers in it.
    public var singlyRounded: Self {
        func reach(_ x: Double) -> Double { abs(x) * 0x1.000002p-24 + 0x1p-149 }
        return Self(low - reach(low), high + reach(high))
    }

    private static func outward(_ low: Double, _ high: Double) -> Self {
        Self(low.isNaN ? -.infinity : low.nextDown, high.isNaN ? .infinity : high.nextUp)
    }

    /// What a library's function may be off: 4 ulp.
    private static func below(_ x: Double) -> Double { (x - abs(x) * 0x1p-50).nextDown }
    private static func above(_ x: Double) -> Double { (x + abs(x) * 0x1p-50).nextUp }
}
