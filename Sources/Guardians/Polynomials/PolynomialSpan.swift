import Tensors

/// The polynomials that are independent on a set of points, and how the others follow from them there.
///
/// A binary feature at ±1 makes its square equal to the constant, and the moment matrix singular. Of such polynomials only
/// independent ones enter the fit; the others are combinations of them on the points, and a point that breaks the
/// combination by more than the root of the ridge lies outside. That is what a ridge on the moment matrix means as it goes
/// to 0, without the loss of digits.
struct PolynomialSpan {
    /// All polynomials.
    let basis: PolynomialBasis
    /// Elements that are independent on the points, in rising order.
    let independent: [Int]
    /// The other elements, in rising order.
    let dependent: [Int]
    /// Their coefficients in the independent ones, `[dependent, independent]`.
    let coefficients: Matrix
    /// The factor of the moments of the independent elements under equal weights.
    let factor: CholeskyFactor

    /// A column is dependent if this share of its second moment is left by those before it.
    private static let tolerance = 1e-12

    /// Finds the span of points.
    ///
    /// - Parameters:
    ///   - basis: all polynomials.
    ///   - points: scaled, `[n, variables]`.
    ///   - rows: which of them; nothing for all.
    ///   - ridge: 0 refuses dependent polynomials.
    /// - Throws: `tooManyMonomials`, `singularMoments`, `outOfRange` for powers beyond a `Double`.
    init(
        _ basis: PolynomialBasis, of points: Matrix, rows: [Int]? = nil, ridge: Double
    ) throws(GuardianError) {
        let (all, count) = (Array(basis.exponents.indices), rows?.count ?? points.rows)
        guard all.count <= count else {
            throw .tooManyMonomials(monomials: all.count, points: count, degree: basis.degree)
        }
        let moments = basis.product(of: all).moments(points, rows: rows)
        do {
            let columns = try IndependentColumns(moments: moments, tolerance: Self.tolerance)
            (independent, dependent) = (columns.independent, columns.dependent)
            guard dependent.isEmpty || ridge > 0 else {
                throw GuardianError.singularMoments(order: independent.count + 1, ridge: ridge)
            }
            factor = try CholeskyFactor(moments.part(independent, independent))
            coefficients = try factor.solve(moments.part(independent, dependent)).transposed()
        } catch let error as GuardianError {
            throw error
        } catch LinearAlgebraError.notPositiveDefinite(let order) {
            throw .singularMoments(order: order, ridge: ridge)
        } catch {
            throw .outOfRange(
                option: "degree", value: Double(basis.degree), range: "what the size of the features allows")
        }
        self.basis = basis
    }

    /// How to compute the independent elements.
    var product: ProductBasis { basis.product(of: independent) }

    /// T of the form ‖T e‖² whose elements are ordered independent first, then dependent: `factor`⁻¹ above; below, what
    /// the dependent elements differ from their combinations, divided by the root of the ridge.
    ///
    /// - Parameters:
    ///   - factor: of moments of the independent elements.
    ///   - ridge: positive, if there are dependent elements.
    ///   - scale: of the whole form.
    /// - Returns: `[n, n]`, lower triangular.
    func lower(_ factor: CholeskyFactor, ridge: Double, scale: Double) -> Matrix {
        let (r, n) = (independent.count, basis.exponents.count)
        let inverse = factor.lower.inverseOfLower()
        let (root, steep) = (scale.squareRoot(), (scale / ridge).squareRoot())
        var result = Matrix(n, n)
        for row in 0..<r { for column in 0...row { result[row, column] = root * inverse[row, column] } }
        for (place, row) in (r..<n).enumerated() {
            for column in 0..<r { result[row, column] = -steep * coefficients[place, column] }
            result[row, row] = steep
        }
        return result
    }

    /// What a user must know, where elements depend on others.
    func notes(ridge: Double) -> [String] {
        guard !dependent.isEmpty else { return [] }
        return [
            "\(dependent.count) of \(basis.exponents.count) monomials depend on the others on these points, as the square of "
                + "a binary feature does; points that break the dependence count as outside (ridge \(ridge))."
        ]
    }
}

extension Matrix {
    /// The elements in some rows and columns.
    func part(_ rows: [Int], _ columns: [Int]) -> Matrix {
        var result = Matrix(rows.count, columns.count)
        for (i, row) in rows.enumerated() {
            for (j, column) in columns.enumerated() { result[i, j] = self[row, column] }
        }
        return result
    }

    /// The inverse of a lower triangular matrix without zeros on its diagonal.
    func inverseOfLower() -> Matrix {
        var result = Matrix.identity(rows)
        DoubleProducts.solveRows(rows, rows, lower: elements, &result.elements)
        result = result.transposed()
        // What rounding left above the diagonal.
        for row in 0..<rows { for column in row + 1..<max(rows, row + 1) { result[row, column] = 0 } }
        return result
    }
}
