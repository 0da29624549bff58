import Foundation
import LanguageModels
import Storage
import Tensors
import Testing

@Suite struct TokenVocabularyTests {
    @Test(arguments: ["gpt2-style", "qwen2-style", "llama3-style", "llama2-style", "llama2-metaspace"])
    func tokensSpellTheTextThatTheyAreOf(style: String) throws {
        let tokenizer = try GoldenTokenizer.read("\(style)/tokenizer.json")
        let vocabulary = try TokenVocabulary(tokenizer, endTokens: [])
        #expect(vocabulary.size == tokenizer.vocabularySize)
        for text in [
            "Read the label first;  open a window", "caf\u{E9} \u{1F680}\n{\"a\":[1,2]}", "\u{0}\u{7F}",
        ] {
            let ids = tokenizer.encode("a" + text, addingTemplate: false).ids
            let spelled = ids.flatMap { vocabulary.bytes[Int($0)] }
            // SentencePiece puts a blank before a text.
            let own = style.hasPrefix("llama2") ? Array(spelled.dropFirst()) : spelled
            #expect(own == Array(("a" + text).utf8), "\(text)")
        }
        for token in tokenizer.addedTokens where token.isSpecial {
            #expect(vocabulary.bytes[Int(token.id)].isEmpty, "\(token.content)")
        }
    }

