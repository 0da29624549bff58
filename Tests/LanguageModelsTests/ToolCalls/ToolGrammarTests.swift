import LanguageModels
import Storage
import Tensors
import Testing

@Suite struct ToolGrammarTests {
    @Test func tokensThatMayFollowAreTheGoldenOnes() throws {
        let table = try GoldenTools.json("token_masks.json")
        let grammar = try ToolGrammar(table["tools"] ?? .null)
        let words = (table["vocabulary"]?.elements ?? []).map { Array(($0.string ?? "").utf8) }
        let end = Int32(words.count)
        let masks = TokenMasks(grammar, TokenVocabulary(bytes: words + [[]], endTokens: [end]))
        let cases = table["cases"]?.elements ?? []
        #expect(words.count == 141 && cases.count == 60)
        var mask = TokenMask(size: words.count + 1)
        for row in cases {
            let prefix = row["prefix"]?.string ?? ""
            let state = try #require(grammar.next(grammar.start(.call), prefix.utf8), "\(prefix)")
            masks.allowed(into: &mask, after: state)
            let wanted = (row["allowed"]?.elements ?? []).compactMap { $0.number?.int }.map { Int32($0) }
            #expect(mask.tokens.filter { $0 != end } == wanted, "\(prefix)")
            #expect(mask[end] == row["may_end"]?.bool, "\(prefix)")
            #expect(grammar.mayEnd(state) == row["may_end"]?.bool, "\(prefix)")
        }
        #expect(masks.made < 60 && masks.found + masks.made == 60)
    }

    @Test(arguments: [("retail", 16), ("airline", 14)])
    func thePublishedToolsCompile(domain: String, count: Int) throws {
        let grammar = try ToolGrammar(try GoldenTools.json("tau_tools.json")[domain] ?? .null)
        #expect(grammar.schema.tools.count == count)
        let call = ToolCall("think", [("thought", .text("a \"b\" \u{1F680}\n"))])
        #expect(grammar.next(grammar.start(), call.text.utf8).map(grammar.isCall) == true)
        #expect(try ToolCall(parsing: call.text.utf8) == call)
    }

    @Test func objectsInListsAreWritten() throws {
        let grammar = try ToolGrammar(try GoldenTools.json("tau_tools.json")["airline"] ?? .null)
        func flight(_ number: String) -> JSONValue {
            .object([("flight_number", .text(number)), ("date", .text("2024-05-01"))])
        }
        for flights in [[], [flight("A")], [flight("A"), flight("B"), flight("C")]] {
            let call = ToolCall(
                "update_reservation_flights",
                [
                    ("reservation_id", .text("X")), ("cabin", .text("economy")), ("flights", .list(flights)),
                    ("payment_id", .text("p")),
                ])
            #expect(grammar.next(grammar.start(.call), call.text.utf8).map(grammar.isCall) == true)
        }
    }

