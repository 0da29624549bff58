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