    @Test func tokenizersWithoutAllBytesAreRefused() throws {
        let tokenizer = try GoldenTokenizer.read("unknown-style/tokenizer.json")
        let error = #expect(throws: TokenizerError.self) { try TokenVocabulary(tokenizer, endTokens: []) }
        #expect(error?.description.contains("alone, so that calls could not be spelled") == true)
        let sound = try GoldenTokenizer.read("gpt2-style/tokenizer.json")
        let other = #expect(throws: TokenizerError.self) { try TokenVocabulary(sound, endTokens: [1 << 20]) }
        #expect(
            other?.description
                == "tokenizer in memory: no token has the id 1048576. Name end tokens of this tokenizer.")
    }

    private static let grammar = #"""
        [{"name":"f","parameters":{"type":"object","properties":{"x":{"type":"string"},
        "n":{"type":"array","items":{"type":"number"}}},"required":["x","n"]}}]
        """#

    @Test func specialTokensAreNeverInsideACall() throws {
        let tokenizer = Tokenizer.trained(on: BytePairTrainingTests.texts, vocabularySize: 300)
        let end = try #require(tokenizer.id(of: "</s>"))
        let grammar = try GoldenTools.grammar(Self.grammar)
        let masks = TokenMasks(grammar, try TokenVocabulary(tokenizer, endTokens: [end]))
        let call = ToolCall("f", [("x", .text("a</s>\u{E9}")), ("n", .list([.number(1.5), .integer(2)]))])
        var (state, mask) = (grammar.start(.callOrText), TokenMask(size: tokenizer.vocabularySize))
        for byte in call.text.utf8 {
            masks.allowed(into: &mask, after: state)
            for token in tokenizer.addedTokens { #expect(!mask[token.id], "\(token.content)") }
            #expect(mask.tokens.allSatisfy { grammar.next(state, masks.vocabulary.bytes[Int($0)]) != nil })
            state = try #require(grammar.next(state, byte))
        }
        masks.allowed(into: &mask, after: state)
        #expect(mask.tokens == [end])
        let text = try #require(grammar.next(grammar.start(), "Hi".utf8))
        masks.allowed(into: &mask, after: text)
        #expect(mask[end] && tokenizer.addedTokens.filter { mask[$0.id] }.map(\.id) == [end])
    }

    @Test func setsThatWereUsedLastAreKept() throws {
        let grammar = try GoldenTools.grammar(Self.grammar)
        let masks = TokenMasks(
            grammar, TokenVocabulary(bytes: (UInt8.min...UInt8.max).map { [$0] } + [[]], endTokens: [256]))
        var mask = TokenMask(size: 257)
        let head = try #require(grammar.next(grammar.start(.call), #"{"name":"f","arguments":{"x":""#.utf8))
        masks.allowed(into: &mask, after: head)
        #expect(masks.made == 1 && masks.found == 0)
        // States of lists with a bound differ by their counters.
        let long = try GoldenTools.grammar(
            of: #"{"type":"array","items":{"type":"integer"},"maxItems":60000}"#)
        let counted = TokenMasks(long, masks.vocabulary)
        let first = try #require(long.next(long.start(.call), #"{"name":"f","arguments":{"x":[1"#.utf8))
        counted.allowed(into: &mask, after: first)
        let wanted = mask
        var state = first
        for _ in 0..<TokenMasks.capacity {
            state = try #require(long.next(state, ",1".utf8))
            counted.allowed(into: &mask, after: state)
            #expect(mask == wanted)
        }
        #expect(counted.made == TokenMasks.capacity + 1 && counted.found == 0)
        counted.allowed(into: &mask, after: state)
        #expect(counted.made == TokenMasks.capacity + 1 && counted.found == 1)
        counted.allowed(into: &mask, after: first)
        #expect(counted.made == TokenMasks.capacity + 2 && mask == wanted)
    }

    /// Masks of many-byte tokens, by walking each token's bytes through masks of single bytes.
    @Test(arguments: [ReplyForm.call, .callOrText], [false, true])
    func tokensFollowAllowedCallsAsTheirBytesDo(form: ReplyForm, refuses: Bool) throws {
        let grammar = try GoldenTools.grammar(Self.grammar)
        let single = (UInt8.min...UInt8.max).map { [$0] }
        let words = [
            "{\"", "{\"na", "name", "me\":\"f\"", "f\",", "\"arg", "{\"x", "\"x\":\"ab", "ab", "abc", "c\"",
            "],", "]}}", "}}", "1", "2]", " {", "Hi",
        ]
        let many = single + words.map { Array($0.utf8) }
        let bytes = TokenMasks(grammar, TokenVocabulary(bytes: single + [[]], endTokens: [256]))
        let tokens = TokenMasks(
            grammar, TokenVocabulary(bytes: many + [[]], endTokens: [Int32(many.count)]))
        var restriction = CallRestriction()
        func call(_ x: String, _ n: Int) -> ToolCall {
            ToolCall("f", [("x", .text(x)), ("n", .list([.integer(n)]))])
        }
        for (x, n) in [("ab", 1), ("ab", 2), ("abc", 1), ("", 12)] { restriction.allow(call(x, n)) }
        var narrow = GrammarConstraint(bytes, form: form, restriction: restriction)
        var wide = GrammarConstraint(tokens, form: form, restriction: restriction)
        if refuses {
            narrow.refuseFromNowOn(Array(call("ab", 1).text.utf8))
            wide.refuseFromNowOn(Array(call("ab", 1).text.utf8))
            narrow.restart()
            wide.restart()
        }
        func isAllowed(_ token: [UInt8], _ start: GrammarConstraint) -> Bool {
            var (reply, mask, isOver) = (start, TokenMask(size: 257), false)
            for byte in token {
                guard !isOver else { return false }
                reply.allowed(into: &mask)
                guard mask[Int32(byte)] else { return false }
                isOver = reply.accept(Int32(byte)) == .ended
            }
            return true
        }
        var mask = TokenMask(size: many.count + 1)
        for byte in call("abc", 1).text.utf8 {
            wide.allowed(into: &mask)
            for (number, token) in many.enumerated() {
                #expect(
                    mask[Int32(number)] == isAllowed(token, narrow),
                    "\(String(decoding: token, as: UTF8.self))")
            }
            _ = narrow.accept(Int32(byte))
            _ = wide.accept(Int32(byte))
        }
    }

    @Test func masksAreSets() {
        var mask = TokenMask(size: 130)
        #expect(mask.isEmpty && mask.onlyToken == nil && !mask[-1] && !mask[130])
        mask[129] = true
        #expect(mask.onlyToken == 129 && mask.count == 1 && mask.tokens == [129])
        mask[0] = true
        mask[64] = true
        #expect(mask.onlyToken == nil && mask.tokens == [0, 64, 129])
        mask.remove(from: 65)
        #expect(mask.tokens == [0, 64])
        mask.remove(from: 64)
        #expect(mask.tokens == [0] && mask.onlyToken == 0)
        mask.remove(from: 0)
        #expect(mask.isEmpty)
    }

    /// Prints how long masks take where `SAFERL_TIMINGS` is set; nothing depends on it.
    @Test(.enabled(if: ProcessInfo.processInfo.environment["SAFERL_TIMINGS"] != nil))
    func timingOfMasks() throws {
        var random = RandomStream(seed: 1, for: .testing)
        var bytes = (UInt8.min...UInt8.max).map { [$0] }
        var known = Set(bytes)
        while bytes.count < 31_999 {
            let text = (0...1 + random.nextInteger(below: 7)).map { _ in
                UInt8(97 + random.nextInteger(below: 26))
            }
            if known.insert(text).inserted { bytes.append(text) }
        }
        let grammar = try GoldenTools.grammar(Self.grammar)
        let masks = TokenMasks(grammar, TokenVocabulary(bytes: bytes + [[]], endTokens: [31_999]))
        var mask = TokenMask(size: 32_000)
        let state = try #require(
            grammar.next(grammar.start(.call), #"{"name":"f","arguments":{"x":"ab"#.utf8))
        let first = ContinuousClock().measure { masks.allowed(into: &mask, after: state) }
        let later = ContinuousClock().measure {
            for _ in 0..<1000 { masks.allowed(into: &mask, after: state) }
        }
        print("timing of masks, vocabulary 32,000: first \(first), later \(later / 1000) a token")
    }
}