    private static let sounds: [(String, [String], [String])] = [
        (
            #"{"type":"string"}"#,
            [
                #""""#, #""a b""#, #""\"\\\/\b\f\n\r\t""#, #""\u00e9\uD83D\uDE80\ud7ffA""#,
                "\"\u{E9}\u{4E2D}\u{1F680}\u{7F}\"",
            ],
            [
                "a", #""a"#, #""\x""#, #""\u12""#, #""\ud83d""#, #""\ud83dA""#, #""\udc00""#, "\"\u{1}\"",
                "1",
                "\"\n\"",
            ]
        ),
        (
            #"{"type":"number"}"#,
            [
                "0", "-0", "12", "3.5", "1e5", "-1.25E-3", "0e+0",
                "0.345678901234567890123456789012", "1.34567890123456789012345678e-12",
            ],
            [
                "01", "+1", ".5", "1.", "1e", "--1", "1e5.0", "", "0x1", "NaN",
                "0.3456789012345678901234567890123", "1234567890123456789012345678901.", "\"1\"",
            ]
        ),
        (#"{"type":"integer"}"#, ["0", "-7", "120"], ["1.0", "1e3", "-", "00", "true"]),
        (#"{"type":"boolean"}"#, ["true", "false"], ["True", "1", "null", "\"true\""]),
        (
            #"{"type":"string","enum":["a","ab","say \"b\"",""]}"#,
            [#""a""#, #""ab""#, #""say \"b\"""#, #""""#],
            [#""b""#, #""abc""#, #""\u0061""#, #""say ""#]
        ),
        (
            #"{"type":"array","items":{"type":"integer"},"maxItems":3}"#,
            ["[]", "[1]", "[1,2,3]"], ["[1,2,3,4]", "[1,]", "[,1]", "1", "[\"1\"]", "[1 ,2]"]
        ),
        (#"{"type":"array","items":{"type":"boolean"},"maxItems":0}"#, ["[]"], ["[true]"]),
        (#"{"type":"array","items":{"type":"boolean"},"maxItems":1}"#, ["[]", "[true]"], ["[true,true]"]),
        (
            #"{"type":"array","items":{"type":"array","items":{"type":"number"},"maxItems":2},"maxItems":2}"#,
            ["[]", "[[]]", "[[1,2],[3,4]]", "[[],[5]]"],
            ["[[1,2,3]]", "[[],[],[]]", "[1]", "[[1,2],[3,4,5]]"]
        ),
        (
            #"{"type":"object","properties":{"a":{"type":"integer"},"b":{"type":"boolean"},"ab":{"type":"number"}},"required":["b"]}"#,
            [
                #"{"b":true}"#, #"{"a":1,"b":true}"#, #"{"a":1,"b":true,"ab":2.5}"#, #"{"b":false,"ab":2}"#,
            ],
            [
                "{}", #"{"a":1}"#, #"{"b":true,"a":1}"#, #"{"b":true,}"#, #"{"b":true,"b":true}"#,
                #"{"ab":1}"#, #"{ "b":true}"#,
            ]
        ),
    ]

    @Test(arguments: sounds)
    func valuesAreThoseOfTheirSchema(schema: String, taken: [String], refused: [String]) throws {
        let grammar = try GoldenTools.grammar(of: schema)
        for value in taken {
            #expect(GoldenTools.takes(value, grammar), "\(value)")
            #expect(throws: Never.self) { try JSONValue(parsing: Array(value.utf8)) }
        }
        for value in refused { #expect(!GoldenTools.takes(value, grammar), "\(value)") }
    }

    @Test func bytesThatAreNoUTF8AreRefused() throws {
        let grammar = try GoldenTools.grammar(of: #"{"type":"string"}"#)
        let start = try #require(
            grammar.next(grammar.start(.call), #"{"name":"f","arguments":{"x":""#.utf8))
        for bytes: [UInt8] in [
            [0x80], [0xC0, 0x80], [0xC1, 0xBF], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80],
            [0xF0, 0x80, 0x80, 0x80],
            [0xF4, 0x90, 0x80, 0x80], [0xF5], [0xFF], [0xC3, 0x28], [0xE2, 0x82, 0x22],
        ] {
            #expect(grammar.next(start, bytes) == nil, "\(bytes)")
            #expect(String(validating: bytes, as: UTF8.self) == nil)
        }
        for scalar in [
            "\u{80}", "\u{7FF}", "\u{800}", "\u{D7FF}", "\u{E000}", "\u{FFFF}", "\u{10000}", "\u{10FFFF}",
        ] {
            #expect(grammar.next(start, scalar.utf8) == start, "\(scalar)")
            #expect(grammar.next(grammar.start(), scalar.utf8).map(grammar.mayEnd) == true)
        }
    }

    @Test func aReplyIsOneCallOrFreeText() throws {
        let grammar = try GoldenTools.grammar(of: #"{"type":"boolean"}"#)
        let call = #"{"name":"f","arguments":{"x":true}}"#
        func ends(_ text: String, _ form: ReplyForm) -> Bool? {
            grammar.next(grammar.start(form), text.utf8).map(grammar.mayEnd)
        }
        #expect(ends(call, .callOrText) == true && ends(call, .call) == true)
        #expect(ends(call + call, .callOrText) == nil && ends(call + "\n", .callOrText) == nil)
        #expect(ends("Hello {\"name\"}", .callOrText) == true && ends("Hello", .call) == nil)
        #expect(ends("", .callOrText) == false && ends("{", .callOrText) == false)
        #expect(ends(" " + call, .callOrText) == true && ends("{x", .callOrText) == nil)
    }

    /// A walk by single bytes that likes short replies, so that it ends.
    private static func walk(_ grammar: ToolGrammar, using random: inout RandomStream) -> [UInt8]? {
        var (state, text) = (grammar.start(.call), [UInt8]())
        while !grammar.isCall(state) {
            let bytes = (UInt8.min...UInt8.max).filter { grammar.next(state, $0) != nil }
            guard !bytes.isEmpty, text.count < 20_000 else { return nil }
            let closing = bytes.filter { [0x22, 0x5D, 0x7D].contains($0) }
            let pool = !closing.isEmpty && random.nextInteger(below: 3) == 0 ? closing : bytes
            let byte = pool[random.nextInteger(below: pool.count)]
            guard let next = grammar.next(state, byte) else { return nil }
            state = next
            text.append(byte)
        }
        return text
    }

    @Test func everyWalkEndsInACallThatTheReaderTakes() throws {
        let own = try GoldenTools.grammar(
            of: #"{"type":"object","properties":{"p":{"type":"string","pattern":"[A-Z]{2,3}-\\d+|é*x?"},"#
                + #""q":{"type":"array","items":{"type":"integer"},"maxItems":2},"r":{"type":"number"}}}"#)
        let tau = try GoldenTools.json("tau_tools.json")
        var random = RandomStream(seed: 5, for: .testing)
        for grammar in [
            own, try ToolGrammar(tau["retail"] ?? .null), try ToolGrammar(tau["airline"] ?? .null),
        ] {
            var numbersTooLarge = 0
            for _ in 0..<60 {
                let text = try #require(Self.walk(grammar, using: &random))
                do {
                    let call = try ToolCall(parsing: text)
                    let tool = try #require(grammar.schema.tool(call.name))
                    let given = call.arguments.members?.map(\.key) ?? []
                    #expect(given == tool.parameters.map(\.name).filter { given.contains($0) })
                    for parameter in tool.parameters where parameter.isRequired {
                        #expect(given.contains(parameter.name))
                    }
                } catch let error as ToolCallError {
                    // The reader takes no number beyond 64 bits or beyond Double.
                    #expect(error.description.contains("number"), "\(error)")
                    numbersTooLarge += 1
                }
            }
            #expect(numbersTooLarge < 30)
        }
    }

    @Test func theOnlyByteIsTheOnlyOne() throws {
        let grammar = try GoldenTools.grammar(of: #"{"type":"number"}"#)
        func only(_ text: String) -> UInt8? {
            grammar.next(grammar.start(.call), text.utf8).flatMap { grammar.onlyByte(after: $0) }
        }
        #expect(only("") == 0x7B && only(#"{"name":"#) == 0x22)
        #expect(
            only(#"{"name":"f","arguments":{"x":"#) == nil
                && only(#"{"name":"f","arguments":{"x":5}"#) == 0x7D)
        #expect(only(#"{"name":"f","arguments":{"x":5}}"#) == nil)
    }
}
