import Tensors

/// Maps every feature to [−1, 1] by its range on the training points: z = 2·(v − min)/(max − min) − 1.
public struct FeatureScaling: Equatable, Sendable {
    /// What happens to a feature that is constant on the training points.
    public enum ConstantFeatures: String, Codable, Sendable {
        /// It stays as it is.
        case raw
        /// It is left out.
        case dropped
    }

    /// The smallest and the largest value of each feature.
    public let lower, upper: [Double]
    /// The features that come out, in order.
    public let kept: [Int]

    /// Takes the ranges of points.
    ///
    /// - Parameters:
    ///   - points: the training points, finite, at least one row.
    ///   - constantFeatures: what happens to those.
    ///   - smallest: ranges narrower than these become as wide, around their middle, or, where constant features are dropped,
    ///     count as constant: no scale hides them from polynomials; one a feature, at least 0; none where nil.
    /// - Throws: `outOfRange` for a range too wide for a `Double`.
    public init(
        of points: Matrix, constantFeatures: ConstantFeatures, atLeast smallest: [Double]? = nil
    ) throws(GuardianError) {
        precondition(points.rows > 0, "no points to take ranges of")
        var lower = Array(points.elements.prefix(points.columns))
        var upper = lower
        for row in 1..<max(points.rows, 1) {
            for column in 0..<points.columns {
                let value = points.elements[row * points.columns + column]
                if value < lower[column] { lower[column] = value }
                if value > upper[column] { upper[column] = value }
            }
        }
        for (column, least) in (smallest ?? []).enumerated() where upper[column] - lower[column] < least {
            let middle = lower[column] / 2 + upper[column] / 2
            let half = constantFeatures == .dropped ? 0 : least / 2
            (lower[column], upper[column]) = (middle - half, middle + half)
        }
        for column in 0..<points.columns where !(2 * (upper[column] - lower[column])).isFinite {
            throw .outOfRange(
                option: "the range of feature \(column)", value: upper[column] - lower[column],
                range: "what can be scaled")
        }
        self.init(lower: lower, upper: upper, constantFeatures: constantFeatures)
    }

    /// Takes ranges.
    ///
    /// - Parameters:
    ///   - lower: smallest values.
    ///   - upper: largest values, not below them.
    ///   - constantFeatures: what happens to features of equal values.
    init(lower: [Double], upper: [Double], constantFeatures: ConstantFeatures) {
        (self.lower, self.upper) = (lower, upper)
        kept = lower.indices.filter { constantFeatures == .raw || lower[$0] < upper[$0] }
    }

    /// The points scaled.
    ///
    /// - Parameter points: `[n, lower.count]`.
    /// - Returns: `[n, kept.count]`.
    public func scaled(_ points: Matrix) -> Matrix {
        precondition(points.columns == lower.count, "\(points.columns) features, ranges of \(lower.count)")
        var result = Matrix(points.rows, kept.count)
        let ranges = zip(lower, upper).map { $1 - $0 }
        points.elements.withUnsafeBufferPointer { from in
            result.elements.withUnsafeMutableBufferPointer { to in
                for row in 0..<points.rows {
                    for (place, column) in kept.enumerated() {
                        let value = from[row * points.columns + column]
                        to[row * kept.count + place] =
                            ranges[column] > 0 ? 2 * (value - lower[column]) / ranges[column] - 1 : value
                    }
                }
            }
        }
        return result
    }
}

// MARK: - Records

extension FeatureScaling {
    /// The ranges, for a record.
    var arrays: [GuardianRecord.NumberArray] {
        [
            GuardianRecord.NumberArray("feature.lower", shape: [lower.count], lower),
            GuardianRecord.NumberArray("feature.upper", shape: [upper.count], upper),
        ]
    }

    /// Reads the ranges of a record.
    init(
        _ record: GuardianRecord, features: Int, constantFeatures: ConstantFeatures
    ) throws(GuardianError) {
        let (lower, upper) = (
            try record.values("feature.lower", shape: [features]),
            try record.values("feature.upper", shape: [features])
        )
        guard zip(lower, upper).allSatisfy({ $0 <= $1 && (2 * ($1 - $0)).isFinite }) else {
            throw record.malformed("its feature ranges are not ranges")
        }
        self.init(lower: lower, upper: upper, constantFeatures: constantFeatures)
    }
}
