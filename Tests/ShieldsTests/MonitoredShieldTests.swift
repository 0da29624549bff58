import Foundation
import Rules
import SafeRL
import Shields
import Testing

/// A step monitor in a shield: one more watched rule.
@Suite struct MonitoredShieldTests {
    /// Full throttle reaches 0.35 in step 4 and its first cost, above 0.5, by the action of step 5.
    private func run(
        _ watch: SpeedWatch, _ rules: RuleFile = .none, concurrency: Int = 128,
        _ change: (inout ShieldPlan) -> Void = { _ in }
    ) throws -> (Evaluation, RuleShield) {
        try shielded(Constant([1]), rules, reacting: [.stop], concurrency: concurrency) {
            $0.watch = watch
            change(&$0)
        }
    }

    @Test func aFlagIsAnAlarmThatChangesNothingByItself() throws {
        let free = try Evaluator(episodes: 6, seed: 3).run(Constant([1]), in: Cart.self, keeping: 6)
        for rules in [RuleFile.none, try cartRules("rule wide: abs(accel) <= 1")] {
            let (evaluation, shield) = try run(SpeedWatch(above: 0.35), rules)
            #expect(evaluation == free)
            let figures = try #require(shield.summary.watch)
            #expect(figures.alarms == 6 && figures.flagged == shield.summary.steps - 24)
            #expect(shield.summary.interventions == 0 && figures.notJudged == 0)
            #expect(shield.episodes.allSatisfy { $0.watch.firstFlag == 4 && $0.watch.firstViolation == 5 })
            let alarmed = shield.episodes[0].entries.filter { !$0.alarms.isEmpty }
            #expect(alarmed.map(\.step) == [4] && alarmed[0].alarms == ["monitor"])
        }
    }

    @Test func figuresHoldFirstFlagsAgainstTheViolation() throws {
        let early = try #require(try run(SpeedWatch(above: 0.25)).1.summary.watch).measures
        #expect(early.positive == 6 && early.beforeViolation == 1 && early.medianDelay == -2)
        let late = try #require(try run(SpeedWatch(above: 0.65)).1.summary.watch).measures
        #expect(late.beforeViolation == 0 && late.medianDelay == 2 && late.recall == 1)
        let (_, calm) = try shielded(Constant([0.01]), .none, reacting: [.stop]) {
            $0.watch = SpeedWatch(above: 0.01)
        }
        let figures = try #require(calm.summary.watch)
        #expect(figures.measures.falseAlarm == 1 && figures.measures.positive == 0)
        #expect(figures.text.contains("false alarms 100.0 %"))
    }

    @Test func soManyFlagsInARowConfirmAnAlarm() throws {
        let (_, shield) = try run(SpeedWatch(above: 0.35, confirm: 3))
        #expect(shield.episodes.allSatisfy { $0.watch.firstFlag == 6 && $0.watch.alarms == 1 })
        let (_, never) = try run(SpeedWatch(above: 0.35, confirm: 100))
        #expect(never.summary.watch?.alarms == 0 && never.summary.watch?.flagged ?? 0 > 0)
    }

    @Test func whatCannotBeJudgedIsAnAlarmAtOnce() throws {
        let watch = SpeedWatch(above: 9, confirm: 3)
        watch.blind = 0.15...0.25
        let (_, shield) = try run(watch)
        #expect(shield.summary.watch?.alarms == 6 && shield.summary.watch?.notJudged == 6)
        #expect(shield.episodes.allSatisfy { $0.watch.firstFlag == 2 })
    }

    @Test func anAlarmHandsOverWhereAFallbackIsGiven() throws {
        let (evaluation, shield) = try run(SpeedWatch(above: 0.35)) { $0.onAlarm = .fallback(3) }
        // After the handover the policy is flagged again where it is as fast again.
        #expect(Array(evaluation.actions[0].prefix(9)) == [1, 1, 1, 1, -0.1, -0.1, -0.1, -0.1, -0.1])
        #expect(evaluation.episodes.allSatisfy { !$0.isViolated })
        #expect(shield.summary.watch?.alarms ?? 0 > 6 && shield.summary.outcomes["fallback", default: 0] > 6)
        let (stopped, _) = try run(SpeedWatch(above: 0.35)) { $0.onAlarm = .stop }
        #expect(stopped.episodes.allSatisfy { $0.isStopped && $0.length == 4 })
    }

