import Algorithms
import Foundation
import SafeRL

/// How fast FISOR's training step and its policy are on this machine.
public struct FISORBenchmark: Encodable, Sendable {
    /// Median time of a step in which no row is left out, ms: the same work in every step.
    public let medianMilliseconds: Double
    /// Shortest of these steps, ms.
    public let shortestMilliseconds: Double
    /// Steps a second at the median.
    public let stepsPerSecond: Double
    /// Share of the median step that its matrix products would take at the machine's own rate.
    public let productShare: Double
    /// The machine's own rate of matrix products on all threads, measured before and after the steps, GFLOP/s.
    public let productRate: Double
    /// Operations in a step's matrix products over the median time, GFLOP/s.
    public let achievedRate: Double
    /// Operations in the matrix products of a step, two for each multiply-add, in units of 10⁹; it depends on no machine.
    public let productOperations: Double
    /// Calls of malloc and its kin in one step, on all threads; absent where nothing counts them.
    public let mallocsPerStep: Double?
    /// Largest resident memory of the process, MB.
    public let peakResident: Double
    /// Time of one action (all candidates, all diffusion steps) and of 20 at once, median, ms.
    public let actionMilliseconds: Double, twentyActionsMilliseconds: Double
    /// Time of one action of a one-step policy with widths and draws of `fisor-flow.json`, and with a single draw, median, ms.
    public let oneStepActionMilliseconds: Double, oneDrawMilliseconds: Double
    /// Median time of a step with a one-step policy of the widths that are its default, all else as published, ms.
    public let oneStepMilliseconds: Double
    /// Median time of a step that leaves out the policy rows of weight 0, as training does, ms; depends on how many there
    /// are.
    public let skippingMilliseconds: Double
    /// Mean share of policy rows with weight 0 in these steps.
    ///
    /// It falls while the critics learn, and differs between data sets.
    public let weightlessShare: Double
    /// Threads that the rows are shared out over.
    public let threads: Int
    /// Kernel of the matrix library.
    public let kernel: String

    enum CodingKeys: String, CodingKey {
        case medianMilliseconds = "median_ms"
        case shortestMilliseconds = "min_ms"
        case stepsPerSecond = "steps_per_s"
        case productShare = "product_share"
        case productRate = "sgemm_gflops"
        case achievedRate = "gflops"
        case productOperations = "product_gflop"
        case mallocsPerStep = "mallocs_per_step"
        case peakResident = "peak_rss_mb"
        case actionMilliseconds = "action_ms"
        case twentyActionsMilliseconds = "actions_20_ms"
        case oneStepActionMilliseconds = "one_step_action_ms"
        case oneDrawMilliseconds = "one_step_action_one_draw_ms"
        case oneStepMilliseconds = "one_step_median_ms"
        case skippingMilliseconds = "median_skipping_ms"
        case weightlessShare = "weightless_share"
        case threads, kernel
    }

    /// Times `steps` steps after five to warm up, on synthetic data of the given sizes (100 000 rows, normal numbers).
    ///
    /// - Parameters:
    ///   - configuration: the published one unless changed.
    ///   - observation: floats in an observation.
    ///   - action: floats in an action.
    ///   - steps: at least 1.
    ///   - counting: runs its argument and returns how often memory was allocated meanwhile, if the program can tell.
    /// - Returns: what was measured.
    /// - Throws: `NonFiniteError`.
    public static func run(
        _ configuration: FISOR.Configuration = .init(), observation: Int, action: Int, steps: Int,
        counting: ((() throws -> Void) throws -> Int)? = nil
    ) throws -> FISORBenchmark {
        precondition(steps > 0, "a benchmark of no steps")
        let data = try SyntheticSteps.transitions(observation, action) { $0 % 10 == 0 }
        let fisor = try fisor(configuration, on: data, skipping: false)
        let before = BLAS.measuredRate()
        let whole = try timed(fisor, steps)
        let rate = (before + BLAS.measuredRate()) / 2
        let mallocs = try counting.map { count in
            Double(try count { for _ in 0..<5 { _ = try fisor.update(.joint) } }) / 5
        }
        let median = whole.times[whole.times.count / 2]
        let (one, twenty) = (try actionTime(fisor, episodes: 1), try actionTime(fisor, episodes: 20))
        // Before a second learner needs memory of its own.
        let peak = UpdateBenchmark.peakResidentMegabytes
        let skipping = try timed(try Self.fisor(configuration, on: data, skipping: true), steps)
        var distilled = configuration
        distilled.policy = .oneStepFlow()
        let oneStep = try timed(try Self.fisor(distilled, on: data, skipping: true), steps)
        let several = try oneStepActionTime(configuration, on: data, draws: 4)
        let single = try oneStepActionTime(configuration, on: data, draws: 1)
        return FISORBenchmark(
            medianMilliseconds: median, shortestMilliseconds: whole.times[0], stepsPerSecond: 1e3 / median,
            productShare: whole.operations / (rate * 1e9) / (median / 1e3), productRate: rate,
            achievedRate: whole.operations / (median / 1e3) / 1e9,
            productOperations: whole.operations / 1e9, mallocsPerStep: mallocs,
            peakResident: peak,
            actionMilliseconds: one, twentyActionsMilliseconds: twenty,
            oneStepActionMilliseconds: several, oneDrawMilliseconds: single,
            oneStepMilliseconds: oneStep.times[oneStep.times.count / 2],
            skippingMilliseconds: skipping.times[skipping.times.count / 2],
            weightlessShare: skipping.weightless,
            threads: BLAS.threads, kernel: BLAS.kernel)
    }

