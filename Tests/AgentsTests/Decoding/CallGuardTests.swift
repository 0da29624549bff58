import Agents
import LanguageModels
import Rules
import Storage
import Testing

@Suite struct CallGuardTests {
    private static let tools = #"""
        [{"name": "pay", "parameters": {"type": "object", "required": ["to", "amount", "now"], "properties": {
            "to": {"type": "string", "enum": ["a", "b"]}, "amount": {"type": "integer"}, "now": {"type": "boolean"},
            "note": {"type": "string"}, "tags": {"type": "array", "items": {"type": "string"}}}}},
         {"name": "wait"}]
        """#

    private static let faults: [(String, String)] = [
        ("call pya(to: text)", "a.rules:3:6: no tool \"pya\". Did you mean \"pay\"?"),
        (
            "event wait()",
            "a.rules:3:7: \"wait\" is a tool and declared as an event. Declare it by \"call\", or rename it."
        ),
        (
            "call pay(too: text)",
            "a.rules:3:6: the tool \"pay\" has no parameter \"too\". Did you mean \"to\"?"
        ),
        (
            "call pay(amount: text)",
            "a.rules:3:6: pay's \"amount\" is an integer to the tool and text to the rules. Declare it as number."
        ),
        (
            "call pay(now: number)",
            "a.rules:3:6: pay's \"now\" is a boolean to the tool and number to the rules. Declare it as flag."
        ),
        (
            "call pay(tags: text)",
            "a.rules:3:6: pay's \"tags\" is an array to the tool and text to the rules. Leave it out of the rules."
        ),
        (
            "call pay(note: text)",
            "a.rules:3:6: pay's \"note\" may be left out of a call, which could not be judged then. "
                + "Require it in the tools, or leave it out of the rules."
        ),
    ]

    @Test(arguments: faults) func rulesThatDoNotFitTheToolsAreRefused(declaration: String, expected: String)
        throws
    {
        let rules = try GuardedTools.rules("\n\(declaration)\nwatch r: true\n")
        let error = #expect(throws: CallGuardError.self) {
            try CallGuard(rules, try GuardedTools.grammar(Self.tools), mode: .mask)
        }
        #expect(error?.description == expected && error?.kind == .configuration)
    }

    @Test func theGoldenMasksAreThoseOfJudgementAndOfTokens() throws {
        let (rules, grammar) = (try GuardedTools.retailRules(), try GuardedTools.retail())
        let guardian = try CallGuard(rules, grammar, mode: .mask)
        let masks = TokenMasks(grammar, GuardedTools.bytes)
        let rows = try GuardedTools.json("masks.json").elements ?? []
        #expect(rows.count == 26)
        for (number, row) in rows.enumerated() {
            var monitor = RuleMonitor(rules)
            var reader = TraceReader(rules, name: "prefix")
            for step in row["prefix"]?.elements ?? [] {
                _ = try monitor.propose(try reader.step(step, line: 1))
                monitor.commit()
            }
            reader = TraceReader(rules, name: "masks")
            var step = try reader.step(.object([("state", row["state"] ?? .null)]), line: 1)
            step.events = try (row["observed"]?.elements ?? []).map { try reader.event($0, 1) }
            #expect((guardian.judgeIdle(&monitor, in: step) == nil) == row["idle_allowed"]?.bool, "\(number)")

            let calls = (row["calls"]?.elements ?? []).map { call in
                ToolCall(call["name"]?.string ?? "", (call["args"]?.members ?? []).map { ($0.key, $0.value) })
            }
            #expect(calls.count == 35)
            let judged = calls.map { guardian.judge($0, &monitor, in: step) == nil ? "1" : "0" }
            #expect(judged.joined() == row["allowed"]?.string, "\(number)")

            var values = CallValues()
            for call in calls {
                for member in call.arguments.members ?? [] {
                    let known = values[call.name, member.key] ?? []
                    if !known.contains(member.value) {
                        values[call.name, member.key] = known + [member.value]
                    }
                }
            }
            let reply = guardian.reply(monitor, in: step, masks: masks, values: values)
            let written = calls.map { call in
                var reply = reply
                let isWritten = GuardedTools.write(call.text, into: &reply) == .ended
                #expect(!isWritten || reply.outcome == .call(call))
                return isWritten ? "1" : "0"
            }
            #expect(written.joined() == row["allowed"]?.string, "\(number)")
        }
    }

    private static let payRules = """
        call pay(to: text, amount: number) remember 8
        state open(to: text): flag
        event asked()
        rule first_only: each pay(to: t): not previous once pay(to: t)
        rule cap "at most 100 in all": total[0..](pay(amount: m): m) <= 100
        rule known: each pay(to: t): open(t)
        rule hurry: asked() leads to pay() within 1
        """

    private static func start(
        _ mode: GuardMode, _ limits: CallLimits = CallLimits()
    ) throws -> (CallGuard, RuleMonitor, TraceStep) {
        let rules = try GuardedTools.rules(payRules)
        var step = TraceStep(for: rules)
        step.answers[0] = ["a": .flag(true)]
        return (
            try CallGuard(rules, try GuardedTools.grammar(tools), mode: mode, limits: limits),
            RuleMonitor(rules), step
        )
    }

    private static func pay(_ to: String, _ amount: Int) -> ToolCall {
        ToolCall("pay", [("to", .text(to)), ("amount", .integer(amount)), ("now", .boolean(true))])
    }

    @Test func aRefusalSaysWhy() throws {
        let (guardian, start, step) = try Self.start(.check)
        var monitor = start
        #expect(guardian.judge(Self.pay("a", 60), &monitor, in: step) == nil)
        monitor.commit()
        let refusal = guardian.judge(Self.pay("a", 60), &monitor, in: step)
        #expect(
            refusal?.rules == [0, 1] && refusal?.reason == "pay was refused: first_only; at most 100 in all.")
        #expect(
            guardian.judge(Self.pay("b", 1), &monitor, in: step)?.reason
                == "pay was refused, because it cannot be judged: open(b) has no answer. "
                + "Give one for every argument that rules ask with.")
        #expect(guardian.judge(ToolCall("wait", []), &monitor, in: step) == nil)
        #expect(
            guardian.judge(ToolCall("pay", []), &monitor, in: step)?.reason
                == "pay: pay's \"to\" is missing, where text belongs.")
    }

    @Test func callsOfWhichNoRuleSpeaksAreStepsWithoutACall() throws {
        let (guardian, start, empty) = try Self.start(.mask)
        var (monitor, step) = (start, empty)
        step.events = [TraceEvent(1, [])]
        #expect(guardian.judge(ToolCall("wait", []), &monitor, in: step) == nil)
        monitor.commit()
        step.events = []
        #expect(guardian.judge(ToolCall("wait", []), &monitor, in: step)?.rules == [3])
        var restriction = guardian.allowedCalls(monitor, in: step)
        restriction.allowNone()
        var reply = GrammarConstraint(
            TokenMasks(guardian.grammar, GuardedTools.bytes), form: .call, restriction: restriction)
        // The tool with an open domain may be called, the one without arguments may not.
        #expect(GuardedTools.write(#"{"name":"w"#, into: &reply) == nil)
        reply.restart()
        #expect(GuardedTools.write(#"{"name":"pay","arguments":{"to":"b""#, into: &reply) == .accepted)
        #expect(guardian.reaction(explained: 0, &monitor, in: step) == .explain)
        #expect(guardian.reaction(explained: 1, &monitor, in: step) == .stop)
        step.events = [TraceEvent(0, [.text("a"), .number(1)])]
        #expect(guardian.reaction(explained: 1, &monitor, in: step) == .idle)
    }

    @Test func domainsOfListedValuesAreFinite() throws {
        let (guardian, monitor, start) = try Self.start(.mask)
        var (step, values) = (start, CallValues())
        values["pay", "amount"] = [.integer(30), .integer(70), .integer(120), .text("x")]
        #expect(values["pay", "to"] == nil)
        values["pay", "note"] = [.text("n")]
        values["pay", "tags"] = [.list([])]
        step.answers[0]["b"] = .flag(false)
        let reply = guardian.reply(
            monitor, in: step, masks: TokenMasks(guardian.grammar, GuardedTools.bytes), values: values)
        func isWritten(_ arguments: String) -> Bool {
            var reply = reply
            return GuardedTools.write(#"{"name":"pay","arguments":{"# + arguments + "}}", into: &reply)
                == .ended
        }
        #expect(isWritten(#""to":"a","amount":30,"now":true"#))
        #expect(isWritten(#""to":"a","amount":70,"now":false,"note":"n","tags":[]"#))
        #expect(isWritten(#""to":"a","amount":70,"now":false,"tags":[]"#))
        #expect(!isWritten(#""to":"a","amount":40,"now":true"#))
        #expect(!isWritten(#""to":"a","amount":120,"now":true"#))
        #expect(!isWritten(#""to":"b","amount":30,"now":true"#))
        #expect(!isWritten(#""to":"a","amount":30,"now":true,"note":"m""#))
    }
}
