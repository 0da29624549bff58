/// What is done to stored numbers before an algorithm sees them; plain data, saved with the run.
///
/// Order and formulas: action a becomes clip(a, ±`actionLimit`), reward r becomes `rewardScale`·r + `rewardShift`,
/// each observation s (and next observation) becomes (s − mean) / deviation. A policy applies the same observation
/// transform when it acts.
public struct Transforms: Codable, Sendable, Equatable {
    /// Largest magnitude of an action component, in (0, 1]; nil leaves actions alone, as choices always are.
    public var actionLimit: Float?
    /// Factor of rewards.
    public var rewardScale: Float
    /// Added to scaled rewards.
    public var rewardShift: Float
    /// Subtracted from observations, one value a component; nil leaves observations alone.
    public private(set) var observationMean: [Float]?
    /// Divides the centred observations, each above 0; nil exactly if the mean is.
    public private(set) var observationDeviation: [Float]?

    private enum CodingKeys: String, CodingKey {
        case actionLimit = "action_limit"
        case rewardScale = "reward_scale"
        case rewardShift = "reward_shift"
        case observationMean = "observation_mean"
        case observationDeviation = "observation_deviation"
    }

    /// Changes nothing.
    public static let identity = Transforms(actionLimit: nil)
    /// The action limit of FISOR's released code, 1 − 1e-5, which keeps the inverse of tanh finite.
    public static let usualActionLimit: Float = 1 - 1e-5

    /// Makes a transform; without arguments it only clips actions to 1 − 1e-5.
    public init(
        actionLimit: Float? = Self.usualActionLimit, rewardScale: Float = 1, rewardShift: Float = 0
    ) {
        precondition(actionLimit.map { $0 > 0 && $0 <= 1 } ?? true, "an action limit lies in (0, 1]")
        self.actionLimit = actionLimit
        self.rewardScale = rewardScale
        self.rewardShift = rewardShift
    }

    /// FISOR's preparation for a DSRL task: actions clipped, rewards times steps / (largest − smallest return).
    ///
    /// - SeeAlso: Zheng et al. 2024, arXiv:2401.10700, released code.
    public static func forTask(_ task: DSRLTask) -> Transforms {
        Transforms(
            rewardScale: Float(
                Double(task.stepLimit) / (task.rewardRange.upperBound - task.rewardRange.lowerBound)))
    }

    /// Likewise for data of no task that is known: the longest recorded episode, the largest and smallest recorded return.
    ///
    /// Where all returns are equal, rewards stay as they are.
    public static func forReturns(of dataset: TransitionDataset) -> Transforms {
        let rewards = dataset.rewards
        let returns = dataset.episodes.map { episode in
            episode.rows.reduce(0) { $0 + Double(rewards[$1]) }
        }
        let spread = (returns.max() ?? 0) - (returns.min() ?? 0)
        let steps = dataset.episodes.map(\.rows.count).max() ?? 0
        return Transforms(rewardScale: spread > 0 ? Float(Double(steps) / spread) : 1)
    }

    /// The same transform with observations centred and scaled by the data set's mean and standard deviation.
    ///
    /// Computed over all stored observations in `Double`; 1e-3 is added to each deviation, so a constant component
    /// stays finite.
    public func standardising(_ dataset: TransitionDataset) -> Transforms {
        let width = dataset.observationSize
        let values = dataset.observations
        let count = Double(dataset.count)
        var mean = [Double](repeating: 0, count: width)
        var squares = mean
        for row in 0..<dataset.count {
            for column in 0..<width { mean[column] += Double(values[row * width + column]) }
        }
        for column in 0..<width { mean[column] /= count }
        // A second pass: the textbook one-pass formula cancels when the mean is large beside the spread.
        for row in 0..<dataset.count {
            for column in 0..<width {
                let difference = Double(values[row * width + column]) - mean[column]
                squares[column] += difference * difference
            }
        }
        var result = self
        result.observationMean = mean.map { Float($0) }
        result.observationDeviation = squares.map { Float(($0 / count).squareRoot() + 1e-3) }
        return result
    }

    /// Whether observations are left alone.
    public var keepsObservations: Bool { observationMean == nil }

    /// Transforms whole observations in place.
    ///
    /// - Parameter rows: any number of observations, one after the other.
    public func normalise(observations rows: UnsafeMutableBufferPointer<Float>) {
        guard let observationMean, let observationDeviation else { return }
        let width = observationMean.count
        precondition(
            rows.count.isMultiple(of: width), "\(rows.count) values are not whole observations of \(width)")
        observationMean.withUnsafeBufferPointer { mean in
            observationDeviation.withUnsafeBufferPointer { deviation in
                for start in stride(from: 0, to: rows.count, by: width) {
                    for column in 0..<width {
                        rows[start + column] = (rows[start + column] - mean[column]) / deviation[column]
                    }
                }
            }
        }
    }

    func preconditionFits(observationSize: Int) {
        precondition(
            observationMean.map { $0.count == observationSize } ?? true,
            "a transform of \(observationMean?.count ?? 0) values does not fit observations of \(observationSize)"
        )
    }
}

extension Transforms {
    /// Decodes and checks.
    ///
    /// - Throws: `DecodingError` when a number is not finite, out of range, or mean and deviation do not match.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        actionLimit = try container.decodeIfPresent(Float.self, forKey: .actionLimit)
        rewardScale = try container.decode(Float.self, forKey: .rewardScale)
        rewardShift = try container.decode(Float.self, forKey: .rewardShift)
        observationMean = try container.decodeIfPresent([Float].self, forKey: .observationMean)
        observationDeviation = try container.decodeIfPresent([Float].self, forKey: .observationDeviation)
        let limitFits = actionLimit.map { $0 > 0 && $0 <= 1 } ?? true
        let rewardFits = rewardScale.isFinite && rewardShift.isFinite
        let sizesFit =
            observationMean?.count == observationDeviation?.count && observationMean?.isEmpty != true
        let meanFits = observationMean?.allSatisfy(\.isFinite) ?? true
        let deviationFits = observationDeviation?.allSatisfy { $0 > 0 && $0.isFinite } ?? true
        guard limitFits && rewardFits && sizesFit && meanFits && deviationFits else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "transforms are out of range"))
        }
    }
}
