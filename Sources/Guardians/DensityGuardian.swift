import Foundation
import Tensors

/// Guards by a Gaussian kernel density of the data: a point is outside where the density is below a threshold.
///
/// f(x) = 1/N Σ exp(−‖x − xᵢ‖²/(2σ²)) / (σ·√(2π)) for features mapped to [−1, 1]; constant ones stay as they are. The factor
/// is that of one dimension, as in the authors' code, and changes no decision. The score is −ln f.
///
/// Quantiles and bisections are taken of the training densities, each point's own kernel included, as in the authors' code;
/// conformal thresholds of held-out scores, which have none.
///
/// - SeeAlso: Yan et al. 2025, arXiv:2505.16242.
public struct DensityGuardian: FittedGuardian {
    /// The options.
    public struct Configuration: Codable, Hashable, Sendable {
        /// The bandwidth σ of scaled features, positive; the authors' by default.
        public var bandwidth = 0.535
        /// How the threshold is found; bisection halves between density 0 and the largest.
        public var threshold = GuardianThreshold.quantile(alpha: 0.05)

        /// The options as documented.
        public init() {}
    }

    /// `kde`.
    public static let kind = "kde"
    /// Features, threshold, calibration, report.
    public let facts: GuardianFacts
    private let density: KernelDensity

    /// Scales and keeps the points, and finds the threshold.
    public init(_ configuration: Configuration, fittedTo data: GuardianData) throws {
        let scaling = try FeatureScaling(
            of: data.points, constantFeatures: .raw, atLeast: data.smallestRanges)
        let density = try KernelDensity(scaling, scaling.scaled(data.points), configuration.bandwidth)
        let scores = GuardianScores(
            kind: Self.kind, score: { density.scores($0) },
            levels: { density.values(data.points.rows(at: $0)).map { -$0 } },
            scoreOfLevel: { -log(-$0) }, farthestLevel: 0,
            exceed: { density.exceed($0, data.points.rows(at: $1)) })
        let report = GuardianReport(points: data.points.rows, trainingShareOutside: 0)
        facts = try scores.facts(configuration.threshold, for: data, report)
        self.density = density
    }

    /// σ.
    public var bandwidth: Double { density.bandwidth }

    /// f of each point; 0 where it is below the numbers of a `Double`.
    ///
    /// - Parameter points: `[n, inputSize]`.
    /// - Returns: at least 0.
    /// - Throws: `GuardianError`.
    public func densities(_ points: Matrix) throws -> [Double] {
        try check(points)
        return density.values(points)
    }

    /// −ln f of each point, finite even where f is not above 0 in a `Double`.
    public func score(_ points: Matrix) throws -> [Double] {
        try check(points)
        return density.scores(points)
    }

    /// Whether each point is outside; stops at the references that put it inside.
    ///
    /// - Parameter points: `[n, inputSize]`.
    /// - Returns: exactly what comparing scores with the threshold gives.
    /// - Throws: `GuardianError`.
    public func isOutside(_ points: Matrix) throws -> [Bool] {
        try check(points)
        return density.exceed(threshold, points)
    }

    /// As `SupportGuardian` says.
    public func encoded() throws -> GuardianRecord {
        let (scaling, references) = (density.scaling, density.references)
        return try GuardianRecord(
            kind: Self.kind, facts, details: [String: Int](),
            scaling.arrays + [
                GuardianRecord.NumberArray("bandwidth", shape: [1], [bandwidth]),
                GuardianRecord.NumberArray(
                    "references", shape: [references.rows, references.columns], references.elements),
            ])
    }

    /// As `FittedGuardian` says.
    public init(from record: GuardianRecord) throws(GuardianError) {
        (facts, _) = try record.facts(of: Self.kind, [String: Int].self)
        let size = facts.features.count
        let scaling = try FeatureScaling(record, features: size, constantFeatures: .raw)
        let references = try record.matrix("references", columns: size)
        guard references.rows > 0 else { throw record.malformed("it has no references") }
        density = try KernelDensity(scaling, references, try record.values("bandwidth", shape: [1])[0])
    }
}

/// A Gaussian kernel density of scaled points.
private struct KernelDensity: Sendable {
    let scaling: FeatureScaling
    /// Scaled.
    let references: Matrix
    let bandwidth: Double
    private let kernels: KernelSums
    /// 1/(N·σ·√(2π)).
    private let factor: Double

    init(_ scaling: FeatureScaling, _ references: Matrix, _ bandwidth: Double) throws(GuardianError) {
        let rate = 1 / (2 * bandwidth * bandwidth)
        guard bandwidth > 0 && rate.isNormal && (2 * rate).isFinite else {
            throw .outOfRange(option: "bandwidth", value: bandwidth, range: "(0, inf)")
        }
        (self.scaling, self.references, self.bandwidth) = (scaling, references, bandwidth)
        kernels = KernelSums(of: references, rate: rate)
        factor = 1 / (Double(references.rows) * bandwidth * (2 * Double.pi).squareRoot())
    }

    func values(_ points: Matrix) -> [Double] {
        kernels.sums(scaling.scaled(points)).map { $0 * factor }
    }

    func scores(_ points: Matrix) -> [Double] {
        let points = scaling.scaled(points)
        return scores(kernels.sums(points), of: points)
    }

    /// Whether scores are above a threshold.
    func exceed(_ threshold: Double, _ points: Matrix) -> [Bool] {
        let points = scaling.scaled(points)
        // The margin is far beyond the rounding of the exponential and the logarithm, so what reaches it is inside for sure.
        let bound = max(KernelSums.smallest, exp(-threshold) / factor) * (1 + 1e-11)
        let certain = kernels.reaches(points, bound)
        var result = certain.map { $0 == false }
        // What vanishes is told apart by logarithms alone.
        let open = certain.indices.filter {
            certain[$0] == nil || (certain[$0] == false && bound < 2 * KernelSums.smallest)
        }
        let asked = points.rows(at: open)
        let sums = kernels.sums(asked, upTo: bound)
        let below = sums.indices.filter { !(sums[$0] >= bound) }
        for place in sums.indices { result[open[place]] = false }
        for (place, score) in zip(below, scores(below.map { sums[$0] }, of: asked.rows(at: below))) {
            result[open[place]] = !(score <= threshold)
        }
        return result
    }

    /// −ln of the densities that whole sums give.
    private func scores(_ sums: [Double], of points: Matrix) -> [Double] {
        var scores = sums.map { -log($0 * factor) }
        let vanishing = sums.indices.filter { !(sums[$0] >= KernelSums.smallest) }
        guard !vanishing.isEmpty else { return scores }
        for (row, logarithm) in zip(vanishing, kernels.logarithms(points.rows(at: vanishing))) {
            scores[row] = -(logarithm + log(factor))
        }
        return scores
    }
}
