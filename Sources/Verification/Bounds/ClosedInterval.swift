/// A closed interval of numbers.
public struct ClosedInterval: Sendable, Hashable {
    /// Its ends; low ≤ high.
    public let low, high: Double

    /// An interval between two numbers.
    public init(_ low: Double, _ high: Double) { (self.low, self.high) = (low, high) }

    /// high − low.
    public var width: Double { high - low }

    /// Whether a number lies in it.
    public func contains(_ x: Double) -> Bool { low <= x && x <= high }
}

/// How computed numbers differ from exact ones: constants of rounding, each with a margin.
package enum Rounding {
    /// Half of an ulp of 1 in `Double`.
    static let unit = 0x1p-53
    /// Half of an ulp of 1 in `Float`.
    static let singleUnit = 0x1p-24
    /// What underflow adds, far below every number that decides.
    static let tiny = 0x1p-900

    /// n·u/(1 − n·u), for sums of n terms in `Double`, rounded up.
    static func gamma(_ n: Int) -> Double { Double(n) * unit * (1 + 0x1p-20) }

    /// n·u/(1 − n·u) in `Float`, rounded up.
    static func singleGamma(_ n: Int) -> Double {
        let product = Double(n) * singleUnit
        return product / (1 - product) * (1 + 0x1p-40)
    }
}
