import Tensors

/// Guards by the inverse Christoffel function of the data, q(x) = e(x)ᵀ·M⁻¹·e(x) with M = Σ e(xᵢ)·e(xᵢ)ᵀ / n.
///
/// It is the ellipsoid of the moments where `PSoSGuardian` has the smallest one: one factorisation instead of a programme.
/// Its mean over the training points is the number of monomials.
///
/// - SeeAlso: Lasserre and Pauwels 2019, "The empirical Christoffel function with applications in data analysis".
public struct ChristoffelGuardian: FittedGuardian {
    /// The options.
    public struct Configuration: Codable, Hashable, Sendable {
        /// Degree, basis, scaling and ridge.
        public var polynomial = PolynomialConfiguration()
        /// How the threshold is found.
        public var threshold = GuardianThreshold.quantile(alpha: 0.05)

        /// The options as documented.
        public init() {}
    }

    /// `christoffel`.
    public static let kind = "christoffel"
    /// Features, threshold, calibration, report.
    public let facts: GuardianFacts
    private let form: PolynomialForm

    /// Computes the moments and factorises them.
    public init(_ configuration: Configuration, fittedTo data: GuardianData) throws {
        let options = configuration.polynomial
        let (scaling, points, basis) = try options.prepared(data)
        let span = try PolynomialSpan(basis, of: points, ridge: options.ridge)
        let form = PolynomialForm(
            scaling, features: data.features.count, basis, order: span.independent + span.dependent,
            lower: span.lower(span.factor, ridge: options.ridge, scale: 1))
        let report = GuardianReport(
            points: data.points.rows, trainingShareOutside: 0,
            ridge: span.dependent.isEmpty ? 0 : options.ridge,
            notes: form.notes + span.notes(ridge: options.ridge))
        let scores = GuardianScores(
            kind: Self.kind, score: { form($0) }, levels: { form(data.points.rows(at: $0)) })
        facts = try scores.facts(configuration.threshold, for: data, report)
        self.form = form
    }

    /// q of each point: at least 0, `+inf` where a constant feature differs.
    public func score(_ points: Matrix) throws -> [Double] {
        try check(points)
        return form(points)
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
