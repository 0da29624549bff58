/// What an episode cost and brought, in the precision of the recorded steps.
public struct EpisodeOutcome: Sendable, Equatable {
    /// Undiscounted sum of costs.
    public var cost: Float
    /// Undiscounted sum of rewards.
    public var reward: Float

    /// States an outcome.
    public init(cost: Float, reward: Float) { (self.cost, self.reward) = (cost, reward) }
}

/// The smallest and largest cost and return that filters refer to: a task's constants, or what data hold.
public struct OutcomeRanges: Sendable, Equatable {
    /// Smallest and largest cost of an episode.
    public let cost: ClosedRange<Double>
    /// Smallest and largest return of an episode.
    public let reward: ClosedRange<Double>

    /// States ranges.
    public init(cost: ClosedRange<Double>, reward: ClosedRange<Double>) {
        (self.cost, self.reward) = (cost, reward)
    }

    /// The constants of a DSRL task.
    public init(_ task: DSRLTask) { self.init(cost: task.costRange, reward: task.rewardRange) }

    /// What these outcomes span, at least one of them.
    init(of outcomes: [EpisodeOutcome]) {
        cost = Self.span(outcomes.map(\.cost))
        reward = Self.span(outcomes.map(\.reward))
    }

    private static func span(_ values: [Float]) -> ClosedRange<Double> {
        guard let low = values.min(), let high = values.max() else { return 0...0 }
        return Double(low)...Double(high)
    }
}

extension TransitionDataset {
    /// Costs and returns of the whole episodes, in the order of the file.
    ///
    /// Summed in single precision in NumPy's order: the ends of a task's published ranges are such sums, so that the
    /// episodes at the ends lie within.
    public var outcomes: [EpisodeOutcome] {
        let (costs, rewards) = (costs, rewards)
        return episodes.map {
            EpisodeOutcome(cost: pairwiseSum(costs[$0.rows]), reward: pairwiseSum(rewards[$0.rows]))
        }
    }
}

/// Sum by halves down to 128 numbers, which eight running sums share: NumPy's order.
private func pairwiseSum(_ values: Slice<UnsafeBufferPointer<Float>>) -> Float {
    let count = values.count
    let first = values.startIndex
    if count > 128 {
        let middle = first + count / 2 - count / 2 % 8
        return pairwiseSum(values[first..<middle]) + pairwiseSum(values[middle...])
    }
    var rest = first
    var total: Float = 0
    if count >= 8 {
        var sums = SIMD8<Float>(repeating: 0)
        while rest + 8 <= values.endIndex {
            for lane in 0..<8 { sums[lane] += values[rest + lane] }
            rest += 8
        }
        total =
            ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]))
    }
    while rest < values.endIndex {
        total += values[rest]
        rest += 1
    }
    return total
}
