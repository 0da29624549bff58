import Tensors

/// Runs a policy in an environment for a number of episodes, many side by side.
///
/// Every step asks the policy once for the actions of all unfinished episodes. Episode i has an environment and a
/// random stream of its own, both derived from (seed, i), so its course depends neither on how many episodes there
/// are nor on how many run together, as long as the policy treats rows independently.
public struct Evaluator: Sendable {
    /// Number of episodes, at least 1.
    public let episodes: Int
    /// Seed of starts and actions.
    public let seed: UInt64
    /// Episodes that run side by side at most; bounds memory, does not change results.
    public let concurrency: Int
    /// Steps after which an episode is truncated; nothing for the environment's own limit.
    public let timeLimit: Int?

    /// Describes an evaluation.
    public init(episodes: Int, seed: UInt64, concurrency: Int = 128, timeLimit: Int? = nil) {
        precondition(episodes >= 1 && concurrency >= 1, "\(episodes) episodes, \(concurrency) together")
        precondition(timeLimit.map { $0 >= 1 } ?? true, "a time limit below one step")
        (self.episodes, self.seed) = (episodes, seed)
        (self.concurrency, self.timeLimit) = (concurrency, timeLimit)
    }

    /// The seed of an episode's start.
    public static func resetSeed(_ seed: UInt64, episode: Int) -> UInt64 {
        var stream = RandomStream(seed: seed, for: .reset, index: UInt32(truncatingIfNeeded: episode))
        return stream.nextInteger()
    }

    /// Runs all episodes.
    ///
    /// - Parameters:
    ///   - policy: what acts; copied, so that its own state does not change.
    ///   - environment: what it acts in; a fresh one for each episode.
    ///   - traced: how many of the first episodes to keep every observation of, for pictures.
    /// - Returns: the episodes in order.
    /// - Throws: `EvaluationError` as soon as anything is not finite or sizes differ; the environment's own errors.
    public func run<Task: Environment>(
        _ policy: any Policy, in environment: Task.Type, keeping traced: Int = 0
    ) throws -> Evaluation {
        var policy = policy
        try Self.checkSizes(of: policy, in: Task())
        var waiting = 0
        var running: [RunningEpisode<Task>] = []
        var streams: [RandomStream] = []
        var result = Evaluation(traces: Array(repeating: [], count: min(traced, episodes)))
        while true {
            while running.count < concurrency && waiting < episodes {
                let episode = try RunningEpisode<Task>(
                    waiting, seed: Self.resetSeed(seed, episode: waiting), limit: timeLimit)
                running.append(episode)
                streams.append(
                    RandomStream(seed: seed, for: .action, index: UInt32(truncatingIfNeeded: waiting)))
                waiting += 1
            }
            if running.isEmpty { break }
            try advance(&running, &streams, policy: &policy, into: &result)
        }
        result.episodes.sort { $0.index < $1.index }
        return result
    }

    /// One call of the policy, one step of every running episode; finished ones leave.
    private func advance<Task: Environment>(
        _ running: inout [RunningEpisode<Task>], _ streams: inout [RandomStream], policy: inout any Policy,
        into result: inout Evaluation
    ) throws {
        let size = policy.actionSize
        let observations = running.flatMap(\.observation)
        var actions = [Float](repeating: .nan, count: running.count * size)
        // Local spans end before the arrays are read again.
        do {
            var actionSpan = actions.mutableSpan
            var streamSpan = streams.mutableSpan
            policy.act(on: observations.span, actions: &actionSpan, using: &streamSpan)
        }
        var unfinished: [Int] = []
        for row in running.indices {
            let isTraced = running[row].record.index < result.traces.count
            if isTraced { result.traces[running[row].record.index] += running[row].observation }
            let isFinished = try running[row].step(Array(actions[row * size..<(row + 1) * size]))
            if !isFinished { unfinished.append(row) }
            guard isFinished else { continue }
            if isTraced { result.traces[running[row].record.index] += running[row].observation }
            result.episodes.append(running[row].record)
        }
        guard unfinished.count < running.count else { return }
        running = unfinished.map { running[$0] }
        streams = unfinished.map { streams[$0] }
    }

    private static func checkSizes(of policy: any Policy, in environment: some Environment) throws {
        let (observation, action) = (environment.observationSpace.size, environment.actionSpace.size)
        guard policy.observationSize == observation else {
            throw EvaluationError.wrongSize(
                "observation", policy: policy.observationSize, environment: observation)
        }
        guard policy.actionSize == action else {
            throw EvaluationError.wrongSize("action", policy: policy.actionSize, environment: action)
        }
    }
}

/// The episodes of an evaluation.
public struct Evaluation: Sendable, Equatable {
    /// One record an episode, in order.
    public fileprivate(set) var episodes: [EpisodeRecord] = []
    /// All observations of the first episodes, `[length + 1, observationSize]` each, the last one included.
    public fileprivate(set) var traces: [[Float]]
}

/// Why an evaluation stopped: its figures would not mean anything.
public enum EvaluationError: Error, Equatable, CustomStringConvertible {
    /// A number that is NaN or infinite, or a negative cost.
    case badNumber(String, value: Float, episode: Int, step: Int)
    /// Policy and environment do not fit.
    case wrongSize(String, policy: Int, environment: Int)

    /// One sentence.
    public var description: String {
        switch self {
        case .badNumber(let name, let value, let episode, let step):
            "episode \(episode), step \(step): \(name) is \(value). "
                + "Repair the environment (saferl env check) or the policy; no figures were written."
        case .wrongSize(let name, let policy, let environment):
            "the policy's \(name) has \(policy) values, the environment's \(environment). "
                + "Name the environment that the policy was trained for."
        }
    }
}

private struct RunningEpisode<Task: Environment> {
    private var environment = Task()
    private let limit: Int
    private(set) var observation: [Float]
    private(set) var record: EpisodeRecord

    init(_ index: Int, seed: UInt64, limit: Int?) throws {
        record = EpisodeRecord(index: index, seed: seed)
        self.limit = limit ?? environment.timeLimit
        var first = [Float](repeating: .nan, count: environment.observationSpace.size)
        var span = first.mutableSpan
        environment.reset(seed: seed, observation: &span)
        observation = first
        try check("an observation", observation)
    }

    /// Takes one step; true when the episode has ended with it.
    mutating func step(_ action: [Float]) throws -> Bool {
        try check("an action", action)
        var next = observation
        var span = next.mutableSpan
        let outcome = try environment.step(action.span, observation: &span)
        observation = next
        try check("an observation", observation)
        try check("the reward", [outcome.reward])
        try check("a cost", outcome.costs)
        if let negative = outcome.costs.first(where: { $0 < 0 }) { throw bad("a cost", negative) }
        record.add(outcome)
        guard let end = outcome.end ?? (record.length >= limit ? .truncated : nil) else { return false }
        record.close(end, reachedGoal: (environment as? any GoalEnvironment)?.isAtGoal)
        return true
    }

    private func check(_ name: String, _ values: [Float]) throws {
        if let value = values.first(where: { !$0.isFinite }) { throw bad(name, value) }
    }

    private func bad(_ name: String, _ value: Float) -> EvaluationError {
        .badNumber(name, value: value, episode: record.index, step: record.length)
    }
}
