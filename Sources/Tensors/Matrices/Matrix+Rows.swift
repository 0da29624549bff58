extension Matrix {
    /// The rows with the given numbers, in that order and as often as they occur.
    package func rows(at numbers: [Int]) -> Matrix {
        var gathered: [Double] = []
        gathered.reserveCapacity(numbers.count * columns)
        for row in numbers { gathered += elements[row * columns..<(row + 1) * columns] }
        return Matrix(numbers.count, columns, gathered)
    }

    /// The columns with the given numbers, in that order.
    package func columns(at numbers: [Int]) -> Matrix {
        var result = Matrix(rows, numbers.count)
        for row in 0..<rows {
            for (to, from) in numbers.enumerated() {
                result.elements[row * numbers.count + to] = elements[row * columns + from]
            }
        }
        return result
    }

    /// Columns of this matrix followed by those of another.
    package func joined(_ other: Matrix) -> Matrix {
        precondition(rows == other.rows, "joined: \(rows) rows beside \(other.rows)")
        var result = Matrix(rows, columns + other.columns)
        for row in 0..<rows {
            let start = row * result.columns
            for at in 0..<columns { result.elements[start + at] = elements[row * columns + at] }
            for at in 0..<other.columns {
                result.elements[start + columns + at] = other.elements[row * other.columns + at]
            }
        }
        return result
    }

    /// Overwrites one row with a row of another matrix of as many columns.
    package mutating func setRow(_ row: Int, to other: Matrix, _ from: Int) {
        precondition(
            columns == other.columns && row < rows && from < other.rows,
            "row \(from) of \(other.rows) × \(other.columns) to row \(row) of \(rows) × \(columns)")
        for at in 0..<columns { elements[row * columns + at] = other.elements[from * columns + at] }
    }

    /// The numbers of one row.
    package func row(_ row: Int) -> [Double] { Array(elements[row * columns..<(row + 1) * columns]) }

    /// Where the first number that is NaN or infinite stands; nothing if all are finite.
    package var firstNotFinite: (row: Int, column: Int)? {
        let bad = elements.withUnsafeBufferPointer { $0.firstIndex { !$0.isFinite } }
        return bad.map { ($0 / columns, $0 % columns) }
    }
}
