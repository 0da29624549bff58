import LanguageModels
import Storage
import Tensors
import Testing

/// Patterns against the expressions of Swift's own library, and against their meaning where these have another.
@Suite struct TextPatternTests {
    private static func grammar(_ pattern: String) throws -> ToolGrammar {
        try GoldenTools.grammar(of: #"{"type":"string","pattern":\#(JSONValue.text(pattern).compact)}"#)
    }

    private static func takes(_ text: String, _ grammar: ToolGrammar) -> Bool {
        let call = ToolCall("f", [("x", .text(text))])
        return grammar.next(grammar.start(.call), call.text.utf8).map(grammar.isCall) == true
    }

    private static func randomPattern(_ depth: Int, using random: inout RandomStream) -> String {
        let atoms = ["a", "b", "c", "\u{E9}", "[ab]", "[^a]", "[a-c]", "[b\u{E9}\"]", "\\\"", "\\."]
        switch depth == 0 ? 0 : random.nextInteger(below: 5) {
        case 1:
            let (left, right) = (
                randomPattern(depth - 1, using: &random), randomPattern(depth - 1, using: &random)
            )
            return "(\(left)|\(right))"
        case 2:
            return "(?:\(randomPattern(depth - 1, using: &random)))"
                + ["*", "+", "?", "{2}", "{1,2}", "{0,}"][random.nextInteger(below: 6)]
        case 3, 4: return randomPattern(depth - 1, using: &random) + randomPattern(depth - 1, using: &random)
        default: return atoms[random.nextInteger(below: atoms.count)]
        }
    }

    @Test func randomPatternsTakeWhatTheLibraryTakes() throws {
        var random = RandomStream(seed: 11, for: .testing)
        let letters = ["a", "b", "\u{E9}", "\""]
        var texts = [""]
        for length in 0..<3 {
            for text in texts where text.unicodeScalars.count == length { texts += letters.map { text + $0 } }
        }
        var taken = 0
        for _ in 0..<60 {
            let pattern = Self.randomPattern(3, using: &random)
            let (grammar, expression) = (try Self.grammar(pattern), try Regex(pattern))
            for text in texts {
                let wanted = text.wholeMatch(of: expression) != nil
                #expect(Self.takes(text, grammar) == wanted, "\(pattern) on \(text)")
                taken += wanted ? 1 : 0
            }
        }
        #expect(taken > 200)
    }

    @Test(arguments: [
        ("^#W\\d{7}$", ["#W1234567"], ["#W123456", "W1234567", "#W12345678"]),
        ("a|", ["a", ""], ["b", "aa"]),
        ("[\\w.-]+@[a-z]+", ["u.1-x@mail"], ["@mail", "u@M"]),
        ("\\S\\s\\D\\W", ["a b!", "\u{1F680}\tx\u{4E2D}"], ["a b1", " b!"]),
        (".", ["\u{1F680}", "\"", "\\", "\u{7F}", "\u{1}"], ["\n", "", "ab"]),
        ("\\n\\t\\r\\\\\\[", ["\n\t\r\\["], ["nt"]),
        ("[\\]\\-a]{0}b", ["b"], ["ab", "]b"]),
        ("[^\\d]{2}", ["ab", "\u{E9}\u{4E2D}"], ["a1", "\u{E9}"]),
    ]) func patternsMeanWhatTheySay(pattern: String, taken: [String], refused: [String]) throws {
        let grammar = try Self.grammar(pattern)
        for text in taken { #expect(Self.takes(text, grammar), "\(text)") }
        for text in refused { #expect(!Self.takes(text, grammar), "\(text)") }
    }
}
