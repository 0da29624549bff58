import Tensors

/// Guards by a polynomial sublevel set: {x : q(x) ≤ 1} with q(x) = e(x)ᵀ·P·e(x), e all monomials up to a degree, and P the
/// positive definite matrix of largest determinant for which the training points but a few outliers are inside.
///
/// | Paper | Here |
/// |---|---|
/// | e(x), d | `PolynomialBasis`, `degree` |
/// | P(θ) | (1/r)·M(w)⁻¹, `OptimalDesign` |
/// | α_c | `trimming` |
/// | ĝ(x) = 1[q(x) > 1] | `isOutside` |
///
/// Deviations: the paper replaces the count of outliers by a surrogate that it does not name. Here ⌊α_c·N⌋ points of largest
/// inverse Christoffel function are left out, and the rest is solved to a certified gap. Features are mapped to [−1, 1]
/// first. The threshold is 1 or, where the gap leaves a kept point beyond, the largest score of a kept point.
///
/// - SeeAlso: Yan et al. 2025, "Offline guarded safe reinforcement learning for medical treatment optimization strategies",
///   arXiv:2505.16242.
public struct PSoSGuardian: FittedGuardian {
    /// The options.
    public struct Configuration: Codable, Hashable, Sendable {
        /// Degree, basis, scaling and ridge.
        public var polynomial = PolynomialConfiguration()
        /// Share α_c of the training points that may be left out, in [0, 1).
        public var trimming = 0.05
        /// Optimality gap at which the fit ends, positive.
        public var tolerance = 1e-4
        /// Iterations after which a fit that has not converged is refused.
        public var iterations = 1_000_000
        /// How the threshold is found; nothing for the boundary of the ellipsoid.
        public var threshold: GuardianThreshold?

        /// The options as documented.
        public init() {}

        /// Refuses options out of range.
        func check() throws(GuardianError) {
            guard trimming >= 0 && trimming < 1 else {
                throw .outOfRange(option: "trimming", value: trimming, range: "[0, 1)")
            }
            guard tolerance > 0 && tolerance.isFinite else {
                throw .outOfRange(option: "tolerance", value: tolerance, range: "(0, inf)")
            }
            guard iterations >= 0 else {
                throw .outOfRange(option: "iterations", value: Double(iterations), range: "0 …")
            }
            try threshold?.check()
        }
    }

    /// `psos`.
    public static let kind = "psos"
    /// Features, threshold, calibration, report.
    public let facts: GuardianFacts
    private let form: PolynomialForm

    /// Takes a form that was fitted.
    init(facts: GuardianFacts, form: PolynomialForm) { (self.facts, self.form) = (facts, form) }

    /// Fits to the end; `PSoSFit` does it in portions.
    public init(_ configuration: Configuration, fittedTo data: GuardianData) throws {
        var fit = try PSoSFit(configuration, to: data)
        try fit.advance(iterations: configuration.iterations)
        self = try fit.guardian()
    }

    /// q of each point: at least 0, `+inf` where a constant feature differs.
    public func score(_ points: Matrix) throws -> [Double] {
        try check(points)
        return form(points)
    }

    /// P for the monomials in the order of `PolynomialBasis.exponents`, of scaled features; its basis is that of the fit.
    public var matrix: Matrix {
        let product = form.lower.transposed() * form.lower
        var result = product
        for (i, row) in form.order.enumerated() {
            for (j, column) in form.order.enumerated() { result[row, column] = product[i, j] }
        }
        return result
    }

    /// As `SupportGuardian` says.
    public func encoded() throws -> GuardianRecord {
        try GuardianRecord(kind: Self.kind, facts, details: form.details, form.arrays)
    }

    /// As `FittedGuardian` says.
    public init(from record: GuardianRecord) throws(GuardianError) {
        let (facts, details) = try record.facts(of: Self.kind, PolynomialForm.Details.self)
        self.facts = facts
        form = try PolynomialForm(record, details, features: facts.features.count)
    }
}
