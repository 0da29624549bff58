import Tensors

/// Mean and standard deviation of columns, by which rows are put into comparable units.
public struct ColumnScale: Sendable, Hashable {
    /// Mean of every column.
    public let means: [Double]
    /// Standard deviation of every column, with n below; 0 for a constant one.
    public let deviations: [Double]

    /// Measures columns.
    ///
    /// - Parameter rows: at least one, finite.
    /// - Throws: `ReliabilityError.tooFew`, `.notFinite`.
    public init(_ rows: Matrix) throws(ReliabilityError) {
        guard rows.rows > 0 && rows.columns > 0 else { throw .tooFew("features", rows: 0, needed: 1) }
        try mustBeFinite(rows)
        let count = Double(rows.rows)
        var (means, squares) = (
            [Double](repeating: 0, count: rows.columns), [Double](repeating: 0, count: rows.columns)
        )
        for row in 0..<rows.rows { for column in means.indices { means[column] += rows[row, column] } }
        for column in means.indices { means[column] /= count }
        for row in 0..<rows.rows {
            for column in means.indices {
                let away = rows[row, column] - means[column]
                squares[column] += away * away
            }
        }
        (self.means, deviations) = (means, squares.map { ($0 / count).squareRoot() })
    }

    /// The rows less the means, divided by the deviations; a constant column is not divided.
    ///
    /// - Parameter rows: of as many columns.
    /// - Returns: `[n, d]`.
    public func callAsFunction(_ rows: Matrix) -> Matrix {
        precondition(rows.columns == means.count, "\(rows.columns) columns, not \(means.count)")
        var scaled = rows
        for row in 0..<rows.rows {
            for column in means.indices {
                let deviation = deviations[column]
                scaled[row, column] = (rows[row, column] - means[column]) / (deviation > 0 ? deviation : 1)
            }
        }
        return scaled
    }
}

/// Refuses features that are NaN or infinite.
func mustBeFinite(_ rows: Matrix) throws(ReliabilityError) {
    if let bad = rows.elements.firstIndex(where: { !$0.isFinite }) {
        throw .notFinite("features", row: bad / rows.columns)
    }
}
