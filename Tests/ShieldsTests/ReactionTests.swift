import Rules
import SafeRL
import Shields
import Testing

@Suite struct ReactionTests {
    @Test func listsAreRead() throws {
        #expect(
            try Reaction.list("resample:3,project,idle,fallback,stop") == [
                .resample(3), .project, .idle, .fallback, .stop,
            ])
        #expect(try Reaction.list("mask,resample") == [.mask, .resample(8)])
        #expect(try AlarmReaction("fallback:12") == .fallback(12))
        #expect(try AlarmReaction("log") == .log && AlarmReaction("stop") == .stop)
    }

    @Test(arguments: [
        "", "resample:0", "resample:x", "resample:10001", "project:2", "stop,stop", "fall back", "explain",
        "disable",
        "resample:3,resample:4", ",stop",
    ]) func whatIsNoListIsRefused(_ text: String) {
        #expect(throws: ReactionFault.self) { try Reaction.list(text) }
    }

    @Test(arguments: ["fallback", "fallback:0", "fallback:-1", "halt", "stop:3", ""])
    func whatIsNoAnswerToAnAlarmIsRefused(_ text: String) {
        #expect(throws: ReactionFault.self) { try AlarmReaction(text) }
    }

    @Test func plansThatDoNotFitAreRefused() throws {
        let place = EnvironmentVector(Cart.self, slots: 1)
        let rules = try cartRules("rule wide: accel <= 1")
        #expect(throws: ReactionFault.self) {
            var plan = ShieldPlan(rules, reactions: [.stop])
            plan.onAlarm = .fallback(2)
            try plan.check(place)
        }
        #expect(throws: ReactionFault.self) {
            var plan = ShieldPlan(rules, reactions: [.stop])
            (plan.onAlarm, plan.canStop) = (.stop, false)
            try plan.check(place)
        }
        #expect(throws: ReactionFault.self) { try ShieldPlan(rules, reactions: [.idle]).check(place) }
        #expect(throws: ReactionFault.self) {
            try ShieldPlan(rules, reactions: [.mask]).check(Constant([1]))
        }
        #expect(throws: ConfigurationError.self) {
            try ShieldPlan(
                try RuleFile("rules 1\nsignal a = action[3]\nrule r: a < 1", name: "r.rules"),
                reactions: [.stop]
            )
            .check(place)
        }
        #expect(throws: ConfigurationError.self) {
            try ShieldPlan(
                try RuleFile(
                    "rules 1\ncall pay(amount: number)\nrule r: each pay(amount: m): m < 1", name: "r.rules"),
                reactions: [.stop]
            ).check(place)
        }
        #expect(throws: EvaluationError.self) {
            var plan = ShieldPlan(rules, reactions: [.fallback])
            plan.fallback = Fallback("other", Constant([1, 1]))
            try plan.check(place)
        }
    }
}
