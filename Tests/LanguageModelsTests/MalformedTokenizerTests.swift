import LanguageModels
import Storage
import Testing

/// Files that are no tokenizer, or none that is known: each has its own refusal on one line.
@Suite struct MalformedTokenizerTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let fault: String
        let change: @Sendable (JSONValue) -> JSONValue
        var testDescription: String { name }

        init(_ name: String, _ fault: String, _ change: @escaping @Sendable (JSONValue) -> JSONValue) {
            (self.name, self.fault, self.change) = (name, fault, change)
        }
    }

    private static func model(_ key: String, _ value: JSONValue?) -> @Sendable (JSONValue) -> JSONValue {
        { $0.changing("model") { $0.setting(key, value) } }
    }

    private static func vocabulary(_ token: String, _ id: JSONValue?) -> @Sendable (JSONValue) -> JSONValue {
        { $0.changing("model") { $0.changing("vocab") { $0.setting(token, id) } } }
    }

    private static func merges(_ merge: JSONValue) -> @Sendable (JSONValue) -> JSONValue {
        model("merges", .list([merge]))
    }

    private static func added(_ tokens: [[(String, JSONValue)]]) -> @Sendable (JSONValue) -> JSONValue {
        { $0.setting("added_tokens", .list(tokens.map { .object($0) })) }
    }

    private static func stage(_ key: String, _ type: String) -> @Sendable (JSONValue) -> JSONValue {
        { $0.setting(key, .object([("type", .text(type))])) }
    }

    static let models: [Case] = [
        Case("a list", "the file: a list, not an object") { _ in .list([]) },
        Case("no model", "model: missing. Get a complete copy of the file") { $0.setting("model", nil) },
        Case("a model of text", "model: text, not an object") { $0.setting("model", .text("BPE")) },
        Case("no type", "model.type: missing. Get a complete copy of the file", model("type", nil)),
        Case(
            "another type",
            "model.type: \"WordPiece\" is not supported. Only BPE is, as GPT-2, LLaMA 2 and 3 and Qwen2 have it",
            model("type", .text("WordPiece"))),
        Case(
            "byte fallback",
            "model.byte_fallback: true beside ByteLevel, which leaves no character without a token. Set it to false",
            model("byte_fallback", .boolean(true))),
        Case(
            "a flag of text", "model.ignore_merges: text, not true or false",
            model("ignore_merges", .text("yes"))),
        Case(
            "dropout", "model.dropout: random merges are not supported. Set it to null",
            model("dropout", .number(0.1))),
        Case(
            "a suffix",
            "model.end_of_word_suffix: not supported. Use a tokenizer as GPT-2, LLaMA 2 and 3 and Qwen2 have it",
            model("end_of_word_suffix", .text("</w>"))),
        Case(
            "no vocabulary", "model.vocab: missing. Get a complete copy of the file", model("vocab", nil)),
        Case("a vocabulary in a list", "model.vocab: a list, not an object", model("vocab", .list([]))),
        Case(
            "a byte without token",
            "model.vocab: no token for the byte 33 alone: \"!\". Use a byte-level tokenizer",
            vocabulary("!", nil)),
    ]

    static let tokens: [Case] = [
        Case(
            "an id of text", "model.vocab.\"zz\": text, not an id of 64 bits", vocabulary("zz", .text("1"))),
        Case(
            "a fraction", "model.vocab.\"zz\": a number, not an id of 64 bits", vocabulary("zz", .number(1.5))
        ),
        Case(
            "a negative id", "model.vocab.\"zz\": -1 is not between 0 and 16777215",
            vocabulary("zz", .integer(-1))),
        Case(
            "a huge id", "model.vocab.\"zz\": 9000000000000000000 is not between 0 and 16777215",
            vocabulary("zz", .integer(9_000_000_000_000_000_000))),
        Case(
            "an id far beyond", "model.vocab.\"zz\": the id 16000000 is far beyond the 621 tokens",
            vocabulary("zz", .integer(16_000_000))),
        Case(
            "an id twice",
            "model.vocab.\"zz\": the id 7 belongs to another token too. Give every token its own",
            vocabulary("zz", .integer(7))),
        Case(
            "an empty token", "model.vocab.\"\": an empty token. Remove it", vocabulary("", .integer(630))),
        Case("no merges", "model.merges: missing. Get a complete copy of the file", model("merges", nil)),
        Case(
            "an unknown left", "model.merges[0]: \"zzz\" is not in the vocabulary",
            merges(.list([.text("zzz"), .text("a")]))),
        Case("an unknown right", "model.merges[0]: \"zzz\" is not in the vocabulary", merges(.text("a zzz"))),
        Case(
            "an unknown result", "model.merges[0]: \"zq\", which it makes, is not in the vocabulary",
            merges(.text("z q"))),
        Case(
            "three parts", "model.merges[0]: not two tokens, as in [\"a\", \"b\"] or \"a b\"",
            merges(.text("a b c"))),
        Case(
            "a merge of numbers", "model.merges[0]: not two texts", merges(.list([.integer(1), .integer(2)]))),
        Case("a number for a merge", "model.merges[0]: a whole number, not a list", merges(.integer(3))),
    ]

    static let addedTokens: [Case] = [
        Case("no content", "added_tokens[0].content: missing. Get a complete copy of the file", added([[]])),
        Case(
            "empty content", "added_tokens[0].content: empty. Remove the token",
            added([[("content", .text("")), ("id", .integer(700))]])),
        Case(
            "no id", "added_tokens[0].id: missing. Every token needs an id",
            added([[("content", .text("<a>"))]])),
        Case(
            "an added id twice", "added_tokens[1].id: 700 belongs to another added token too",
            added(
                [
                    [("content", .text("<a>")), ("id", .integer(700))],
                    [("content", .text("<b>")), ("id", .integer(700))],
                ]
            )),
        Case(
            "an added token twice", "added_tokens[1].content: \"<a>\" stands here a second time",
            added(
                [
                    [("content", .text("<a>")), ("id", .integer(700))],
                    [("content", .text("<a>")), ("id", .integer(701))],
                ]
            )),
        Case(
            "an id of the vocabulary", "added_tokens[0].id: 5 belongs to a token of the vocabulary",
            added([[("content", .text("<a>")), ("id", .integer(5))]])),
        Case(
            "two ids for one token", "added_tokens[0].id: 700, but the vocabulary gives \"!\" 0",
            added([[("content", .text("!")), ("id", .integer(700))]])),
    ]

    static let pipeline: [Case] = [
        Case(
            "another normaliser",
            "normalizer.type: \"Lowercase\" is not supported. Supported: NFC, Prepend, Replace",
            stage("normalizer", "Lowercase")),
        Case("a normaliser of text", "normalizer: text, not an object") {
            $0.setting("normalizer", .text("NFC"))
        },
        Case(
            "another preparation",
            "pre_tokenizer.type: \"Metaspace\" is not supported. Supported: Split, Digits, ByteLevel",
            stage("pre_tokenizer", "Metaspace")),
        Case("no preparation", "pre_tokenizer: no ByteLevel. Use a byte-level tokenizer") {
            $0.setting("pre_tokenizer", .null)
        },
        Case(
            "another expression",
            "pre_tokenizer.pattern.Regex: \"\\\\w+\" is none of the known expressions, those of GPT-2, Qwen2 and Llama 3"
        ) {
            $0.setting(
                "pre_tokenizer",
                .object([
                    ("type", .text("Split")), ("pattern", .object([("Regex", .text("\\w+"))])),
                    ("behavior", .text("Isolated")),
                ]))
        },
        Case(
            "another decoder", "decoder.type: \"WordPiece\" is not supported. Supported: ByteLevel",
            stage("decoder", "WordPiece")),
        Case("no decoder", "decoder: missing. It must be ByteLevel") { $0.setting("decoder", nil) },
        Case(
            "another template",
            "post_processor.type: \"BertProcessing\" is not supported. Supported: ByteLevel, TemplateProcessing",
            stage("post_processor", "BertProcessing")),
        Case(
            "a template without text", "post_processor.single: 0 places for the text, not one",
            {
                $0.setting(
                    "post_processor", .object([("type", .text("TemplateProcessing")), ("single", .list([]))]))
            }),
        Case(
            "an unknown token in the template",
            "post_processor.single[0]: \"<s>\" is not among post_processor.special_tokens"
        ) {
            let piece = JSONValue.object([("SpecialToken", .object([("id", .text("<s>"))]))])
            return $0.setting(
                "post_processor",
                .object([("type", .text("TemplateProcessing")), ("single", .list([piece]))]))
        },
    ]

    private static func replace(_ key: String, _ pattern: String, _ content: String)
        -> @Sendable (JSONValue)
        -> JSONValue
    {
        {
            $0.setting(
                key,
                .object([
                    ("type", .text("Replace")), ("pattern", .object([("String", .text(pattern))])),
                    ("content", .text(content)),
                ]))
        }
    }

    private static func stage(_ key: String, _ members: [(String, JSONValue)])
        -> @Sendable (JSONValue)
        -> JSONValue
    {
        { $0.setting(key, .object(members)) }
    }

    /// Changes to a tokenizer whose tokens are text.
    static let characters: [Case] = [
        Case(
            "a byte token gone",
            "model.vocab: no token \"<0x41>\", though byte_fallback is true. Get a complete copy of the file",
            vocabulary("<0x41>", nil)),
        Case(
            "nothing for the unknown",
            "model.unk_token: missing, and byte_fallback is false: characters without a token would vanish. Name the token"
        ) {
            $0.changing("model") { $0.setting("byte_fallback", nil).setting("unk_token", .null) }
        },
        Case(
            "an unknown unknown", "model.unk_token: \"<what>\" is not in the vocabulary",
            model("unk_token", .text("<what>"))),
        Case(
            "a long prefix",
            "normalizer: may make a text more than 64 times longer. Shorten what it puts in",
            stage(
                "normalizer",
                [("type", .text("Prepend")), ("prepend", .text(String(repeating: "a", count: 1000)))])),
        Case(
            "a long replacement",
            "normalizer: may make a text more than 64 times longer. Shorten what it puts in",
            replace("normalizer", " ", String(repeating: " ", count: 65))),
        Case(
            "an expression",
            "normalizer.pattern.Regex: expressions are not supported here. Supported: String",
            stage(
                "normalizer",
                [
                    ("type", .text("Replace")), ("pattern", .object([("Regex", .text(" +"))])),
                    ("content", .text(" ")),
                ])),
        Case(
            "nothing to replace", "normalizer.pattern.String: empty. Remove the step",
            replace("normalizer", "", "a")),
        Case(
            "a prefix of numbers", "normalizer.prepend: a whole number, not text",
            stage("normalizer", [("type", .text("Prepend")), ("prepend", .integer(1))])),
        Case(
            "another preparation of text",
            "pre_tokenizer.type: \"Whitespace\" is not supported. Supported: Metaspace, ByteLevel",
            stage("pre_tokenizer", "Whitespace")),
        Case(
            "marks of two characters", "pre_tokenizer.replacement: \"__\" is not one character",
            stage("pre_tokenizer", [("type", .text("Metaspace")), ("replacement", .text("__"))])),
        Case(
            "another scheme",
            "pre_tokenizer.prepend_scheme: \"last\" is not supported. Supported: first, always, never",
            stage(
                "pre_tokenizer",
                [
                    ("type", .text("Metaspace")), ("replacement", .text("_")),
                    ("prepend_scheme", .text("last")),
                ])),
        Case(
            "another decoder of text",
            "decoder.type: \"WordPiece\" is not supported. Supported: Replace, ByteFallback, Fuse, Strip, ByteLevel",
            stage("decoder", "WordPiece")),
        Case("no decoder of text", "decoder: missing. Get a complete copy of the file") {
            $0.setting("decoder", .null)
        },
        Case(
            "a long decoder", "decoder: may make a text more than 64 times longer. Shorten what it puts in",
            replace("decoder", "a", String(repeating: "b", count: 65))),
        Case(
            "a strip of two characters", "decoder.content: \"  \" is not one character",
            stage("decoder", [("type", .text("Strip")), ("content", .text("  "))])),
        Case(
            "a negative strip", "decoder.start: not a number of characters, 0 or more",
            stage(
                "decoder", [("type", .text("Strip")), ("content", .text(" ")), ("start", .integer(-1))])),
        Case(
            "bytes around text",
            "post_processor.type: \"ByteLevel\" is not supported. Supported: TemplateProcessing",
            stage("post_processor", "ByteLevel")),
    ]

    private func fault(_ bytes: [UInt8]) -> String {
        do {
            return "accepted \(try Tokenizer(parsing: bytes, place: "t.json").vocabularySize) tokens"
        } catch {
            return "\(error)"
        }
    }

    @Test(arguments: models + tokens + addedTokens + pipeline) func isRefusedByName(_ bad: Case) throws {
        let file = try GoldenTokenizer.json("gpt2-style/tokenizer.json")
        #expect(fault(Array(bad.change(file).compact.utf8)) == "t.json: \(bad.fault)")
    }

    @Test(arguments: characters) func aTokenizerOfCharactersIsRefusedByName(_ bad: Case) throws {
        let file = try GoldenTokenizer.json("llama2-style/tokenizer.json")
        #expect(fault(Array(bad.change(file).compact.utf8)) == "t.json: \(bad.fault)")
    }

    @Test func bytesThatAreNoJSONAreRefused() throws {
        let file = try GoldenTokenizer.bytes("gpt2-style/tokenizer.json")
        #expect(fault([]) == "t.json: 1:1: empty. Write at least {}. Get a fresh copy of the file")
        for length in [1, 100, file.count / 2, file.count - 2] {
            let fault = fault(Array(file[..<length]))
            #expect(fault.hasPrefix("t.json: ") && fault.hasSuffix(". Get a fresh copy of the file"))
        }
        #expect(
            fault(Array("{\"a\": \"\u{1}\"}".utf8))
                == "t.json: 1:8: a control character inside text. Escape it. Get a fresh copy of the file")
        #expect(
            fault(Array("{\"".utf8) + [0xC3, 0x28] + Array("\": 1}".utf8))
                == "t.json: 1:2: text that is not UTF-8. Get a fresh copy of the file")
        let deep = String(repeating: "[", count: 100_000)
        #expect(
            fault(Array(deep.utf8))
                == "t.json: 1:65: nested deeper than 64 levels. Get a fresh copy of the file")
        let number = "{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 99999999999999999999}}}"
        #expect(
            fault(Array(number.utf8))
                == "t.json: 1:42: a whole number that does not fit in 64 bits. Get a fresh copy of the file")
    }

    @Test func aMissingFileIsNamed() {
        #expect(throws: (any Error).self) { try Tokenizer(contentsOf: "/nowhere/tokenizer.json") }
    }
}
