import Foundation
import SafeRL
import SaferlCommand
import Testing

/// `saferl guard`.
@Suite(.enabled(if: CommandProcess.binary != nil)) struct RuleCommandTests {
    private static let rules = """
        rules 1
        signal x = action[0] in -1 ... 1
        rule low "not too much": x <= 0.5
        watch still: never x == 0
        rule calm: x > 0.4 leads to x < 0 within 2
        """
    private static let trace = """
        {"signals": {"x": 0.25}}
        {"signals": {"x": 0.45}}
        {"signals": {"x": 0.75}}

        """

    private func folder(_ more: [String: String] = [:]) throws -> CommandFolder {
        try CommandFolder(
            ["a.rules": Self.rules, "t.jsonl": Self.trace].merging(more) { $1 }.mapValues { Array($0.utf8) })
    }

    @Test func aFileWithoutFaultIsCountedAndNamed() throws {
        let result = try folder().run(["guard", "check", "a.rules", "--environment", "point-robot"])
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output.hasPrefix("a.rules: 3 rules, 1 of them watched, fit point-robot. sha256 "))
    }

    @Test func rulesAreExplainedInTheirOwnLanguage() throws {
        let text = try folder().run(["guard", "explain", "a.rules"]).output
        #expect(text.contains("rule low: not too much\n  x <= 0.5\n  steered: "))
        #expect(text.contains("watch still\n  never x == 0\n"))
        #expect(text.contains("rule calm\n  x > 0.4 leads to x < 0 within 2\n  due: "))
        let json = try JSONValue(
            parsing: Array(try folder().run(["guard", "explain", "a.rules", "--json"]).output.utf8))
        #expect(json["rules"]?.elements?.map { $0["class"]?.string } == ["steered", "steered", "due"])
    }

    @Test func aTraceThatBreaksARuleEndsWithThree() throws {
        let result = try folder().run(["guard", "replay", "a.rules", "t.jsonl", "--json"])
        #expect(result.status == 3)
        let lines = try #require(try JSONValue(parsing: Array(result.output.utf8))["rules"]?.elements)
        #expect(lines.map { $0["verdict"]?.string } == ["broken", "kept", "open"])
        #expect(lines[0]["step"]?.number?.int == 2 && lines[0]["false_steps"]?.number?.int == 1)
        #expect(lines[0]["margin"]?.number?.double == -0.25)
        let kept = try folder(["k.jsonl": "{\"signals\": {\"x\": 0.25}}\n"])
        #expect(try kept.run(["guard", "replay", "a.rules", "k.jsonl"]).status == 0)
        let table = try folder(["k.json": #"{"columns": ["x"], "rows": [[0.1], [0.9]]}"#])
        #expect(try table.run(["guard", "replay", "a.rules", "k.json"]).status == 3)
    }

    @Test func deadEndsAreShownAndSolved() throws {
        let spoilt = try folder([
            "d.rules": "rules 1\ncall a()\ncall b()\nevent e()\nrule r: e() leads to a() within 1\n"
                + "rule s: a() implies previous once b()\n"
        ])
        let found = try spoilt.run(["guard", "deadlock", "d.rules", "--depth", "3"])
        #expect(found.status == 3)
        #expect(
            found.output
                == "a dead end after 1 steps:\n  0: e()\n  then nothing is observed, and no choice is allowed.\n"
        )
        let solved = try spoilt.run(["guard", "deadlock", "d.rules", "--solve"])
        #expect(solved.status == 0 && solved.output.hasPrefix("won: some choice always remains, for ever ("))
        let free = try folder(["f.rules": "rules 1\ncall a()\nrule r: not (a() and previous a())\n"])
        #expect(try free.run(["guard", "deadlock", "f.rules"]).output == "none up to depth 6\n")
    }
}
