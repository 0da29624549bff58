import Rules
import Testing

/// A step that could not be judged leaves nothing behind.
@Suite struct MonitorFaultTests {
    private static let text = """
        rules 1
        call pay(order: text)
        state known(order: text): flag
        rule once_each: each pay(order: o): not previous once (pay(order: o) and known(o))
        """

    private func step(_ rules: RuleFile, _ orders: [String], known: [String] = []) -> TraceStep {
        var step = TraceStep(for: rules)
        step.events = orders.map { TraceEvent(0, [.text($0)]) }
        for order in known { step.answers[0][order] = .flag(true) }
        return step
    }

    @Test func whatAFaultyStepBoundDoesNotHideTheNextOnes() throws {
        let rules = try RuleFile(Self.text, name: "a.rules")
        var monitor = RuleMonitor(rules)
        #expect(throws: RuleFault.self) { try monitor.propose(step(rules, ["a"], known: [])) }
        #expect(try monitor.propose(step(rules, ["b", "c"], known: ["b", "c"])).isAllowed)
        monitor.commit()
        for order in ["b", "c"] {
            #expect(try !monitor.propose(step(rules, [order], known: ["b", "c"])).isAllowed, "\(order)")
        }
        #expect(try monitor.propose(step(rules, ["d"], known: ["d"])).isAllowed)
    }

    /// Rows that are passed over leave the memory as those do that are looked at, and the ones that stay keep their place.
    @Test(arguments: [
        ("once[0..2] pay(order: o)", true), ("count[0..2](pay(order: o)) >= 1", true),
        ("previous (pay(order: o) or once[0..1] pay(order: o))", true), ("once pay(order: o)", false),
        ("previous once pay(order: o)", false), ("count(pay(order: o)) >= 1", false),
        ("age(pay(order: o)) <= 1", false),
    ])
    func aRowIsFreeWhereNothingIsRememberedOfIt(_ past: String, _ isFreed: Bool) throws {
        let rules = try RuleFile(
            "rules 1\ncall pay(order: text) remember 2\nwatch w: each pay(order: o): \(past)\n",
            name: "a.rules")
        var monitor = RuleMonitor(rules)
        func take(_ orders: String...) throws {
            _ = try monitor.propose(step(rules, orders))
            monitor.commit()
        }
        try take("a", "b")
        #expect(throws: RuleFault.self) { try take("c") }
        // What was refused has changed nothing.
        try take("a")
        try take()
        if isFreed {
            try take("c")
            try take("c", "a")
        } else {
            #expect(throws: RuleFault.self) { try take("c") }
            try take("a", "b")
        }
    }

    @Test func theQuickJudgeSaysWhatTheFullOneDoes() throws {
        let rules = try RuleFile(Self.text + "\nwatch seen: each pay(order: o): known(o)\n", name: "a.rules")
        var (monitor, draws) = (RuleMonitor(rules), Draws(seed: 3))
        var (allowed, faults) = (0, 0)
        for _ in 0..<300 {
            let orders = (0..<draws.roll(3)).map { _ in "o\(draws.roll(40))" }
            let known = draws.roll(5) == 0 ? [] : orders
            let proposed = step(rules, orders, known: known)
            let isAllowed = monitor.allows(proposed)
            do {
                #expect(try monitor.propose(proposed).isAllowed == isAllowed)
                allowed += isAllowed ? 1 : 0
                if isAllowed { monitor.commit() }
            } catch {
                faults += 1
                #expect(!isAllowed)
            }
        }
        #expect(allowed > 50 && allowed < 290 && faults > 10, "\(allowed), \(faults)")
    }
}
