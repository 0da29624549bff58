import CKernels

/// The nearest reference rows of points, nearest first.
public struct NearestRows: Equatable, Sendable {
    /// Neighbours of each point.
    public let neighbours: Int
    /// Numbers of the reference rows, `[points, neighbours]`.
    public fileprivate(set) var rows: [Int]
    /// ‖x − y‖², subtracted first and summed in order, `[points, neighbours]`.
    public fileprivate(set) var squares: [Double]
}

/// A fixed set of rows among which the nearest of many points are found.
///
/// The rows are sorted once into boxes of 64 that lie together, and boxes into crates of eight. A search looks into crates, and
/// into the boxes of a crate, in the order of their distance, until none that is left can hold a nearer row. It is exact: rounding is monotone, so the distance of a box, summed in
/// the order in which those of its rows are, is never above any of them.
public struct ReferenceRows: Sendable {
    /// Rows in a box.
    static let boxSize = 64

    /// Number of rows.
    public let count: Int
    /// Numbers in a row.
    public let columns: Int
    /// Number of boxes.
    let boxes: Int
    /// Groups of eight rows, `[boxes · 8, columns, 8]`, the last filled up with points at infinity.
    let groups: [Double]
    /// The number of each row as given, −1 for what fills up, `[boxes · 64]`.
    let numbers: [Int32]
    /// The smallest number in each box.
    let leastNumbers: [Int32]
    /// Number of crates, of eight boxes each but for the last.
    let crates: Int
    /// Corners of the boxes, a crate after the other.
    let boxCorners: Corners
    /// Corners of the crates, eight after the other.
    let crateCorners: Corners

    /// Opposite corners of boxes in groups of eight, `[groups, columns, 8]`, filled up with infinities.
    struct Corners: Sendable {
        fileprivate(set) var low, high: [Double]

        fileprivate init(_ count: Int, _ columns: Int) {
            low = [Double](repeating: .infinity, count: (count + 7) / 8 * 8 * columns)
            high = low
        }

        /// Widens a box; `isFirst` makes it one point.
        fileprivate mutating func include(_ value: Double, _ at: Int, isFirst: Bool) {
            low[at] = isFirst ? value : min(low[at], value)
            high[at] = isFirst ? value : max(high[at], value)
        }
    }

    /// Sorts rows into boxes, in time n log n.
    ///
    /// - Parameter references: `[n, d]`, at least one row, finite.
    public init(_ references: Matrix) {
        let (n, d, lanes) = (references.rows, references.columns, 8)
        precondition(n > 0 && d > 0 && n < Int(Int32.max), "\(n) rows of \(d) numbers to look among")
        (count, columns) = (n, d)
        boxes = (n + Self.boxSize - 1) / Self.boxSize
        var order = BoxOrder(references)
        order.sort()
        var groups = [Double](repeating: .infinity, count: boxes * Self.boxSize * d)
        var numbers = [Int32](repeating: -1, count: boxes * Self.boxSize)
        var least = [Int32](repeating: .max, count: boxes)
        crates = (boxes + lanes - 1) / lanes
        var (boxCorners, crateCorners) = (Corners(boxes, d), Corners(crates, d))
        for (place, row) in order.rows.enumerated() {
            let box = place / Self.boxSize
            let crate = box / lanes
            numbers[place] = row
            least[box] = min(least[box], row)
            for k in 0..<d {
                let value = references.elements[Int(row) * d + k]
                groups[(place / lanes * d + k) * lanes + place % lanes] = value
                boxCorners.include(
                    value, (crate * d + k) * lanes + box % lanes, isFirst: place % Self.boxSize == 0)
                crateCorners.include(
                    value, (crate / lanes * d + k) * lanes + crate % lanes,
                    isFirst: place % (lanes * Self.boxSize) == 0)
            }
        }
        (self.groups, self.numbers, leastNumbers) = (groups, numbers, least)
        (self.boxCorners, self.crateCorners) = (boxCorners, crateCorners)
    }

    /// The nearest rows of each point.
    ///
    /// Exactly those of comparing all pairs, with ties going to the lower row; they depend neither on the points beside a point
    /// nor on the number of threads.
    ///
    /// - Parameters:
    ///   - neighbours: at least 1, at most the number of rows (one less with `own`).
    ///   - points: `[m, d]`, finite.
    ///   - own: for each point a row that must not be its neighbour; nothing if all may.
    /// - Returns: the rows and their distances, which are infinite where their squares exceed a `Double`.
    public func nearest(_ neighbours: Int, to points: Matrix, leavingOut own: [Int]? = nil) -> NearestRows {
        let most = count - (own == nil ? 0 : 1)
        precondition(neighbours >= 1 && neighbours <= most, "\(neighbours) neighbours of \(most) rows")
        precondition(
            points.columns == columns, "points of \(points.columns) numbers, references of \(columns)")
        precondition(own == nil || own?.count == points.rows, "rows to leave out for \(points.rows) points")
        var found = NearestRows(
            neighbours: neighbours, rows: [Int](repeating: .max, count: points.rows * neighbours),
            squares: [Double](repeating: .infinity, count: points.rows * neighbours))
        found.rows.withUnsafeMutableBufferPointer { rows in
            found.squares.withUnsafeMutableBufferPointer { squares in
                points.elements.withUnsafeBufferPointer { numbers in
                    guard let rows = rows.baseAddress, let squares = squares.baseAddress,
                        let numbers = numbers.baseAddress
                    else { return }
                    let search = NearestSearch(
                        references: self, neighbours: neighbours, own: own, points: numbers, rows: rows,
                        squares: squares)
                    Shards.overBlocks(points.rows, of: NearestSearch.points) { search.run($0) }
                }
            }
        }
        return found
    }
}

/// Rows put into an order in which each 64 lie together: halves of halves along the widest side.
private struct BoxOrder {
    private let values: [Double]
    private let columns: Int
    var rows: [Int32]

    init(_ matrix: Matrix) {
        (values, columns) = (matrix.elements, matrix.columns)
        rows = (0..<matrix.rows).map { Int32($0) }
    }

    mutating func sort() {
        var ranges = [0..<rows.count]
        while let range = ranges.popLast() {
            // All boxes but the last are full.
            let boxes = (range.count + ReferenceRows.boxSize - 1) / ReferenceRows.boxSize
            guard boxes > 1 else { continue }
            let middle = range.lowerBound + boxes / 2 * ReferenceRows.boxSize
            select(middle, in: range, by: widest(range))
            ranges.append(range.lowerBound..<middle)
            ranges.append(middle..<range.upperBound)
        }
    }

    private func widest(_ range: Range<Int>) -> Int {
        var best = (column: 0, width: -1.0)
        for column in 0..<columns {
            var (low, high) = (Double.infinity, -Double.infinity)
            for place in range {
                let value = values[Int(rows[place]) * columns + column]
                (low, high) = (min(low, value), max(high, value))
            }
            if high - low > best.width { best = (column, high - low) }
        }
        return best.column
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
