import Alignment
import LanguageModels
import ModelSafety
import Tensors
import Testing

/// Replies of which a stream head judges every token.
@Suite struct StreamedReplyTests {
    private static func options(_ tokens: Int = 24) -> SamplingOptions {
        var options = SamplingOptions()
        (options.temperature, options.mostTokens) = (1, tokens)
        return options
    }

    private static func opened() throws -> (model: ChatModel, decoder: KeptDecoder, prompt: [Int32]) {
        let model = try ChatModel(TinyModel.path)
        let prompt = try model.prompt(
            [ChatMessage(role: "user", content: "a cat")], template: model.file.chatTemplate())
        return (model, try KeptDecoder(model.file), prompt)
    }

    private static func isNear(_ a: GuardProbabilities, _ b: GuardProbabilities) -> Bool {
        zip(a.values, b.values).allSatisfy { abs($0 - $1) < 1e-3 }
    }

    @Test(arguments: [0, 1, 2, 3] as [UInt64]) func whatIsNeverFlaggedIsTheModelsReply(seed: UInt64) throws {
        let (model, decoder, prompt) = try Self.opened()
        let head = HeadGuard(try HandMadeHead.indifferent(), source: "h", threshold: 0.9)
        let rolling = try RollingReply()(
            decoder, model.tokenizer, to: prompt, options: Self.options(), seed: seed
        ) { _ in false }
        for head in [nil, head] {
            let (reply, looks) = try StreamedReply()(
                decoder, model.tokenizer, head, to: prompt, options: Self.options(), seed: seed)
            #expect(reply.outcome == .written && reply.tokens == rolling.tokens && reply.text == rolling.text)
            #expect(reply.events.isEmpty && reply.checks == reply.tokens.count)
            #expect(reply.ending == rolling.ending && looks.count == (head == nil ? 0 : reply.tokens.count))
        }
    }

    @Test func whatIsAlwaysFlaggedIsRefused() throws {
        let (model, decoder, prompt) = try Self.opened()
        let head = HeadGuard(try HandMadeHead.indifferent(), source: "h", threshold: 0.5)
        let (reply, looks) = try StreamedReply(buffer: 8, tries: 3)(
            decoder, model.tokenizer, head, to: prompt, options: Self.options(), seed: 1)
        #expect(reply.outcome == .refused && reply.tokens.isEmpty && reply.text.isEmpty && looks.count == 1)
        // A reply that ends with its first token is no flag: the next attempt begins with others.
        #expect(reply.events.map(\.attempt) == [0, 1, 2, 3])
        #expect(reply.events.allSatisfy { $0.place == 0 && $0.dropped == 2 } && reply.checks == 8)
    }

    /// Every token is judged by its own state, and what is written anew comes from the attempt's own stream.
    @Test func flagsFollowTheStatesOfTheirTokens() throws {
        let (model, decoder, prompt) = try Self.opened()
        let frozen = try FrozenModel(TinyModel.path)
        var (rolledBack, kept) = (0, 0)
        for seed in 0..<12 as Range<UInt64> {
            let head = HeadGuard(try HandMadeHead.drawn(seed), source: "h")
            let (reply, looks) = try StreamedReply(buffer: 6, tries: 50)(
                decoder, model.tokenizer, head, to: prompt, options: Self.options(), seed: seed)
            rolledBack += reply.events.count
            guard reply.outcome == .written else { continue }
            kept += 1
            let states = try frozen.states([prompt + reply.tokens])[0]
            let again = reply.tokens.indices.map { place in
                let start = (prompt.count + place) * HandMadeHead.hidden
                return head.look(Array(states[start..<start + HandMadeHead.hidden]), .response)
            }
            #expect(looks.count == again.count && zip(looks, again).allSatisfy { Self.isNear($0, $1) })
            let labels = LabelStream(looks.map { head.isFlagged($0) ? .unsafe : .safe })
            // Two in a row are dropped, but where the first of them was shown before the roll-back.
            #expect(labels.flag(.report) == nil || !reply.events.isEmpty)
            #expect(reply.checks == reply.tokens.count + reply.events.reduce(0) { $0 + $1.dropped })
        }
        #expect(rolledBack > 3 && kept > 3, "\(rolledBack) \(kept)")
    }

