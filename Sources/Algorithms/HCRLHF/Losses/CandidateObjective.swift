import Assurance
import Foundation

/// The costs of recent responses, of which the constraint's mean and spread are taken: first in, first out.
///
/// They are a little older than the policy, so that the moments lag behind it while it moves.
public struct CostStatistics: Codable, Sendable, Hashable {
    /// The largest number that is kept.
    public let capacity: Int
    /// The costs, the oldest first.
    public private(set) var costs: [Double] = []

    /// An empty buffer.
    public init(capacity: Int = 256) {
        precondition(capacity >= 2, "a buffer of \(capacity) costs has no spread")
        self.capacity = capacity
    }

    /// Adds costs, and forgets the oldest beyond the capacity.
    ///
    /// - Parameter fresh: finite.
    public mutating func add(_ fresh: [Double]) {
        precondition(fresh.allSatisfy(\.isFinite), "a cost that is not finite")
        costs.append(contentsOf: fresh)
        costs.removeFirst(max(0, costs.count - capacity))
    }

    /// Mean and spread; nothing for fewer than two costs.
    public var sample: SampleMean? { costs.count < 2 ? nil : SampleMean(costs) }
}

/// The constraint that a candidate is optimised under: μ + K·σ ≤ limit.
public struct CandidateConstraint: Codable, Sendable, Hashable {
    /// Which number of costs the K of the policy gradient is made for.
    public enum Counting: String, Codable, Sendable {
        /// One K: of the costs in the buffer, as for the multiplier.
        case buffer
        /// That of the responses in the micro-batch, as in the released code: policy and multiplier then work on
        /// different constraints.
        case microBatch = "micro-batch"
    }

    /// How K is made.
    public let pessimism: PessimisticConstraint
    /// τ.
    public let limit: Double
    /// What the policy gradient counts.
    public let counting: Counting

    /// Describes the constraint.
    public init(_ pessimism: PessimisticConstraint, limit: Double, counting: Counting = .buffer) {
        precondition(limit.isFinite, "a limit of \(limit)")
        (self.pessimism, self.limit, self.counting) = (pessimism, limit, counting)
    }

    /// μ + K·σ − τ, which the multiplier grows with.
    public func violation(_ sample: SampleMean) -> Double { pessimism.value(of: sample) - limit }

    /// What the policy descends instead of the cost.
    ///
    /// - Parameters:
    ///   - sample: of the buffer, at least two costs.
    ///   - responses: in the micro-batch, at least two where they are counted.
    /// - Returns: c̃ of a cost.
    public func augmentedCost(_ sample: SampleMean, responses: Int) -> AugmentedCost {
        let count = counting == .buffer ? sample.count : responses
        return AugmentedCost(
            mean: sample.mean, deviation: sample.deviation, coefficient: pessimism.coefficient(count: count))
    }
}

/// The cost whose score-function gradient is that of μ + K·σ.
///
/// c + K·(c² − 2cμ)/(2σ): because dσ = (d E[c²] − 2μ·dμ)/(2σ).
public struct AugmentedCost: Sendable, Hashable {
    /// μ and σ.
    public let mean, deviation: Double
    /// K.
    public let coefficient: Double

    /// Describes the cost; where the spread is nothing beside the mean, its gradient is left out.
    public init(mean: Double, deviation: Double, coefficient: Double) {
        precondition(deviation >= 0, "a deviation of \(deviation)")
        (self.mean, self.deviation, self.coefficient) = (mean, deviation, coefficient)
    }

    /// Of one response's cost.
    public func callAsFunction(_ cost: Double) -> Double {
        guard deviation > 1e-8 * max(1, abs(mean)) else { return cost }
        return cost + coefficient * (cost * cost - 2 * cost * mean) / (2 * deviation)
    }
}

/// λ > 0 as its logarithm, which plain gradient ascent moves.
public struct LogMultiplier: Codable, Sendable, Hashable {
    /// ln λ.
    public private(set) var logarithm: Double
    /// η.
    public let rate: Double
    /// The largest λ, of which there is no smallest; nothing for no limit.
    public let largest: Double?

    /// Describes a multiplier.
    ///
    /// - Parameters:
    ///   - initial: λ before the first step, above 0.
    ///   - rate: η, above 0.
    ///   - largest: above 0.
    public init(initial: Double = 1, rate: Double = 0.01, largest: Double? = 1e6) {
        precondition(initial > 0 && rate > 0 && largest.map { $0 > 0 } ?? true, "λ \(initial), rate \(rate)")
        (logarithm, self.rate, self.largest) = (log(initial), rate, largest)
    }

    /// λ.
    public var value: Double { exp(logarithm) }

    /// ln λ ← min(ln λ + η·violation·λ, ln λ_max).
    ///
    /// - Parameter violation: constraint minus limit, finite.
    public mutating func ascend(_ violation: Double) {
        precondition(violation.isFinite, "a violation of \(violation)")
        logarithm = min(logarithm + rate * violation * value, largest.map { log($0) } ?? .infinity)
    }
}
