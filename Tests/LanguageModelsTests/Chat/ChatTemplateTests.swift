import Foundation
import LanguageModels
import Storage
import TestSupport
import Testing

/// Chat templates against Jinja's own output, and what is refused.
@Suite struct ChatTemplateTests {
    private struct Reference: Decodable {
        struct Row: Decodable {
            let template: String
            let messages: [ChatMessage]
            let add_generation_prompt: Bool
            let enable_thinking: Bool?
            let text: String
        }
        let templates: [String: String]
        let rows: [Row]
        let refused: [String]
        let bos_token, eos_token: String
    }

    private static let path = Golden.directory("alignment").appendingPathComponent("chat.json")

    @Test func everyConversationIsWrittenAsByJinja() throws {
        let reference = try JSONDecoder().decode(Reference.self, from: Data(contentsOf: Self.path))
        // Tools keep the order of their keys, which a decoded dictionary would lose.
        let json = try JSONValue(
            parsing: Array(Data(contentsOf: Self.path)), limits: JSONLimits(bytes: 1 << 24))
        let rows = try #require(json["rows"]?.elements)
        #expect(reference.rows.count == rows.count && rows.count >= 50)
        for (row, source) in zip(reference.rows, rows) {
            let template = try ChatTemplate(
                parsing: #require(reference.templates[row.template]), place: row.template)
            let text = try template.text(
                row.messages, addsReply: row.add_generation_prompt, tools: source["tools"],
                variables: row.enable_thinking.map { ["enable_thinking": .boolean($0)] } ?? [:],
                specialTokens: (reference.bos_token, reference.eos_token))
            #expect(text.string == row.text, "\(row.template)")
        }
    }

    @Test func whatIsNotUnderstoodIsRefusedByName() throws {
        let reference = try JSONDecoder().decode(Reference.self, from: Data(contentsOf: Self.path))
        #expect(reference.refused.count >= 6)
        for text in reference.refused {
            #expect(throws: ChatTemplateError.self, "\(text)") { try ChatTemplate(parsing: text, place: "x") }
        }
    }

    static let refusals: [(String, String)] = [
        ("{% macro f() %}{% endmacro %}", "the statement macro at character 0"),
        ("ab{{ x | map }}", "the filter map at character 9"),
        ("{{ x.items() }}", "the method items"),
        ("{{ range(3) }}", "the function range"),
        ("{{ x is iterable }}", "the test iterable"),
        ("{% for a, b in x %}{% endfor %}", "a loop over pairs"),
        ("{% for a in x if a %}{% endfor %}", "a loop with a condition"),
        ("{% for a in x %}{% else %}{% endfor %}", "else of a for"),
        ("{{ loop.length }}", "loop.length"),
        ("{% set x %}a{% endset %}", "a set of what follows"),
        ("{{ {'a': 1} }}", "a dictionary"),
        ("{{ (1, 2) }}", "a tuple"),
        ("{{ 2 ** 3 }}", "the sign '**'"),
        ("{{ x | tojson(indent=4) }}", "the argument indent of the filter tojson"),
        ("{% if x %}", "an if does not end"),
        ("{% endfor %}", "endfor stands where nothing is open"),
        ("{{ 'a }}", "a text does not end"),
        ("{# a", "a comment does not end"),
        ("{{ 99999999999999999999 }}", "too large"),
        ("{{ \(String(repeating: "(", count: 500)) }}", "steps"),
        ("{{ a\(String(repeating: " + a", count: 500)) }}", "steps"),
        (String(repeating: "{% if a %}", count: 500), "inside of each other"),
    ]

    @Test(arguments: refusals) func refusalsNameThePart(template: String, part: String) {
        let error = #expect(throws: ChatTemplateError.self) {
            try ChatTemplate(parsing: template, place: "model.gguf")
        }
        let message = error?.description ?? ""
        #expect(
            message.contains(part) && message.hasPrefix("model.gguf: ") && !message.contains("\n"),
            "\(message)")
    }

    private func text(_ template: String, _ content: String = "Hi") throws -> String {
        try ChatTemplate(parsing: template, place: "x").text([ChatMessage(role: "user", content: content)])
            .string
    }

    static let values: [(String, String)] = [
        ("{{ 7 // 2 }} {{ -7 // 2 }} {{ -7 % 3 }} {{ 2 * 3 - 1 }}", "3 -4 2 5"),
        ("{{ 'abcdef'[1:4] }} {{ 'abcdef'[::-2] }} {{ 'abc'[-1] }} {{ 'abc'[5:] }}", "bcd fdb c "),
        ("{{ 1 + 2 ~ 3 }}", "refused"),
        ("{{ 'a' ~ 1 ~ none ~ true }}", "a1NoneTrue"),
        ("{{ x | default('d') }}{{ '' | default('e') }}{{ '' | default('f', true) }}", "df"),
        ("{{ ['a', 1] | join('-') }} {{ 'xyz' | length }} {{ ' a ' | trim | upper }}", "a-1 3 A"),
        ("{{ 'a,b,'.split(',') | join('|') }} {{ ' a  b '.split() | join('|') }}", "a|b| a|b"),
        (
            "{{ 'abcabc'.replace('bc', 'x') }} {{ 'xxaxx'.strip('x') }} {{ 'ab'.startswith('a') }}",
            "axax a True"
        ),
        (
            "{{ 1 < 2 <= 2 }} {{ 'b' in 'abc' }} {{ 'd' not in 'abc' }} {{ 1 == true }} {{ '1' == 1 }}",
            "True True True True False"
        ),
        ("{{ 'y' if not x else 'n' }}{{ x and 1 }}{{ 0 or 'z' }}", "yz"),
        ("a\n  {% if true %}\n  b\n  {% endif %}\nc", "a\n  b\nc"),
        ("a {%+ if true %} b {%- endif +%}\nc", "a  b\nc"),
        ("a {#- no -#} b", "ab"),
        (
            "{% for c in ['a', 'b'] %}{{ loop.index }}{{ c }}{{ '' if loop.last else ',' }}{% endfor %}",
            "1a,2b"
        ),
        ("{% set a = 1 %}{% for c in [2] %}{% set a = c %}{% endfor %}{{ a }}", "1"),
        ("{{ '\\x41\\u00e9\\n' }}", "A\u{e9}\n"),
        ("{{ messages[0].missing is defined }}{{ messages[0].missing }}", "False"),
        ("{{ messages | tojson }}", "[{\"role\": \"user\", \"content\": \"Hi\"}]"),
        ("line\n\n", "line\n"),
    ]

