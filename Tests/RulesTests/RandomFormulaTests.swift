import Foundation
import Rules
import Storage
import Testing

/// Draws of a small generator of their own, so that a failure can be repeated.
private struct Dice {
    var state: UInt64

    mutating func roll(_ sides: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int((state >> 33) % UInt64(sides))
    }

    mutating func pick(_ words: [String]) -> String { words[roll(words.count)] }

    mutating func window(_ needsEnd: Bool = false) -> String {
        let low = roll(3)
        if !needsEnd && roll(3) == 0 { return "[\(low)..]" }
        return "[\(low)..\(low + roll(4))]"
    }

    /// A formula over three flags.
    mutating func formula(_ depth: Int) -> String {
        if depth == 0 { return pick(["(p > 0)", "(q > 0)", "(r > 0)", "true"]) }
        func inside() -> String { formula(depth - 1) }
        switch roll(13) {
        case 0: return "(not \(inside()))"
        case 1: return "(\(inside()) and \(inside()))"
        case 2: return "(\(inside()) or \(inside()))"
        case 3: return "(\(inside()) implies \(inside()))"
        case 4: return "(previous \(inside()))"
        case 5: return "(started \(inside()))"
        case 6: return "(once\(window()) \(inside()))"
        case 7: return "(historically\(window()) \(inside()))"
        case 8: return "(\(inside()) since\(window()) \(inside()))"
        case 9: return "seq(\(inside()), \(inside()), \(inside()))"
        case 10: return "(count\(window())(\(inside())) <= \(roll(3)))"
        case 11: return "(age(\(inside())) >= \(roll(4)))"
        default:
            let word = pick(["sum", "maximum", "minimum"])
            return "(\(word)\(window(true))(p + 2 * q) <= before(r, 1) + \(roll(3)))"
        }
    }

    /// A formula over events a(k: text, n: number) and b(k: text), where memory is bounded.
    mutating func dataFormula(_ depth: Int) -> String {
        let past = remembered(depth)
        switch roll(3) {
        case 0: return "each a(k: o): \(past)"
        case 1: return "each b(k: o): not \(past)"
        default: return "some a(k: o) where \(past)"
        }
    }

    /// A formula whose variable o an event pins.
    private mutating func remembered(_ depth: Int) -> String {
        let event = pick(["a(k: o)", "b(k: o)"])
        guard depth > 0 else { return event }
        let inside = remembered(depth - 1)
        switch roll(9) {
        case 0: return "(previous \(inside))"
        case 1: return "(once\(window()) \(inside))"
        case 2: return "(\(pick(["not b(k: o)", "p > 0"])) since\(window()) \(inside))"
        case 3: return "(\(inside) and (previous once \(event)))"
        case 4: return "(\(inside) or (once \(event)))"
        case 5: return "seq(\(event), \(inside), \(event))"
        case 6: return "((count\(window())(\(inside)) >= \(1 + roll(2))) or \(event))"
        case 7: return "((age(\(inside)) <= \(roll(4))) or \(event))"
        default: return "((total\(window())(a(k: o, n: m): m) >= \(roll(4))) or \(inside))"
        }
    }
}

@Suite struct RandomFormulaTests {
    private func compare(_ rules: RuleFile, _ steps: [TraceStep], _ text: String) throws {
        guard case .always(let formula) = rules.rules[0].body else { return }
        let judge = TraceSemantics(rules: rules, steps: steps)
        let run = try RuleMonitor.run(rules, steps)[0]
        for t in steps.indices {
            let wanted = try judge.holds(formula, at: t)
            #expect(run[t].truth == wanted, "\(text), step \(t)")
        }
    }

    @Test func monitorsSayOfEveryShortTraceWhatTheDefinitionSays() throws {
        var dice = Dice(state: 1)
        for _ in 0..<300 {
            let text = dice.formula(3)
            let rules = try RuleFile(Self.header + text, name: "a.rules")
            for _ in 0..<4 {
                let steps = (0..<10).map { _ in
                    var step = TraceStep(for: rules)
                    step.signals = (0..<3).map { _ in Double(dice.roll(2)) }
                    return step
                }
                try compare(rules, steps, text)
            }
        }
    }

    private static func setting(_ name: String, _ usual: Int) -> Int {
        ProcessInfo.processInfo.environment[name].flatMap { Int($0) } ?? usual
    }

    /// Every trace over three flags, each a branch of those that begin alike: 1,000 formulas of up to five steps in the campaign.
    @Test func monitorsSayOfAllTracesWhatTheDefinitionSays() throws {
        var dice = Dice(state: 5)
        let length = Self.setting("SAFERL_TRACE_STEPS", 3)
        for _ in 0..<Self.setting("SAFERL_TRACE_FORMULAS", 60) {
            let text = dice.formula(3)
            let rules = try RuleFile(Self.header + text, name: "a.rules")
            guard case .always(let formula) = rules.rules[0].body else { continue }
            var (traces, faults) = (0, 0)
            func branch(_ monitor: RuleMonitor, _ steps: [TraceStep]) throws {
                for flags in 0..<8 {
                    var step = TraceStep(for: rules)
                    step.signals = (0..<3).map { Double(flags >> $0 & 1) }
                    var (monitor, steps) = (monitor, steps + [step])
                    _ = try monitor.propose(step)
                    let wanted = try TraceSemantics(rules: rules, steps: steps).holds(
                        formula, at: steps.count - 1)
                    faults += monitor.truth[0] == wanted ? 0 : 1
                    monitor.commit()
                    if steps.count < length { try branch(monitor, steps) } else { traces += 1 }
                }
            }
            try branch(RuleMonitor(rules), [])
            #expect(faults == 0, "\(text)")
            #expect(traces == 1 << (3 * length))
        }
    }

