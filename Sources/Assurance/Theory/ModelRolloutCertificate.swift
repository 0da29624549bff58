import Foundation

/// A bound on the probability that a policy leaves the support, from independent roll-outs in a learned model.
///
/// Exact for independent roll-outs of one fixed policy from independently drawn starts. It is relative to the learned
/// model: how the policy fares in the system itself follows only as far as the model is right where the policy goes.
public struct ModelRolloutCertificate: Codable, Sendable, Hashable {
    /// Roll-outs in which some step was outside the support.
    public let outside: Int
    /// Roll-outs made.
    public let rollouts: Int
    /// Probability that the bound does not hold.
    public let delta: Double
    /// Clopper–Pearson: the probability of leaving the support in the model is at most this, with probability 1 − δ.
    public let upperBound: Double
    /// One sentence about what the bound is relative to.
    public let statement: String

    private enum CodingKeys: String, CodingKey {
        case outside, rollouts, delta, statement
        case upperBound = "upper_bound"
    }

    /// Bounds the probability.
    ///
    /// - Parameters:
    ///   - outside: roll-outs with a step outside the support, in 0 … `rollouts`.
    ///   - rollouts: at least 1.
    ///   - delta: in (0, 1).
    public init(outside: Int, of rollouts: Int, delta: Double) {
        (self.outside, self.rollouts, self.delta) = (outside, rollouts, delta)
        upperBound = BinomialCount(events: outside, trials: rollouts).upperBound(delta: delta)
        statement =
            "\(outside) of \(rollouts) model roll-outs left the support: with probability "
            + String(format: "%g at least, a roll-out leaves it with probability %.4g", 1 - delta, upperBound)
            + " at most. This is relative to the learned model, not to the system that it models."
    }

    /// Whether the bound is 1, which says nothing.
    public var isVacuous: Bool { upperBound >= 1 }
}
