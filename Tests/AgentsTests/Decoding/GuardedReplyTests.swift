import Agents
import LanguageModels
import Rules
import Storage
import Testing

@Suite struct GuardedReplyTests {
    private static let tools = #"""
        [{"name": "f", "parameters": {"type": "object", "required": ["x"], "properties": {
            "x": {"type": "string", "pattern": "[ab]{1,2}"}}}}]
        """#

    private static func reply(
        _ mode: GuardMode, allowing texts: [String], form: ReplyForm = .call,
        _ limits: CallLimits = CallLimits(),
        values: CallValues = CallValues()
    ) throws -> GuardedReply {
        let condition = texts.isEmpty ? "false" : texts.map { "v == \"\($0)\"" }.joined(separator: " or ")
        let rules = try GuardedTools.rules("call f(x: text)\nrule allowed: each f(x: v): \(condition)\n")
        let grammar = try GuardedTools.grammar(tools)
        let guardian = try CallGuard(rules, grammar, mode: mode, limits: limits)
        return guardian.reply(
            RuleMonitor(rules), in: TraceStep(for: rules), masks: TokenMasks(grammar, GuardedTools.bytes),
            form: form, values: values)
    }

    private static func call(_ text: String) -> String { #"{"name":"f","arguments":{"x":"\#(text)"}}"# }

    @Test func modesDifferInWhatARefusalDoes() throws {
        var reply = try Self.reply(.none, allowing: ["a"])
        #expect(GuardedTools.write(Self.call("b"), into: &reply) == .ended)
        #expect(reply.outcome == .call(ToolCall("f", [("x", .text("b"))])) && reply.refusals.isEmpty)
        reply = try Self.reply(.check, allowing: ["a"])
        #expect(GuardedTools.write(Self.call("b"), into: &reply) == .ended)
        #expect(reply.outcome == .refused(reply.refusals[0]) && reply.refusals[0].rules == [0])
        reply = try Self.reply(.resample, allowing: ["a"])
        #expect(GuardedTools.write(Self.call("b"), into: &reply) == .rejected(from: 0))
        #expect(reply.outcome == .open && reply.tries == 2)
        #expect(GuardedTools.write(Self.call("a"), into: &reply) == .ended)
        #expect(reply.outcome == .call(ToolCall("f", [("x", .text("a"))])))
    }

    @Test func fromTheFifthTryOnWhatWasRefusedIsMasked() throws {
        var reply = try Self.reply(.resample, allowing: ["ab"])
        for _ in 0..<4 { #expect(GuardedTools.write(Self.call("b"), into: &reply) == .rejected(from: 0)) }
        #expect(reply.tries == 5)
        var mask = TokenMask(size: 257)
        #expect(GuardedTools.write(#"{"name":"f","arguments":{"x":"b"#, into: &reply) == .accepted)
        reply.allowed(into: &mask)
        // The text could only end here as the refused one did; it may still become a longer one.
        #expect(mask.tokens == [0x61, 0x62])
        var early = try Self.reply(.resample, allowing: ["ab"])
        for _ in 0..<3 { #expect(GuardedTools.write(Self.call("b"), into: &early) == .rejected(from: 0)) }
        #expect(GuardedTools.write(Self.call("b"), into: &early) == .rejected(from: 0))
    }

    @Test func whereOnlyRefusedCallsFollowTheReplyIsDrawnAgain() throws {
        var limits = CallLimits()
        limits.tabooFrom = 1
        var reply = try Self.reply(.resample, allowing: ["a"], limits)
        for text in ["b", "ba", "bb"] {
            #expect(GuardedTools.write(Self.call(text), into: &reply) == .rejected(from: 0))
        }
        #expect(GuardedTools.write(#"{"name":"f","arguments":{"x":"b"#, into: &reply) == .accepted)
        var mask = TokenMask(size: 257)
        reply.allowed(into: &mask)
        #expect(mask.isEmpty && reply.meetDeadEnd() == 0 && reply.tries == 5)
        #expect(GuardedTools.write(#"{"name":"f","arguments":{"x":"b"#, into: &reply) == nil)
        // Back to where it was: the first character of the text.
        reply.allowed(into: &mask)
        #expect(mask.tokens == [0x61])
    }

    @Test func triesAreCounted() throws {
        var reply = try Self.reply(
            .resample, allowing: [],
            {
                var l = CallLimits(); l.tabooFrom = nil; return l
            }())
        for _ in 0..<8 { #expect(GuardedTools.write(Self.call("a"), into: &reply) == .rejected(from: 0)) }
        #expect(GuardedTools.write(Self.call("a"), into: &reply) == .ended)
        #expect(reply.tries == 9 && reply.refusals.count == 9 && reply.outcome == .refused(reply.refusals[8]))
    }

    @Test func withoutAnAllowedCallTheMaskIsADeadlock() throws {
        var values = CallValues()
        values["f", "x"] = [.text("a"), .text("b")]
        var reply = try Self.reply(.mask, allowing: [], values: values)
        var mask = TokenMask(size: 257)
        reply.allowed(into: &mask)
        #expect(mask.isEmpty && reply.meetDeadEnd() == nil && reply.outcome == .deadlock)
    }

    @Test func freeTextEndsByAnEndToken() throws {
        var values = CallValues()
        values["f", "x"] = [.text("a")]
        var reply = try Self.reply(.mask, allowing: ["a"], form: .callOrText, values: values)
        var copy = reply
        #expect(GuardedTools.write(Self.call("b"), into: &copy) == nil)
        copy = reply
        #expect(GuardedTools.write(Self.call("a"), into: &copy) == .ended)
        #expect(GuardedTools.write("Hello {", into: &reply) == .accepted)
        var mask = TokenMask(size: 257)
        reply.allowed(into: &mask)
        #expect(mask[256] && reply.accept(256) == .ended && reply.outcome == .text("Hello {"))
    }
}
