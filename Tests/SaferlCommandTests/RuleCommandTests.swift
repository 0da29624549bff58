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

    @Test func spansOfStepsHaveTheirSecondsWhereAStepsAreKnown() throws {
        let folder = try folder([
            "s.rules": """
            rules 1
            signal x = action[0]
            rule a: x > 0.4 leads to x < 0 within 40
            rule b: count[0..9](x > 0) <= 3
            rule c: not once[4..40] x > 1
            rule d: not once[10..] x > 1 or x < 0
            rule e: x > 0.5 leads to x < 0 within 1

            """
        ])
        let text = try folder.run(["guard", "explain", "s.rules", "--environment", "point-robot"]).output
        #expect(text.contains("x > 0.4 leads to x < 0 within 40 steps (2 s)\n"))
        #expect(text.contains("count[0..9 steps (0.45 s)](x > 0) <= 3\n"))
        #expect(text.contains("never once[4..40 steps (0.2 to 2 s)] (x > 1)\n"))
        #expect(text.contains("once[10.. steps (from 0.5 s)] (x > 1)"))
        #expect(text.contains("leads to x < 0 within 1 step (0.05 s)\n"))
    }

    /// A place that moves by half the speed, but for 0.125 in the third row.
    private static let table = """
        episode,observation_0,observation_1,action_0,reward,cost,timeout,next_observation_0,next_observation_1
        0,0,1,0,0,0,0,0.5,1
        0,0.5,1,0,0,0,0,1,1
        0,1,1,0,0,0,1,1.625,1

        """

    private func modelled(_ error: String, column: Int = 0) -> String {
        """
        rules 1
        signal x = observation[\(column)] in 0 ... 0.75
        signal v = observation[1]
        signal a = action[0] in -1 ... 1
        signal next_x = next[0]
        model next_x = x + 0.5 * v within \(error)
        rule wall: x + a < 9

        """
    }

    @Test func recordedTransitionsCheckModelsColumnsAndRanges() throws {
        let files = [
            "m.rules": modelled("0.125"), "short.rules": modelled("0.0625"),
            "far.rules": modelled("1", column: 4),
            "free.rules": "rules 1\nsignal a = action[0]\nrule r: a <= 1\n", "a.csv": Self.table,
        ]
        let folder = try folder(files)
        let sound = try folder.run(["guard", "check", "m.rules", "--data", "a.csv"])
        #expect(sound.status == 0 && sound.output.hasPrefix("m.rules: 1 rules"), "\(sound.errors)")
        #expect(sound.errors == "warning: m.rules: signal x is 1.0 in row 2, outside of 0.0 ... 0.75.\n")
        let short = try folder.run(["guard", "check", "short.rules", "--data", "a.csv"])
        #expect(short.status == CommandStatus.configuration.rawValue && short.output == "")
        #expect(
            short.errors.hasSuffix(
                "short.rules: model next_x states 0.0625, and row 2 of a.csv is off by 0.125. Write at least that.\n"
            ), "\(short.errors)")
        let far = try folder.run(["guard", "check", "far.rules", "--data", "a.csv"])
        #expect(far.status == CommandStatus.configuration.rawValue)
        #expect(far.errors.contains("signal x: observation[4], but a.csv has 2."))
        let free = try folder.run(["guard", "check", "free.rules", "--data", "a.csv"])
        #expect(free.status == 0 && free.errors == "")
        let lone = try folder.run(["guard", "check", "m.rules", "--actions", "clip"])
        #expect(
            lone.status == CommandStatus.usage.rawValue && lone.errors.contains("--actions needs --data FILE")
        )
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