    @Test(arguments: values) func expressionsHaveJinjasValues(template: String, expected: String) throws {
        // Jinja binds `~` more than `+`, so that 1 + "23" is no sum.
        if expected == "refused" {
            #expect(throws: ChatTemplateError.self) { try text(template) }
        } else {
            #expect(try text(template) == expected)
        }
    }

    static let endless: [String] = [
        "{% for a in x.y %}{% endfor %}",
        "{% for a in messages %}{{ a.content * 2 }}{% endfor %}",
        "{% set ns = namespace(l=[1, 2, 3, 4, 5, 6, 7, 8, 9, 0]) %}"
            + String(repeating: "{% set ns.l = ns.l + ns.l %}", count: 40),
        "{% set ns = namespace(t='0123456789') %}"
            + String(repeating: "{% set ns.t = ns.t + ns.t %}", count: 40),
        "{% set ns = namespace(t='0123456789') %}"
            + String(repeating: "{% set ns.t = ns.t.replace('0', ns.t) %}", count: 40),
        "{% set ns = namespace(t=[]) %}{% set ns.t = [ns.t] %}{% set ns.t = [ns.t] %}{% set ns.t = [ns.t] %}",
        "{% set l = '" + String(repeating: "a ", count: 200) + "'.split() %}"
            + "{% for a in l %}{% for b in l %}{% for c in l %}{% endfor %}{% endfor %}{% endfor %}",
        "{% set l = '" + String(repeating: "a ", count: 2000) + "'.split() %}"
            + "{% for a in l %}{% for b in l %}xxxxxxxxxx{% endfor %}{% endfor %}",
    ]

    @Test(arguments: endless) func nothingRunsOrGrowsWithoutEnd(template: String) throws {
        let parsed = try ChatTemplate(parsing: template, place: "x")
        #expect(throws: ChatTemplateError.self) {
            try parsed.text([ChatMessage(role: "user", content: "Hi")])
        }
    }

    @Test func aTemplatesOwnRefusalIsTold() throws {
        let template = try ChatTemplate(
            parsing: "{{ raise_exception('roles must alternate') }}", place: "m.gguf")
        #expect(throws: ChatTemplateError.refused("roles must alternate", place: "m.gguf")) {
            try template.text([])
        }
    }

    @Test func aRefusalIsOneLineWhateverTheTemplateHolds() throws {
        for text in ["{{ '\\\n' }}", "{{ raise_exception('a\\nb') }}", "{{ \n'a'.b\u{2} }}"] {
            let error = #expect(throws: ChatTemplateError.self, "\(text)") {
                try ChatTemplate(parsing: text, place: "m.gguf").text([])
            }
            #expect(error?.description.contains(where: \.isNewline) == false, "\(text)")
        }
    }

    @Test func whatAPersonWroteIsMarked() throws {
        let template = try ChatTemplate(
            parsing: "<{{ (messages[0].content | trim | upper).replace('B', 'x') + messages[0].role }}>",
            place: "x")
        let text = try template.text([ChatMessage(role: "r", content: " abc ")])
        #expect(text.string == "<AxCr>")
        #expect((0..<text.count).map { text.isOutside($0) } == [false, true, false, true, false, false])
    }

    @Test func controlTokensOfAPersonStayText() throws {
        let file = try GGUFFile(
            mapping: Golden.directory("alignment").appendingPathComponent("gguf/tiny-qwen2.gguf").path)
        let tokenizer = try Tokenizer(file)
        let control = try #require(tokenizer.addedTokens.first { $0.isSpecial })
        let template = try ChatTemplate(
            parsing: "\(control.content){% for m in messages %}{{ m.content }}{% endfor %}\(control.content)",
            place: "x")
        func count(_ contents: [String]) throws -> (Int, String) {
            let ids = tokenizer.encode(
                try template.text(contents.map { ChatMessage(role: "user", content: $0) })
            ).ids
            return (ids.filter { $0 == control.id }.count, tokenizer.decode(ids))
        }
        let half = control.content.index(after: control.content.startIndex)
        let pieces = [String(control.content[..<half]), String(control.content[half...])]
        for contents in [["a"], [control.content], pieces, [control.content + control.content, "b"]] {
            let (found, text) = try count(contents)
            #expect(found == 2, "\(contents)")
            #expect(text == control.content + contents.joined() + control.content)
        }
    }
}
