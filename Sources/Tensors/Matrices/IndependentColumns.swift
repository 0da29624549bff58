import COpenBLAS

/// Which columns of a set of vectors determine the others, found from their matrix of second moments by a Cholesky
/// factorisation with pivots.
package struct IndependentColumns: Equatable, Sendable {
    /// Columns that are linearly independent, in rising order.
    package let independent: [Int]
    /// Columns that are combinations of them up to the tolerance, in rising order.
    package let dependent: [Int]

    /// Splits the columns.
    ///
    /// - Parameters:
    ///   - moments: symmetric, positive semidefinite, `[n, n]`.
    ///   - tolerance: what must be left of a column's second moment for it to be independent of those before, relative to
    ///     that moment; in (0, 1).
    /// - Throws: `notFinite`.
    package init(moments: Matrix, tolerance: Double) throws(LinearAlgebraError) {
        let n = moments.rows
        precondition(n == moments.columns && n > 0, "\(moments.rows) × \(moments.columns) moments")
        _ = BLAS.prepared
        for index in 0..<n * n where !moments.elements[index].isFinite {
            throw .notFinite(row: index / n, column: index % n)
        }
        // Columns of length 1 make one tolerance fit all; a column of zeros stays one.
        let lengths = (0..<n).map { moments[$0, $0] > 0 ? moments[$0, $0].squareRoot() : 1 }
        var scaled = moments
        for row in 0..<n {
            for column in 0..<n { scaled[row, column] /= lengths[row] * lengths[column] }
        }
        var pivots = [Int32](repeating: 0, count: n)
        var rank: Int32 = 0
        _ = LAPACKE_dpstrf(
            LAPACK_ROW_MAJOR, CChar(UInt8(ascii: "L")), Int32(n), &scaled.elements, Int32(n), &pivots, &rank,
            tolerance)
        independent = pivots.prefix(Int(rank)).map { Int($0) - 1 }.sorted()
        dependent = pivots.dropFirst(Int(rank)).map { Int($0) - 1 }.sorted()
    }
}
