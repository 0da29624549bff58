/// Squared Euclidean distances from points to a fixed set of rows, many at a time.
///
/// Blocks of them come from one matrix product, ‖x‖² + ‖y‖² − 2·xᵀy, clamped at 0. What the product loses to
/// cancellation is at most `slack(norm:)`; `between` subtracts first and loses nothing that matters.
public struct SquaredDistances: Sendable {
    /// The rows measured to, `[n, d]`.
    public let references: Matrix
    /// ‖y‖² of every reference row.
    public let norms: [Double]
    /// The largest of `norms`; 0 without references.
    public let largestNorm: Double

    /// Keeps the rows and their norms.
    ///
    /// - Parameter references: `[n, d]`, finite.
    public init(to references: Matrix) {
        self.references = references
        norms = Self.norms(of: references)
        largestNorm = norms.max() ?? 0
    }

    /// ‖x‖² of every row.
    public static func norms(of points: Matrix) -> [Double] {
        let d = points.columns
        return points.elements.withUnsafeBufferPointer { x in
            (0..<points.rows).map { row in
                var sum = 0.0
                for at in row * d..<(row + 1) * d { sum += x[at] * x[at] }
                return sum
            }
        }
    }

    /// ‖x − y‖² of two rows of d numbers, subtracted first and summed in order.
    public static func between(_ x: UnsafePointer<Double>, _ y: UnsafePointer<Double>, _ d: Int) -> Double {
        var sum = 0.0
        for k in 0..<d {
            let difference = x[k] - y[k]
            sum += difference * difference
        }
        return sum
    }

    /// All distances at once.
    ///
    /// - Parameter points: `[m, d]`.
    /// - Returns: `[m, n]`, never negative.
    public func from(_ points: Matrix) -> Matrix {
        precondition(
            points.columns == references.columns,
            "points of \(points.columns) numbers, references of \(references.columns)")
        var result = Matrix(points.rows, references.rows)
        let norms = Self.norms(of: points)
        result.elements.withUnsafeMutableBufferPointer { distances in
            points.elements.withUnsafeBufferPointer { x in
                norms.withUnsafeBufferPointer { norms in
                    guard let distances = distances.baseAddress, let x = x.baseAddress ?? emptyRow,
                        let norms = norms.baseAddress
                    else { return }
                    fill(distances, from: x, norms: norms, points.rows, to: 0..<references.rows)
                }
            }
        }
        return result
    }

    /// Writes one block of distances, on the calling thread.
    ///
    /// - Parameters:
    ///   - distances: `[count, range.count]` without gaps; never negative afterwards.
    ///   - points: `[count, d]` without gaps.
    ///   - pointNorms: ‖x‖² of those points.
    ///   - count: points.
    ///   - range: which references.
    public func fill(
        _ distances: UnsafeMutablePointer<Double>, from points: UnsafePointer<Double>,
        norms pointNorms: UnsafePointer<Double>, _ count: Int, to range: Range<Int>
    ) {
        let (d, n) = (references.columns, range.count)
        guard count > 0 && n > 0 else { return }
        references.elements.withUnsafeBufferPointer { y in
            norms.withUnsafeBufferPointer { norms in
                guard let y = y.baseAddress ?? emptyRow, let norms = norms.baseAddress else { return }
                DoubleProducts.multiply(
                    count, n, d, alpha: -2, points, lda: d, y + range.lowerBound * d, ldb: d,
                    transposeB: true, distances, ldc: n)
                for row in 0..<count {
                    let line = distances + row * n
                    let (own, others) = (pointNorms[row], norms + range.lowerBound)
                    for column in 0..<n { line[column] = max(0, line[column] + (own + others[column])) }
                }
            }
        }
    }

    /// How far a distance by the product and one by `between` can lie apart.
    ///
    /// Each of the sums behind them has d products and rounds relative to (‖x‖ + ‖y‖)² ≤ 2·(‖x‖² + ‖y‖²) at most; the
    /// factor leaves room for any order of summation, fused or not.
    ///
    /// - Parameter norm: ‖x‖² of the point.
    /// - Returns: an absolute bound that holds for every reference.
    public func slack(norm: Double) -> Double {
        8 * Double(references.columns + 4) * 0x1p-53 * (norm + largestNorm)
    }

    /// Stands in for the address of an array without elements, which the products do not read.
    private var emptyRow: UnsafePointer<Double>? {
        references.columns == 0 ? UnsafePointer(bitPattern: MemoryLayout<Double>.alignment) : nil
    }
}
