import Rules
import SafeRL
import Shields
import Testing

/// A router in a shield: act, tighten, ask, refuse.
@Suite struct RoutedShieldTests {
    private func run(
        _ router: SpeedRouter, action: Float = 1, _ rules: RuleFile = .none,
        _ change: (inout ShieldPlan) -> Void = { _ in }
    ) throws -> (Evaluation, RuleShield) {
        try shielded(Constant([action]), rules, reacting: [.stop]) {
            $0.router = router
            change(&$0)
        }
    }

    @Test func whatMayActIsDoneBitForBit() throws {
        let free = try Evaluator(episodes: 6, seed: 3).run(Constant([0.77]), in: Cart.self, keeping: 6)
        let (evaluation, shield) = try run(SpeedRouter([9, 9, 9]), action: 0.77)
        #expect(evaluation == free && shield.summary.interventions == 0)
        let figures = try #require(shield.summary.router)
        #expect(figures.steps["act"] == shield.summary.steps && figures.handedOver == 0)
    }

    @Test func whatIsRefusedIsDoneByTheFallback() throws {
        let (evaluation, shield) = try run(SpeedRouter([0.35, 0.35, 0.35]))
        // The fourth step of full throttle would end at 0.4.
        #expect(Array(evaluation.actions[0].prefix(5)) == [1, 1, 1, -0.1, -0.1])
        #expect(shield.episodes[0].entries[3].routed == .refuse)
        #expect(shield.summary.router?.steps["refuse"] == shield.summary.outcomes["fallback"])
        let (stopped, _) = try run(SpeedRouter([0.35, 0.35, 0.35])) {
            ($0.fallback, $0.idleAction) = (nil, nil)
        }
        #expect(stopped.episodes.allSatisfy { $0.isStopped && $0.length == 3 })
    }

    @Test func aTightenedActionLiesHalfwayRoundTheFallbacks() throws {
        let (evaluation, shield) = try run(SpeedRouter([0.15, 9, 9]))
        // Round −0.1: from −0.55 to 0.45.
        #expect(evaluation.actions[0][0] == 1)
        #expect(evaluation.actions[0].dropFirst().allSatisfy { abs($0 - 0.45) < 1e-6 })
        #expect(shield.summary.outcomes["tightened"] == shield.summary.router?.steps["tighten"])
        let (gentle, same) = try run(SpeedRouter([0.015, 9, 9]), action: 0.2)
        #expect(gentle.actions.joined().allSatisfy { $0 == 0.2 } && same.summary.interventions == 0)
    }

