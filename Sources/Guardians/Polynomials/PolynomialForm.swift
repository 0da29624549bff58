import Tensors

/// A score that is a sum of squares of polynomials, q(x) = ‖T·e(x)‖², of scaled features.
///
/// A feature that was constant on the training points does not enter the polynomials; a point that differs there is
/// infinitely far outside, since nothing is known about such points.
struct PolynomialForm: Sendable {
    /// The ranges that features are scaled by; nothing where they are taken as they are.
    let scaling: FeatureScaling?
    /// Features as they come in.
    let features: Int
    /// All polynomials of the features that vary.
    let basis: PolynomialBasis
    /// The order of the elements that T works on.
    let order: [Int]
    /// T, lower triangular.
    let lower: Matrix
    private let product: ProductBasis
    private let triangle: ArrangedTriangle

    /// Puts a form together.
    init(_ scaling: FeatureScaling?, features: Int, _ basis: PolynomialBasis, order: [Int], lower: Matrix) {
        (self.scaling, self.features, self.basis) = (scaling, features, basis)
        (self.order, self.lower) = (order, lower)
        product = basis.product(of: order)
        triangle = ArrangedTriangle(lower)
    }

    /// q of points.
    ///
    /// - Parameter points: `[n, features]`, finite.
    /// - Returns: at least 0; `+inf` where a constant feature differs or a power is beyond a `Double`.
    func callAsFunction(_ points: Matrix) -> [Double] {
        let constants = constants
        var scores = product.norms(triangle, scaling?.scaled(points) ?? points)
        for row in 0..<points.rows {
            let breaksConstant = constants.contains { constant in
                let value = points.elements[row * points.columns + constant.feature]
                return !(abs(value - constant.value) <= 1e-6 * max(1, abs(constant.value)))
            }
            if breaksConstant || scores[row].isNaN { scores[row] = .infinity }
        }
        return scores
    }

    /// q of some of the training points, scaled already; the same numbers as those of the whole points.
    ///
    /// - Parameters:
    ///   - points: `[n, basis.variables]`.
    ///   - rows: which of them.
    /// - Returns: one number for each of the rows.
    func norms(ofScaled points: Matrix, rows: [Int]) -> [Double] {
        product.norms(triangle, points, rows: rows)
    }

    private var constants: [(feature: Int, value: Double)] {
        guard let scaling else { return [] }
        let kept = Set(scaling.kept)
        return (0..<features).filter { !kept.contains($0) }.map { ($0, scaling.lower[$0]) }
    }

    /// What a user must know, where features are constant.
    var notes: [String] {
        let constants = constants.map { String($0.feature) }
        guard !constants.isEmpty else { return [] }
        return [
            "Constant on the training points: feature \(constants.joined(separator: ", ")); points that differ there count as outside."
        ]
    }
}

/// Options that all polynomial guardians have.
public struct PolynomialConfiguration: Codable, Hashable, Sendable {
    /// Total degree of the polynomials that are squared and summed, at least 1; the score has twice as much.
    public var degree = 2
    /// The polynomials of one variable; by default monomials up to degree 2 and Legendre polynomials beyond.
    public var family: PolynomialBasis.Family?
    /// Whether features are mapped to [−1, 1] first.
    public var isScaled = true
    /// Square of the difference by which a polynomial that depends on others on the training points may miss its combination
    /// and count 1, at least 0.
    ///
    /// 0 refuses such data.
    public var ridge = 1e-9

    /// The options as documented.
    public init() {}

    /// Scales points and lists the polynomials of what varies.
    func prepared(_ data: GuardianData) throws(GuardianError) -> (FeatureScaling?, Matrix, PolynomialBasis) {
        guard ridge >= 0 && ridge.isFinite else {
            throw .outOfRange(option: "ridge", value: ridge, range: "[0, inf)")
        }
        let scaling =
            isScaled
            ? try FeatureScaling(
                of: data.points, constantFeatures: .dropped, atLeast: data.smallestRanges) : nil
        if let scaling, scaling.kept.isEmpty { throw .noVariation }
        let scaled = scaling?.scaled(data.points) ?? data.points
        let basis = try PolynomialBasis(
            family ?? (degree <= 2 ? .monomial : .legendre), variables: scaled.columns, degree: degree)
        return (scaling, scaled, basis)
    }
}

// MARK: - Records

extension PolynomialForm {
    /// What the JSON text of a polynomial guardian holds.
    struct Details: Codable {
        var degree: Int
        var family: PolynomialBasis.Family
        var isScaled: Bool
    }

    var details: Details {
        Details(degree: basis.degree, family: basis.family, isScaled: scaling != nil)
    }

    var arrays: [GuardianRecord.NumberArray] {
        let order = GuardianRecord.NumberArray("order", shape: [order.count], order.map(Double.init))
        let lower = GuardianRecord.NumberArray("lower", shape: [lower.rows, lower.columns], lower.elements)
        return (scaling?.arrays ?? []) + [order, lower]
    }

    /// Reads a form.
    init(_ record: GuardianRecord, _ details: Details, features: Int) throws(GuardianError) {
        let scaling =
            details.isScaled
            ? try FeatureScaling(record, features: features, constantFeatures: .dropped) : nil
        let variables = scaling?.kept.count ?? features
        guard variables > 0 else { throw record.malformed("no feature of it varies") }
        let basis = try PolynomialBasis(details.family, variables: variables, degree: details.degree)
        let n = basis.exponents.count
        let order = try record.integers("order", in: 0..<n)
        guard Set(order).count == n && order.count == n else {
            throw record.malformed("its order does not name every monomial once")
        }
        self.init(
            scaling, features: features, basis, order: order,
            lower: Matrix(n, n, try record.values("lower", shape: [n, n])))
    }
}