    private struct Timed {
        /// Milliseconds, rising.
        let times: [Double]
        /// Mean operations in matrix products of a step, and mean share of rows with weight 0.
        let operations, weightless: Double
    }

    private static func fisor(
        _ configuration: FISOR.Configuration, on data: TransitionDataset, skipping: Bool
    ) throws -> FISOR {
        var configuration = configuration
        configuration.skipsWeightlessRows = skipping
        return try FISOR(configuration, on: data, seed: 1)
    }

    private static func timed(_ fisor: FISOR, _ steps: Int) throws -> Timed {
        let clock = ContinuousClock()
        for _ in 0..<5 { _ = try fisor.update(.joint) }
        let operations = fisor.tape.productOperations
        var weightless = 0.0
        let times = try (0..<steps).map { _ in
            try clock.measure { weightless += Double(try fisor.update(.joint).weightlessShare) }
                / .milliseconds(1)
        }
        return Timed(
            times: times.sorted(),
            operations: (fisor.tape.productOperations - operations) / Double(steps),
            weightless: weightless / Double(steps))
    }

    private static func actionTime(_ fisor: FISOR, episodes: Int) throws -> Double {
        var policy = try fisor.makePolicy()
        var streams = (0..<episodes).map { RandomStream(seed: 1, for: .action, index: UInt32($0)) }
        var noise = RandomStream(seed: 2, for: .testing)
        let seen = Tensor(episodes, policy.observationSize)
        noise.fillNormal(seen.buffer)
        let observations = Array(seen.buffer)
        var actions = [Float](repeating: 0, count: episodes * policy.actionSize)
        let clock = ContinuousClock()
        let times = try (0..<30).map { _ in
            try clock.measure {
                var a = actions.mutableSpan, s = streams.mutableSpan
                try policy.act(on: observations.span, actions: &a, using: &s)
            } / .milliseconds(1)
        }
        return times.sorted()[times.count / 2]
    }

    private static func oneStepActionTime(
        _ configuration: FISOR.Configuration, on data: TransitionDataset, draws: Int
    ) throws -> Double {
        var configuration = configuration
        var flow = FISOR.PolicyKind.OneStepFlow()
        (flow.widths, flow.draws) = ([128, 128], draws)
        configuration.policy = .oneStepFlow(flow)
        return try actionTime(try FISOR(configuration, on: data, seed: 1), episodes: 1)
    }

    /// Lines for a person.
    public var text: String {
        func line(_ name: String, _ value: String) -> String {
            name.padding(toLength: 28, withPad: " ", startingAt: 0) + value
        }
        func number(_ value: Double, _ digits: Int = 1) -> String { String(format: "%.\(digits)f", value) }
        return [
            line("step of all rows, median", number(medianMilliseconds) + " ms"),
            line("step of all rows, shortest", number(shortestMilliseconds) + " ms"),
            line("steps a second", number(stepsPerSecond, 2)),
            line(
                "matrix products, machine",
                number(productRate) + " GFLOP/s on \(threads) threads (\(kernel))"),
            line("matrix products, in a step", number(achievedRate) + " GFLOP/s"),
            line("share of products", number(100 * productShare) + " % of the step at this machine's rate"),
            line(
                "step as in training, median",
                number(skippingMilliseconds)
                    + " ms, without the \(number(100 * weightlessShare)) % of rows with weight 0"
            ),
            line("step with a one-step policy", number(oneStepMilliseconds) + " ms, median"),
            line("mallocs a step", mallocsPerStep.map { number($0) } ?? "not counted"),
            line("one action", number(actionMilliseconds, 2) + " ms"),
            line("20 actions at once", number(twentyActionsMilliseconds, 2) + " ms"),
            line(
                "one action in one step",
                number(oneStepActionMilliseconds, 3) + " ms of 4 draws, "
                    + number(oneDrawMilliseconds, 3) + " ms of 1"),
            line("largest resident memory", number(peakResident, 0) + " MB"),
        ].joined(separator: "\n")
    }
}
