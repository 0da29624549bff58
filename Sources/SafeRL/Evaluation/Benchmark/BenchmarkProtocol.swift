/// How DSRL judges policies on a task: its limits, its constants, and which episodes.
///
/// Episodes are cut at the task's step limit. Actions lie in −1 … 1 and are clipped to that. Return and cost are
/// undiscounted sums, their means are normalised by the task's constants. Every run is one training seed and gets
/// episodes of its own: those of seed `seed + training seed`, so that policies of different algorithms and equal training
/// seeds meet equal starts, and runs to be averaged do not.
///
/// - SeeAlso: Liu et al. 2024, arXiv:2306.09303 (20 episodes, 3 seeds, three cost limits); Zheng et al. 2024,
///   arXiv:2401.10700 (one strict limit).
public struct BenchmarkProtocol: Sendable, Equatable {
    /// Episodes of a run.
    public static let standardEpisodes = 20
    /// Runs that are averaged.
    public static let standardRuns = 3
    /// What is added to a run's training seed.
    public static let standardSeed: UInt64 = 1000

    /// The task.
    public let task: DSRLTask
    /// Episodes of a run, at least 1.
    public let episodes: Int
    /// What is added to a run's training seed to make the seed of its episodes.
    public let seed: UInt64

    /// Names a task; the rest is the benchmark's unless given.
    public init(_ task: DSRLTask, episodes: Int = standardEpisodes, seed: UInt64 = standardSeed) {
        precondition(episodes >= 1, "\(episodes) episodes")
        (self.task, self.episodes, self.seed) = (task, episodes, seed)
    }

    /// The strict limit, then the three of the benchmark.
    public var costLimits: [Double] {
        [task.strictCostLimit] + task.costLimits.filter { $0 != task.strictCostLimit }
    }

    /// Constants for scores at the strict limit.
    public var constants: TaskConstants {
        TaskConstants(
            minimumReturn: task.rewardRange.lowerBound, maximumReturn: task.rewardRange.upperBound,
            costLimit: task.strictCostLimit)
    }

    /// The seed of the episodes of a run.
    public func evaluationSeed(trainingSeed: UInt64) -> UInt64 { seed &+ trainingSeed }
}
