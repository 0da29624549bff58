import Foundation
import SafeRL
import Tensors
import Testing

/// Walks along a line by what the policy says; ends at 5, costs 1 below 0.
private struct Line: Environment {
    static let name = "line"
    var observationSpace: Space { .box(1, in: -.infinity ... .infinity) }
    var actionSpace: Space { .box(1, in: -1...1) }
    var timeLimit: Int { 50 }
    var position: Float = 0
    var isAtGoal: Bool? { position >= 5 }

    mutating func reset(seed: UInt64, observation: inout MutableSpan<Float>) {
        var stream = RandomStream(seed: seed, for: .reset)
        position = stream.nextUniform(in: 0..<2)
        observation[0] = position
    }

    mutating func step(_ action: Span<Float>, observation: inout MutableSpan<Float>) -> StepOutcome {
        position += action[0]
        observation[0] = position
        return StepOutcome(
            reward: action[0], cost: position < 0 ? 1 : 0, end: position >= 5 ? .terminated : nil)
    }
}

/// A drift plus noise from each row's own stream; counts its calls through a class.
private struct Drift: Policy {
    final class Calls { var rows: [Int] = [] }
    let observationSize = 1
    let actionSize = 1
    var drift: Float = 0.1
    var calls = Calls()

    mutating func act(
        on observations: Span<Float>, actions: inout MutableSpan<Float>,
        using streams: inout MutableSpan<RandomStream>
    ) {
        calls.rows.append(streams.count)
        for row in 0..<streams.count {
            actions[row] = drift + streams[row].nextUniform(in: -0.5..<0.5)
        }
    }
}

/// Returns what it is told in one step of every episode.
private struct Faulty<Fault: FaultKind>: Environment {
    static var name: String { "faulty" }
    var observationSpace: Space { .box(1, in: -1...1) }
    var actionSpace: Space { .box(1, in: -1...1) }
    var timeLimit: Int { 10 }
    var steps = 0

    mutating func reset(seed: UInt64, observation: inout MutableSpan<Float>) { observation[0] = 0 }

    mutating func step(_ action: Span<Float>, observation: inout MutableSpan<Float>) -> StepOutcome {
        steps += 1
        observation[0] = steps == 3 ? Fault.observation : 0
        return StepOutcome(
            reward: steps == 3 ? Fault.reward : 0, cost: steps == 3 ? Fault.cost : 0)
    }
}

private protocol FaultKind {
    static var observation: Float { get }
    static var reward: Float { get }
    static var cost: Float { get }
}
extension FaultKind {
    static var observation: Float { 0 }
    static var reward: Float { 0 }
    static var cost: Float { 0 }
}
private enum NaNObservation: FaultKind { static let observation = Float.nan }
private enum InfiniteReward: FaultKind { static let reward = Float.infinity }
private enum NaNCost: FaultKind { static let cost = Float.nan }
private enum NegativeCost: FaultKind { static let cost: Float = -1 }

@Suite struct EvaluationTests {
    @Test func resultsDoNotDependOnHowManyEpisodesRunTogether() throws {
        let expected = try Evaluator(episodes: 20, seed: 5, concurrency: 20).run(
            Drift(), in: Line.self, keeping: 3)
        for concurrency in [1, 3, 7, 128] {
            let evaluator = Evaluator(episodes: 20, seed: 5, concurrency: concurrency)
            #expect(try evaluator.run(Drift(), in: Line.self, keeping: 3) == expected)
        }
        let fewer = try Evaluator(episodes: 8, seed: 5).run(Drift(), in: Line.self)
        #expect(fewer.episodes == Array(expected.episodes[..<8]))
        #expect(try Evaluator(episodes: 20, seed: 6).run(Drift(), in: Line.self) != expected)
    }

    @Test func eachStepAsksThePolicyOnceForAllUnfinishedEpisodes() throws {
        let policy = Drift()
        let evaluation = try Evaluator(episodes: 20, seed: 1).run(policy, in: Line.self)
        let longest = try #require(evaluation.episodes.map(\.length).max())
        #expect(policy.calls.rows.count == longest)
        for step in 0..<longest {
            #expect(policy.calls.rows[step] == evaluation.episodes.count { $0.length > step })
        }
    }