    @Test func aTightenedActionIsJudgedByBothSetsOfRules() throws {
        let tight = try cartRules("rule gentle: next_speed <= 0.3\nrule few: count[0..9](accel > 0.3) <= 4")
        let (evaluation, shield) = try run(
            SpeedRouter([0.15, 9, 9]), .none, { $0.tight = tight })
        for (actions, seen) in zip(evaluation.actions, evaluation.traces) {
            for (step, action) in actions.enumerated() where seen[2 * step + 1] + 0.1 >= 0.15 {
                #expect(action == -0.1 || seen[2 * step + 1] + 0.1 * action <= 0.3)
            }
            // The first step, of the class act, is known to the tighter rules.
            #expect(actions.prefix(6).count { $0 > 0.3 } == 4)
        }
        #expect(shield.episodes[0].entries.contains { $0.broken.contains { $0.rule == "tight few" } })
        let (base, _) = try run(SpeedRouter([0.15, 9, 9]), try cartRules("rule slow: next_speed <= 0.2"))
        #expect(base.traces.joined().count > 0)
        #expect(
            zip(base.actions, base.traces).allSatisfy { actions, seen in
                actions.indices.allSatisfy { seen[2 * $0 + 1] + 0.1 * actions[$0] <= 0.2001 }
            })
    }

    @Test func tighterRulesThatLostThePastAllowNothing() throws {
        // The root has no value at a step of the class act, so that nobody knows what was before.
        let tight = try cartRules("rule root: sqrt(0.05 - speed) <= 9")
        let (evaluation, shield) = try run(SpeedRouter([0.15, 9, 9]), .none, { $0.tight = tight })
        for (actions, seen) in zip(evaluation.actions, evaluation.traces) {
            #expect(actions[0] == 1)
            for (step, action) in actions.enumerated() where seen[2 * step + 1] + 0.1 >= 0.15 {
                #expect(action == -0.1)
            }
        }
        #expect(shield.summary.notJudged > 0)
    }

    @Test func nobodyToAskIsANo() throws {
        let (evaluation, shield) = try run(SpeedRouter([0.15, 0.15, 9]))
        #expect(evaluation.actions.joined().allSatisfy { $0 == 1 || $0 == -0.1 })
        #expect(shield.summary.router?.asked == 0 && shield.summary.router?.steps["ask"] ?? 0 > 0)
    }

    @Test func aYesHoldsWhileTheRouterAsks() throws {
        let asker = Answers([.waiting, .waiting, .yes])
        let (evaluation, shield) = try shielded(Constant([1]), .none, reacting: [.stop], episodes: 1) {
            ($0.router, $0.asker) = (SpeedRouter([0.15, 0.15, 0.45]), asker)
        }
        // One act, two held, then with permission until the router refuses; the fallback then, and a new question.
        #expect(Array(evaluation.actions[0].prefix(7)) == [1, 0, 0, 1, 1, 1, -0.1])
        #expect(asker.questions.prefix(3).map(\.step) == [1, 2, 3] && asker.questions[3].step > 6)
        let entries = shield.episodes[0].entries
        #expect(entries[1].answer == .waiting && entries[1].outcome == .idle)
        #expect(entries[3].answer == .yes && entries[3].outcome == .allowed)
        #expect(shield.summary.router?.granted == 1 && shield.summary.router?.asked ?? 0 >= 2)
    }

    @Test func aNoHoldsAndAQuestionIsWithdrawn() throws {
        let asker = Answers([.no])
        let (evaluation, _) = try shielded(Constant([1]), .none, reacting: [.stop], episodes: 1) {
            ($0.router, $0.asker) = (SpeedRouter([0.15, 0.15, 9]), asker)
        }
        #expect(evaluation.actions[0][1] == -0.1 && asker.questions.count >= 2)
        // The fallback brakes until the router lets the policy act again, which ends the no.
        #expect(evaluation.actions[0].dropFirst(2).contains(1))
        let patient = Answers([.waiting])
        _ = try shielded(Constant([1]), .none, reacting: [.stop], episodes: 1) {
            ($0.router, $0.asker) = (SpeedRouter([0.15, 0.15, 0.25]), patient)
            $0.idleAction = [1]
        }
        #expect(patient.withdrawn >= 1)
    }

    @Test func whatStandsForAProposalMustMayActToo() throws {
        let router = SpeedRouter([0.3, 9, 9])
        let rules = try cartRules("rule odd: accel <= 0.9")
        let (evaluation, shield) = try shielded(
            Uniform(observationSize: 2, actionSize: 1, low: 0.5), rules, reacting: [.resample(20), .stop]
        ) { $0.router = router }
        for (actions, entries) in zip(evaluation.actions, shield.episodes.map(\.entries)) {
            for (step, action) in actions.enumerated() where entries[step].outcome == .resampled {
                let speed = evaluation.traces[entries[step].episode][2 * step + 1]
                #expect(speed + 0.1 * action < 0.3 && action <= 0.9)
            }
        }
        #expect(shield.summary.outcomes["resampled", default: 0] > 0)
    }

    @Test func aReportHasOneStepOfEachEpisode() throws {
        let (evaluation, shield) = try shielded(
            Constant([1]), .none, reacting: [.stop], episodes: 200
        ) {
            $0.router = SpeedRouter([0.25, 0.35, 0.45])
            $0.looksOn = true
        }
        let report = try #require(shield.summary.router?.report)
        #expect(report.rows.reduce(0) { $0 + $1.violated + $1.notViolated } == 200)
        // Within 3 steps of a step that ends at 0.1 or 0.2 no cost follows, and behind 0.4 always.
        #expect(report.rows[0].violated == 0 && report.rows[0].notViolated > 0)
        #expect(report.rows[3].notViolated == 0 && report.rows[3].violated > 0)
        let share = Double(report.rows[0].notViolated) / 200
        let expected = evaluation.episodes.reduce(0.0) { $0 + 2 / Double($1.length) } / 200
        #expect(abs(share - expected) < 0.11, "\(share) \(expected)")
        #expect(report.handedOver.low ?? 1 < 0.9 && shield.summary.router?.ungrounded ?? 0 > 0)
    }

    @Test func evidenceIsInTheLog() throws {
        let (_, shield) = try run(SpeedRouter([0.15, 0.15, 0.15])) {
            ($0.logging, $0.logsTerms) = (.interventions, true)
        }
        let files = ShieldFiles(
            shield, ShieldFiles.Head(of: ShieldPlan(.none, reactions: []), policy: nil, saferl: "0"))
        let line = try #require(try files.lines().split(separator: "\n").dropFirst().first)
        #expect(line.contains("\"router\":{\"score\":0.2") && line.contains("\"outcome\":\"fallback\""))
    }

    @Test func theSettingsNameMonitorAndRouter() throws {
        var plan = ShieldPlan(.none, reactions: [.stop])
        (plan.watch, plan.router) = (SpeedWatch(above: 1), SpeedRouter([1, 2, 3]))
        plan.tight = try cartRules("rule a: accel <= 1")
        let settings = RuleShield(plan).settings
        #expect(settings["monitor"] == "m" && settings["router"] == "r" && settings["guard"] == nil)
        #expect(settings["guard tight"] == plan.tight?.digest)
    }
}
