import Storage

/// Why a figure of reliability does not exist for the rows at hand.
public enum ReliabilityError: Fault, Equatable {
    /// There are no rows, or fewer than the figure needs.
    case tooFew(String, rows: Int, needed: Int)
    /// A value is NaN, or infinite where it must not be.
    case notFinite(String, row: Int)
    /// A value lies outside of the range that it has by its meaning.
    case outside(String, value: Double, row: Int, low: Double, high: Double)
    /// A fit that has no answer, because two groups are told apart without error.
    case separable(String)
    /// All rows are of one kind, where two are needed.
    case oneKind(String)
    /// Signs would turn: the largest signed score of the classes is not positive.
    case noPositiveScore

    /// What kind of fault it is.
    public var kind: FaultKind { .badData }

    /// One sentence: place, cause, remedy.
    public var description: String {
        switch self {
        case .tooFew(let what, let rows, let needed):
            "\(what): \(rows) rows, and \(needed) are needed. Record more episodes."
        case .notFinite(let what, let row):
            "\(what), row \(row): not a finite number. Look for a model that diverged."
        case .outside(let what, let value, let row, let low, let high):
            "\(what), row \(row): \(value) lies outside [\(low), \(high)]. State it as a number in this range."
        case .separable(let what):
            "\(what): both outcomes are told apart without error, so no finite slope is the best. Use isotonic instead."
        case .oneKind(let what):
            "\(what): all rows have the same outcome. Record episodes with both."
        case .noPositiveScore:
            "class-wise temperature: no class is over-confident, so division by the largest score would turn signs. "
                + "Use min-max or plain scores."
        }
    }
}

/// Refuses rows that are NaN or infinite.
func mustBeFinite(_ values: [Double], _ what: String) throws(ReliabilityError) {
    if let bad = values.firstIndex(where: { !$0.isFinite }) { throw .notFinite(what, row: bad) }
}

/// Refuses rows outside of [0, 1].
func mustBeShares(_ values: [Double], _ what: String) throws(ReliabilityError) {
    try mustBeFinite(values, what)
    if let bad = values.firstIndex(where: { $0 < 0 || $0 > 1 }) {
        throw .outside(what, value: values[bad], row: bad, low: 0, high: 1)
    }
}

/// The mean, summed in the order of rows; `values` has at least one.
func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
