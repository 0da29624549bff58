import Environments
import Foundation
import Monitors
import SafeRL
import Tensors
import Testing

/// A slope: the place moves by the action as long as it is left of 0, and right of it by 1 whatever is done; a cost from 3 on.
private struct Slope: Environment {
    static let name = "slope"
    private var place: Float = -3
    var observationSpace: Space { .box(1, in: -10...10) }
    var actionSpace: Space { .box(1, in: -1...1) }
    var timeLimit: Int { 10 }

    mutating func reset(seed: UInt64, observation: inout MutableSpan<Float>) {
        place = -3
        observation[0] = place
    }

    mutating func step(_ action: Span<Float>, observation: inout MutableSpan<Float>) -> StepOutcome {
        place += place > 0 ? 1 : action[0]
        observation[0] = place
        return StepOutcome(reward: place, cost: place >= 3 ? 1 : 0)
    }

    func branch(seed: UInt64) -> Self? { self }
}

/// Does the same always, or draws its sign.
private struct Pusher: Policy {
    let observationSize = 1
    let actionSize = 1
    let force: Float
    var isRandom = false

    mutating func act(
        on observations: Span<Float>, actions: inout MutableSpan<Float>,
        using streams: inout MutableSpan<RandomStream>
    ) {
        for row in 0..<streams.count {
            actions[row] = isRandom && streams[row].nextUniform() < 0.5 ? -force : force
        }
    }
}

/// Labels by continuations.
@Suite struct RolloutLabellerTests {
    private let labeller = RolloutLabeller(rollouts: 4, horizon: 10, seed: 3)

    private func recorded<Task: Environment>(
        _ policy: any Policy, in type: Task.Type, _ episodes: Int = 1
    ) throws -> [RecordedEpisode] {
        try EpisodeRecorder(episodes: episodes, seed: 3).record(policy, in: EnvironmentVector(type, slots: 4))
    }

    @Test func theOnsetIsWhereNothingHelpsAnyMore() throws {
        let episode = try recorded(Pusher(force: 1), in: Slope.self)[0]
        #expect(
            episode.length == 10 && episode.observations.map { $0[0] } == [-3, -2, -1, 0, 1, 2, 3, 4, 5, 6])
        // The step from 2 to 3 is the first with a cost.
        #expect(episode.firstViolation == 5)
        #expect(episode.stepsToViolation(from: 1, within: 5) == 4)
        #expect(episode.stepsToViolation(from: 1, within: 4) == nil)
        let labelled = try labeller.label(
            episode, in: Slope.self, policy: Pusher(force: 1), recoveries: [Pusher(force: -1)])
        #expect(labelled.onset == 4)
        #expect(labelled.exact == nil && labelled.learnable == Array(0..<6))
        #expect(labelled.policyViolations[..<5] == [4, 4, 4, 4, 4])
        #expect(labelled.recoveryViolations[..<5] == [0, 0, 0, 0, 4])
        #expect(labelled.channelViolations[4] == [4])
        #expect(labelled.labels == [.safe, .safe, .safe, .safe] + [StepClass](repeating: .unsafe, count: 6))
    }

    @Test func theBestOfSeveralRecoveriesCounts() throws {
        let episode = try recorded(Pusher(force: 1), in: Slope.self)[0]
        let useless = try labeller.label(
            episode, in: Slope.self, policy: Pusher(force: 1), recoveries: [Pusher(force: 1)])
        #expect(useless.onset == 0)
        let both = try labeller.label(
            episode, in: Slope.self, policy: Pusher(force: 1),
            recoveries: [Pusher(force: 1), Pusher(force: -1)])
        #expect(both.onset == 4)
    }

    @Test func labelsDependOnTheirSeedAlone() throws {
        let episodes = try recorded(Pusher(force: 1, isRandom: true), in: Slope.self, 6)
        func labels(_ chosen: [RecordedEpisode], seed: UInt64 = 3) throws -> [LabelledEpisode] {
            try chosen.map {
                try RolloutLabeller(rollouts: 8, horizon: 10, seed: seed).label(
                    $0, in: Slope.self, policy: Pusher(force: 1, isRandom: true),
                    recoveries: [Pusher(force: -1)])
            }
        }
        let all = try labels(episodes)
        #expect(try labels(episodes) == all)
        #expect(try labels([episodes[4]]) == [all[4]])
        #expect(try labels(episodes, seed: 4) != all)
        #expect(all.contains { $0.policyViolations.contains { ($0 ?? 0) > 0 && $0 ?? 0 < 8 } })
    }

    @Test func anExactRuleDecidesAndNearlyAgrees() throws {
        let policy = PointRobot.ScriptedPolicy()
        let episodes = try recorded(policy, in: PointRobot.self, 12)
        let brake = FallbackPolicy(PointRobot.self, "evade")
        var (differing, all, onsets) = (0, 0, 0)
        for episode in episodes {
            let labelled = try RolloutLabeller(rollouts: 1, horizon: 60, seed: 1).label(
                episode, in: PointRobot.self, policy: policy, recoveries: [brake, policy])
            let exact = try #require(labelled.exact)
            #expect(labelled.onset == exact.firstIndex(of: true))
            onsets += labelled.onset == nil ? 0 : 1
            differing += labelled.disagreements.steps
            all += labelled.disagreements.of
        }
        #expect(onsets > 0 && onsets < 12)
        #expect(all > 100 && Double(differing) / Double(all) < 0.05, "\(differing) of \(all)")
    }

    @Test func whatCannotBeContinuedIsRefusedByName() throws {
        let policy = PointRobot.ScriptedPolicy()
        var episode = try recorded(policy, in: PointRobot.self)[0]
        episode.observations[1][0] += 1
        #expect(throws: MonitorError.doesNotRepeat("point-robot", episode: 0, step: 1)) {
            try labeller.label(episode, in: PointRobot.self, policy: policy, recoveries: [policy])
        }
        #expect(throws: MonitorError.cannotBranch("preference-bandit")) {
            try labeller.label(episode, in: PreferenceBandit.self, policy: policy, recoveries: [policy])
        }
    }

    @Test func aFileOfLabelsReadsBackEqual() throws {
        let policy = PointRobot.ScriptedPolicy()
        let episodes = try recorded(policy, in: PointRobot.self, 3).map {
            try RolloutLabeller(rollouts: 2, horizon: 10, seed: 1).label(
                $0, in: PointRobot.self, policy: policy, recoveries: [policy])
        }
        let head = LabelFile.Head(
            environment: "point-robot", policy: "p", labeller: labeller, recoveries: ["controller"],
            features: MonitorFeatures(observationSize: 11, actionSize: 2), costs: ["cost"])
        let file = LabelFile(head, episodes), text = try file.text()
        let path = FileManager.default.temporaryDirectory.path + "/labels-\(UUID().uuidString).jsonl"
        defer { try? FileManager.default.removeItem(atPath: path) }
        func read(_ text: String) throws -> LabelFile {
            try Data(text.utf8).write(to: URL(fileURLWithPath: path))
            return try LabelFile(contentsOf: path)
        }
        #expect(try read(text).text() == text)
        #expect(file.head.disagreements != nil)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        for damaged in [
            "", lines[1...].joined(separator: "\n"), lines.dropLast(2).joined(separator: "\n"),
            text.replacing("\"labels\":1", with: "\"labels\":9"), String(text.dropLast(40)),
            text.replacing("\"step\": 1,", with: "\"step\": 2,"),
            text.replacing("\"costs\": [0.0]", with: "\"costs\": []"),
        ] {
            #expect(throws: MonitorError.self) { try read(damaged) }
        }
    }
}
