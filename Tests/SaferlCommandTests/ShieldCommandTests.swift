import Foundation
import SafeRL
import SaferlCommand
import Testing

/// `--guard FILE.rules`, and `saferl run`.
@Suite(.enabled(if: CommandProcess.binary != nil)) struct ShieldCommandTests {
    /// A folder with a small policy of the point robot in `run`.
    private func folder() throws -> CommandFolder {
        let folder = try CommandFolder([
            "never.rules": Array("rules 1\nsignal a = action[0]\nrule never_ever: a > 2\n".utf8),
            "calls.rules": Array("rules 1\ncall c(k: text)\nrule a: not c(k: \"z\")\n".utf8),
        ])
        let trained = try folder.run([
            "train", "bc.json", "--set", "data.file=", "--set", "environment=point-robot", "--set",
            "data.collect.transitions=2000", "--set", "schedule.steps=20", "--set", "evaluation.episodes=2",
            "--run",
            "run", "--quiet",
        ])
        try #require(trained.status == 0, "\(trained.errors)")
        return folder
    }

    private let place = ["--environment", "point-robot-stoppable"]
    /// Without projection, whose many judgements take long in a debug build.
    private let guarding = [
        "--guard", "point-robot.rules", "--fallback", "brake", "--react", "resample:2,fallback,stop",
    ]

    @Test func guardedAndUnguardedFiguresStandSideBySide() throws {
        let folder = try folder()
        let evaluate = ["evaluate", "run", "--episodes", "12"] + place
        let both = try folder.run(evaluate + guarding + ["--json", "--out", "out"])
        #expect(both.status == 0, "\(both.errors)")
        let json = try JSONValue(parsing: Array(both.output.utf8))
        let alone = try JSONValue(parsing: Array(try folder.run(evaluate + ["--json"]).output.utf8))
        #expect(json["unguarded"]?["return_mean"] == alone["return_mean"])
        #expect(json["unguarded"]?["shield"] == nil && alone["shield"] == nil)
        #expect(json["violation_free_share"]?.number?.double == 1)
        #expect(json["shield"]?["dead_ends"]?.number?.int == 0)
        let steps = try #require(json["shield"]?["steps"]?.number?.int)
        let lines = try String(contentsOfFile: folder.path("out/guard.jsonl"), encoding: .utf8).split(
            separator: "\n")
        #expect(lines.count == 1 + (json["shield"]?["interventions"]?.number?.int ?? -1))
        #expect(lines[0].hasPrefix("{\"guard\":1,\"policy\":\""))
        let all = try folder.run(evaluate + guarding + ["--guarded-only", "--log", "all", "--out", "all"])
        #expect(all.output.contains("Rules broken       in 0 of \(steps) steps that were done"))
        #expect(!all.output.contains("unguarded"))
        let every = try String(contentsOfFile: folder.path("all/guard.jsonl"), encoding: .utf8)
        #expect(every.split(separator: "\n").count == 1 + steps)
        let text = try folder.run(evaluate + guarding).output
        #expect(text.contains("unguarded") && text.contains("Without violation"))
    }

    @Test func aCertificateNamesItsRules() throws {
        let folder = try folder()
        let words =
            [
                "certify", "run", "--episodes", "40", "--limit", "0.2", "--delta", "0.05", "--violations",
                "--json",
            ] + place
            + guarding
        let result = try folder.run(words)
        #expect(result.status == 0, "\(result.errors)")
        let digest = try #require(
            try folder.run(["guard", "check", "point-robot.rules"]).output.split(separator: " ").last)
        #expect(result.output.contains(digest.trimmingCharacters(in: .whitespacesAndNewlines)))
    }

    private static func clearance(_ keys: String = "") -> [UInt8] {
        Array(
            """
            {"property": {"kind": "invariant", "environment": "point-robot", "value": "clearance", "margin": 1e-4,
             "slack": 1e-7, "steps": 900\(keys)}}
            """.utf8)
    }

    @Test func aCertificateOfTheFallbackCountsWhatItDoesNotCover() throws {
        var files = try folder().contents()
        files["clear.json"] = Self.clearance()
        let folder = try CommandFolder(files)
        let named = try folder.run([
            "verify", "--property", "clear.json", "--rules", "point-robot.rules", "--out", "c.json",
        ])
        #expect(named.status == 0, "\(named.errors)")
        let words = guarding + ["--certificate", "c.json"]
        let result = try folder.run(
            ["evaluate", "run", "--episodes", "6", "--guarded-only", "--json", "--out", "out"] + place + words
        )
        #expect(result.status == 0, "\(result.errors)")
        let json = try JSONValue(parsing: Array(result.output.utf8))
        let digest = SHA256.hexadecimal(of: try folder.contents()["c.json"] ?? [])
        let cover = try #require(json["shield"]?["cover"])
        let uncovered = try #require(cover["uncovered"]?.number?.int)
        #expect(cover["certificate"]?.string == digest && cover["dead_ends"]?.number?.int == 0)
        let head = try String(contentsOfFile: folder.path("out/guard.jsonl"), encoding: .utf8)
        #expect(head.contains("\"guard\":1,") && head.contains("\"certificate\":\"sha256:\(digest)\""))
        let figures = try String(contentsOfFile: folder.path("out/guard.json"), encoding: .utf8)
        #expect(figures.contains("\"uncovered\" : \(uncovered)"))
        let run = try folder.run(["run", "run", "--episodes", "1", "--rate", "0", "--quiet"] + place + words)
        #expect(run.output.contains(" uncovered by the certificate"), "\(run.errors)")
        let certified = try folder.run(
            [
                "certify", "run", "--episodes", "20", "--limit", "0.5", "--delta", "0.1", "--violations",
                "--json",
            ]
                + place + words)
        #expect(certified.output.contains(digest), "\(certified.errors)")
    }

    @Test func aCertificateOfSomethingElseIsRefused() throws {
        var files = try folder().contents()
        files["clear.json"] = Self.clearance()
        let folder = try CommandFolder(files)
        let verify = ["verify", "--property", "clear.json", "--out"]
        #expect(try folder.run(verify + ["none.json"]).status == 0)
        #expect(try folder.run(verify + ["other.json", "--rules", "never.rules"]).status == 0)
        #expect(try folder.run(verify + ["own.json", "--rules", "point-robot.rules"]).status == 0)
        let evaluate = ["evaluate", "run", "--episodes", "2"] + guarding + ["--certificate"]
        let cases: [([String], Int32, String)] = [
            (
                evaluate + ["none.json"] + place, 65,
                "none.json: it names no rules, and rules are asked about."
            ),
            (evaluate + ["other.json"] + place, 65, "other.json: it is for other rules"),
            (evaluate + ["missing.json"] + place, 66, "missing.json"),
            (
                [
                    "evaluate", "run", "--episodes", "2", "--guard", "point-robot.rules", "--certificate",
                    "own.json",
                ]
                    + place, 64,
                "--certificate proves what a controller of the environment keeps. Name it by --fallback."
            ),
        ]
        for (words, status, message) in cases {
            let result = try folder.run(words)
            #expect(result.status == status && result.output == "", "\(result.status) \(result.errors)")
            #expect(
                result.errors.contains(message) && result.errors.split(separator: "\n").count == 1,
                "\(result.errors)")
        }
    }

    @Test func whereNothingIsAllowedEpisodesStop() throws {
        let folder = try folder()
        let words = ["--environment", "point-robot", "--guard", "never.rules"]
        let result = try folder.run(["evaluate", "run", "--episodes", "3", "--guarded-only"] + words)
        #expect(result.status == 0 && result.output.contains("3 stopped"), "\(result.output)\(result.errors)")
        let run = try folder.run(["run", "run", "--episodes", "2", "--rate", "0"] + words)
        #expect(
            run.status == 3
                && run.output == "2 episodes, 2 steps: 2 interventions, 0 unprotected, 2 stopped\n")
        let forced = try folder.run(["run", "run", "--episodes", "1", "--rate", "0", "--no-stop"] + words)
        #expect(forced.status == 3 && forced.errors.contains("held, because a step was unprotected"))
    }

    @Test func aRunIsJudgedAgainByItsTraces() throws {
        let folder = try folder()
        let words = ["run", "run", "--episodes", "2", "--rate", "0", "--out", "log"] + place + guarding
        let result = try folder.run(words)
        #expect(result.status == 0, "\(result.errors)")
        let replay = ["guard", "replay", "point-robot.rules", "log/trace-0.jsonl", "log/trace-1.jsonl"]
        let judged = try folder.run(replay)
        #expect(judged.status == 0 && !judged.output.contains("broken"), "\(judged.output)\(judged.errors)")
        // What another run wrote is left alone.
        let again = try folder.run(words)
        #expect(again.status == 73 && again.errors.hasPrefix("log/guard.jsonl: "), "\(again.errors)")
    }

    @Test func rulesThatDoNotFitAreRefusedBeforeAnythingRuns() throws {
        let folder = try folder()
        let evaluate = ["evaluate", "run"] + place
        for (words, status, message) in [
            (["--guard", "none.rules"], 66, "none.rules: no such file. Shipped with saferl: "),
            (["--guard", "calls.rules"], 78, "calls.rules: speaks of calls, events or states"),
            (
                ["--guard", "hopper-velocity.rules"], 78,
                "hopper-velocity.rules (shipped with saferl): signal foot: action[2]"
            ),
            (
                ["--guard", "never.rules", "--fallback", "brak"], 64,
                "brak: unknown fallback of point-robot-stoppable and no run."
            ),
            (
                ["--guard", "never.rules", "--react", "fallback"], 64,
                "\"fallback\" in --react needs --fallback"
            ),
            (
                ["--guard", "never.rules", "--react", "idle"], 64,
                "\"idle\" in --react: point-robot-stoppable has no action"
            ),
            (
                ["--guard", "never.rules", "--react", "mask"], 64,
                "\"mask\" in --react chooses among finitely many"
            ),
            (
                ["--guard", "never.rules", "--on-alarm", "fallback:3"], 64,
                "--on-alarm fallback needs --fallback"
            ),
        ] {
            let result = try folder.run(evaluate + words)
            #expect(
                result.status == Int32(status) && result.errors.hasPrefix(message),
                "\(words): \(result.errors)")
            #expect(result.output == "" && result.errors.split(separator: "\n").count == 1)
        }
    }

    @Test func trainingBehindRulesLearnsFromWhatWasDone() throws {
        let folder = try folder()
        let words = [
            "train", "cpo.json", "--set", "environment=point-robot-stoppable", "--set", "schedule.steps=2",
            "--set",
            "cpo.rollout.steps=600", "--set", "cpo.rollout.slots=4", "--set", "evaluation.episodes=2",
            "--quiet",
        ]
        let guarded =
            words + [
                "--set", "guard.rules=point-robot.rules", "--set", "guard.fallback=brake", "--run", "guarded",
            ]
        let result = try folder.run(guarded)
        #expect(result.status == 0, "\(result.errors)")
        // No step of training entered a hazard.
        let metrics = try String(contentsOfFile: folder.path("guarded/metrics.jsonl"), encoding: .utf8)
        let costs = try metrics.split(separator: "\n").compactMap {
            try JSONValue(parsing: Array($0.utf8))["cost_mean"]?.number?.double
        }
        #expect(!costs.isEmpty && costs.allSatisfy { $0 == 0 }, "\(metrics)")
        let other = try folder.run(
            [
                "train", "guarded/config.json", "--resume", "--run", "guarded", "--set",
                "guard.rules=never.rules", "--quiet",
            ])
        #expect(other.status != 0, "\(other.errors)")
    }
}
