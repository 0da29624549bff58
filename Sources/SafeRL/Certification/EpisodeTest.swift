import Assurance

/// A safety test on fresh episodes: how many, what an episode counts, and what certifies.
///
/// Decide on all of it before the first episode: delta holds for one test of one policy.
public struct EpisodeTest: Sendable, Hashable {
    /// Fresh episodes, at least 2.
    public var episodes: Int
    /// The largest mean that is safe; finite.
    public var limit: Double
    /// Probability of certifying a policy whose mean exceeds the limit, in (0, 1).
    public var delta: Double
    /// What an episode counts.
    public var counted: TestedCost
    /// How the mean is bounded.
    public var bound: BoundChoice
    /// The largest cost that an episode can have; nothing where the environment states it or that of a step is given.
    public var largestCost: Double?
    /// The largest cost that a step can have.
    public var largestStepCost: Double?
    /// Seed of the fresh episodes, which differ from those of every evaluation, whatever that is.
    public var seed: UInt64

    /// Describes a test.
    ///
    /// - Parameters:
    ///   - episodes: how many.
    ///   - limit: the largest mean that is safe.
    ///   - delta: the probability of certifying an unsafe policy.
    ///   - counted: what an episode counts.
    ///   - bound: nothing for the one that holds for every number of episodes: betting, for violations Clopper–Pearson.
    ///   - largestCost: of an episode, where the environment does not state it.
    ///   - largestStepCost: of a step.
    ///   - seed: of the episodes.
    public init(
        episodes: Int, limit: Double, delta: Double, counting counted: TestedCost = TestedCost(),
        bound: BoundChoice? = nil, largestCost: Double? = nil, largestStepCost: Double? = nil,
        seed: UInt64 = 0
    ) {
        precondition(
            episodes >= 2 && limit.isFinite && delta > 0 && delta < 1, "\(episodes) episodes, delta \(delta)")
        (self.episodes, self.limit, self.delta, self.counted) = (episodes, limit, delta, counted)
        self.bound = bound ?? (counted.countsViolations ? .clopperPearson : .betting)
        (self.largestCost, self.largestStepCost, self.seed) = (largestCost, largestStepCost, seed)
    }

    /// The seed of the episodes: another than any that evaluation, training or a user is likely to use.
    package var episodeSeed: UInt64 {
        var stream = RandomStream(seed: seed, for: .certification)
        return stream.nextInteger()
    }
}
