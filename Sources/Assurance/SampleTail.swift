/// Order statistics of a sample: quantiles, and the mean of its worst part.
public struct SampleTail: Sendable, Hashable {
    private let sorted: [Double]

    /// Sorts a sample of at least one value.
    public init(_ values: [Double]) {
        precondition(!values.isEmpty, "an empty sample has no quantiles")
        sorted = values.sorted()
    }

    /// The largest value.
    public var largest: Double { sorted[sorted.count - 1] }

    /// The smallest value that a given share of the values does not exceed.
    ///
    /// - Parameter share: in (0, 1].
    /// - Returns: a value of the sample.
    public func quantile(_ share: Double) -> Double {
        precondition(share > 0 && share <= 1, "a quantile of \(share)")
        // The tolerance keeps 0.9 · 10 from being rounded up to 10.
        let rank = (share * Double(sorted.count) - 1e-9).rounded(.up)
        return sorted[min(max(Int(rank), 1), sorted.count) - 1]
    }

    /// Conditional value at risk: the mean of the largest values that make up the share 1 − `level` of the sample.
    ///
    /// The value at the border counts with the part of it that belongs to the share. It is the largest value where the
    /// share is less than one value.
    ///
    /// - Parameter level: in [0, 1); 0 gives the mean.
    /// - Returns: at least the quantile of the level.
    /// - SeeAlso: Rockafellar and Uryasev 2000, "Optimization of conditional value-at-risk".
    public func conditionalValueAtRisk(_ level: Double) -> Double {
        precondition(level >= 0 && level < 1, "a level of \(level)")
        // Whole numbers of values are freed from the error of 1 − level.
        let exact = (1 - level) * Double(sorted.count)
        let share = max(abs(exact - exact.rounded()) < 1e-9 ? exact.rounded() : exact, 1)
        var (left, sum) = (share, 0.0)
        for value in sorted.reversed() {
            let part = min(left, 1)
            sum += part * value
            left -= part
            if left <= 0 { break }
        }
        return sum / share
    }
}
