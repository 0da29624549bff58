/// The nearest reference rows of points, nearest first.
public struct NearestRows: Equatable, Sendable {
    /// Neighbours of each point.
    public let neighbours: Int
    /// Numbers of the reference rows, `[points, neighbours]`.
    public let rows: [Int]
    /// ‖x − y‖², subtracted first and summed in order, `[points, neighbours]`.
    public let squares: [Double]
}

extension SquaredDistances {
    /// The nearest references of each point.
    ///
    /// The product of matrices only sorts out what is farther than its slack; every distance that counts is subtracted
    /// anew. So the answer is exactly that of comparing `between` for all pairs, with ties going to the lower row, and
    /// depends neither on the points beside a point nor on the number of threads.
    ///
    /// - Parameters:
    ///   - neighbours: at least 1, at most the number of references (one less if `leavingOutOwn`).
    ///   - points: `[m, d]`, finite.
    ///   - leavingOutOwn: whether point i is reference i and must not be its own neighbour.
    /// - Returns: the rows and their distances.
    public func nearest(_ neighbours: Int, to points: Matrix, leavingOutOwn: Bool = false) -> NearestRows {
        let most = references.rows - (leavingOutOwn ? 1 : 0)
        precondition(neighbours >= 1 && neighbours <= most, "\(neighbours) neighbours of \(most) references")
        precondition(
            points.columns == references.columns && points.columns > 0,
            "points of \(points.columns) numbers, references of \(references.columns)")
        let norms = Self.norms(of: points)
        var rows = [Int](repeating: -1, count: points.rows * neighbours)
        var squares = [Double](repeating: .infinity, count: points.rows * neighbours)
        rows.withUnsafeMutableBufferPointer { rows in
            squares.withUnsafeMutableBufferPointer { squares in
                points.elements.withUnsafeBufferPointer { numbers in
                    norms.withUnsafeBufferPointer { norms in
                        guard let rows = rows.baseAddress, let squares = squares.baseAddress,
                            let numbers = numbers.baseAddress, let norms = norms.baseAddress
                        else { return }
                        let search = Search(
                            distances: self, neighbours: neighbours, leavesOutOwn: leavingOutOwn,
                            points: numbers,
                            norms: norms, rows: rows, squares: squares)
                        Shards.overBlocks(points.rows, of: Search.points, search.run)
                    }
                }
            }
        }
        return NearestRows(neighbours: neighbours, rows: rows, squares: squares)
    }
}

/// The lists of the best so far; each block of points works on its own.
private struct Search {
    /// Points and references in a block of distances, which stays in the second cache.
    static let points = 64, references = 512

    let distances: SquaredDistances
    let neighbours: Int
    let leavesOutOwn: Bool
    let points, norms: UnsafePointer<Double>
    let rows: UnsafeMutablePointer<Int>
    let squares: UnsafeMutablePointer<Double>

    func run(_ range: Range<Int>) {
        let d = distances.references.columns
        distances.references.elements.withUnsafeBufferPointer { references in
            withUnsafeTemporaryAllocation(of: Double.self, capacity: Self.points * Self.references) { block in
                guard let block = block.baseAddress, let references = references.baseAddress else { return }
                Shards.inBlocks(of: Self.references, 0..<distances.references.rows) { part in
                    distances.fill(
                        block, from: points + range.lowerBound * d, norms: norms + range.lowerBound,
                        range.count,
                        to: part)
                    for point in range {
                        let line = block + (point - range.lowerBound) * part.count
                        look(point, line, part, references, d)
                    }
                }
            }
        }
    }

    private func look(
        _ point: Int, _ line: UnsafePointer<Double>, _ part: Range<Int>, _ references: UnsafePointer<Double>,
        _ d: Int
    ) {
        let best = squares + point * neighbours
        let slack = distances.slack(norm: norms[point])
        var farthest = best[neighbours - 1] + slack
        // Not a number where squares overflow; then every reference is looked at.
        for column in 0..<part.count where !(line[column] > farthest) {
            let row = part.lowerBound + column
            if leavesOutOwn && row == point { continue }
            let square = SquaredDistances.between(points + point * d, references + row * d, d)
            guard square < best[neighbours - 1] || rows[(point + 1) * neighbours - 1] < 0 else { continue }
            insert(square, row, point)
            farthest = best[neighbours - 1] + slack
        }
    }

    /// References come in rising order, so an equal one belongs behind.
    private func insert(_ square: Double, _ row: Int, _ point: Int) {
        let (best, names) = (squares + point * neighbours, rows + point * neighbours)
        var place = neighbours - 1
        while place > 0 && best[place - 1] > square {
            best[place] = best[place - 1]
            names[place] = names[place - 1]
            place -= 1
        }
        best[place] = square
        names[place] = row
    }
}
