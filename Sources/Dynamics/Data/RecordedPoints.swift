import Tensors

/// Recorded points that others are compared with, equal ones kept once: the search is as long as there are distinct points.
struct RecordedPoints: Sendable {
    /// A row and how far it is.
    struct Neighbour: Equatable, Sendable {
        /// The row's number, as given.
        var row: Int
        /// ‖x − y‖².
        var squaredDistance: Double
    }

    private let keys: ReferenceRows
    private let members: Groups
    private let count: Int

    /// Keeps points.
    ///
    /// - Parameters:
    ///   - points: `[n, d]`, at least one row, finite.
    ///   - rows: the number of each, in rising order.
    init(_ points: Matrix, rows: [Int]) {
        precondition(
            points.rows > 0 && points.rows == rows.count, "\(rows.count) numbers of \(points.rows) points")
        var distinct = DistinctRows(columns: points.columns)
        let numbers = distinct.insert(points)
        members = Groups(distinct.count, numbers: numbers, elements: rows)
        keys = ReferenceRows(distinct.rows)
        count = points.rows
    }

    /// The nearest rows of every point, nearest first, at equal distance the one with the smaller number.
    ///
    /// Exact: as if all distances were computed by subtraction and sorted by distance and then by row. Every one of the k nearest
    /// rows belongs to one of the k nearest keys, ordered by distance and then by first row.
    ///
    /// - Parameters:
    ///   - k: in 1 … the number of points.
    ///   - points: `[m, d]`, finite.
    /// - Returns: m lists of k.
    /// - Throws: `DynamicsError.tooFar` where a distance overflows.
    func nearest(_ k: Int, to points: Matrix) throws(DynamicsError) -> [[Neighbour]] {
        precondition(k >= 1 && k <= count, "\(k) nearest of \(count) rows")
        let width = min(k, keys.count)
        let found = keys.nearest(width, to: points)
        var lists: [[Neighbour]] = []
        lists.reserveCapacity(points.rows)
        for point in 0..<points.rows {
            var near: [Neighbour] = []
            for at in point * width..<(point + 1) * width {
                guard found.squares[at].isFinite else { throw .tooFar(row: point) }
                for row in members[found.rows[at]].prefix(k) {
                    near.append(Neighbour(row: row, squaredDistance: found.squares[at]))
                }
            }
            near.sort { ($0.squaredDistance, $0.row) < ($1.squaredDistance, $1.row) }
            lists.append(Array(near.prefix(k)))
        }
        return lists
    }
}
