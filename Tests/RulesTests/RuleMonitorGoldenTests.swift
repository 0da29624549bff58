import Rules
import Storage
import Testing

@Suite struct RuleMonitorGoldenTests {
    private func truth(_ run: [(truth: Bool, verdict: Verdict)]) -> String {
        run.map { $0.truth ? "1" : "0" }.joined()
    }

    private func firstBroken(_ run: [(truth: Bool, verdict: Verdict)]) -> Int? {
        for (_, verdict) in run { if case .broken(let step) = verdict { return step } }
        return nil
    }

    @Test func formulasOfColumnsHaveTheGoldenTruth() throws {
        let header = "rules 1\nsignal x = observation[0]\nsignal y = observation[1]\nwatch r: "
        for row in try GoldenGuard.rows("formulas.json") {
            let text = row["text"]?.string ?? ""
            let rules = try RuleFile(header + text, name: "a.rules")
            let twin = try RuleFile(header + GoldenGuard.text(row["formula"] ?? .null), name: "b.rules")
            #expect(rules.rules[0].body == twin.rules[0].body, "\(text)")
            let (x, y) = (row["x"]?.elements ?? [], row["y"]?.elements ?? [])
            let steps = zip(x, y).map { x, y in
                var step = TraceStep(for: rules)
                step.signals = [x.number?.double ?? .nan, y.number?.double ?? .nan]
                return step
            }
            #expect(truth(try RuleMonitor.run(rules, steps)[0]) == row["truth"]?.string, "\(text)")
        }
    }

