import Rules
import Storage
import Testing

@Suite struct ModelsAheadTests {
    @Test func thePointRobotsProposalsAreAllowedAsInTheGoldenTable() throws {
        let rules = try GoldenGuard.rules("point_robot.rules")
        let names = ["x", "y", "speed", "c", "s", "accel"]
        for (number, row) in try GoldenGuard.rows("point_robot.json").enumerated() {
            let errors = (row["errors"]?.elements ?? []).compactMap { $0.number?.double }
            var monitor = RuleMonitor(rules.withErrors(errors))
            var step = TraceStep(for: rules)
            for name in names {
                let signal = try #require(rules.signals.firstIndex { $0.name == name })
                step.signals[signal] = try #require(row[name]?.number?.double)
            }
            #expect(try monitor.proposeAhead(step).isAllowed == row["allowed"]?.bool, "\(number)")
        }
    }

    private static let cart = """
        rules 1
        signal place = observation[0]
        signal speed = observation[1]
        signal push = action[0]
        signal next_place = next[0]
        signal next_speed = next[1]
        model next_place = place + 0.1 * speed within 0.01
        model next_speed = speed + 0.1 * push within 0.01
        rule wall: place <= 1
        rule slow: abs(next_speed) <= 0.5
        """

    private func judgement(_ place: Double, _ speed: Double, _ push: Double) throws -> [String] {
        let rules = try RuleFile(Self.cart, name: "cart.rules")
        var monitor = RuleMonitor(rules)
        var step = TraceStep(for: rules)
        step.signals = [place, speed, push, .nan, .nan]
        return try monitor.proposeAhead(step).broken.map { rules.rules[$0].name }
    }

    @Test func aRuleAboutObservationsIsJudgedInTheStepBehind() throws {
        let rules = try RuleFile(Self.cart, name: "cart.rules")
        #expect(rules.rules.map(\.kind) == [.foreseen, .steered])
        #expect(try judgement(0.9, 0.4, 0) == [])
        // 0.96 + 0.1 · 0.4 is 1, and the model may be off by 0.01.
        #expect(try judgement(0.96, 0.4, 0) == ["wall"])
        #expect(try judgement(0, 0.45, 0.3) == [])
        #expect(try judgement(0, 0.45, 0.45) == ["slow"])
        #expect(try judgement(0.96, -0.6, 0) == ["slow"])
    }

    @Test func aRuleThatIsFalseAlreadyForbidsNoWayBack() throws {
        let rules = try RuleFile(Self.cart, name: "cart.rules")
        for (speed, isAllowed) in [(-0.4, true), (0.4, false)] {
            var monitor = RuleMonitor(rules)
            var step = TraceStep(for: rules)
            step.signals = [1.01, speed, 0, .nan, .nan]
            let judgement = try monitor.proposeAhead(step)
            #expect(judgement.isAllowed == isAllowed && judgement.broken == [0])
        }
    }

    @Test func nothingIsProvedByWhatOverflows() throws {
        let rules = try RuleFile(
            """
            rules 1
            signal x = observation[0]
            signal huge = observation[1]
            signal push = action[0]
            signal next_x = next[0]
            model next_x = x within 1
            rule r: min(0.5, (-(next_x * huge * huge)) * abs(next_x - x)) >= 0.5
            """, name: "huge.rules")
        var monitor = RuleMonitor(rules)
        var step = TraceStep(for: rules)
        step.signals = [3, 1e200, 0, .nan]
        // Of next_x = 3.5 the second of the two is far below 0.5.
        #expect(try !monitor.proposeAhead(step).isAllowed)
    }

    @Test func whatIsNotKnownIsRefused() throws {
        #expect(throws: RuleFault.self) { try judgement(.nan, 0, 0) }
        #expect(throws: RuleFault.self) { try judgement(0, 0, .infinity) }
    }
}
