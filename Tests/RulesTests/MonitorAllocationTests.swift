import Rules
import TestSupport
import Testing

/// Memory of monitors is of a size that is known when the file is read, so that judging a step takes none.
@Suite struct MonitorAllocationTests {
    private static let linear = """
        rules 1
        signal x = observation[0]
        signal v = observation[1]
        signal a = action[0] in -1 ... 1
        signal next_v = next[1]
        model next_v = v + 0.05 * a within 0.001
        rule slow: next_v <= 10
        rule near: x + 2 * a <= 100
        rule smooth: abs(a - before(a, 0)) <= 2
        rule budget: count[0..9](a > 0.8) <= 10
        rule calm: v > 5 leads to a < 0 within 4
        watch kept: historically[0..3] x < 1000
        """

    private func steps(_ monitor: inout RuleMonitor, _ count: Int) throws -> Int {
        var allowed = 0
        let observation: [Float] = [0.5, 0.25], action: [Float] = [0.125]
        for _ in 0..<count {
            if try monitor.propose(action.span, seeing: observation.span).isAllowed { allowed += 1 }
            monitor.commit()
        }
        return allowed
    }

    @Test(.enabled(if: MallocCounter.worksInRelease)) func judgingAndTakingAStepAllocatesNothing() throws {
        var monitor = RuleMonitor(try RuleFile(Self.linear, name: "linear.rules"))
        #expect(try steps(&monitor, 50) == 50)
        monitor.reset()
        var allowed = 0
        let count = try MallocCounter.count { allowed = try steps(&monitor, 50) }
        // The two arrays of the loop itself.
        #expect(count <= 2 && allowed == 50, "\(count) allocations")
    }

    private static let calls = """
        rules 1
        call pay(order: text, amount: number) remember 64
        event confirmed(order: text) remember 64
        rule paid_once: each pay(order: o): not previous once pay(order: o)
        rule agreed: each pay(order: o): once[0..2] confirmed(order: o)
        rule cap: total[0..9](pay(amount: m): m) <= 50000
        rule reads: each confirmed(order: o) leads to pay(order: o) within 3
        """

    /// Rows come and go, and their memory stays.
    @Test(.enabled(if: MallocCounter.worksInRelease)) func rememberedValuesAllocateNothing() throws {
        let rules = try RuleFile(Self.calls, name: "calls.rules")
        let steps = (0..<64).map { number in
            var step = TraceStep(for: rules)
            let order = RuleValue.text("order \(number)")
            step.events = [TraceEvent(1, [order]), TraceEvent(0, [order, .number(1)])]
            return step
        }
        var monitor = RuleMonitor(rules)
        func episode() throws -> Int {
            var allowed = 0
            for step in steps {
                if try monitor.propose(step).isAllowed { allowed += 1 }
                monitor.commit()
            }
            monitor.reset()
            return allowed
        }
        #expect(try episode() == 64)
        var allowed = 0
        let count = try MallocCounter.fewest { allowed = try episode() }
        #expect(count == 0 && allowed == 64, "\(count) allocations")
    }

    /// A judgement shares the memory of what it says is broken with the next one, unless it is kept.
    @Test(.enabled(if: MallocCounter.worksInRelease)) func refusalsAllocateNothing() throws {
        let rules = try RuleFile(Self.calls, name: "calls.rules")
        var monitor = RuleMonitor(rules)
        var step = TraceStep(for: rules)
        for order in 0..<64 {
            step.events = [TraceEvent(0, [.text("order \(order)"), .number(1)])]
            _ = try monitor.propose(step)
            monitor.commit()
        }
        let kept = try monitor.propose(step)
        var refused = 0
        func again() throws {
            for _ in 0..<50 {
                if try !monitor.propose(step).isAllowed { refused += 1 }
                monitor.commit()
            }
        }
        try again()
        let count = try MallocCounter.fewest(again)
        #expect(count == 0 && refused >= 100, "\(count) allocations")
        // paid_once and agreed.
        #expect(kept.broken == [0, 1])
    }

    @Test(.enabled(if: MallocCounter.worksInRelease)) func foreseenRulesAllocateNothing() throws {
        let text = """
            rules 1
            signal x = observation[0]
            signal a = action[0]
            signal next_x = next[0]
            model next_x = x + 0.1 * a within 0.01
            rule wall: x <= 100
            """
        var monitor = RuleMonitor(try RuleFile(text, name: "wall.rules"))
        #expect(try steps(&monitor, 5) == 5)
        let count = try MallocCounter.count { _ = try steps(&monitor, 50) }
        #expect(count <= 2, "\(count) allocations")
    }
}
