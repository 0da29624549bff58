import Alignment
import LanguageModels
import ModelSafety
import Tensors
import Testing

/// Replies that are written anew where a guard flags them.
@Suite struct RollingReplyTests {
    private static func options(_ tokens: Int = 50) -> SamplingOptions {
        var options = SamplingOptions()
        (options.temperature, options.mostTokens) = (1, tokens)
        // Without special tokens, behind which a reply ends.
        options.vocabularyLimit = special
        return options
    }

    /// The first special token; all others lie behind it.
    private static let special: Int? = (try? ModelFile(TinyModel.path).tokenizer())?.addedTokens
        .filter(\.isSpecial).map { Int($0.id) }.min()

    private static func opened() throws -> (model: ChatModel, decoder: KeptDecoder, prompt: [Int32]) {
        let model = try ChatModel(TinyModel.path)
        let prompt = try model.prompt(
            [ChatMessage(role: "user", content: "a cat")], template: model.file.chatTemplate())
        return (model, try KeptDecoder(model.file), prompt)
    }

    @Test(arguments: [0, 1, 2, 3] as [UInt64]) func whatIsNeverFlaggedIsTheChatModelsReply(seed: UInt64)
        throws
    {
        let (model, decoder, prompt) = try Self.opened()
        let plain = try model.reply(to: prompt, options: Self.options(), seed: seed)
        var asked: [String] = []
        let rolled = try RollingReply(stride: 8, buffer: 16)(
            decoder, model.tokenizer, to: prompt, options: Self.options(), seed: seed
        ) {
            asked.append($0)
            return false
        }
        #expect(rolled.outcome == .written && rolled.text == plain.text && rolled.ending == plain.ending)
        #expect(rolled.tokens.count == plain.tokens && rolled.events.isEmpty)
        // A verdict every eight tokens, the last on the whole.
        #expect(
            asked.count == (plain.tokens + 7) / 8 && asked.last == plain.text && rolled.checks == asked.count)
    }

    @Test func whatIsAlwaysFlaggedIsRefused() throws {
        let (model, decoder, prompt) = try Self.opened()
        let rolled = try RollingReply(stride: 4, buffer: 8, tries: 3)(
            decoder, model.tokenizer, to: prompt, options: Self.options(), seed: 1
        ) { _ in true }
        #expect(rolled.outcome == .refused && rolled.tokens.isEmpty && rolled.text.isEmpty)
        #expect(rolled.events.map(\.attempt) == [0, 1, 2, 3] && rolled.checks == 4)
        #expect(rolled.events.allSatisfy { $0.place == 0 && $0.dropped == 2 })
    }

    @Test func whatIsFlaggedOnceIsDroppedAndWrittenAnew() throws {
        let (model, decoder, prompt) = try Self.opened()
        func roll(_ seed: UInt64) throws -> (RollingReply.Result, flagged: String) {
            var (asked, flagged) = (0, "")
            let result = try RollingReply(stride: 4, buffer: 8)(
                decoder, model.tokenizer, to: prompt, options: Self.options(40), seed: seed
            ) {
                asked += 1
                if asked == 5 { flagged = $0 }
                return asked == 5
            }
            return (result, flagged)
        }
        let seed = try #require(
            (0..<20 as Range<UInt64>).first {
                try model.reply(to: prompt, options: Self.options(40), seed: $0).tokens == 40
            })
        let plain = try model.reply(to: prompt, options: Self.options(40), seed: seed)
        let (result, flagged) = try roll(seed)
        #expect(result.outcome == .written && result.events.count == 1 && result.events.first?.attempt == 0)
        // Sixteen tokens had passed and eight waited; the first of the flagged ones let one more be shown.
        #expect(result.events.first?.place == 9 && result.events.first?.dropped == 9)
        #expect(plain.text.hasPrefix(flagged) && result.text != plain.text)
        // The second attempt draws from the stream of its own, from the last token shown on.
        var stream = RandomStream(seed: seed, for: .generation, index: 1)
        var byHand = prompt + result.tokens.prefix(9)
        for _ in 0..<4 {
            var candidates: [Float] = []
            try KeptDecoder(model.file).logits(behind: byHand) { candidates = Array($0) }
            for index in candidates.indices where model.tokenizer.token(Int32(index)) == nil {
                candidates[index] = -.infinity
            }
            byHand.append(Self.options(40).choose(candidates, after: byHand, using: &stream))
        }
        #expect(Array(byHand.dropFirst(prompt.count)) == Array(result.tokens.prefix(13)))
        let again = try roll(seed).0
        #expect(again.tokens == result.tokens && again.text == result.text)
    }

    @Test func anEndThatIsFlaggedIsWrittenAnew() throws {
        let (model, decoder, prompt) = try Self.opened()
        var asked = 0
        let rolled = try RollingReply(stride: 4, buffer: 8)(
            decoder, model.tokenizer, to: prompt, options: Self.options(6), seed: 1
        ) { _ in
            asked += 1
            return asked == 2
        }
        #expect(rolled.outcome == .written && rolled.tokens.count == 6 && rolled.events.map(\.dropped) == [6])
        #expect(rolled.checks == 4 && rolled.ending == .length)
    }

    @Test func aSpecialTokenEndsAReply() throws {
        let (model, decoder, prompt) = try Self.opened()
        var options = Self.options(100)
        options.vocabularyLimit = nil
        let special = try #require(Self.special)
        let replies = try (0..<20 as Range<UInt64>).map {
            try RollingReply(stride: 8, buffer: 16)(
                decoder, model.tokenizer, to: prompt, options: options, seed: $0
            ) { _ in false }
        }
        let ended = replies.filter { $0.ending == .end }
        #expect(!ended.isEmpty && ended.allSatisfy { $0.tokens.last.map { Int($0) >= special } == true })
        #expect(replies.allSatisfy { $0.tokens.dropLast().allSatisfy { Int($0) < special } })
    }

    @Test func aReplyIsStoppedByItsCaller() throws {
        let (model, decoder, prompt) = try Self.opened()
        var left = 6
        let rolled = try RollingReply(stride: 4, buffer: 8)(
            decoder, model.tokenizer, to: prompt, options: Self.options(), seed: 1,
            goesOn: {
                left -= 1
                return left >= 0
            }
        ) { _ in false }
        #expect(rolled.outcome == .stopped && rolled.text.isEmpty && rolled.tokens.isEmpty)
    }

    /// A sentence in front of the second attempt changes what follows, is not shown, and is what the model would have read.
    @Test func anIntrospectionIsReadAndNotShown() throws {
        let (model, decoder, prompt) = try Self.opened()
        func roll(_ introspection: String) throws -> RollingReply.Result {
            var asked = 0
            return try RollingReply(stride: 4, buffer: 8, introspection: introspection)(
                decoder, model.tokenizer, to: prompt, options: Self.options(30), seed: 5
            ) { _ in
                asked += 1
                return asked == 1
            }
        }
        let (plain, told) = (try roll(""), try roll("the robot and a spill"))
        #expect(plain.events == told.events && told.events.count == 1 && told.events[0].place == 0)
        #expect(told.text != plain.text && !told.tokens.isEmpty)
        // Behind a prompt that ends with the sentence, the stream of the second attempt draws the same first token.
        let sentence = model.tokenizer.encode(
            "the robot and a spill", addingTemplate: false, recognisingSpecialTokens: false
        ).ids
        var first: Int32?
        try decoder.logits(behind: prompt + sentence) { logits in
            var candidates = Array(logits)
            for token in candidates.indices where model.tokenizer.token(Int32(token)) == nil {
                candidates[token] = -.infinity
            }
            var stream = RandomStream(seed: 5, for: .generation, index: 1)
            first = Self.options(30).choose(candidates, after: prompt + sentence, using: &stream)
        }
        #expect(first == told.tokens.first)
    }
}
