extension ReferenceRows {
    /// The nearest rows by products of matrices, ‖x‖² + ‖y‖² − 2·xᵀy.
    ///
    /// A product only sorts out what is farther than its rounding; every distance that counts is subtracted anew.
    package func byProducts(_ neighbours: Int, _ points: Matrix, _ own: [Int]?) -> NearestRows {
        let (norms, pointNorms) = (rows.squaredNorms, points.squaredNorms)
        let largest = norms.max() ?? 0
        return NearestRows(neighbours, points) { found, squares, numbers in
            rows.elements.withUnsafeBufferPointer { elements in
                norms.withUnsafeBufferPointer { norms in
                    pointNorms.withUnsafeBufferPointer { pointNorms in
                        guard let elements = elements.baseAddress, let norms = norms.baseAddress,
                            let pointNorms = pointNorms.baseAddress
                        else { return }
                        let search = ProductSearch(
                            count: count, columns: columns, neighbours: neighbours, own: own,
                            references: elements, norms: norms, largestNorm: largest,
                            points: numbers, pointNorms: pointNorms, rows: found, squares: squares)
                        Shards.overBlocks(points.rows, of: ProductSearch.points) { search.run($0) }
                    }
                }
            }
        }
    }
}

/// Lists of the best so far, from products of matrices; each block of points works on its own.
private struct ProductSearch {
    /// Points and references in a block of distances, which stays in the second cache.
    static let points = 64, references = 512

    let count, columns, neighbours: Int
    let own: [Int]?
    let references, norms: UnsafePointer<Double>
    let largestNorm: Double
    let points, pointNorms: UnsafePointer<Double>
    /// As in `NearestSearch`.
    let rows: UnsafeMutablePointer<Int>
    let squares: UnsafeMutablePointer<Double>

    func run(_ range: Range<Int>) {
        let d = columns
        withUnsafeTemporaryAllocation(of: Double.self, capacity: Self.points * Self.references) { block in
            guard let block = block.baseAddress else { return }
            Shards.inBlocks(of: Self.references, 0..<count) { part in
                DoubleProducts.multiply(
                    range.count, part.count, d, alpha: -2, points + range.lowerBound * d, lda: d,
                    references + part.lowerBound * d, ldb: d, transposeB: true, block, ldc: part.count)
                for point in range {
                    look(point, block + (point - range.lowerBound) * part.count, part)
                }
            }
        }
    }

    private func look(_ point: Int, _ products: UnsafePointer<Double>, _ part: Range<Int>) {
        let (best, names) = (squares + point * neighbours, rows + point * neighbours)
        let beyond = slack(point) - pointNorms[point]
        var farthest = best[neighbours - 1] + beyond
        // Not a number where squares overflow; then every reference is looked at.
        for column in 0..<part.count where !(products[column] + norms[part.lowerBound + column] > farthest) {
            let row = part.lowerBound + column
            if let own, own[point] == row { continue }
            let square = squaredDistance(points + point * columns, references + row * columns)
            NearestRows.insert(square, row, neighbours, best, names)
            farthest = best[neighbours - 1] + beyond
        }
    }

    /// How far a distance by the product and one by subtraction can lie apart.
    ///
    /// Each of the sums behind them has d products and rounds relative to (‖x‖ + ‖y‖)² ≤ 2·(‖x‖² + ‖y‖²) at most; the
    /// factor leaves room for any order of summation, fused or not.
    private func slack(_ point: Int) -> Double {
        8 * Double(columns + 4) * 0x1p-53 * (pointNorms[point] + largestNorm)
    }

    private func squaredDistance(_ x: UnsafePointer<Double>, _ y: UnsafePointer<Double>) -> Double {
        var sum = 0.0
        for k in 0..<columns {
            let difference = x[k] - y[k]
            sum += difference * difference
        }
        return sum
    }
}

extension Matrix {
    /// ‖x‖² of every row.
    fileprivate var squaredNorms: [Double] {
        elements.withUnsafeBufferPointer { x in
            (0..<rows).map { row in
                var sum = 0.0
                for at in row * columns..<(row + 1) * columns { sum += x[at] * x[at] }
                return sum
            }
        }
    }
}
