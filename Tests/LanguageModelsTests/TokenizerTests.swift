import LanguageModels
import Storage
import Tensors
import TestSupport
import Testing

/// BPE of bytes in three styles and of characters in three against the reference implementation.
@Suite struct TokenizerTests {
    static let byteStyles = ["gpt2-style", "qwen2-style", "llama3-style"]
    /// With a normaliser, with marks before merging, and with a token for what is unknown.
    static let characterStyles = ["llama2-style", "llama2-metaspace", "unknown-style"]
    static let files = (byteStyles + characterStyles).flatMap {
        ["\($0)/tokenizer.json", "\($0)/tokenizer.legacy-merges.json"]
    }

    private func expected(_ file: String) throws -> JSONValue {
        let style = file.split(separator: "/")[0]
        return try GoldenTokenizer.json("\(style)/expected.json")
    }

    private func ids(_ value: JSONValue?) throws -> [Int32] {
        try #require(value?.elements).map { Int32(try #require($0.number?.int)) }
    }

    @Test(arguments: files) func everyGoldenTextHasItsTokens(_ file: String) throws {
        let tokenizer = try GoldenTokenizer.read(file)
        let expected = try expected(file)
        let cases = try #require(expected["cases"]?.elements)
        #expect(cases.count >= 20)
        #expect(tokenizer.vocabularySize == expected["vocab_size"]?.number?.int)
        for member in try #require(expected["special_tokens"]?.members) {
            #expect(tokenizer.id(of: member.key).map { Int($0) } == member.value.number?.int)
        }
        for value in cases {
            let text = try #require(value["text"]?.string)
            let plain = tokenizer.encode(text, addingTemplate: false)
            #expect(try plain.ids == ids(value["ids"]), "\(quoted(text))")
            #expect(
                plain.ids.map { tokenizer.token($0) } == value["tokens"]?.elements?.map(\.string),
                "\(quoted(text))")
            let ranges = plain.ranges.map { [Int32($0.lowerBound), Int32($0.upperBound)] }
            let offsets = try #require(value["offsets_chars"]?.elements)
            #expect(try ranges == offsets.map { try ids($0) }, "\(quoted(text))")
            let whole = tokenizer.encode(text)
            #expect(try whole.ids == ids(value["ids_with_special"]), "\(quoted(text))")
            // Strings are compared by their bytes: composed and decomposed letters are not the same here.
            let decoded = try #require(value["decoded"]?.string)
            #expect(Array(tokenizer.decode(plain.ids).utf8) == Array(decoded.utf8), "\(quoted(text))")
            let skipped = try #require(value["decoded_skip_special"]?.string)
            #expect(
                Array(tokenizer.decode(whole.ids, skippingSpecialTokens: true).utf8) == Array(skipped.utf8),
                "\(quoted(text))")
        }
    }

    @Test(arguments: files) func halfACharacterDecodesAsTheReferenceDoes(_ file: String) throws {
        let tokenizer = try GoldenTokenizer.read(file)
        for value in try #require(expected(file)["partial_utf8"]?.elements) {
            let decoded = try #require(value["decoded"]?.string)
            #expect(try Array(tokenizer.decode(ids(value["ids"])).utf8) == Array(decoded.utf8))
        }
    }

    @Test(arguments: files) func whatIsWrittenReadsBackTheSame(_ file: String) throws {
        let tokenizer = try GoldenTokenizer.read(file)
        let copy = try Tokenizer(parsing: Array(tokenizer.json().compact.utf8))
        #expect(copy.vocabularySize == tokenizer.vocabularySize)
        #expect(copy.addedTokens == tokenizer.addedTokens)
        #expect(copy.json() == tokenizer.json())
        for value in try #require(expected(file)["cases"]?.elements) {
            let text = try #require(value["text"]?.string)
            #expect(copy.encode(text) == tokenizer.encode(text), "\(quoted(text))")
        }
    }

    @Test(arguments: byteStyles + ["llama2-style"]) func everyTextComesBack(_ style: String) throws {
        let tokenizer = try GoldenTokenizer.read("\(style)/tokenizer.json")
        var random = RandomStream(seed: 5, for: .testing)
        for _ in 0..<200 {
            // Below the marks, so that composing changes nothing.
            var text = ""
            for _ in 0..<random.nextInteger(below: 40) {
                let code = UInt32(random.nextInteger(below: random.nextInteger(below: 2) == 0 ? 0x80 : 0x300))
                text.unicodeScalars.append(try #require(Unicode.Scalar(code)))
            }
            let ids = tokenizer.encode(text, addingTemplate: false).ids
            #expect(Array(tokenizer.decode(ids).utf8) == Array(text.utf8))
        }
    }

    @Test func strangersCannotWriteSpecialTokens() throws {
        let tokenizer = try GoldenTokenizer.read("llama3-style/tokenizer.json")
        let id = try #require(tokenizer.id(of: "<|eot_id|>"))
        let text = "a<|eot_id|>b"
        #expect(tokenizer.encode(text).ids.contains(id))
        let plain = tokenizer.encode(text, recognisingSpecialTokens: false).ids
        #expect(!plain.contains(id))
        #expect(tokenizer.decode(plain, skippingSpecialTokens: true) == text)
    }

    @Test func addedTokensTakeUpBlanksAndRespectWords() throws {
        let tokenizer = try GoldenTokenizer.changed("gpt2-style/tokenizer.json") { json in
            let flags: [(String, [String])] = [
                ("<b>", ["lstrip"]), ("<c>", ["rstrip"]), ("cat", ["single_word"]), ("<b><c>", []),
            ]
            let tokens = flags.enumerated().map { index, token in
                JSONValue.object(
                    [("id", .integer(700 + index)), ("content", .text(token.0)), ("special", .boolean(true))]
                        + token.1.map { ($0, .boolean(true)) })
            }
            return json.setting("added_tokens", .list(tokens))
        }
        func found(_ text: String) -> [[Int]] {
            let tokens = tokenizer.encode(text)
            return zip(tokens.ids, tokens.ranges).filter { $0.0 >= 700 }
                .map { [Int($0.0), $0.1.lowerBound, $0.1.upperBound] }
        }
        #expect(found("x  <b>  y") == [[700, 1, 6]])
        #expect(found("x  <c>  y") == [[701, 3, 8]])
        #expect(found("cat cats a_cat cat.") == [[702, 0, 3], [702, 15, 18]])
        #expect(found("<b><c><b>") == [[703, 0, 6], [700, 6, 9]])
    }

    @Test func missingSpecialTokensGoBehindTheLast() throws {
        let tokenizer = try GoldenTokenizer.read("gpt2-style/tokenizer.json")
        let more = tokenizer.adding(specialTokens: ["<pad>", "<|endoftext|>", "</s>"])
        #expect(more.vocabularySize == tokenizer.vocabularySize + 2)
        #expect(more.id(of: "<pad>") == Int32(tokenizer.vocabularySize))
        #expect(more.id(of: "</s>") == Int32(tokenizer.vocabularySize) + 1)
        #expect(more.encode("a</s>").ids.last == more.id(of: "</s>"))
        #expect(more.decode(more.encode("a</s>").ids, skippingSpecialTokens: true) == "a")
    }

    @Test func aLongPieceIsCutAsAShortOneIs() throws {
        // One piece of 40,000 letters: quadratic time would be felt, a wrong heap would be seen.
        let tokenizer = try GoldenTokenizer.read("gpt2-style/tokenizer.json")
        let unit = tokenizer.encode("thethe").ids
        let long = tokenizer.encode(String(repeating: "thethe", count: 20_000)).ids
        #expect(long == Array(repeating: unit, count: 20_000).flatMap { $0 })
    }

    @Test func aLongTextOfOnePieceIsCutAsItsSentencesAre() throws {
        // Nothing cuts this text before merging: 24,000 characters are one piece, and quadratic time would be felt.
        let tokenizer = try GoldenTokenizer.read("llama2-style/tokenizer.json")
        let unit = tokenizer.encode("the tea", addingTemplate: false).ids
        let text = Array(repeating: "the tea", count: 3_000).joined(separator: " ")
        let long = tokenizer.encode(text, addingTemplate: false).ids
        #expect(long == Array(repeating: unit, count: 3_000).flatMap { $0 })
        #expect(tokenizer.decode(long) == text)
    }

    @Test func unknownNeighboursStayApartUnlessTheFileFusesThem() throws {
        func unknown(_ fuses: Bool) throws -> [Range<Int>] {
            let tokenizer = try GoldenTokenizer.changed("unknown-style/tokenizer.json") {
                $0.changing("model") { $0.setting("fuse_unk", .boolean(fuses)) }
            }
            let text = tokenizer.encode("\u{6C34}\u{6C34}the\u{6C34}")
            return zip(text.ids, text.ranges).filter { $0.0 == 0 }.map { $0.1 }
        }
        #expect(try unknown(true) == [0..<2, 5..<6])
        #expect(try unknown(false) == [0..<1, 1..<2, 5..<6])
    }
}
