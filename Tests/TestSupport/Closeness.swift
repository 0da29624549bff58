import Tensors

/// Largest |a − b| relative to the largest magnitude in `expected`; infinite for unequal counts or any NaN.
public func relativeError<Number: BinaryFloatingPoint>(
    _ actual: some Collection<Number>, _ expected: some Collection<Number>
) -> Double {
    guard actual.count == expected.count else { return .infinity }
    var worst = 0.0
    var scale = 0.0
    for (a, e) in zip(actual, expected) {
        let difference = abs(Double(a) - Double(e))
        guard difference.isFinite else { return .infinity }
        worst = max(worst, difference)
        scale = max(scale, abs(Double(e)))
    }
    return scale > 0 ? worst / scale : worst
}

extension Matrix {
    /// A matrix of rows of equal length.
    public init(rows: [[Double]]) { self.init(rows.count, rows.first?.count ?? 0, rows.flatMap { $0 }) }
}
