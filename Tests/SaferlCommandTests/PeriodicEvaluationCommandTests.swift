import Foundation
import SafeRL
import SaferlCommand
import Testing

/// Evaluation during training, with the built binary.
// The binary stands beside the tests after `swift build`; without it there is nothing to run.
@Suite(.enabled(if: CommandProcess.binary != nil)) struct PeriodicEvaluationCommandTests {
    private static let steps = 400
    private static func files(_ evaluation: String) -> [String: [UInt8]] {
        [
            "my.json": Array(
                """
                {"algorithm": "fisor", "environment": "point-robot", "data": {"collect": {"transitions": 500}},
                 "schedule": {"steps": \(steps), "log": 25, "checkpoint": 60}, "fisor": \(TinyRun.options),
                 "evaluation": {"episodes": 6\(evaluation)}}
                """.utf8)
        ]
    }

    private static let train = ["train", "my.json", "--run", "run"]

    /// The last checkpoint and the metrics.
    private static func results(_ folder: CommandFolder) throws -> [Data] {
        let checkpoint = "run/checkpoints/step-000000\(steps)/"
        return try [checkpoint + "state.safetensors", checkpoint + "manifest.json", "run/metrics.jsonl"].map {
            try Data(contentsOf: URL(fileURLWithPath: folder.path($0)))
        }
    }

    private static func text(_ folder: CommandFolder, _ path: String) throws -> String {
        try String(contentsOfFile: folder.path(path), encoding: .utf8)
    }

    /// A run that nothing disturbed.
    private static let whole: (files: [Data], errors: String, curves: String, report: String)? = try? {
        let folder = try CommandFolder(files(#", "interval": 100, "intervalEpisodes": 3"#))
        let result = try folder.run(train)
        return (
            try results(folder), result.errors, try text(folder, "run/pictures/learning-curves.svg"),
            try text(folder, "run/evaluation/report.json")
        )
    }()

    private static func evaluations(_ metrics: Data) throws -> [JSONValue] {
        try metrics.split(separator: UInt8(ascii: "\n")).map { try JSONValue(parsing: Array($0)) }.filter {
            $0["stage"]?.string == "evaluation"
        }
    }

    @Test func theFiguresAreShownKeptAndDrawn() throws {
        let whole = try #require(Self.whole)
        let lines = try Self.evaluations(whole.files[2])
        #expect(lines.compactMap { $0["step"]?.number?.int } == [100, 200, 300, 400])
        #expect(
            lines[0].members?.map(\.key) == [
                "step", "stage", "return_mean", "cost_mean", "violation_free_share", "goal_share",
                "length_mean",
            ])
        #expect(whole.errors.contains("evaluation 100/400  return_mean "))
        for name in [
            "Return per episode", "Cost per episode", "Episodes without violation", "Episode length (steps)",
        ] { #expect(whole.curves.contains(">\(name)<")) }
        #expect(whole.curves.contains(">Policy loss<") && whole.curves.contains(">Evaluation<"))
    }

    @Test func theyAreThoseOfTheCommandWithEqualSeedAndEpisodes() throws {
        let whole = try #require(Self.whole)
        let last = try #require(try Self.evaluations(whole.files[2]).last)
        let folder = try CommandFolder(Self.files(""))
        #expect(try folder.run(Self.train + ["--quiet"]).status == 0)
        let judged = try folder.run(["evaluate", "run", "--episodes", "3", "--json"])
        let report = try JSONValue(parsing: Array(judged.output.utf8))
        for name in ["return_mean", "cost_mean", "violation_free_share", "length_mean"] {
            #expect(report[name]?.number?.float == last[name]?.number?.float, "\(name)")
        }
        // They change neither training nor the evaluation that follows it.
        #expect(try Self.results(folder).prefix(2) == whole.files.prefix(2))
        #expect(try Self.text(folder, "run/evaluation/report.json") == whole.report)
    }

    @Test func theyAreOfAllEpisodesUnlessSaidOtherwise() throws {
        let folder = try CommandFolder(Self.files(#", "interval": 400"#))
        #expect(try folder.run(Self.train + ["--quiet"]).status == 0)
        let last = try #require(try Self.evaluations(Self.results(folder)[2]).last)
        let report = try JSONValue(parsing: Array(Self.text(folder, "run/evaluation/report.json").utf8))
        #expect(report["return_mean"]?.number?.float == last["return_mean"]?.number?.float)
    }

    @Test func interruptionsChangeNoLine() throws {
        let whole = try #require(Self.whole)
        let folder = try CommandFolder(Self.files(#", "interval": 100, "intervalEpisodes": 3"#))
        let metrics = URL(fileURLWithPath: folder.path("run/metrics.jsonl"))
        for (stop, lines) in [3, 4, 9, 10, 17].enumerated() {
            let arguments = Self.train + ["--quiet"] + (stop == 0 ? [] : ["--resume"])
            _ = try folder.run(arguments) { process in
                let count = (try? Data(contentsOf: metrics))?.count { $0 == 0x0A } ?? 0
                guard count >= lines else { return true }
                kill(process.processIdentifier, stop % 2 == 0 ? SIGINT : SIGTERM)
                return false
            }
        }
        #expect(try folder.run(Self.train + ["--quiet", "--resume"]).status == 0)
        #expect(try Self.results(folder) == whole.files)
    }

    /// The episodes fail in every evaluation: training is finished all the same, then the last one counts.
    @Test(.enabled(if: isPythonHere, "needs python3")) func whatFailsCostsItsFiguresOnly() throws {
        let fakes = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Environments/gymnasium/tests/fakes.py")
        let text = """
            {"algorithm": "fisor", "environment": "python:fakes:Raising", "data": {"file": "tiny.hdf5"},
             "schedule": {"steps": 20, "log": 10, "checkpoint": 10}, "fisor": \(TinyRun.options),
             "evaluation": {"episodes": 2, "interval": 10, "retries": 1, "workers": 1}}
            """
        let folder = try CommandFolder([
            "fakes.py": Array(try Data(contentsOf: fakes)), "my.json": Array(text.utf8),
        ])
        var columns = TransitionColumns(observationSize: 2, actionSize: 2)
        for row in 0..<60 {
            let place = Float(row % 10)
            columns.append(
                observation: [place, 1], action: [Float(row) / 60, 0], nextObservation: [place + 1, 1],
                reward: 1, cost: row % 7 == 0 ? 1 : 0, terminated: row % 20 == 9, truncated: row % 20 == 19)
        }
        try TransitionDataset(columns).write(to: folder.path("tiny.hdf5"))
        let shell =
            "export SAFERL_HOME=\(folder.path("home")); unset SAFERL_PYTHON; export PYTHONDONTWRITEBYTECODE=1"
        let result = try folder.run(Self.train + ["--quiet"], shell: shell)
        let lost =
            "the evaluation after update 10 has no figures, training goes on. python:fakes:Raising: step raised"
        #expect(result.errors.contains("warning: \(lost)"), "\(result.errors)")
        #expect(result.errors.components(separatedBy: "start again; 0 more retries.").count == 4)
        #expect(result.status == CommandStatus.internalFault.rawValue)
        let metrics = try Data(contentsOf: URL(fileURLWithPath: folder.path("run/metrics.jsonl")))
        let lines = try Self.evaluations(metrics)
        #expect(lines.compactMap { $0["step"]?.number?.int } == [10, 20])
        #expect(lines[0].compact.contains(#""return_mean":null"#) || lines[0]["return_mean"] == .null)
        #expect(result.files.contains("run/checkpoints/step-000000020/state.safetensors"))
    }
}
