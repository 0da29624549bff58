import Environments
import Foundation
import Rules
import SafeRL
import Shields
import TestSupport
import Testing

/// Proposals that shields judge, and a judge that shares nothing with their monitors: what is done is never broken.
///
/// `SAFERL_SHIELD_PROPOSALS=1000000` makes the trial as large as it is published; a small one always runs.
@Suite struct ShieldCampaignTests {
    /// Rules, and the numbers of a step that they read.
    struct Setting: CustomTestStringConvertible, Sendable {
        let name: String
        let observations: Int
        let actions: Int
        var testDescription: String { name }
    }

    static let settings = [
        Setting(name: "control", observations: 8, actions: 3),
        Setting(name: "icu-sepsis", observations: 1, actions: 2),
        Setting(name: "hopper-velocity", observations: 11, actions: 3),
    ]

    private static var proposals: Int {
        ProcessInfo.processInfo.environment["SAFERL_SHIELD_PROPOSALS"].flatMap(Int.init) ?? 6000
    }

    private static func rules(_ name: String) throws -> RuleFile {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let file =
            name == "control"
            ? folder.appending(path: "Golden/guard/control.rules")
            : folder.deletingLastPathComponent().appending(path: "Configs/\(name).rules")
        return try RuleFile(bytes: [UInt8](Data(contentsOf: file)), name: name)
    }

    @Test(arguments: settings) func noStepIsDoneThatTheJudgeCallsBroken(_ setting: Setting) throws {
        let rules = try Self.rules(setting.name)
        var plan = ShieldPlan(rules, reactions: [.resample(4), .fallback, .stop])
        plan.fallback = Fallback(
            "still", Still(observationSize: setting.observations, actionSize: setting.actions))
        let length = 40
        var stream = RandomStream(seed: 5, for: .testing)
        var (judged, stops) = (0, 0)
        var episode = GuardedEpisode(plan, number: 0, actions: .box(setting.actions, in: -1...1))
        for number in 0..<max(1, Self.proposals / length) {
            episode = GuardedEpisode(plan, number: number, actions: .box(setting.actions, in: -1...1))
            var (steps, seen) = ([TraceStep](), [Float](repeating: 0, count: setting.observations))
            for step in 0..<length {
                for index in seen.indices { seen[index] += stream.nextUniform(in: -1..<1) * 0.5 }
                // Every hundredth proposal is drawn from corners alone, where rules about sizes bite.
                let isAdversarial = stream.nextInteger(below: 4) == 0
                var source = RandomSource(size: setting.actions, isAtCorners: isAdversarial, stream: stream)
                let proposed = source.draw()
                let decision = episode.review(
                    ActionProposal(
                        episode: number, step: step, observation: seen, action: proposed,
                        isLast: step == length - 1),
                    of: &source)
                stream = source.stream
                guard case .act(let action) = decision else {
                    stops += 1
                    break
                }
                var taken = TraceStep(for: rules)
                for (place, signal) in rules.signals.enumerated() {
                    taken.signals[place] = Double(
                        signal.source == .action ? action[signal.index] : seen[signal.index])
                }
                taken.isEnd = step == length - 1
                steps.append(taken)
                episode.settle(isEnd: taken.isEnd)
            }
            let judge = TraceSemantics(rules: rules, steps: steps)
            for (index, rule) in rules.rules.enumerated() where !rule.isWatched {
                for t in steps.indices {
                    #expect(try !judge.isBroken(rule, at: t), "\(rule.name), episode \(number), step \(t)")
                    judged += 1
                }
                #expect(episode.tally.broken[index] == 0)
            }
        }
        // What is done is a good part of what is proposed, or nothing was tried.
        #expect(judged > 0 && 2 * stops * length < 3 * Self.proposals, "\(stops) stops")
    }

    @Test(arguments: [("point-robot", "brake"), ("point-mass", "stop")])
    func noEpisodeFromACoveredStartEntersAHazard(_ task: (name: String, fallback: String)) throws {
        let episodes = max(20, Self.proposals / 100)
        let rules = try Self.rules(task.name)
        var plan = ShieldPlan(rules, reactions: [.resample(2), .project, .fallback, .stop])
        let policy: any Policy
        let evaluation: Evaluation
        let shield: RuleShield
        if task.name == "point-robot" {
            policy = Uniform(observationSize: 11, actionSize: 2, low: -0.4)
            plan.fallback = Fallback(task.fallback, FallbackPolicy(PointRobot.self, task.fallback))
            shield = RuleShield(plan)
            evaluation = try Evaluator(episodes: episodes, seed: 9)
                .run(policy, in: PointRobotFromStoppableStarts.self, shieldedBy: shield)
        } else {
            policy = TowardsHazard()
            plan.fallback = Fallback(task.fallback, FallbackPolicy(PointMass.self, task.fallback))
            shield = RuleShield(plan)
            evaluation = try Evaluator(episodes: episodes, seed: 9)
                .run(policy, in: PointMass.self, shieldedBy: shield)
        }
        let hits = evaluation.episodes.count { episode in
            (episode.channels?.first { $0.name == "hazard" }?.totalCost ?? episode.totalCost) > 0
        }
        #expect(hits == 0)
        #expect(
            shield.summary.deadEnds == 0 && shield.summary.unprotected == 0 && shield.summary.brokenSteps == 0
        )
        #expect(shield.summary.interventions > 0)
    }
}

/// Pushes the point mass at the disc across the track.
private struct TowardsHazard: Policy {
    let observationSize = 4
    let actionSize = 2

    mutating func act(
        on observations: Span<Float>, actions: inout MutableSpan<Float>,
        using streams: inout MutableSpan<RandomStream>
    ) {
        for row in 0..<streams.count {
            let (x, y) = (observations[4 * row], observations[4 * row + 1])
            actions[2 * row] = max(-1, min(1, 8 * (0 - x))) + 0.3 * streams[row].nextUniform(in: -1..<1)
            actions[2 * row + 1] = max(-1, min(1, 8 * (0.74 - y)))
        }
    }
}

/// Does nothing, whatever is seen.
private struct Still: Policy {
    let observationSize: Int
    let actionSize: Int

    mutating func act(
        on observations: Span<Float>, actions: inout MutableSpan<Float>,
        using streams: inout MutableSpan<RandomStream>
    ) {
        for index in 0..<actions.count { actions[index] = 0 }
    }
}

/// Uniform actions, or corners of their range.
private struct RandomSource: ProposalSource {
    let size: Int
    let isAtCorners: Bool
    var stream: RandomStream
    let choices: [[Float]] = []

    mutating func draw() -> [Float] {
        (0..<size).map { _ in
            let drawn = stream.nextUniform(in: -1..<1)
            return isAtCorners ? (drawn < 0 ? -1 : 1) : drawn
        }
    }

    mutating func another() -> [Float]? { draw() }
    mutating func choice(among allowed: [Bool]) -> Int? { nil }
}