    @Test func endingsAreToldApart() throws {
        let up = try Evaluator(episodes: 5, seed: 1).run(Drift(drift: 0.6), in: Line.self)
        #expect(up.episodes.allSatisfy { $0.end == .terminated && $0.reachedGoal == true && !$0.isViolated })
        let down = try Evaluator(episodes: 5, seed: 1).run(Drift(drift: -0.6), in: Line.self)
        #expect(
            down.episodes.allSatisfy { $0.end == .truncated && $0.reachedGoal == false && $0.length == 50 })
        let short = try Evaluator(episodes: 2, seed: 1, timeLimit: 4).run(Drift(), in: Line.self)
        #expect(short.episodes.allSatisfy { $0.length == 4 && $0.end == .truncated })
    }

    @Test func aRecordAddsUpItsTrace() throws {
        let evaluation = try Evaluator(episodes: 4, seed: 2).run(
            Drift(drift: -0.2), in: Line.self, keeping: 9)
        #expect(evaluation.traces.count == 4)
        for (record, trace) in zip(evaluation.episodes, evaluation.traces) {
            #expect(trace.count == record.length + 1)
            #expect(abs(Double(trace[record.length] - trace[0]) - record.totalReward) < 1e-4)
            #expect(record.totalCost == Double(trace.dropFirst().count { $0 < 0 }))
            #expect(record.firstViolation == trace.dropFirst().firstIndex { $0 < 0 })
        }
    }

    @Test func anythingNotFiniteStopsTheEvaluation() {
        #expect(
            failure(Faulty<NaNObservation>.self)
                == "episode 0, step 2: an observation is nan. Repair the environment (saferl env check) or the "
                + "policy; no figures were written.")
        #expect(failure(Faulty<InfiniteReward>.self).hasPrefix("episode 0, step 2: the reward is inf."))
        #expect(failure(Faulty<NaNCost>.self).hasPrefix("episode 0, step 2: a cost is nan."))
        #expect(failure(Faulty<NegativeCost>.self).hasPrefix("episode 0, step 2: a cost is -1.0."))
        #expect(throws: EvaluationError.self) {
            try Evaluator(episodes: 1, seed: 1).run(Drift(drift: .nan), in: Line.self)
        }
    }

    @Test func anEnvironmentChosenByNameIsEvaluatedAndChecked() throws {
        let chosen: (any Environment.Type)? = [Line.self, Wide.self].first { $0.name == "line" }
        let environment = try #require(chosen)
        let evaluator = Evaluator(episodes: 3, seed: 1)
        #expect(
            try evaluator.run(Drift(), in: environment) == evaluator.run(Drift(), in: Line.self))
        #expect(EnvironmentCheck(environment) == EnvironmentCheck(Line.self))
    }

    @Test func aPolicyOfAnotherSizeIsRefused() {
        #expect(throws: EvaluationError.wrongSize("observation", policy: 1, environment: 2)) {
            try Evaluator(episodes: 1, seed: 1).run(Drift(), in: Wide.self)
        }
    }

    private func failure<Task: Environment>(_ environment: Task.Type) -> String {
        do {
            _ = try Evaluator(episodes: 2, seed: 1).run(Drift(), in: environment)
            return "no error"
        } catch { return "\(error)" }
    }
}

private struct Wide: Environment {
    static let name = "wide"
    var observationSpace: Space { .box(2, in: -1...1) }
    var actionSpace: Space { .box(1, in: -1...1) }
    var timeLimit: Int { 10 }
    mutating func reset(seed: UInt64, observation: inout MutableSpan<Float>) {}
    mutating func step(_ action: Span<Float>, observation: inout MutableSpan<Float>) -> StepOutcome {
        StepOutcome(reward: 0, cost: 0)
    }
}
