import Foundation
import MuJoCoEnvironments
import SafeRL
import Tensors

/// Times native simulation, alone and beside the Python environment of the same task.
///
/// The Python environment is a program of its own (`Benchmarks/Peers/velocity`). Both get the same random
/// actions, start an episode anew where the task says so, and take turns; what is compared is processor time, so that
/// other work on the machine matters little. The gain from threads is measured by the clock.
public struct VelocityBenchmark: Sendable {
    /// Steps of one turn on one thread.
    public var steps = 4_000
    /// Turns; medians are reported.
    public var turns = 5
    /// Robots that threads share.
    public var slots = 64
    /// The command that starts the Python environment, such as `["python", "velocity_peer.py"]`; nothing for none.
    public var peer: [String]?

    /// The default sizes, without a peer.
    public init() {}

    /// What was measured.
    public struct Report: Codable, Sendable, Equatable {
        /// The task's name.
        public let task: String
        /// Steps in a second of processor time, one robot on one thread, starts of episodes included.
        public let stepsPerSecond: Double
        /// Share of the time inside the engine's own step.
        public let engineShare: Double
        /// Threads of the pool, and how many times the steps of one thread they take in the same time.
        public let threads: Int, gain: Double
        /// Steps of the Python environment in a second of processor time; nothing where it was not asked for.
        public let peerStepsPerSecond: Double?

        /// How many times as fast as the Python environment.
        public var ratio: Double? { peerStepsPerSecond.map { stepsPerSecond / $0 } }

        /// One line of a table.
        public var text: String {
            var line =
                "\(task): \(Int(stepsPerSecond)) steps/s, \(percent(engineShare)) in the engine's step, "
            line += "\(threads) threads \(twoDigits(gain)) times"
            if let peer = peerStepsPerSecond, let ratio {
                line += ", Python \(Int(peer)) steps/s, ratio \(twoDigits(ratio))"
            }
            return line
        }

        private func percent(_ share: Double) -> String { String(format: "%.1f %%", 100 * share) }
        private func twoDigits(_ value: Double) -> String { String(format: "%.2f", value) }
    }

    /// Measures one task.
    ///
    /// - Parameters:
    ///   - task: what to simulate.
    ///   - places: where library and models are looked for.
    /// - Returns: medians over the turns.
    /// - Throws: `MuJoCoError`, also for a peer that does not answer.
    public func run(_ task: VelocityTask, places: MuJoCoPlaces = MuJoCoPlaces()) throws -> Report {
        let actions = Self.actions(steps, task)
        let single = try VelocityEnvironments(task, slots: 1, threads: 1, places: places)
        let (one, all) = (
            try VelocityEnvironments(task, slots: slots, threads: 1, places: places),
            try VelocityEnvironments(task, slots: slots, places: places)
        )
        let rounds = max(steps / slots / 4, 4)
        var python = try peer.map { try VelocityPeer($0, task, actions) }
        var (times, shares, peers): ([Double], [Double], [Double]) = ([], [], [])
        var (alone, shared) = (Double.infinity, Double.infinity)
        // The first turn warms caches and the peer up.
        for turn in 0...turns {
            let (seconds, share) = try Self.walk(single, actions, turn: turn)
            let seconds2 = try python?.turn()
            // The least of many short times: other work on the machine only ever adds to one.
            for _ in 0..<8 {
                alone = min(alone, try Self.crowd(one, actions, rounds: rounds))
                shared = min(shared, try Self.crowd(all, actions, rounds: rounds))
            }
            guard turn > 0 else { continue }
            times.append(seconds)
            shares.append(share)
            if let seconds2 { peers.append(seconds2) }
        }
        python?.end()
        return Report(
            task: task.rawValue, stepsPerSecond: Double(steps) / Self.median(times),
            engineShare: Self.median(shares), threads: BLAS.threads, gain: alone / shared,
            peerStepsPerSecond: peers.isEmpty ? nil : Double(steps) / Self.median(peers))
    }

    private static func actions(_ steps: Int, _ task: VelocityTask) -> [Float] {
        var stream = RandomStream(seed: 0, for: .action)
        return (0..<steps * task.actionSize).map { _ in stream.nextUniform(in: -1..<1) }
    }

    /// Episodes one after the other in slot 0: processor seconds, and the engine's share of the time.
    private static func walk(
        _ environments: VelocityEnvironments, _ actions: [Float], turn: Int
    ) throws -> (Double, Double) {
        let size = environments.task.actionSize
        var observation = [Float](repeating: 0, count: environments.task.observationSize)
        var seed = UInt64(turn) << 32
        var length = 0
        environments.measureEngine(true)
        let engine = environments.engineSeconds
        let start = (processor: processorSeconds(), clock: ContinuousClock.now)
        var span = observation.mutableSpan
        try environments.reset([0], seeds: [seed], observations: &span)
        for step in 0..<actions.count / size {
            let action = actions.span.extracting(step * size..<(step + 1) * size)
            let outcome = try environments.step([0], actions: action, observations: &span)
            length += 1
            guard outcome[0].end != nil || length == environments.timeLimit else { continue }
            (seed, length) = (seed + 1, 0)
            try environments.reset([0], seeds: [seed], observations: &span)
        }
        // The engine's time is taken by the clock, so its share is that of the time by the clock.
        let elapsed = (ContinuousClock.now - start.clock) / .seconds(1)
        return (processorSeconds() - start.processor, (environments.engineSeconds - engine) / elapsed)
    }

    /// All slots side by side: seconds by the clock.
    private static func crowd(
        _ environments: VelocityEnvironments, _ actions: [Float], rounds: Int
    ) throws -> Double {
        let (slots, size) = (Array(0..<environments.slots), environments.task.actionSize)
        let width = slots.count * size
        let tiled = (0..<(width / actions.count + 2)).flatMap { _ in actions }
        var observations = [Float](repeating: 0, count: slots.count * environments.task.observationSize)
        var spare = observations
        var span = observations.mutableSpan
        try environments.reset(slots, seeds: slots.map { UInt64($0) }, observations: &span)
        var spareSpan = spare.mutableSpan
        let start = ContinuousClock.now
        for round in 0..<rounds {
            let offset = round * width % actions.count
            let outcomes = try environments.step(
                slots, actions: tiled.span.extracting(offset..<offset + width), observations: &span)
            let ended = slots.filter { outcomes[$0].end != nil }
            guard !ended.isEmpty else { continue }
            try environments.reset(
                ended, seeds: ended.map { UInt64(round * slots.count + $0) }, observations: &spareSpan)
        }
        return (ContinuousClock.now - start) / .seconds(1)
    }

    private static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

    private static func processorSeconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
    }
}
