/// A part of the plane of costs and returns that inpainting cuts out, in shares of the ranges.
public struct OutcomeRegion: Sendable, Equatable {
    /// Between the smallest cost (0) and the largest (1).
    public let cost: ClosedRange<Double>
    /// Between the smallest return (0) and the largest (1) of the episodes whose cost is within `cost`.
    public let reward: ClosedRange<Double>

    /// States a region; all bounds lie in [0, 1].
    public init(cost: ClosedRange<Double>, reward: ClosedRange<Double>) {
        precondition(
            [cost, reward].allSatisfy { $0.lowerBound >= 0 && $0.upperBound <= 1 },
            "a region of shares \(cost), \(reward) leaves [0, 1]")
        (self.cost, self.reward) = (cost, reward)
    }
}

extension ClosedRange<Double> {
    /// The part of this range between two shares of it.
    func part(_ shares: ClosedRange<Double>) -> ClosedRange<Double> {
        let width = upperBound - lowerBound
        return (lowerBound + shares.lowerBound * width)...(lowerBound + shares.upperBound * width)
    }
}
