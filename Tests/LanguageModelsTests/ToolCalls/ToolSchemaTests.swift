import Foundation
import LanguageModels
import Storage
import Tensors
import Testing

@Suite struct ToolSchemaTests {
    private static func message(_ body: () throws -> Void) -> String {
        do {
            try body()
            return "read"
        } catch { return (error as? any Fault).map { "\($0.description)" } ?? "no fault: \(error)" }
    }

    private static func fault(_ text: String) -> String {
        message { _ = try ToolGrammar(bytes: Array(text.utf8), name: "t") }
    }

    private static func tool(_ parameters: String, name: String = "f") -> String {
        #"{"name":"\#(name)","parameters":\#(parameters)}"#
    }

    private static func parameter(_ schema: String) -> String {
        "[" + tool(#"{"type":"object","properties":{"x":\#(schema)}}"#) + "]"
    }

    private static let files: [(String, String)] = [
        ("", "t:1:1: $: empty. Write at least {}."),
        ("{}", "t:1:1: $: an object, where a list of tools belongs."),
        ("[]", "t:1:1: $: no tool. List at least one."),
        ("[3]", "t:1:2: $[0]: a whole number, where a tool belongs. Write an object."),
        ("[{}]", "t:1:2: $[0]: a tool without \"name\"."),
        (#"[{"name":7}]"#, "t:1:10: $[0].name: a whole number, where a text belongs."),
        (#"[{"name":""}]"#, "t:1:2: $[0]: a name of 0 bytes. Names have 1 to 128."),
        (
            #"[{"name":"f","parametres":{}}]"#,
            "t:1:14: $[0].parametres: \"parametres\": no word of the tool schemas that are read. "
                + "Did you mean \"parameters\"?"
        ),
        (
            #"[{"name":"f"},{"name":"g"},{"name":"f"}]"#,
            "t:1:28: $[2]: a second tool \"f\". Rename or remove one of the two."
        ),
        (
            #"[{"function":{"name":"f"}}]"#,
            "t:1:2: $[0]: a \"function\" without \"type\": \"function\". Add it."
        ),
        (
            "[" + tool(#"{"type":"string"}"#) + "]",
            "t:1:27: $[0].parameters: \"type\" is not \"object\" here. Write \"type\": \"object\"."
        ),
        (
            "[" + tool(#"{"type":"object","additionalProperties":true}"#) + "]",
            "t:1:67: $[0].parameters.additionalProperties: only false is read: a call has no arguments but those of "
                + "\"properties\"."
        ),
        (
            "[" + tool(#"{"type":"object","properties":{"amount":{"type":"number"}},"required":["amuont"]}"#)
                + "]",
            "t:1:98: $[0].parameters.required[0]: \"amuont\" is required and no parameter. "
                + "Did you mean \"amount\"?"
        ),
        (
            "[" + tool(#"{"type":"object","properties":{"a":{"type":"number"}},"required":["a","a"]}"#) + "]",
            "t:1:97: $[0].parameters.required[1]: \"a\" stands there twice. Remove one of the two."
        ),
    ]

    @Test(arguments: files) func everyFaultOfAFileHasItsPlace(text: String, expected: String) {
        #expect(Self.fault(text) == expected)
    }

    private static let at = "$[0].parameters.properties.x"
    private static let parameters: [(String, String)] = [
        ("7", "t:1:62: \(at): a whole number, where a schema belongs. Write {\"type\": …}."),
        (#"{"enum":["a"]}"#, "t:1:62: \(at): a schema without \"type\"."),
        ("{}", "t:1:62: \(at): a schema without \"type\"."),
        (
            #"{"type":["string","null"]}"#,
            "t:1:70: \(at).type: a list. Write one type as a text, such as \"string\"."
        ),
        (
            #"{"type":"strnig"}"#,
            "t:1:70: \(at).type: \"strnig\" is no type that is read. Did you mean \"string\"?"
        ),
        (
            ##"{"$ref":"#/$defs/x"}"##,
            "t:1:63: \(at)[\"$ref\"]: \"$ref\": schemas that refer to others, or to themselves, are not read. "
                + "Write the schema out."
        ),
        (
            #"{"type":"string","format":"date"}"#,
            "t:1:79: \(at).format: \"format\": no word of the tool schemas that are read. "
                + "Known words here: type, title, description, enum, pattern."
        ),
        (
            #"{"type":"number","minimum":0}"#,
            "t:1:79: \(at).minimum: \"minimum\": no word of the tool schemas that are read. "
                + "Known words here: type, title, description."
        ),
        (
            #"{"type":"string","enum":[]}"#,
            "t:1:86: \(at).enum: an empty \"enum\" allows nothing. Add a text."
        ),
        (
            #"{"type":"string","enum":["a",1]}"#,
            "t:1:91: \(at).enum[1]: a whole number in an \"enum\" of texts. Write texts alone."
        ),
        (
            #"{"type":"string","enum":["a","a"]}"#,
            "t:1:91: \(at).enum[1]: \"a\" stands there twice. Remove one of the two."
        ),
        (
            #"{"type":"string","enum":["a"],"pattern":"a"}"#,
            "t:1:62: \(at): \"enum\" and \"pattern\" together. Keep one of the two."
        ),
        (
            #"{"type":"array"}"#,
            "t:1:62: \(at): an array without \"items\". Say what its elements are."
        ),
        (
            #"{"type":"array","items":{"type":"number"},"maxItems":-1}"#,
            "t:1:115: \(at).maxItems: a whole number from 0 to 65535 is needed."
        ),
        (
            #"{"type":"array","items":{"type":"array","items":{"type":"array","items":{"type":"array","items":"#
                + #"{"type":"array","items":{"type":"number"}}}}}}"#,
            "t:1:158: \(at).items.items.items.items: a list or object 5 deep. "
                + "At most 4 lie within one another: flatten it."
        ),
    ]

    @Test(arguments: parameters) func everyFaultOfAParameterHasItsPlace(schema: String, expected: String) {
        #expect(Self.fault(Self.parameter(schema)) == expected)
    }

    private static let patterns: [(String, String)] = [
        ("a(b", "character 4 of the pattern: a \")\" is missing."),
        ("ab)", "character 3 of the pattern: a \")\" without its \"(\"."),
        ("[a", "character 3 of the pattern: a \"]\" is missing."),
        ("[]", "character 3 of the pattern: a class without characters."),
        ("[b-a]", "character 5 of the pattern: a range that does not rise from one character to another."),
        (
            "*a",
            "character 1 of the pattern: \"*\" has nothing before it, or means a place. Write \"\\*\" for the sign."
        ),
        (
            "a*?",
            "character 3 of the pattern: a repetition of a repetition, or one that is lazy. "
                + "Put the first into a group."
        ),
        ("a{3,2}", "character 6 of the pattern: {3,2} repeats nothing."),
        ("a{x}", "character 3 of the pattern: a number from 0 to 2048 is needed."),
        ("(?=a)", "character 2 of the pattern: only \"(?:\" is read of groups with a question mark."),
        (
            "a\\b",
            "character 3 of the pattern: \"\\b\" is not read. There are \\d \\D \\w \\W \\s \\S \\n \\r \\t."
        ),
        (
            "a$b",
            "character 2 of the pattern: \"$\" has nothing before it, or means a place. Write \"\\$\" for the sign."
        ),
        (
            "(a{100}){100}",
            "at most 2048 ranges of characters are read, repetitions written out. Repeat less."
        ),
    ]

    @Test(arguments: patterns) func everyFaultOfAPatternHasItsCharacter(pattern: String, expected: String) {
        let text = Self.parameter(#"{"type":"string","pattern":\#(JSONValue.text(pattern).compact)}"#)
        #expect(Self.fault(text) == "t:1:89: \(Self.at).pattern: \(expected)")
    }

    @Test func automataThatWouldBeTooLargeAreRefused() {
        let text = Self.parameter(#"{"type":"string","pattern":"(a|b)*a(a|b){14}"}"#)
        #expect(Self.fault(text) == "t: $: the pattern needs more than 2048 states. Repeat or branch less.")
        let many = (0..<256).map { #""\#($0)\#(String(repeating: "p", count: 60))":{"type":"number"}"# }
        let tool = Self.tool(#"{"type":"object","properties":{\#(many.joined(separator: ","))}}"#)
        #expect(Self.fault("[\(tool)]") == "t: $: the tools need more than 200000 states. Leave some out.")
    }

    @Test func whatIsReadIsWhatTheFileSays() throws {
        let text = #"""
            [{"type": "function", "function": {"name": "pay", "description": "Pays.", "strict": true, "parameters":
              {"type": "object", "title": "Pay", "additionalProperties": false, "required": ["to"], "properties": {
                "to": {"type": "string", "description": "whom"}, "now": {"type": "boolean"},
                "parts": {"type": "array", "maxItems": 2, "items": {"type": "object", "properties": {}}}}}}},
             {"name": "wait"}]
            """#
        let schema = try ToolSchema(bytes: Array(text.utf8), name: "t")
        let pay = try #require(schema.tool("pay"))
        #expect(pay.text == "Pays." && pay.parameters.map(\.name) == ["to", "now", "parts"])
        #expect(pay.parameters.map(\.isRequired) == [true, false, false])
        #expect(pay.parameters.map(\.type) == [.text, .flag, .list(of: .object([]), most: 2)])
        #expect(schema.tool("wait")?.parameters == [] && schema.tool("Pay") == nil)
    }

    /// How many changed files: `SAFERL_FUZZ_EXECUTIONS`, 10 million in the campaign.
    private static var executions: Int {
        ProcessInfo.processInfo.environment["SAFERL_FUZZ_EXECUTIONS"].flatMap { Int($0) } ?? 2_000
    }

    @Test func changedFilesAreReadOrRefusedAndNeverCrash() throws {
        var random = RandomStream(seed: 7, for: .testing)
        let seeds = [
            try GoldenTools.json("token_masks.json")["tools"]?.compact ?? "",
            "[" + Self.tool(#"{"type":"object","properties":{"a":{"type":"string","enum":["x","y"]}}}"#) + ","
                + Self.tool(
                    #"{"type":"object","properties":{"p":{"type":"string","pattern":"^[A-Z]{2}(\\d+|x*)?$"}}}"#,
                    name: "g")
                + "]",
        ].map { Array($0.utf8) }
        let words = [
            "\"maxItems\":3", "{\"type\":\"array\",\"items\":", "\"required\":[\"p\"]", "{999}", "(", "[^",
            "\\\\", "|", "*",
            "\"$ref\":\"#\"", "\u{E9}", "\"integer\"",
        ].map { Array($0.utf8) }
        var (refused, longest) = (0, Duration.zero)
        for execution in 0..<Self.executions {
            var bytes = seeds[execution % seeds.count]
            for _ in 0...random.nextInteger(below: 4) where !bytes.isEmpty {
                let at = random.nextInteger(below: bytes.count)
                switch random.nextInteger(below: 5) {
                case 0: bytes[at] = UInt8(random.nextInteger(below: 256))
                case 1: bytes.remove(at: at)
                case 2: bytes.insert(bytes[random.nextInteger(below: bytes.count)], at: at)
                case 3: bytes.insert(contentsOf: words[random.nextInteger(below: words.count)], at: at)
                default: bytes.removeSubrange(at..<min(bytes.count, at + random.nextInteger(below: 40)))
                }
            }
            let took = ContinuousClock().measure {
                let result = Self.message { _ = try ToolGrammar(bytes: bytes, name: "f") }
                if result != "read" { refused += 1 }
            }
            longest = max(longest, took)
        }
        #expect(refused > Self.executions / 10 && refused < Self.executions)
        #expect(longest < .seconds(1))
    }
}
