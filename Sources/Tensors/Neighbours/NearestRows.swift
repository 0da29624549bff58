import CKernels

/// The nearest reference rows of points, nearest first.
public struct NearestRows: Equatable, Sendable {
    /// Neighbours of each point.
    public let neighbours: Int
    /// Numbers of the reference rows, `[points, neighbours]`.
    public private(set) var rows: [Int]
    /// ‖x − y‖², subtracted first and summed in order, `[points, neighbours]`.
    public private(set) var squares: [Double]
}

/// A fixed set of rows among which the nearest of many points are found.
///
/// The rows are sorted once into boxes of 64 that lie together, and boxes into crates of eight. A search looks into crates, and
/// into the boxes of a crate, in the order of their distance, until none that is left can hold a nearer row. It is exact:
/// rounding is monotone, so the distance of a box, summed in the order in which those of its rows are, is never above any of
/// them. Rows without structure, of which boxes leave nothing out, are searched by products of matrices, with the same result.
public struct ReferenceRows: Sendable {
    /// Rows in a box.
    static let boxSize = 64
    /// Points of which the work is counted before boxes serve many.
    private static let sample = 16

    /// Number of rows.
    public let count: Int
    /// Numbers in a row.
    public let columns: Int
    /// The rows as given, `[n, d]`.
    let rows: Matrix
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
        (count, columns, rows) = (n, d, references)
        boxes = (n + Self.boxSize - 1) / Self.boxSize
        let order = BoxOrder(references, boxSize: Self.boxSize)
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
        guard points.rows > 4 * Self.sample else { return byBoxes(neighbours, points, own).found }
        let sample = Array(stride(from: 0, to: points.rows, by: points.rows / Self.sample))
        let kept = own.map { own in sample.map { own[$0] } }
        let looks = byBoxes(neighbours, points.rows(at: sample), kept).looks
        return 2 * looks < sample.count * boxes
            ? byBoxes(neighbours, points, own).found : byProducts(neighbours, points, own)
    }

    /// The nearest rows, and into how many boxes was looked for them.
    package func byBoxes(
        _ neighbours: Int, _ points: Matrix, _ own: [Int]?
    ) -> (found: NearestRows, looks: Int) {
        var looks = [Int](repeating: 0, count: points.rows)
        let found = NearestRows(neighbours, points) { rows, squares, numbers in
            looks.withUnsafeMutableBufferPointer { looks in
                guard let looks = looks.baseAddress else { return }
                let search = NearestSearch(
                    references: self, neighbours: neighbours, own: own, points: numbers, rows: rows,
                    squares: squares, looks: looks)
                Shards.overBlocks(points.rows, of: NearestSearch.points) { search.run($0) }
            }
        }
        return (found, looks.reduce(0, +))
    }
}

extension NearestRows {
    /// Lets `fill` write the rows and squares of points from places without a row.
    init(
        _ neighbours: Int, _ points: Matrix,
        _ fill: (
            _ rows: UnsafeMutablePointer<Int>, _ squares: UnsafeMutablePointer<Double>,
            _ points: UnsafePointer<Double>
        ) -> Void
    ) {
        self.neighbours = neighbours
        rows = [Int](repeating: .max, count: points.rows * neighbours)
        squares = [Double](repeating: .infinity, count: points.rows * neighbours)
        rows.withUnsafeMutableBufferPointer { rows in
            squares.withUnsafeMutableBufferPointer { squares in
                points.elements.withUnsafeBufferPointer { numbers in
                    guard let rows = rows.baseAddress, let squares = squares.baseAddress,
                        let numbers = numbers.baseAddress
                    else { return }
                    fill(rows, squares, numbers)
                }
            }
        }
    }

    /// Puts a row into the list of a point where it belongs; equal distances go to the lower row.
    static func insert(
        _ square: Double, _ row: Int, _ neighbours: Int, _ squares: UnsafeMutablePointer<Double>,
        _ rows: UnsafeMutablePointer<Int>
    ) {
        var place = neighbours - 1
        guard (square, row) < (squares[place], rows[place]) else { return }
        while place > 0 && (square, row) < (squares[place - 1], rows[place - 1]) {
            squares[place] = squares[place - 1]
            rows[place] = rows[place - 1]
            place -= 1
        }
        (squares[place], rows[place]) = (square, row)
    }
}
