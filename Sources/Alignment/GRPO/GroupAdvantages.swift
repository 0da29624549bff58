/// What each response is compared with: the advantages of GRPO and its variants.
///
/// The responses to one prompt are a group. A group whose rewards are all equal has advantages of exactly 0.
///
/// - SeeAlso: Shao et al. 2024, arXiv:2402.03300, equation 3; Liu et al. 2025, arXiv:2503.20783, for `scale` none.
public struct GroupAdvantages: Sendable, Hashable {
    /// What is subtracted from a reward.
    public enum Baseline: String, Codable, Sendable, CaseIterable {
        /// The group's mean.
        case mean
        /// The mean of the group's other rewards: k/(k − 1) times what `mean` gives.
        case leaveOneOut = "leave-one-out"
    }

    /// What a difference is divided by.
    public enum Scale: String, Codable, Sendable, CaseIterable {
        /// The group's standard deviation.
        case group
        /// That of all rewards of an update.
        case batch
        /// Nothing.
        case none
    }

    /// What is subtracted.
    public var baseline: Baseline
    /// What it is divided by.
    public var scale: Scale
    /// Added to a standard deviation; above 0.
    public var epsilon: Double
    /// Smallest standard deviation of a group that is divided by; at least 0.
    public var floor: Double

    /// Describes advantages; those of GRPO by default.
    public init(
        baseline: Baseline = .mean, scale: Scale = .group, epsilon: Double = 1e-4, floor: Double = 0
    ) {
        precondition(epsilon > 0 && floor >= 0, "epsilon \(epsilon), floor \(floor)")
        (self.baseline, self.scale, self.epsilon, self.floor) = (baseline, scale, epsilon, floor)
    }

    /// The advantages of an update's responses.
    ///
    /// A reward that is not finite could not be computed: it is left out of means and deviations, and its advantage is 0.
    ///
    /// - Parameter rewards: of each group's responses.
    /// - Returns: in the same order.
    public func callAsFunction(_ rewards: [[Double]]) -> [[Double]] {
        let all = scale == .batch ? Deviation(rewards.flatMap { $0 }).deviation : 0
        return rewards.map { group in
            let own = Deviation(group)
            guard own.count > 1, !own.isUniform else { return group.map { _ in 0 } }
            let divisor =
                switch scale {
                case .group: max(own.deviation, floor) + epsilon
                case .batch: all + epsilon
                case .none: 1.0
                }
            let others = Double(own.count) / Double(own.count - 1)
            let factor = (baseline == .leaveOneOut ? others : 1) / divisor
            return group.map { $0.isFinite ? ($0 - own.mean) * factor : 0 }
        }
    }

    /// Whether nothing can be learned from a group: fewer than two rewards that are finite, or all of them equal.
    public static func isUniform(_ group: [Double]) -> Bool {
        let own = Deviation(group)
        return own.count < 2 || own.isUniform
    }
}

/// Mean and standard deviation, with n − 1, of the finite ones of some numbers.
struct Deviation {
    let count: Int
    let mean, deviation: Double
    /// Whether all are equal.
    let isUniform: Bool

    init(_ numbers: [Double]) {
        let finite = numbers.filter(\.isFinite)
        count = finite.count
        let mean = finite.isEmpty ? 0 : finite.reduce(0, +) / Double(count)
        self.mean = mean
        let squares = finite.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        deviation = count > 1 ? (squares / Double(count - 1)).squareRoot() : 0
        isUniform = finite.allSatisfy { $0 == finite[0] }
    }
}
