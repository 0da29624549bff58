import Rules
import SafeRL
import Shields
import Testing

/// Choices behind which too few steps can be survived.
@Suite struct LookAheadTests {
    /// Behind a step forward nothing is allowed.
    private static let trap = "rule trap: previous accel > 0.5 implies accel > 2"
    /// One step forward may be followed by one backward alone, and that by nothing.
    private static let late =
        "rule first: previous accel > 0.5 implies accel < -0.5\n"
        + "rule second: not previous (accel < -0.5 and previous accel > 0.5)"

    /// Rules that read the action alone.
    private func rules(_ rules: String) throws -> RuleFile {
        try RuleFile("rules 1\nsignal accel = action[0]\n\(rules)\n", name: "a.rules")
    }

    @Test func aChoiceIntoADeadEndIsMasked() throws {
        let rules = try rules(Self.trap)
        let (fallen, _) = try shielded(Chooser(law: [0, 0, 1]), rules, reacting: [.mask, .stop])
        #expect(fallen.episodes.allSatisfy { $0.length == 1 && $0.isStopped })
        let (evaluation, shield) = try shielded(
            Chooser(law: [0.1, 0, 0.9]), rules, reacting: [.mask, .stop]
        ) {
            $0.lookAhead = 1
        }
        #expect(evaluation.episodes.allSatisfy { !$0.isStopped } && shield.summary.deadEnds == 0)
        let entries = shield.episodes.flatMap(\.entries).filter { $0.outcome == .masked }
        #expect(!entries.isEmpty && entries.allSatisfy { $0.survives == 0 && $0.proposed == [1] })
        #expect(entries.allSatisfy { $0.broken.isEmpty && $0.fault == nil })
        // Behind the last step nothing has to be survived.
        #expect(evaluation.actions.contains { $0.last == 1 })
        #expect(evaluation.actions.allSatisfy { $0.dropLast().allSatisfy { $0 < 1 } })
    }

    @Test func asManyStepsAreLookedAtAsAreAskedFor() throws {
        let rules = try rules(Self.late)
        for (steps, stops) in [(1, true), (2, false)] {
            let (evaluation, _) = try shielded(Chooser(law: [0.5, 0, 0.5]), rules, reacting: [.mask, .stop]) {
                $0.lookAhead = steps
            }
            #expect(evaluation.episodes.contains { $0.isStopped } == stops, "\(steps)")
        }
    }

    @Test func whateverIsObservedHasToBeSurvived() throws {
        let rules = try cartRules(
            "rule back: place > 0.5 implies accel < -0.5\nrule on: previous accel > 0.5 implies accel > -0.5")
        let choices: [[Float]] = [[-1], [0], [1]]
        let values: [Int: [Float]] = [0: [0, 1], 1: [0]]
        func survived(_ action: Float, at place: Float, _ values: [Int: [Float]]) throws -> Int {
            var monitor = RuleMonitor(rules)
            let (done, seen) = ([action], [place, 0])
            #expect(try monitor.propose(done.span, seeing: seen.span).isAllowed)
            monitor.commit()
            return LookAhead(rules, choices: choices, values: values).survived(behind: monitor, upTo: 5)
        }
        #expect(try survived(1, at: 0, values) == 0)
        #expect(try survived(0, at: 0, values) == 5)
        #expect(try survived(1, at: 0, [0: [0], 1: [0]]) == 5)
        #expect(LookAhead.unlisted(rules, values: [1: [0]])?.name == "place")
        #expect(LookAhead.unlisted(rules, values: values) == nil)
        #expect(LookAhead.combinations(rules, values: values) == 2)
    }

    @Test func whatCannotBeTriedIsRefused() throws {
        let place = EnvironmentVector(Cart.self, slots: 1)
        var plan = ShieldPlan(
            try cartRules("rule a: place > 5 implies accel < 0"), reactions: [.mask, .stop])
        plan.lookAhead = 2
        let unlisted = #expect(throws: ReactionFault.self) { try plan.check(place) }
        #expect(
            unlisted?.description
                == "--look-ahead tries every observation, and signal place has no finite list of values in cart. Leave it out, or use rules about actions alone."
        )
        plan.observationValues = [0: (0..<100).map { Float($0) }, 1: (0..<100).map { Float($0) }]
        #expect(throws: ReactionFault.self) { try plan.check(place) }
        var real = ShieldPlan(try rules(Self.trap), reactions: [.stop])
        real.lookAhead = 1
        #expect(throws: ReactionFault.self) { try real.check(Uniform(observationSize: 2, actionSize: 1)) }
    }
}
