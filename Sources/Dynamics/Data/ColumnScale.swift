import Tensors

/// How the columns of a model's inputs are brought to comparable sizes.
public enum Scaling: String, Codable, Sendable, CaseIterable {
    /// Not at all.
    case none
    /// The fitted range becomes [−1, 1].
    case range
    /// The fitted mean becomes 0 and the standard deviation 1.
    case standard
}

/// z = (x − centre) / width for each column, fitted once on the rows of a fit; a constant column is only centred.
public struct ColumnScale: Codable, Hashable, Sendable {
    /// Subtracted, one number a column.
    public let centres: [Double]
    /// Divides, one number above 0 a column.
    public let widths: [Double]

    /// Fits a scale.
    ///
    /// - Parameters:
    ///   - scaling: how.
    ///   - matrix: at least one row, finite.
    public init(_ scaling: Scaling, of matrix: Matrix) {
        precondition(matrix.rows > 0, "a scale of no rows")
        switch scaling {
        case .none:
            centres = [Double](repeating: 0, count: matrix.columns)
            widths = [Double](repeating: 1, count: matrix.columns)
        case .range:
            let ends = (0..<matrix.columns).map { column in
                (0..<matrix.rows).reduce(into: (low: Double.infinity, high: -Double.infinity)) {
                    $0 = (min($0.low, matrix[$1, column]), max($0.high, matrix[$1, column]))
                }
            }
            centres = ends.map { $0.low / 2 + $0.high / 2 }
            widths = ends.map { Self.orOne($0.high / 2 - $0.low / 2) }
        case .standard:
            let n = Double(matrix.rows)
            let means = (0..<matrix.columns).map { column in
                (0..<matrix.rows).reduce(0) { $0 + matrix[$1, column] / n }
            }
            centres = means
            widths = (0..<matrix.columns).map { column in
                let squares = (0..<matrix.rows).reduce(0) {
                    $0 + (matrix[$1, column] - means[column]) * (matrix[$1, column] - means[column]) / n
                }
                // Rounding alone makes a constant column vary by about 10⁻¹⁶ of its size.
                let width = squares.squareRoot()
                return width > 1e-12 * abs(means[column]) ? width : 1
            }
        }
    }

    /// The scaled rows.
    ///
    /// - Parameter matrix: as many columns as fitted on.
    /// - Returns: as large as `matrix`.
    public func callAsFunction(_ matrix: Matrix) -> Matrix {
        precondition(
            matrix.columns == centres.count, "\(matrix.columns) columns, fitted on \(centres.count)")
        var result = matrix
        for row in 0..<matrix.rows {
            for column in 0..<matrix.columns {
                let at = row * matrix.columns + column
                result.elements[at] = (result.elements[at] - centres[column]) / widths[column]
            }
        }
        return result
    }

    private static func orOne(_ width: Double) -> Double { width > 0 ? width : 1 }
}
