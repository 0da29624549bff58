import Tensors

/// A model whose members can disagree about a point, such as an ensemble of dynamics.
public protocol Disagreeing: Sendable {
    /// Numbers in a point.
    var pointSize: Int { get }

    /// How much the members disagree; higher is more. The answer for a point must not depend on the points beside it.
    ///
    /// - Parameter points: `[n, pointSize]`.
    /// - Returns: one number a row.
    /// - Throws: what the model throws.
    func disagreement(about points: Matrix) throws -> [Double]
}

/// Guards by the disagreement of a model's members: a point is outside where they agree too little.
///
/// The model is not part of the guardian's record. A record keeps a few training points and their scores instead, and is
/// read only with a model that gives the same.
///
/// - SeeAlso: Kidambi et al. 2020, "MOReL: model-based offline reinforcement learning", arXiv:2005.05951; Yu et al. 2020,
///   "MOPO: model-based offline policy optimization", arXiv:2005.13239.
public struct EnsembleGuardian: SupportGuardian {
    /// The options.
    public struct Configuration: Codable, Hashable, Sendable {
        /// How the threshold is found.
        public var threshold = GuardianThreshold.quantile(alpha: 0.05)

        /// The options as documented.
        public init() {}
    }

    /// `ensemble`.
    public static let kind = "ensemble"
    /// The columns it was fitted on.
    public var features: GuardianFeatures { facts.features }
    /// A point is outside if and only if its score is greater than this.
    public var threshold: Double { facts.threshold }
    /// What held-out points showed about the threshold; nothing if none were held out.
    public var calibration: GuardianCalibration? { facts.calibration }
    /// How the fit went.
    public var report: GuardianReport { facts.report }

    private let facts: GuardianFacts
    private let model: any Disagreeing
    /// Training points and what the model says about them.
    private let probes: Matrix
    private let answers: [Double]
    private static let probeCount = 16

    /// Finds the threshold of a model.
    ///
    /// - Parameters:
    ///   - configuration: the options.
    ///   - model: trained, and left as it is from now on.
    ///   - data: the training points, and those held out.
    /// - Throws: `GuardianError`, and what the model throws.
    public init(_ configuration: Configuration, of model: some Disagreeing, fittedTo data: GuardianData)
        throws
    {
        try data.features.check(columns: model.pointSize, of: Self.kind)
        let scores = GuardianScores(
            kind: Self.kind, score: { try Self.scores(model, $0) },
            levels: { try Self.scores(model, data.points.rows(at: $0)) })
        let report = GuardianReport(points: data.points.rows, trainingShareOutside: 0)
        facts = try scores.facts(configuration.threshold, for: data, report)
        let count = min(Self.probeCount, data.points.rows)
        probes = data.points.rows(at: (0..<count).map { $0 * data.points.rows / count })
        answers = try Self.scores(model, probes)
        self.model = model
    }

    /// The disagreement about each point; `+inf` where it is not a number.
    public func score(_ points: Matrix) throws -> [Double] {
        try check(points)
        return try Self.scores(model, points)
    }

    private static func scores(_ model: any Disagreeing, _ points: Matrix) throws -> [Double] {
        let scores = try model.disagreement(about: points)
        precondition(scores.count == points.rows, "\(scores.count) answers about \(points.rows) points")
        return scores.map { $0.isNaN ? .infinity : $0 }
    }

    /// As `SupportGuardian` says.
    public func encoded() throws -> GuardianRecord {
        try GuardianRecord(
            kind: Self.kind, facts, details: [String: Int](),
            [
                GuardianRecord.NumberArray("probes", shape: [probes.rows, probes.columns], probes.elements),
                GuardianRecord.NumberArray("answers", shape: [answers.count], answers),
            ])
    }

    /// Builds the guardian that a record was made of, around the model that it was made with.
    ///
    /// - Parameters:
    ///   - record: of this kind.
    ///   - model: which must answer every probe bit for bit.
    /// - Throws: `malformed`, `otherSize`, `otherModel`, and what the model throws.
    public init(from record: GuardianRecord, of model: some Disagreeing) throws {
        (facts, _) = try record.facts(of: Self.kind, [String: Int].self)
        try facts.features.check(columns: model.pointSize, of: Self.kind)
        let probes = try record.matrix("probes", columns: facts.features.count)
        let answers = try record.values("answers", shape: [probes.rows])
        guard probes.rows > 0 else { throw record.malformed("it has no probes") }
        let computed = try Self.scores(model, probes)
        for (stored, computed) in zip(answers, computed) where stored.bitPattern != computed.bitPattern {
            throw GuardianError.otherModel(kind: Self.kind, stored: stored, computed: computed)
        }
        (self.probes, self.answers, self.model) = (probes, answers, model)
    }
}
