import COpenBLAS
import Foundation
import Storage

/// Why a matrix could not be factorised or an equation not be solved.
public enum LinearAlgebraError: Fault, Equatable {
    /// An element is NaN or infinite.
    case notFinite(row: Int, column: Int)
    /// The leading minor of this order is not positive.
    case notPositiveDefinite(order: Int)
    /// A pivot is exactly 0.
    case singular
    /// The iteration for the eigenvalues did not converge.
    case notConverged

    /// What kind of fault it is.
    public var kind: FaultKind { .internalFault }

    /// One sentence.
    public var description: String {
        switch self {
        case .notFinite(let row, let column): "the matrix element [\(row), \(column)] is not a finite number"
        case .notPositiveDefinite(let order):
            "the matrix is not positive definite: its leading minor of order \(order) is not positive; add to the diagonal"
        case .singular: "the matrix is singular: the equation has no single solution"
        case .notConverged: "the eigenvalues did not converge"
        }
    }
}

/// A = L·Lᵀ of a symmetric, positive definite matrix.
public struct CholeskyFactor: Equatable, Sendable {
    /// L, with zeros above the diagonal.
    public let lower: Matrix

    /// Factorises a matrix.
    ///
    /// - Parameter a: `[n, n]`; only its lower triangle is read.
    /// - Throws: `notFinite`, `notPositiveDefinite`.
    public init(_ a: Matrix) throws(LinearAlgebraError) {
        let n = a.order
        try a.mustBeFinite()
        var lower = a
        if n > 0 {
            let info = LAPACKE_dpotrf(LAPACK_ROW_MAJOR, lowerTriangle, Int32(n), &lower.elements, Int32(n))
            if info > 0 { throw .notPositiveDefinite(order: Int(info)) }
        }
        for row in 0..<n { for column in row + 1..<max(n, row + 1) { lower[row, column] = 0 } }
        self.lower = lower
    }

    /// The solution X of A·X = B.
    ///
    /// - Parameter b: `[n, m]`.
    /// - Returns: `[n, m]`.
    /// - Throws: `notFinite`.
    public func solve(_ b: Matrix) throws(LinearAlgebraError) -> Matrix {
        try b.mustBeFinite()
        precondition(
            b.rows == lower.rows, "a right side of \(b.rows) rows for a matrix of order \(lower.rows)")
        guard !b.elements.isEmpty else { return b }
        var x = b
        _ = LAPACKE_dpotrs(
            LAPACK_ROW_MAJOR, lowerTriangle, Int32(b.rows), Int32(b.columns), lower.elements, Int32(b.rows),
            &x.elements,
            Int32(b.columns))
        return x
    }

    /// ln det A.
    public var logDeterminant: Double {
        2 * (0..<lower.rows).reduce(0) { $0 + log(lower[$1, $1]) }
    }
}

/// A = V·diag(λ)·Vᵀ of a symmetric matrix.
public struct SymmetricEigen: Equatable, Sendable {
    /// The eigenvalues λ, ascending.
    public let values: [Double]
    /// V: column j is the unit eigenvector of `values[j]`; its sign is LAPACK's.
    public let vectors: Matrix

    /// Decomposes a matrix.
    ///
    /// - Parameter a: `[n, n]`; only its lower triangle is read.
    /// - Throws: `notFinite`, `notConverged`.
    public init(_ a: Matrix) throws(LinearAlgebraError) {
        let n = a.order
        try a.mustBeFinite()
        var vectors = a
        var values = [Double](repeating: 0, count: n)
        if n > 0 {
            let info = LAPACKE_dsyev(
                LAPACK_ROW_MAJOR, withVectors, lowerTriangle, Int32(n), &vectors.elements, Int32(n), &values)
            if info > 0 { throw .notConverged }
        }
        (self.values, self.vectors) = (values, vectors)
    }
}

extension Matrix {
    /// The solution X of A·X = B by LU factorisation with row exchanges, for this square matrix A.
    ///
    /// - Parameter b: `[n, m]`.
    /// - Returns: `[n, m]`.
    /// - Throws: `notFinite`, `singular` where a pivot is exactly 0; a nearly singular matrix gives a poor solution.
    public func solve(_ b: Matrix) throws(LinearAlgebraError) -> Matrix {
        let n = order
        try mustBeFinite()
        try b.mustBeFinite()
        precondition(b.rows == n, "a right side of \(b.rows) rows for a matrix of order \(n)")
        guard n > 0 else { return b }
        var (factors, x) = (self, b)
        if b.columns == 0 { x = Matrix(n, 1) }
        var pivots = [Int32](repeating: 0, count: n)
        let info = LAPACKE_dgesv(
            LAPACK_ROW_MAJOR, Int32(n), Int32(x.columns), &factors.elements, Int32(n), &pivots, &x.elements,
            Int32(x.columns))
        if info > 0 { throw .singular }
        return b.columns == 0 ? b : x
    }

    /// Rows and columns of a square matrix.
    fileprivate var order: Int {
        precondition(rows == columns, "\(rows) × \(columns) is not square")
        _ = BLAS.prepared
        return rows
    }

    fileprivate func mustBeFinite() throws(LinearAlgebraError) {
        if let bad = firstNotFinite { throw .notFinite(row: bad.row, column: bad.column) }
    }
}

private let lowerTriangle = CChar(UInt8(ascii: "L"))
private let withVectors = CChar(UInt8(ascii: "V"))
