/// A row-major matrix of `Double`, a plain value: for statistics and safety, not for training networks.
public struct Matrix: Equatable, Sendable {
    /// Number of rows, at least 0.
    public let rows: Int
    /// Number of columns, at least 0.
    public let columns: Int
    /// The elements, row after row.
    public var elements: [Double]

    /// Makes a matrix of the given elements.
    ///
    /// - Parameters:
    ///   - rows: number of rows.
    ///   - columns: number of columns.
    ///   - elements: exactly `rows · columns` values.
    public init(_ rows: Int, _ columns: Int, _ elements: [Double]) {
        precondition(
            rows >= 0 && columns >= 0 && elements.count == rows * columns,
            "\(elements.count) elements do not fill \(rows) × \(columns)")
        (self.rows, self.columns, self.elements) = (rows, columns, elements)
    }

    /// Makes a matrix of one number repeated.
    public init(_ rows: Int, _ columns: Int, repeating value: Double = 0) {
        self.init(rows, columns, [Double](repeating: value, count: rows * columns))
    }

    /// 1 on the diagonal, 0 elsewhere.
    public static func identity(_ order: Int) -> Matrix {
        var result = Matrix(order, order)
        for index in 0..<order { result[index, index] = 1 }
        return result
    }

    /// One element.
    public subscript(row: Int, column: Int) -> Double {
        get {
            precondition(
                row >= 0 && row < rows && column >= 0 && column < columns, "outside \(rows) × \(columns)")
            return elements[row * columns + column]
        }
        set {
            precondition(
                row >= 0 && row < rows && column >= 0 && column < columns, "outside \(rows) × \(columns)")
            elements[row * columns + column] = newValue
        }
    }

    /// Rows and columns exchanged.
    public func transposed() -> Matrix {
        var result = Matrix(columns, rows)
        for row in 0..<rows { for column in 0..<columns { result[column, row] = self[row, column] } }
        return result
    }

    /// The matrix product.
    public static func * (a: Matrix, b: Matrix) -> Matrix {
        precondition(a.columns == b.rows, "\(a.rows) × \(a.columns) does not meet \(b.rows) × \(b.columns)")
        var result = Matrix(a.rows, b.columns)
        DoubleProducts.multiply(
            a.rows, b.columns, a.columns, a.elements, lda: a.columns, b.elements, ldb: b.columns,
            &result.elements, ldc: b.columns)
        return result
    }
}