    private func expect(_ margins: [Double?], near wanted: [JSONValue], _ what: String) {
        #expect(margins.count == wanted.count, "\(what)")
        for (step, (margin, value)) in zip(margins, wanted).enumerated() {
            guard let margin, let wanted = GoldenGuard.number(value) else {
                #expect(margin == nil && value.number == nil, "\(what), step \(step)")
                continue
            }
            #expect(
                margin == wanted || abs(margin - wanted) <= 1e-12,
                "\(what), step \(step): \(margin), not \(wanted)")
        }
    }

    private func margins(_ rules: RuleFile, _ steps: [TraceStep], of rule: Int) throws -> [Double?] {
        var monitor = RuleMonitor(rules)
        monitor.measureRobustness()
        return try steps.map {
            _ = try monitor.propose($0)
            let margin = monitor.robustness(of: rule)
            monitor.commit()
            return margin
        }
    }

    @Test func formulasOfColumnsHaveTheGoldenRobustness() throws {
        let header = "rules 1\nsignal x = observation[0]\nsignal y = observation[1]\nwatch r: "
        for row in try GoldenGuard.rows("formulas.json") {
            let text = row["text"]?.string ?? ""
            let rules = try RuleFile(header + text, name: "a.rules")
            let steps = zip(row["x"]?.elements ?? [], row["y"]?.elements ?? []).map { x, y in
                var step = TraceStep(for: rules)
                step.signals = [x.number?.double ?? .nan, y.number?.double ?? .nan]
                return step
            }
            expect(try margins(rules, steps, of: 0), near: row["robustness"]?.elements ?? [], text)
        }
    }

    @Test func rulesWithDataHaveTheGoldenVerdicts() throws {
        let table = try GoldenGuard.json("first_order.json")
        let declarations = table["declarations"]?.string ?? ""
        for row in table["cases"]?.elements ?? [] {
            let text = GoldenGuard.text(row["rule"] ?? .null)
            let rules = try RuleFile(declarations + "watch r: " + text, name: "a.rules")
            let run = try RuleMonitor.run(rules, GoldenGuard.steps(row["trace"] ?? .null, rules))[0]
            #expect(truth(run) == row["truth"]?.string, "\(text)")
            let verdicts = (row["verdicts"]?.elements ?? []).compactMap(\.string)
            #expect(run.map { $0.verdict.word } == verdicts, "\(text)")
            #expect(firstBroken(run) == row["first_broken"]?.number?.int, "\(text)")
            let deadlines: [String] = run.map {
                switch $0.verdict {
                case .open(let deadline): deadline.map { "\($0)" } ?? "end"
                default: "null"
                }
            }
            let wanted = (row["deadlines"]?.elements ?? []).map { $0.string ?? $0.number?.text ?? "null" }
            #expect(deadlines == wanted, "\(text)")
        }
    }

    @Test func theRobotsRulesHaveTheGoldenVerdicts() throws {
        let rules = try GoldenGuard.rules("control.rules")
        for row in try GoldenGuard.rows("control.json") {
            let columns = (row["columns"]?.elements ?? []).compactMap(\.string)
            let steps = (row["rows"]?.elements ?? []).map { values in
                var step = TraceStep(for: rules)
                for (column, value) in zip(columns, values.elements ?? []) {
                    guard let number = rules.signals.firstIndex(where: { $0.name == column }) else {
                        continue
                    }
                    step.signals[number] = value.number?.double ?? .nan
                }
                return step
            }
            try compare(try RuleMonitor.run(rules, steps), rules, row)
            for (number, rule) in rules.rules.enumerated() {
                let wanted = row["rules"]?[rule.name]?["robustness"]?.elements
                guard let wanted else { continue }
                expect(try margins(rules, steps, of: number), near: wanted, rule.name)
            }
        }
    }

    @Test(arguments: ["retail", "airline"]) func theDesksRulesHaveTheGoldenVerdicts(_ desk: String) throws {
        let rules = try GoldenGuard.rules("\(desk).rules")
        for row in try GoldenGuard.rows("\(desk).json") {
            let run = try RuleMonitor.run(rules, GoldenGuard.steps(row["trace"] ?? .null, rules))
            try compare(run, rules, row)
            let conforms = run.allSatisfy { $0.last?.verdict.word != "broken" }
            #expect(conforms == row["conforms"]?.bool, "\(row["id"]?.string ?? "")")
        }
    }

    private func compare(
        _ found: [[(truth: Bool, verdict: Verdict)]], _ rules: RuleFile, _ row: JSONValue
    ) throws {
        let id = row["id"]?.string ?? ""
        for (rule, run) in zip(rules.rules, found) {
            let wanted = try #require(row["rules"]?[rule.name])
            #expect(truth(run) == wanted["truth"]?.string, "\(id) \(rule.name)")
            let verdicts = run.map { String($0.verdict.word.prefix(1)) }.joined()
            #expect(verdicts == wanted["verdicts"]?.string, "\(id) \(rule.name)")
            #expect(firstBroken(run) == wanted["first_broken"]?.number?.int, "\(id) \(rule.name)")
        }
    }

    @Test func whatMayBeProposedIsTheGoldenMask() throws {
        let rules = try GoldenGuard.rules("retail.rules")
        for (number, row) in try GoldenGuard.rows("masks.json").enumerated() {
            var monitor = RuleMonitor(rules)
            for step in try GoldenGuard.steps(row["prefix"] ?? .null, rules) {
                _ = try monitor.propose(step)
                monitor.commit()
            }
            var reader = TraceReader(rules, name: "masks")
            var idle = try reader.step(.object([("state", row["state"] ?? .null)]), line: 1)
            idle.events = try (row["observed"]?.elements ?? []).map { try reader.event($0, 1) }
            #expect(try monitor.propose(idle).isAllowed == row["idle_allowed"]?.bool, "\(number)")
            let mask = try (row["calls"]?.elements ?? []).map { call in
                var step = idle
                step.events.append(try reader.event(call, 1))
                return try monitor.propose(step).isAllowed ? "1" : "0"
            }
            #expect(mask.joined() == row["allowed"]?.string, "\(number)")
        }
    }

    @Test func shieldedEpisodesBreakNothing() throws {
        let rules = try GoldenGuard.rules("retail.rules")
        for row in try GoldenGuard.rows("shielded.json") {
            let run = try RuleMonitor.run(rules, GoldenGuard.steps(row["trace"] ?? .null, rules))
            for (rule, steps) in zip(rules.rules, run) {
                #expect(steps.last?.verdict.word != "broken", "\(rule.name)")
            }
        }
    }
}