    @Test func aReplyIsStoppedByItsCaller() throws {
        let (model, decoder, prompt) = try Self.opened()
        var left = 3
        let (reply, _) = try StreamedReply()(
            decoder, model.tokenizer, nil, to: prompt, options: Self.options(), seed: 1,
            goesOn: {
                left -= 1
                return left >= 0
            })
        #expect(reply.outcome == .stopped && reply.tokens.isEmpty && reply.ending == .stopped)
    }

    @Test func aHeadStandsAroundAModel() throws {
        func reply(
            _ head: HeadGuard, _ search: ReplySearch, _ guards: [any TextGuard] = []
        ) throws -> (GuardedReply, plain: ChatReply) {
            let (model, _, prompt) = try Self.opened()
            let chat = try GuardedChat(
                model, ReplyGuard(guards, policy: .strict), head: head, search: search,
                rolling: RollingReply(stride: 4, buffer: 8, tries: 2))
            let turn = [ChatMessage(role: "user", content: "a cat")]
            let reply = try chat.reply(to: turn, prompt: prompt, options: Self.options(), seed: 3)
            return (reply, try model.reply(to: prompt, options: Self.options(), seed: 3))
        }
        let searches: [ReplySearch] = [.once, .best(of: 2), .rollingBack]
        let (zero, hidden) = ([Double](repeating: 0, count: HandMadeHead.hidden), HandMadeHead.hidden)
        let frozen = try FrozenModel(TinyModel.path)
        let (_, _, prompt) = try Self.opened()
        let last = try frozen.states([prompt])[0].suffix(hidden).map(Double.init)
        let calm = HeadGuard(try HandMadeHead.indifferent(), source: "h", threshold: 0.9)
        // Along the prompt's own last state it is unsafe, against it safe.
        let refusing = HeadGuard(
            try HandMadeHead.head(reply: zero, prompt: last), source: "h", threshold: 0.9)
        let passing = HeadGuard(
            try HandMadeHead.head(reply: zero, prompt: last.map { -$0 }), source: "h", threshold: 0.4)
        for search in searches {
            let (calmReply, plain) = try reply(calm, search)
            #expect(calmReply.text == plain.text && !calmReply.isRefused)
            #expect(calmReply.verdicts.map(\.subject) == [.prompt, .response])
            let (refused, _) = try reply(refusing, search)
            #expect(refused.isRefused && refused.text == nil && refused.writtenTokens == 0)
            #expect(refused.reason?.hasPrefix("h calls what was asked unsafe") == true)
            // The prompt passes, and every token of the reply is flagged.
            let (flagged, _) = try reply(passing, search)
            #expect(
                flagged.isRefused && flagged.text == nil && flagged.verdicts.map(\.isUnsafe) == [false, true])
            #expect(flagged.verdicts.last?.subject == .response && flagged.writtenTokens > 0)
            if search == .rollingBack { #expect(flagged.rollBacks == 3) }
            // A guard of texts has a word too.
            let (other, _) = try reply(calm, search, [RefusesReplies()])
            #expect(other.isRefused && other.text == nil && other.verdicts.last?.source == "r")
        }
    }
}

/// Refuses every reply.
private struct RefusesReplies: TextGuard {
    var judgesReplies: Bool { true }

    func judge(_ conversation: [ChatMessage], _ policy: GuardPolicy) -> GuardJudgement {
        let isReply = conversation.last?.role == "assistant"
        return GuardJudgement(
            "r", isReply ? .response : .prompt, .filter(isReply ? 1 : 0), isUnsafe: isReply,
            probability: isReply ? 1 : 0)
    }
}
