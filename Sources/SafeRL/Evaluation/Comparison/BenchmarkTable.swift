import Assurance
import Replay
import Storage

/// What methods reached on tasks: means over limits, seeds and episodes, with intervals over seeds.
public struct BenchmarkTable: Sendable, Equatable {
    /// Return and cost of one policy at one limit.
    public struct Score: Sendable, Equatable {
        /// Numbers of task and method in the plan.
        public var task, method: Int
        /// The training seed.
        public var seed: UInt64
        /// The cost limit.
        public var limit: Double
        /// Mean return and mean cost of an episode, as they are.
        public var totalReturn, cost: Double
        /// Whether a test certified the limit; nothing where none was made.
        public var isCertified: Bool?

        /// States a score.
        public init(
            task: Int, method: Int, seed: UInt64, limit: Double, totalReturn: Double, cost: Double,
            isCertified: Bool? = nil
        ) {
            (self.task, self.method, self.seed, self.limit) = (task, method, seed, limit)
            (self.totalReturn, self.cost, self.isCertified) = (totalReturn, cost, isCertified)
        }
    }

    /// A mean over seeds with its interval.
    public struct Mean: Sendable, Equatable {
        /// The mean.
        public let value: Double
        /// Student's interval over seeds at 95 %, approximate; nothing for one seed or equal ones.
        public let interval: ClosedRange<Double>?
    }

    /// One method on one task.
    public struct Cell: Sendable, Equatable {
        /// Numbers of task and method in the plan.
        public let task, method: Int
        /// Seeds of which every limit was judged.
        public let seeds: Int
        /// Return, normalised where the task has a range.
        public let totalReturn: Mean
        /// Cost over its limit; at most 1 counts as safe.
        public let cost: Mean
        /// Policies certified at their limit, of how many tests; nothing where none was made.
        public let certified: (passed: Int, of: Int)?

        /// Whether the mean cost is within the limit.
        public var isSafe: Bool { cost.value <= 1 }

        /// Compares all members.
        public static func == (a: Self, b: Self) -> Bool {
            a.task == b.task && a.method == b.method && a.seeds == b.seeds && a.totalReturn == b.totalReturn
                && a.cost == b.cost && a.certified?.passed == b.certified?.passed
                && a.certified?.of == b.certified?.of
        }
    }

    /// The plan.
    public let plan: BenchmarkPlan
    /// What there is so far; a method on a task that has no complete seed has no cell.
    public let cells: [Cell]

    /// Sums up scores.
    ///
    /// - Parameters:
    ///   - plan: what was to be judged.
    ///   - scores: of any part of it; a seed counts on a task once all of the task's limits are there.
    public init(_ plan: BenchmarkPlan, _ scores: [Score]) {
        self.plan = plan
        cells = plan.tasks.indices.flatMap { task in
            plan.methods.indices.compactMap { method in
                Self.cell(plan, task, method, scores.filter { $0.task == task && $0.method == method })
            }
        }
    }

    /// The cell of a method on a task, where there is one.
    public func cell(task: Int, method: Int) -> Cell? {
        cells.first { $0.task == task && $0.method == method }
    }

    private static func cell(_ plan: BenchmarkPlan, _ task: Int, _ method: Int, _ scores: [Score]) -> Cell? {
        let place = plan.tasks[task]
        let complete = plan.seeds.compactMap { seed -> [Score]? in
            let own = place.limits.compactMap { limit in
                scores.first { $0.seed == seed && $0.limit == limit }
            }
            return own.count == place.limits.count ? own : nil
        }
        guard !complete.isEmpty else { return nil }
        func mean(above floor: Double? = nil, _ value: (Score) -> Double) -> Mean {
            let sample = SampleMean(complete.map { $0.reduce(0) { $0 + value($1) } / Double($0.count) })
            let interval = MeanInterval(of: sample, above: floor, confidence: 0.95)
            return Mean(value: sample.mean, interval: interval?.range)
        }
        let tests = complete.joined().compactMap(\.isCertified)
        return Cell(
            task: task, method: method, seeds: complete.count,
            totalReturn: mean { normalized($0.totalReturn, place.returns) },
            cost: mean(above: 0) { score in score.limit == 0 ? score.cost + 1 : score.cost / score.limit },
            certified: tests.isEmpty ? nil : (tests.count { $0 }, tests.count))
    }

    private static func normalized(_ value: Double, _ range: ClosedRange<Double>?) -> Double {
        range.map { (value - $0.lowerBound) / ($0.upperBound - $0.lowerBound) } ?? value
    }

    /// The mean of a method over the tasks that have a range of returns, and on how many of all its tasks it is safe.
    public func average(method: Int) -> (totalReturn: Double, cost: Double, safe: Int, tasks: Int)? {
        let own = cells.filter { $0.method == method }
        let ranged = own.filter { plan.tasks[$0.task].returns != nil }
        guard !ranged.isEmpty else { return nil }
        let count = Double(ranged.count)
        return (
            ranged.reduce(0) { $0 + $1.totalReturn.value } / count,
            ranged.reduce(0) { $0 + $1.cost.value } / count, own.count { $0.isSafe }, own.count
        )
    }

    /// Published scores of methods on a task by the benchmark's protocol; empty where the plan's limits are others.
    public func published(task: Int) -> [PublishedScore] {
        let place = plan.tasks[task]
        guard let known = place.benchmark, place.limits == known.costLimits else { return [] }
        return known.publishedAtThreeLimits
    }
}
