import Algorithms
import Foundation
import SafeRL

/// How long an update of an algorithm takes at its published sizes on this machine.
public struct UpdateBenchmark: Encodable, Sendable {
    /// The updates of one stage.
    public struct StageTime: Encodable, Sendable {
        /// The stage's name.
        public let stage: String
        /// Median time of an update, and the shortest, ms.
        public let medianMilliseconds: Double, shortestMilliseconds: Double
        /// Calls of malloc and its kin in one update, on the calling thread; absent where nothing counts them.
        public let mallocsPerUpdate: Double?

        enum CodingKeys: String, CodingKey {
            case stage
            case medianMilliseconds = "median_ms"
            case shortestMilliseconds = "min_ms"
            case mallocsPerUpdate = "mallocs_per_update"
        }
    }

    /// The algorithm's name.
    public let algorithm: String
    /// One for each stage of training, in their order.
    public let stages: [StageTime]
    /// Steps in the environment that are part of an update; absent where it learns from recordings.
    public let environmentSteps: Int?
    /// The machine's own rate of matrix products on all threads, measured before and after the updates, GFLOP/s.
    public let productRate: Double
    /// Largest resident memory of the process, MB.
    public let peakResident: Double
    /// Threads that the rows are shared out over.
    public let threads: Int
    /// Kernel of the matrix library.
    public let kernel: String

    enum CodingKeys: String, CodingKey {
        case algorithm, stages, threads, kernel
        case environmentSteps = "environment_steps"
        case productRate = "sgemm_gflops"
        case peakResident = "peak_rss_mb"
    }

    /// Runs its argument and returns how often memory was allocated meanwhile.
    public typealias AllocationCounting = (() throws -> Void) throws -> Int

    /// What is asked for.
    struct Request {
        let observation: Int, action: Int
        /// Updates of each stage that are timed; nothing for as many as suit the algorithm.
        let steps: Int?
        let counting: AllocationCounting?
    }

    /// An algorithm that can be timed.
    struct Case: Sendable {
        let name: String
        let run: @Sendable (Request) throws -> UpdateBenchmark
    }

    /// The names of the algorithms that can be timed.
    public static var names: [String] { cases.map(\.name) }

    /// Times the updates of an algorithm on synthetic data of the given sizes.
    ///
    /// - Parameters:
    ///   - name: one of `names`.
    ///   - observation: floats in an observation.
    ///   - action: floats in an action.
    ///   - steps: updates of each stage, at least 1; nothing for 30, or for 5 of algorithms that act.
    ///   - counting: counts allocations, if the program can.
    /// - Returns: what was measured; nothing for another name.
    /// - Throws: `NonFiniteError`.
    public static func run(
        _ name: String, observation: Int, action: Int, steps: Int? = nil, counting: AllocationCounting? = nil
    ) throws -> UpdateBenchmark? {
        precondition(steps ?? 1 > 0, "a benchmark of no steps")
        return try cases.first { $0.name == name }?.run(
            Request(observation: observation, action: action, steps: steps, counting: counting))
    }

    /// Times every stage of an algorithm, a few updates after others to warm up.
    static func timed<A: Algorithm>(
        _ algorithm: A, _ request: Request, steps: Int, warmUps: Int, environmentSteps: Int? = nil
    ) throws -> UpdateBenchmark {
        let clock = ContinuousClock()
        let before = BLAS.measuredRate()
        // So many that each stage has its part.
        let stages = try algorithm.stages(steps: 100_000_000).map { stage in
            for _ in 0..<warmUps { _ = try stage.update() }
            let times = try (0..<steps).map { _ in
                try clock.measure { _ = try stage.update() } / .milliseconds(1)
            }.sorted()
            let mallocs = try request.counting.map { count in
                Double(try count { for _ in 0..<warmUps { _ = try stage.update() } }) / Double(warmUps)
            }
            return StageTime(
                stage: stage.name, medianMilliseconds: times[times.count / 2],
                shortestMilliseconds: times[0], mallocsPerUpdate: mallocs)
        }
        return UpdateBenchmark(
            algorithm: A.name, stages: stages, environmentSteps: environmentSteps,
            productRate: (before + BLAS.measuredRate()) / 2, peakResident: peakResidentMegabytes,
            threads: BLAS.threads, kernel: BLAS.kernel)
    }

    /// Largest resident memory of the process, MB.
    static var peakResidentMegabytes: Double {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return Double(usage.ru_maxrss) / 1024
    }

    /// Names and values for a person.
    public var lines: [(String, String)] {
        func number(_ value: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", value) }
        var lines = stages.flatMap { stage in
            [
                ("\(stage.stage): update, median", number(stage.medianMilliseconds, 2) + " ms"),
                ("\(stage.stage): update, shortest", number(stage.shortestMilliseconds, 2) + " ms"),
                (
                    "\(stage.stage): mallocs an update",
                    stage.mallocsPerUpdate.map { number($0, 1) } ?? "not counted"
                ),
            ]
        }
        if let environmentSteps {
            lines.append(("steps in the environment", "\(environmentSteps) an update"))
        }
        lines.append(("matrix products, machine", number(productRate, 1) + " GFLOP/s"))
        lines.append(("largest resident memory", number(peakResident, 0) + " MB"))
        lines.append(("threads", "\(threads) (\(kernel))"))
        return lines
    }
}
