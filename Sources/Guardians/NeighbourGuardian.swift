import Tensors

/// Guards by the distance to the k-th nearest training point, of features mapped to [−1, 1]; constant ones stay as they are.
///
/// A training point is not its own neighbour where the threshold comes from training scores.
public struct NeighbourGuardian: FittedGuardian {
    /// The options.
    public struct Configuration: Codable, Hashable, Sendable {
        /// k, at least 1 and less than the number of training points.
        public var neighbours = 5
        /// How the threshold is found.
        public var threshold = GuardianThreshold.quantile(alpha: 0.05)

        /// The options as documented.
        public init() {}
    }

    /// `neighbours`.
    public static let kind = "neighbours"
    /// Features, threshold, calibration, report.
    public let facts: GuardianFacts
    /// k.
    public let neighbours: Int
    private let scaling: FeatureScaling
    /// Scaled.
    private let references: Matrix
    private let search: ReferenceRows

    /// Scales and keeps the points, and finds the threshold.
    public init(_ configuration: Configuration, fittedTo data: GuardianData) throws {
        let k = configuration.neighbours
        guard k >= 1 && k < data.points.rows else {
            throw GuardianError.outOfRange(
                option: "neighbours", value: Double(k),
                range: "1 …, fewer than the \(data.points.rows) points")
        }
        let scaling = try FeatureScaling(
            of: data.points, constantFeatures: .raw, atLeast: data.smallestRanges)
        let references = scaling.scaled(data.points)
        let search = ReferenceRows(references)
        let scores = GuardianScores(
            kind: Self.kind,
            score: { Self.farthest(k, search.nearest(k, to: scaling.scaled($0))) },
            levels: { rows in
                Self.farthest(k, search.nearest(k, to: references.rows(at: rows), leavingOut: rows))
            })
        let report = GuardianReport(points: data.points.rows, trainingShareOutside: 0)
        facts = try scores.facts(configuration.threshold, for: data, report)
        (neighbours, self.scaling, self.references, self.search) = (k, scaling, references, search)
    }

    /// The distance of each point to its k-th nearest training point.
    public func score(_ points: Matrix) throws -> [Double] {
        try check(points)
        return Self.farthest(neighbours, search.nearest(neighbours, to: scaling.scaled(points)))
    }

    /// The training points nearest to each point: what a judgement rests on.
    ///
    /// - Parameter points: `[n, inputSize]`.
    /// - Returns: of each point its k nearest, nearest first: row among the training points, and distance.
    /// - Throws: as `score`.
    public func nearest(_ points: Matrix) throws -> [[(row: Int, distance: Double)]] {
        try check(points)
        let found = search.nearest(neighbours, to: scaling.scaled(points))
        return (0..<points.rows).map { point in
            (point * neighbours..<(point + 1) * neighbours).map {
                (found.rows[$0], found.squares[$0].squareRoot())
            }
        }
    }

    private static func farthest(_ k: Int, _ nearest: NearestRows) -> [Double] {
        stride(from: k - 1, to: nearest.squares.count, by: k).map { nearest.squares[$0].squareRoot() }
    }

    /// As `SupportGuardian` says.
    public func encoded() throws -> GuardianRecord {
        try GuardianRecord(
            kind: Self.kind, facts, details: ["neighbours": neighbours],
            scaling.arrays + [
                GuardianRecord.NumberArray(
                    "references", shape: [references.rows, references.columns], references.elements)
            ])
    }

    /// As `FittedGuardian` says.
    public init(from record: GuardianRecord) throws(GuardianError) {
        let (facts, details) = try record.facts(of: Self.kind, [String: Int].self)
        let size = facts.features.count
        scaling = try FeatureScaling(record, features: size, constantFeatures: .raw)
        references = try record.matrix("references", columns: size)
        guard let k = details["neighbours"], k >= 1, k <= references.rows else {
            throw record.malformed("it has no neighbours")
        }
        search = ReferenceRows(references)
        (self.facts, neighbours) = (facts, k)
    }
}