    /// The tables of all traces agree with the judge of one trace at a time.
    @Test func tablesSayOfAllTracesWhatTheDefinitionSays() throws {
        var dice = Dice(state: 5)
        let length = 3
        for _ in 0..<40 {
            let text = dice.formula(3)
            let rules = try RuleFile(Self.header + text, name: "a.rules")
            guard case .always(let formula) = rules.rules[0].body else { continue }
            var tables = TraceTables(flags: 3)
            let found = (0..<length).map { tables.holds(formula, $0).extended(to: 1 << (3 * length - 6)) }
            var faults = 0
            for trace in 0..<1 << (3 * length) {
                let steps = (0..<length).map { step(trace >> (3 * $0) & 7, rules) }
                let judge = TraceSemantics(rules: rules, steps: steps)
                for t in 0..<length {
                    let isTrue = found[t][trace >> 6] >> UInt64(trace & 63) & 1 == 1
                    faults += try judge.holds(formula, at: t) == isTrue ? 0 : 1
                }
            }
            #expect(faults == 0, "\(text)")
        }
    }

    /// Every trace over three flags again, by tables and by the states of monitors: 1,000 formulas of eight steps in the campaign.
    @Test func monitorsSayOfAllLongTracesWhatTablesSay() throws {
        var dice = Dice(state: 5)
        let length = Self.setting("SAFERL_LONG_TRACE_STEPS", 5)
        let formulas = Self.setting("SAFERL_LONG_TRACE_FORMULAS", 40)
        var (judged, states) = (0, 0)
        for _ in 0..<formulas {
            let text = dice.formula(3)
            let rules = try RuleFile(Self.header + text, name: "a.rules")
            guard case .always(let formula) = rules.rules[0].body else { continue }
            var tables = TraceTables(flags: 3)
            let monitor = try MonitorAutomaton(rules, flags: 3, steps: length)
            for (t, truth) in monitor.truths(steps: length).enumerated() {
                let wanted = tables.holds(formula, t).extended(to: truth.words.count)
                #expect(truth.words == wanted, "\(text), step \(t)")
                judged += 1 << (3 * (t + 1))
            }
            states += monitor.states
            // And whole traces by the monitor itself, which shares no states.
            for _ in 0..<20 {
                let trace = dice.roll(1 << (3 * length))
                var plain = RuleMonitor(rules)
                for t in 0..<length {
                    _ = try plain.propose(step(trace >> (3 * t) & 7, rules))
                    let wanted = tables.holds(formula, t).words
                    let word = wanted[(trace >> 6) & (wanted.count - 1)]
                    #expect(plain.truth[0] == (word >> UInt64(trace & 63) & 1 == 1), "\(text), step \(t)")
                    plain.commit()
                }
            }
        }
        if formulas > 40 { print("\(judged) steps of traces, \(states) states of monitors") }
    }

    private func step(_ letter: Int, _ rules: RuleFile) -> TraceStep {
        var step = TraceStep(for: rules)
        step.signals = (0..<3).map { Double(letter >> $0 & 1) }
        return step
    }

    private static let header =
        "rules 1\nsignal p = observation[0]\nsignal q = observation[1]\nsignal r = observation[2]\nwatch w: "

    @Test func monitorsOfDataSayWhatTheDefinitionSays() throws {
        var dice = Dice(state: 7)
        let header =
            "rules 1\nsignal p = observation[0]\nevent a(k: text, n: number)\nevent b(k: text)\nwatch w: "
        var judged = 0
        while judged < 300 {
            let text = dice.dataFormula(3)
            // Some of the drawn formulas remember what no event pins, and are refused.
            guard let rules = try? RuleFile(header + text, name: "a.rules") else { continue }
            judged += 1
            let steps = (0..<14).map { _ in
                var step = TraceStep(for: rules)
                step.signals = [Double(dice.roll(2))]
                for _ in 0..<dice.roll(3) {
                    let key = RuleValue.text(dice.pick(["x", "y", "z"]))
                    step.events.append(
                        dice.roll(2) == 0
                            ? TraceEvent(0, [key, .number(Double(dice.roll(3)))]) : TraceEvent(1, [key]))
                }
                return step
            }
            try compare(rules, steps, text)
        }
    }

    @Test func aProposalLeavesNoTraceUntilItIsCommitted() throws {
        var dice = Dice(state: 3)
        for _ in 0..<50 {
            let rules = try RuleFile(Self.header + dice.formula(3), name: "a.rules")
            var (plain, disturbed) = (RuleMonitor(rules), RuleMonitor(rules))
            for _ in 0..<10 {
                var (step, other) = (TraceStep(for: rules), TraceStep(for: rules))
                step.signals = (0..<3).map { _ in Double(dice.roll(2)) }
                other.signals = (0..<3).map { _ in Double(dice.roll(2)) }
                _ = try disturbed.propose(other)
                let snapshot = disturbed
                let (a, b) = (try plain.propose(step), try disturbed.propose(step))
                #expect(a == b)
                plain.commit()
                disturbed.commit()
                #expect(snapshot.time == disturbed.time - 1)
            }
            plain.reset()
            #expect(plain.time == 0 && plain.verdicts == [.kept])
        }
    }
}
