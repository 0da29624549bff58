import Tensors

/// Finds the k rows nearest to a point, exactly: as if all distances were computed by subtraction and sorted by distance
/// and then by row.
///
/// Equal rows are kept once. Distances by one matrix product leave a few candidates within their bound of rounding;
/// those are measured again by subtraction, so blocks, threads and the matrix library do not show in the result.
struct NearestRows: Sendable {
    /// A row and how far it is.
    struct Neighbour: Equatable, Sendable {
        /// The row's number, as given.
        var row: Int
        /// ‖x − y‖².
        var squaredDistance: Double
    }

    private let keys: SquaredDistances
    private let members: Groups
    /// Number of rows.
    let count: Int

    /// Keeps rows.
    ///
    /// - Parameters:
    ///   - points: `[n, d]`, at least one row, finite.
    ///   - rows: the number of each, in rising order; 0, 1, 2 … where nil.
    init(_ points: Matrix, rows: [Int]? = nil) {
        precondition(points.rows > 0, "nothing is near to no rows")
        var distinct = DistinctRows(columns: points.columns)
        let numbers = distinct.insert(points)
        members = Groups(distinct.count, numbers: numbers, elements: rows)
        keys = SquaredDistances(to: distinct.rows)
        count = points.rows
    }

    /// The nearest rows of every point, nearest first, at equal distance the one with the smaller number.
    ///
    /// - Parameters:
    ///   - k: in 1 … `count`.
    ///   - points: `[m, d]`, finite.
    /// - Returns: m lists of k.
    func nearest(_ k: Int, to points: Matrix) -> [[Neighbour]] {
        precondition(k >= 1 && k <= count, "\(k) nearest of \(count) rows")
        precondition(
            points.columns == keys.references.columns,
            "points of \(points.columns) numbers among rows of \(keys.references.columns)")
        let norms = SquaredDistances.norms(of: points)
        var found = [[Neighbour]](repeating: [], count: points.rows)
        points.elements.withUnsafeBufferPointer { x in
            norms.withUnsafeBufferPointer { norms in
                found.withUnsafeMutableBufferPointer { found in
                    guard let x = x.baseAddress, let norms = norms.baseAddress,
                        let found = found.baseAddress
                    else { return }
                    let search = Search(
                        index: self, k: k, points: x, norms: norms, count: points.rows, found: found)
                    let parts = Shards.parts(
                        rows: max(points.rows, 128), elements: points.rows * keys.references.rows,
                        smallestPart: 64)
                    Shards.run(parts, on: (search, parts)) { context, part in
                        context.0.run(Shards.range(part, of: context.1, rows: context.0.count))
                    }
                }
            }
        }
        return found
    }

    /// What one shard of the search reads and writes.
    private struct Search {
        let index: NearestRows
        let k: Int
        let points, norms: UnsafePointer<Double>
        let count: Int
        let found: UnsafeMutablePointer<[Neighbour]>

        /// Points measured at once, and distinct rows measured to at once.
        static let (few, many) = (32, 1024)

        func run(_ own: Range<Int>) {
            var distances = [Double](repeating: 0, count: Self.few * Self.many)
            Shards.inBlocks(of: Self.few, own) { block in
                var shortlists = block.map { Shortlist(k, slack: index.keys.slack(norm: norms[$0])) }
                for first in stride(from: 0, to: index.keys.references.rows, by: Self.many) {
                    let range = first..<min(first + Self.many, index.keys.references.rows)
                    distances.withUnsafeMutableBufferPointer { distances in
                        guard let base = distances.baseAddress else { return }
                        index.keys.fill(
                            base, from: points + block.lowerBound * index.keys.references.columns,
                            norms: norms + block.lowerBound, block.count, to: range)
                        for point in 0..<block.count {
                            shortlists[point].offer(
                                UnsafePointer(base + point * range.count), range.count, from: first)
                        }
                    }
                }
                for (point, shortlist) in zip(block, shortlists) {
                    found[point] = measured(shortlist.candidates, from: point)
                }
            }
        }

        /// The k nearest among the rows of some keys.
        private func measured(_ candidates: [Int], from point: Int) -> [Neighbour] {
            let d = index.keys.references.columns
            var neighbours: [Neighbour] = []
            index.keys.references.elements.withUnsafeBufferPointer { y in
                guard let y = y.baseAddress else { return }
                for key in candidates {
                    let distance = SquaredDistances.between(points + point * d, y + key * d, d)
                    for row in index.members[key].prefix(k) {
                        neighbours.append(Neighbour(row: row, squaredDistance: distance))
                    }
                }
            }
            neighbours.sort { ($0.squaredDistance, $0.row) < ($1.squaredDistance, $1.row) }
            return Array(neighbours.prefix(k))
        }
    }

    /// Keys that may be among the k nearest, as far as rounded distances tell.
    ///
    /// If each rounded distance is within `slack` of the true one, k keys lie within T + slack, T being the k-th smallest
    /// rounded distance; so the k nearest have rounded distances of at most T + 2·slack.
    private struct Shortlist {
        private let k: Int
        private let slack: Double
        private var smallest: [Double] = []
        private var offered: [(key: Int, distance: Double)] = []
        private var limit = Double.infinity

        init(_ k: Int, slack: Double) { (self.k, self.slack) = (k, slack) }

        /// Notes the keys `first`, `first + 1` … that may be near.
        ///
        /// Written so that a NaN, from distances that overflow, stays on the list and is measured again.
        mutating func offer(_ distances: UnsafePointer<Double>, _ count: Int, from first: Int) {
            for at in 0..<count where !(distances[at] > limit) { note(first + at, distances[at]) }
        }

        private mutating func note(_ key: Int, _ distance: Double) {
            offered.append((key, distance))
            let place = smallest.firstIndex { $0 > distance } ?? smallest.count
            guard place < k else { return }
            smallest.insert(distance, at: place)
            if smallest.count > k { smallest.removeLast() }
            if smallest.count == k { limit = smallest[k - 1] + 2 * slack }
        }

        var candidates: [Int] { offered.filter { !($0.distance > limit) }.map(\.key) }
    }
}
