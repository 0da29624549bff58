import COpenBLAS

/// Products of `Double` matrices, for statistics, guardians and constrained optimisation.
///
/// Blocks are row-major; each call computes on the calling thread, so results do not depend on the number of threads.
/// Work that is worth sharing out is split by its caller into a fixed number of parts.
public enum DoubleProducts {
    /// C = alpha·op(A)·op(B) + beta·C.
    ///
    /// - Parameters:
    ///   - m: rows of C and of op(A).
    ///   - n: columns of C and of op(B).
    ///   - k: columns of op(A) and rows of op(B).
    ///   - alpha: factor of the product.
    ///   - a: A.
    ///   - lda: numbers from one row of A to the next.
    ///   - transposeA: whether op(A) is A transposed.
    ///   - b: B.
    ///   - ldb: numbers from one row of B to the next.
    ///   - transposeB: whether op(B) is B transposed.
    ///   - beta: factor of the old C; with 0, C need not hold numbers.
    ///   - c: C.
    ///   - ldc: numbers from one row of C to the next.
    public static func multiply(
        _ m: Int, _ n: Int, _ k: Int, alpha: Double = 1, _ a: UnsafePointer<Double>, lda: Int,
        transposeA: Bool = false, _ b: UnsafePointer<Double>, ldb: Int, transposeB: Bool = false,
        beta: Double = 0, _ c: UnsafeMutablePointer<Double>, ldc: Int
    ) {
        _ = BLAS.prepared
        guard m > 0 && n > 0 else { return }
        cblas_dgemm(
            CblasRowMajor, transposeA ? CblasTrans : CblasNoTrans, transposeB ? CblasTrans : CblasNoTrans,
            Int32(m), Int32(n), Int32(k), alpha, a, Int32(max(lda, 1)), b, Int32(max(ldb, 1)), beta, c,
            Int32(ldc))
    }

    /// The lower triangle of C = alpha·AᵀA + beta·C; what lies above the diagonal stays as it is.
    ///
    /// - Parameters:
    ///   - n: order of C and columns of A.
    ///   - k: rows of A.
    ///   - alpha: factor of the product.
    ///   - a: A, `[k, n]` without gaps.
    ///   - beta: factor of the old C; with 0, C need not hold numbers.
    ///   - c: C, `[n, n]` without gaps.
    public static func gram(
        _ n: Int, _ k: Int, alpha: Double = 1, _ a: UnsafePointer<Double>, beta: Double = 0,
        _ c: UnsafeMutablePointer<Double>
    ) {
        _ = BLAS.prepared
        guard n > 0 else { return }
        cblas_dsyrk(
            CblasRowMajor, CblasLower, CblasTrans, Int32(n), Int32(k), alpha, a, Int32(n), beta, c, Int32(n))
    }

    /// The lower triangle of C = alpha·AAᵀ + beta·C; what lies above the diagonal stays as it is.
    ///
    /// - Parameters:
    ///   - n: order of C and rows of A.
    ///   - k: columns of A.
    ///   - alpha: factor of the product.
    ///   - a: A.
    ///   - lda: numbers from one row of A to the next, at least k.
    ///   - beta: factor of the old C; with 0, C need not hold numbers.
    ///   - c: C, `[n, n]` without gaps.
    public static func gramOfRows(
        _ n: Int, _ k: Int, alpha: Double = 1, _ a: UnsafePointer<Double>, lda: Int, beta: Double = 0,
        _ c: UnsafeMutablePointer<Double>
    ) {
        _ = BLAS.prepared
        guard n > 0 else { return }
        cblas_dsyrk(
            CblasRowMajor, CblasLower, CblasNoTrans, Int32(n), Int32(k), alpha, a, Int32(max(lda, 1)), beta,
            c, Int32(n))
    }

    /// Replaces the rows of B by those of B·L⁻ᵀ: each row b becomes L⁻¹b.
    ///
    /// - Parameters:
    ///   - rows: rows of B.
    ///   - n: columns of B and order of L.
    ///   - lower: L, `[n, n]`, lower triangular without zeros on the diagonal; what lies above it is not read.
    ///   - b: B, `[rows, n]`.
    public static func solveRows(
        _ rows: Int, _ n: Int, lower: UnsafePointer<Double>, _ b: UnsafeMutablePointer<Double>
    ) {
        _ = BLAS.prepared
        guard rows > 0 && n > 0 else { return }
        cblas_dtrsm(
            CblasRowMajor, CblasRight, CblasLower, CblasTrans, CblasNonUnit, Int32(rows), Int32(n), 1, lower,
            Int32(n), b, Int32(n))
    }
}
