import Tensors

/// Squared distance from a cloud of rows in units of its own spread: (x − μ)ᵀ(Σ + ridge·(tr Σ/d)·I)⁻¹(x − μ), Σ with 1/n.
///
/// With classes, each has its mean and all share the spread within classes; the distance is the least over classes.
///
/// - SeeAlso: Lee et al. 2018, arXiv:1807.03888; Ren et al. 2021, arXiv:2106.09022 (relative distance).
public struct MahalanobisDistance: Sendable {
    /// What is added to the diagonal, as a share of its mean.
    public static let ridge = 1e-6

    private let means: [[Double]]
    private let factor: CholeskyFactor

    /// Learns a cloud.
    ///
    /// - Parameters:
    ///   - rows: n of d numbers, at least one; columns in any units.
    ///   - classes: the class of each row, in 0 ..< K; none for a single cloud. A class without rows is left out.
    /// - Throws: `ReliabilityError.tooFew`, `.notFinite`, `.oneKind` where all rows are equal.
    public init(_ rows: Matrix, classes: [Int]? = nil) throws(ReliabilityError) {
        let (count, width) = (rows.rows, rows.columns)
        guard count > 0 && width > 0 else { throw .tooFew("Mahalanobis distance", rows: 0, needed: 1) }
        try mustBeFinite(rows)
        let classes = classes ?? [Int](repeating: 0, count: count)
        precondition(classes.count == count, "\(classes.count) classes of \(count) rows")
        var sums = [[Double]](repeating: .init(repeating: 0, count: width), count: (classes.max() ?? 0) + 1)
        var counts = [Int](repeating: 0, count: sums.count)
        for row in 0..<count {
            counts[classes[row]] += 1
            for column in 0..<width { sums[classes[row]][column] += rows[row, column] }
        }
        let centres = zip(sums, counts).map { sum, count in sum.map { $0 / Double(max(count, 1)) } }
        var centred = rows
        for row in 0..<count {
            for column in 0..<width { centred[row, column] -= centres[classes[row]][column] }
        }
        var spread = centred.transposed() * centred
        for place in spread.elements.indices { spread.elements[place] /= Double(count) }
        let trace = (0..<width).reduce(0) { $0 + spread[$1, $1] }
        for column in 0..<width { spread[column, column] += Self.ridge * trace / Double(width) }
        means = zip(centres, counts).filter { $0.1 > 0 }.map(\.0)
        do { factor = try CholeskyFactor(spread) } catch { throw .oneKind("Mahalanobis distance") }
    }

    /// The squared distance of every row, at least 0.
    ///
    /// - Parameter rows: of d numbers each, finite.
    /// - Returns: one a row.
    /// - Throws: `ReliabilityError.notFinite`.
    public func callAsFunction(_ rows: Matrix) throws(ReliabilityError) -> [Double] {
        precondition(rows.columns == means[0].count, "\(rows.columns) columns, not \(means[0].count)")
        try mustBeFinite(rows)
        var least = [Double](repeating: .infinity, count: rows.rows)
        for centre in means {
            var away = rows
            for row in 0..<rows.rows {
                for column in 0..<rows.columns { away[row, column] -= centre[column] }
            }
            let solved: Matrix
            // Finite rows less finite means may still be too large for a number.
            do { solved = try factor.solve(away.transposed()) } catch { throw .notFinite("features", row: 0) }
            for row in 0..<rows.rows {
                var square = 0.0
                for column in 0..<rows.columns { square += away[row, column] * solved[column, row] }
                least[row] = min(least[row], square)
            }
        }
        return least
    }
}