    @Test func whatTheFallbackDoesIsNotThePolicys() throws {
        let (_, shield) = try run(SpeedWatch(above: -1)) { $0.onAlarm = .fallback(5) }
        #expect(shield.summary.watch.map { $0.flagged * 5 - shield.summary.steps <= 6 * 4 } == true)
    }

    @Test func whoOnlyLooksOnChangesNoBit() throws {
        var plan = ShieldPlan(try cartRules("rule slow: speed <= 0.1"), reactions: [.fallback, .stop])
        plan.watch = SpeedWatch(above: 0.35)
        plan.onAlarm = .stop
        #expect(plan.canIntervene)
        let onlooker = try #require(plan.lookingOn)
        #expect(!onlooker.canIntervene && plan.lookingOn?.rules.rules.isEmpty == true)
        let shield = RuleShield(onlooker)
        let wild = Constant([7])
        let seen = try Evaluator(episodes: 6, seed: 3).run(
            wild, in: Cart.self, shieldedBy: shield, keeping: 6)
        #expect(try seen == Evaluator(episodes: 6, seed: 3).run(wild, in: Cart.self, keeping: 6))
        #expect(shield.changesNothing && shield.summary.watch?.alarms == 6)
        plan.watch = nil
        #expect(plan.lookingOn == nil)
    }

    @Test func figuresDoNotDependOnWhatRunsSideBySide() throws {
        let results = try [1, 2, 128].map { concurrency in
            try shielded(
                Uniform(observationSize: 2, actionSize: 1, low: -0.3), .none, reacting: [.stop], episodes: 9,
                concurrency: concurrency
            ) {
                $0.watch = SpeedWatch(above: 0.2)
                $0.router = SpeedRouter([0.2, 0.3, 0.4])
                $0.onAlarm = .fallback(2)
            }
        }
        for (evaluation, shield) in results {
            #expect(evaluation == results[0].0 && shield.summary == results[0].1.summary)
        }
    }

    @Test func aMonitorOfAnotherSizeIsRefused() throws {
        var plan = ShieldPlan(.none, reactions: [.stop])
        plan.watch = SpeedWatch(above: 1)
        #expect(throws: ReactionFault.self) { try plan.check(observations: 3, actions: 1, of: "x") }
    }

    @Test func theFilesHaveEveryEpisode() throws {
        let (_, shield) = try run(SpeedWatch(above: 0.35)) { $0.logging = .interventions }
        var plan = ShieldPlan(.none, reactions: [])
        plan.watch = SpeedWatch(above: 0.35)
        let files = ShieldFiles(shield, ShieldFiles.Head(of: plan, policy: "p", saferl: "0"))
        let figures = try JSONValue(parsing: Array(try files.figures().utf8))
        let lines = try #require(figures["monitored_episodes"]?.elements)
        #expect(lines.count == 6)
        #expect(lines[0]["first_flag"]?.number?.int == 4 && lines[0]["delay"]?.number?.int == -1)
        #expect(lines[0]["flagged_before_violation"]?.bool == true && lines[0]["false_alarm"]?.bool == false)
        #expect(figures["monitor"]?["alarms"]?.number?.int == 6 && figures["rules"] == nil)
        let log = try files.lines().split(separator: "\n")
        #expect(log.count == 7 && log[0].contains("\"monitor\":\"m\"") && !log[0].contains("\"rules\""))
        let report = try JSONDecoder().decode(
            ShieldSummary.self, from: JSONEncoder().encode(shield.summary))
        #expect(report == shield.summary)
    }
}
