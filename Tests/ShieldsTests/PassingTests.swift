import Rules
import SafeRL
import Shields
import Testing

/// Proposals that pass without a word: what is done and counted is what reviewing each of them would do and count.
@Suite struct PassingTests {
    private static func rules(_ text: String) throws -> RuleFile {
        try RuleFile(
            """
            rules 1
            signal place = observation[0]
            signal speed = observation[1]
            signal accel = action[0] in -1 ... 1
            \(text)
            """, name: "cart.rules")
    }

    private static let texts = [
        "rule a: accel <= 5\n", "rule a: accel <= 0.5 or place < 1\nrule b: accel >= -2\n",
        "rule a: accel <= 0.75\nwatch fast: speed <= 0.3\n", "watch fast: speed <= 0.1 or accel < 0\n",
        "rule a: accel / speed <= 20 or speed == 0\n",
    ]

    /// Passed and reviewed runs of the same episodes.
    private func both(
        _ text: String, reacting reactions: [Reaction] = [.resample(4), .project, .fallback, .stop],
        _ change: (inout ShieldPlan) -> Void = { _ in }
    ) throws -> [(Evaluation, RuleShield)] {
        try [ShieldLogging.nothing, .interventions].map { logging in
            try shielded(
                Uniform(observationSize: 2, actionSize: 1, low: -0.5), try Self.rules(text),
                reacting: reactions, episodes: 9, concurrency: 4
            ) {
                $0.logging = logging
                change(&$0)
            }
        }
    }

    private func expectEqual(_ runs: [(Evaluation, RuleShield)], _ text: String) {
        #expect(runs[0].0 == runs[1].0, "\(text)")
        let tallies = runs.map { $0.1.episodes }
        #expect(tallies[0].map(\.episode) == Array(0..<9))
        for (one, other) in zip(tallies[0], tallies[1]) {
            #expect(one.steps == other.steps && one.outcomes == other.outcomes, "\(text)")
            #expect(one.refused == other.refused && one.broken == other.broken, "\(text)")
            #expect(one.alarms == other.alarms && one.brokenSteps == other.brokenSteps, "\(text)")
            #expect(one.watch.firstViolation == other.watch.firstViolation, "\(text)")
            #expect(one.watch.length == other.watch.length && one.notJudged == other.notJudged, "\(text)")
        }
    }

    @Test(arguments: texts) func passingIsReviewing(_ text: String) throws {
        expectEqual(try both(text), text)
        expectEqual(try both(text) { $0.onAlarm = .fallback(2) }, text)
        expectEqual(try both(text, reacting: [.stop]), text)
    }

    @Test func someStepsPassAndOthersAreReviewed() throws {
        let rules = try Self.rules(Self.texts[2])
        var plan = ShieldPlan(rules, reactions: [.project, .stop])
        plan.logging = .nothing
        let shield = RuleShield(plan)
        try shield.check(EnvironmentVector(Cart.self, slots: 1))
        func passes(_ action: Float, at speed: Float, in episode: Int = 7) -> Bool {
            let (seen, done): ([Float], [Float]) = ([0, speed], [action])
            return shield.passing([episode], steps: [0], observations: seen.span, actions: done.span) == [
                true
            ]
        }
        #expect(!passes(0, at: 0))
        shield.begin(7)
        shield.begin(8)
        #expect(passes(0, at: 0) && passes(0.75, at: 0, in: 8) && !passes(0.8, at: 0))
        // A watched rule raises an alarm, and an action beyond the range is clipped.
        #expect(!passes(0, at: 0.4) && !passes(-1.5, at: 0) && !passes(.nan, at: 0))
        #expect(!passes(0, at: 0, in: 9))
        plan.logging = .everyStep
        let logging = RuleShield(plan)
        try logging.check(EnvironmentVector(Cart.self, slots: 1))
        logging.begin(7)
        let (seen, done): ([Float], [Float]) = ([0, 0], [0])
        #expect(!logging.mayPass && shield.mayPass)
        #expect(logging.passing([7], steps: [0], observations: seen.span, actions: done.span) == [])
    }
}
