/// One test of one policy: all that tells it from another look at the same policy.
public struct Look: Codable, Sendable, Hashable {
    /// SHA-256 of the checkpoint's numbers.
    public let policy: String
    /// Where the costs are from: the environment, or the cost model.
    public let origin: String
    /// How the policy acted or answered.
    public let settings: [String: String]
    /// Seed of the fresh draws.
    public let seed: UInt64?
    /// What a case counts, in words.
    public let tested: String
    /// Name of the bound, and what it rests on.
    public let bound, assumptions: String
    /// The limit, and the probability of certifying a policy above it.
    public let limit, delta: Double
    /// Number of costs.
    public let count: Int
    /// Their mean, and the bound; nothing where they are no numbers.
    public let mean, upperBound: Double?

    private enum CodingKeys: String, CodingKey {
        case policy, origin, settings, seed, tested, bound, assumptions, limit, delta, mean
        case count = "n"
        case upperBound = "upper_bound"
    }

    /// Takes the figures of a report.
    ///
    /// - Parameters:
    ///   - report: of a test.
    ///   - tested: what a case counts, in words.
    ///   - policy: SHA-256 of the checkpoint's numbers.
    public init(_ report: SafetyReport, tested: String, policy: String) {
        (self.policy, self.tested) = (policy, tested)
        (origin, settings, seed) = (report.origin.name, report.origin.settings, report.origin.seed)
        (bound, assumptions) = (report.bound, report.assumptions)
        (limit, delta, count) = (report.limit, report.delta, report.count)
        (mean, upperBound) = (report.mean, report.upperBound)
    }
}
