/// Rows put into an order in which those of a box lie together: halves of halves along the widest side.
struct BoxOrder {
    private let values: [Double]
    private let columns: Int
    /// Rows in each box but the last.
    private let boxSize: Int
    /// The numbers of the rows, box after box.
    private(set) var rows: [Int32]

    /// Sorts, in time n log n.
    init(_ matrix: Matrix, boxSize: Int) {
        (values, columns, self.boxSize) = (matrix.elements, matrix.columns, boxSize)
        rows = (0..<matrix.rows).map { Int32($0) }
        sort()
    }

    private mutating func sort() {
        var ranges = [0..<rows.count]
        while let range = ranges.popLast() {
            // All boxes but the last are full.
            let boxes = (range.count + boxSize - 1) / boxSize
            guard boxes > 1 else { continue }
            let middle = range.lowerBound + boxes / 2 * boxSize
            select(middle, in: range, by: widest(range))
            ranges.append(range.lowerBound..<middle)
            ranges.append(middle..<range.upperBound)
        }
    }

    /// The column whose numbers lie farthest apart, the first of equals; rows are read one after the other, because a row lies together.
    private func widest(_ range: Range<Int>) -> Int {
        withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 * columns) { bounds in
            values.withUnsafeBufferPointer { values in
                for column in 0..<columns {
                    (bounds[2 * column], bounds[2 * column + 1]) = (.infinity, -.infinity)
                }
                for place in range {
                    let first = Int(rows[place]) * columns
                    for column in 0..<columns {
                        let value = values[first + column]
                        bounds[2 * column] = min(bounds[2 * column], value)
                        bounds[2 * column + 1] = max(bounds[2 * column + 1], value)
                    }
                }
                var best = (column: 0, width: -1.0)
                for column in 0..<columns where bounds[2 * column + 1] - bounds[2 * column] > best.width {
                    best = (column, bounds[2 * column + 1] - bounds[2 * column])
                }
                return best.column
            }
        }
    }

    /// Puts the row that belongs at a place there, lower ones before it and higher ones behind it.
    ///
    /// Equal numbers are in order of their rows, so that no order of the rows takes more than linear time by ties.
    private mutating func select(_ place: Int, in range: Range<Int>, by column: Int) {
        var (low, high) = (range.lowerBound, range.upperBound - 1)
        while low < high {
            let pivot = key(rows[low + (high - low) / 2], column)
            var (left, right) = (low, high)
            while left <= right {
                while key(rows[left], column) < pivot { left += 1 }
                while pivot < key(rows[right], column) { right -= 1 }
                if left <= right {
                    rows.swapAt(left, right)
                    left += 1
                    right -= 1
                }
            }
            if place <= right {
                high = right
            } else if place >= left {
                low = left
            } else {
                return
            }
        }
    }

    private func key(_ row: Int32, _ column: Int) -> (Double, Int32) {
        (values[Int(row) * columns + column], row)
    }
}
