import Agents
import Foundation
import LanguageModels
import Rules
import SafeRL

/// Times of masks over a synthetic vocabulary, along the longest call of the desk.
struct MaskTimes {
    let cached, new, place: GuardBenchmark.Latency

    init(vocabulary size: Int) throws {
        let grammar = try ToolGrammar(DeskTool.schema, name: "desk")
        let masks = TokenMasks(grammar, Self.vocabulary(size))
        let call = ToolCall(
            DeskTool.refund.rawValue,
            [
                ("order_id", .text(Desk.orders[0])), ("payment_method_id", .text(Desk.payments[0])),
                ("amount", .integer(Desk.amounts[0])),
            ])
        var (mask, state, states) = (TokenMask(size: size), grammar.start(.callOrText), [ToolState]())
        for byte in call.text.utf8 {
            states.append(state)
            guard let next = grammar.next(state, byte) else { preconditionFailure("a call that is none") }
            state = next
        }
        func time(_ states: [ToolState]) -> [Double] {
            states.map { state in
                let start = ContinuousClock.now
                masks.allowed(into: &mask, after: state)
                return (ContinuousClock.now - start) / .nanoseconds(1)
            }
        }
        new = GuardBenchmark.Latency(time(states))
        cached = GuardBenchmark.Latency((0..<50).flatMap { _ in time(states) })
        place = GuardBenchmark.Latency(
            try (0..<20).flatMap { _ in try Self.places(masks, call, size) })
    }

    /// Masks in front of each byte of an allowed call.
    private static func places(_ masks: TokenMasks, _ call: ToolCall, _ size: Int) throws -> [Double] {
        var (restriction, mask) = (CallRestriction(), TokenMask(size: size))
        for tool in DeskTool.allCases {
            guard let values = tool.parameters.first?.values, tool.parameters.count == 1 else { continue }
            for value in values {
                restriction.allow(ToolCall(tool.rawValue, [(tool.parameters[0].name, value)]))
            }
        }
        restriction.allow(call)
        var reply = GrammarConstraint(masks, form: .call, restriction: restriction)
        let single = masks.vocabulary.bytes.indices.reduce(into: [UInt8: Int32]()) { found, token in
            if masks.vocabulary.bytes[token].count == 1 {
                found[masks.vocabulary.bytes[token][0]] = Int32(token)
            }
        }
        return call.text.utf8.map { byte in
            let start = ContinuousClock.now
            reply.allowed(into: &mask)
            let time = (ContinuousClock.now - start) / .nanoseconds(1)
            guard let token = single[byte], mask[token] else { preconditionFailure("a byte that is masked") }
            _ = reply.accept(token)
            return time
        }
    }

    /// Every byte, and words of a few letters, none twice.
    private static func vocabulary(_ size: Int) -> TokenVocabulary {
        var stream = RandomStream(seed: 1, for: .testing)
        let letters = Array(" abcdefghijklmnopqrstuvwxyz_0123456789\"{}:,".utf8)
        var bytes = (UInt8.min...UInt8.max).map { [$0] }
        var known = Set(bytes)
        while bytes.count < size - 1 {
            let length = 2 + Int(stream.nextInteger(below: 6))
            let token = (0..<length).map { _ in letters[Int(stream.nextInteger(below: letters.count))] }
            if known.insert(token).inserted { bytes.append(token) }
        }
        return TokenVocabulary(bytes: bytes + [[]], endTokens: [Int32(size - 1)])
    }
}

/// Times of judging which of the desk's calls may be made, along demonstrations.
struct CallMaskTimes {
    let times: GuardBenchmark.Latency
    let calls: Int

    init() throws {
        let trace = try DeskTrace(.desk)
        let guardian = try CallGuard(
            trace.rules, try ToolGrammar(DeskTool.schema, name: "desk"), mode: .mask,
            ending: [DeskTool.finish.rawValue])
        var found: [Double] = []
        for episode in 0..<20 {
            var monitor = RuleMonitor(trace.rules)
            for (world, call) in DeskDemonstration(seed: 1, episode: episode).episode.steps {
                let step = trace.step(before: world)
                let start = ContinuousClock.now
                _ = guardian.allowedCalls(monitor, in: step, values: .desk)
                found.append((ContinuousClock.now - start) / .nanoseconds(1))
                guard (try? monitor.propose(trace.step(call, in: world))) != nil else { break }
                monitor.commit()
            }
        }
        times = GuardBenchmark.Latency(found)
        calls = DeskTool.allCases.reduce(0) { sum, tool in
            sum + tool.parameters.reduce(1) { $0 * $1.values.count }
        }
    }
}
