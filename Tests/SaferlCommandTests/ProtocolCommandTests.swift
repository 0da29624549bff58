import Foundation
import GymnasiumEnvironments
import Replay
import SafeRL
import SaferlCommand
import TestSupport
import Testing

/// Runs of two updates on data of BallRun's sizes, made once by the binary itself.
private enum BallRuns {
    static let dataName = "SafetyBallRun-v0-80-940.hdf5"
    static let files = (try? make()) ?? [:]

    /// Reward 5, and cost 1 in the first ten steps; never ends by itself.
    private static let simulator = """
        from fakes import Box

        class Ball:
            def __init__(self):
                self.observation_space = Box([-9.0] * 7, [9.0] * 7)
                self.action_space = Box([-1.0] * 2, [1.0] * 2)

            def reset(self, *, seed=None, options=None):
                self.age = 0
                return [0.0] * 7, {}

            def step(self, action):
                self.age += 1
                return [0.1] * 7, 5.0, False, False, {"cost": float(self.age <= 10)}

            def render(self):
                return [[[self.age, 0, 0]] * 4] * 4

            def close(self):
                pass
        """

    private static func make() throws -> [String: [UInt8]] {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let fakes = try Data(contentsOf: root.appending(path: "Environments/gymnasium/tests/fakes.py"))
        let configuration = """
            {"algorithm": "bc", "data": {"file": "\(dataName)"}, "bc": {"widths": [4], "rows": 4},
             "schedule": {"steps": 2, "log": 1, "checkpoint": 2}}
            """
        let folder = try CommandFolder([
            "my.json": Array(configuration.utf8), "fakes.py": Array(fakes), "ball.py": Array(simulator.utf8),
        ])
        var columns = TransitionColumns(observationSize: 7, actionSize: 2)
        for row in 0..<40 {
            columns.append(
                observation: (0..<7).map { Float(row * $0 % 5) }, action: [0.1, 0.2],
                nextObservation: (0..<7).map { Float((row + 1) * $0 % 5) }, reward: 1, cost: 0,
                terminated: false, truncated: row % 10 == 9)
        }
        try TransitionDataset(columns).write(to: folder.path(dataName))
        for seed in 0..<3 {
            let result = try folder.run(
                ["train", "my.json", "--run", "run-\(seed)", "--quiet", "--set", "seed=\(seed)"])
            guard result.status == 0 else { throw TinyRun.Failure(output: result.errors) }
        }
        return try folder.contents()
    }
}

@Suite(.enabled(if: CommandProcess.binary != nil)) struct ProtocolCommandTests {
    private static let clean = "unset SAFERL_PYTHON; export SAFERL_HOME=/nowhere PYTHONDONTWRITEBYTECODE=1"
    private static let here = ["--environment", "python:ball:Ball?steps=500", "--workers", "1"]

    private func object(_ text: String) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    }

    // Needs a Python interpreter, no package.
    @Test(.enabled(if: isPythonHere)) func threeRunsAreJudgedByTheTasksLimits() throws {
        let folder = try CommandFolder(BallRuns.files)
        let command = ["evaluate", "run-0", "run-1", "run-2", "--task", "BallRun"] + Self.here
        let result = try folder.run(command + ["--json", "--out", "out"], shell: Self.clean)
        #expect(result.status == 0 && result.errors == "", "\(result.errors)")
        let report = try object(result.output)
        let summary = try #require(report["summary"] as? [String: Any])
        // The environment would go on for 500 steps; the task ends episodes after 100.
        #expect((summary["return"] as? [String: Any])?["mean"] as? Double == 500)
        #expect((summary["cost"] as? [String: Any])?["mean"] as? Double == 10)
        let costs = (summary["normalized_costs"] as? [[String: Any]])?.compactMap {
            ($0["normalized_cost"] as? [String: Any])?["mean"] as? Double
        }
        #expect(costs == [2, 1, 0.5, 0.25])
        let score = (summary["normalized_return"] as? [String: Any])?["mean"] as? Double
        #expect(
            abs((score ?? 0) - (500 - 26.339754104614258) / (1327.445556640625 - 26.339754104614258)) < 1e-9)
        let runs = try #require(report["runs"] as? [[String: Any]])
        let reports = runs.compactMap { $0["report"] as? [String: Any] }
        #expect(reports.map { $0["seed"] as? Int } == [1000, 1001, 1002])
        #expect(reports.map { $0["episodes"] as? Int } == [20, 20, 20])
        let origins = reports.compactMap { $0["origin"] as? [String: Any] }
        #expect(origins.map { $0["step"] as? Int } == [2, 2, 2])
        #expect(origins[1]["checkpoint"] as? String == "run-1/checkpoints/step-000000002")
        #expect((origins[0]["packages"] as? [String: String])?["python"]?.hasPrefix("3.") == true)
        #expect(
            try String(contentsOfFile: folder.path("out/report.json"), encoding: .utf8) == result.output)
        let lines = try String(contentsOfFile: folder.path("out/episodes-3.jsonl"), encoding: .utf8)
        #expect(lines.split(separator: "\n").count == 20)
        #expect(try folder.run(command + ["--json"], shell: Self.clean).output == result.output)
    }

    @Test(.enabled(if: isPythonHere)) func theFirstRunCanBeShown() throws {
        let folder = try CommandFolder(BallRuns.files)
        let command = ["evaluate", "run-1", "run-2", "--task", "BallRun", "--episodes", "2"] + Self.here
        let plain = try folder.run(command, shell: Self.clean)
        let filmed = try folder.run(command + ["--video", "v.gif"], shell: Self.clean)
        #expect(filmed.status == 0 && filmed.errors == "", "\(filmed.errors)")
        #expect(filmed.output == plain.output + "Video  v.gif: episode 0, 101 frames, 25 a second\n")
    }

    @Test(.enabled(if: isPythonHere)) func theTableSaysWhatIsNotMeasuredHere() throws {
        let folder = try CommandFolder(BallRuns.files)
        let command = ["evaluate", "run-1", "--task", "OfflineBallRun-v0", "--episodes", "2"] + Self.here
        let result = try folder.run(command, shell: Self.clean)
        #expect(result.output.contains("BC, published"))
        #expect(result.output.contains("  2 episodes a run, not 20.\n  1 training seed, not 3.\n"))
        #expect(
            result.output.contains(
                "  Not the official data file, or unknown: \(BallRuns.dataName) has its name"))
    }

    /// In the simulator itself, where `saferl env setup gymnasium` has installed it for whoever runs the tests.
    @Test(.enabled(if: GymnasiumKit().isInstalled("bullet"))) func theTasksOwnEnvironmentIsTheDefault() throws
    {
        let folder = try CommandFolder(BallRuns.files)
        let result = try folder.run(
            ["evaluate", "run-0", "--task", "BallRun", "--episodes", "2", "--json"],
            shell: "unset SAFERL_PYTHON")
        #expect(result.status == 0, "\(result.errors)")
        let report = try object(result.output)
        #expect(report["environment"] as? String == "dsrl:OfflineBallRun-v0")
        let origin = ((report["runs"] as? [[String: Any]])?.first?["report"] as? [String: Any])?["origin"]
        let packages = (origin as? [String: Any])?["packages"] as? [String: String]
        #expect(packages?.keys.contains { $0.contains("bullet") } == true, "\(packages ?? [:])")
    }

    @Test(arguments: [["evaluate"], ["certify", "--episodes", "9", "--limit", "1", "--delta", "0.1"]])
    func anotherTaskOfTheSameSizesIsRefused(command: [String]) throws {
        let result = try CommandProcess.run(
            command + ["run-0", "--task", "CarRun"], files: BallRuns.files)
        #expect(
            result.errors == "run-0: trained on data of OfflineBallRun-v0. Name that task with --task.\n")
        #expect(result.status == CommandStatus.configuration.rawValue)
    }

    @Test func anotherSizeIsRefusedBeforeSimulatorsStart() throws {
        let result = try CommandProcess.run(["evaluate", "run-0", "--task", "AntRun"], files: BallRuns.files)
        #expect(
            result.errors
                == "the policy's observation has 7 values, the environment's 33. Name the environment that "
                + "the policy was trained for.\n")
        #expect(result.status == CommandStatus.configuration.rawValue)
    }

    @Test func algorithmsAreNotAveraged() throws {
        let files = TinyRun.files.merging(BallRuns.files) { $1 }
        let result = try CommandProcess.run(["evaluate", "run-0", "run", "--task", "BallRun"], files: files)
        #expect(
            result.errors == "run: trained by fisor, run-0 by bc. Judge the runs of one algorithm together.\n"
        )
        #expect(result.status == CommandStatus.usage.rawValue)
    }

    @Test func anAlgorithmWithoutSuchOptionsSaysSo() throws {
        let result = try CommandProcess.run(
            ["evaluate", "run-0", "--task", "BallRun", "--set", "bc.rows=3"], files: BallRuns.files)
        #expect(
            result.errors
                == "--set bc.rows=3: no option that changes how a trained policy acts. bc has none that do.\n"
        )
        #expect(result.status == CommandStatus.configuration.rawValue)
    }

    /// The choice of the action is overridden and recorded; what was trained stays.
    @Test(.enabled(if: isPythonHere)) func anOverrideChangesHowThePolicyActs() throws {
        let folder = try CommandFolder(TinyRun.files)
        let fake = """
            from fakes import Walk, Box

            class Line(Walk):
                def __init__(self):
                    super().__init__()
                    self.observation_space = Box([-9.0] * 3, [9.0] * 3)
                    self.action_space = Box([-1.0], [1.0])

                def reset(self, **options):
                    self.age = 0
                    return [0.0] * 3, {}

                def step(self, action):
                    self.age += 1
                    return [0.0] * 3, action[0], False, self.age >= 5, {"cost": 0.0}
            """
        try Data(fake.utf8).write(to: URL(fileURLWithPath: folder.path("line.py")))
        try Data(BallRuns.files["fakes.py"] ?? []).write(to: URL(fileURLWithPath: folder.path("fakes.py")))
        let command = ["evaluate", "run", "--environment", "python:line:Line", "--episodes", "3", "--json"]
        let plain = try object(folder.run(command, shell: Self.clean).output)
        let overrides = ["fisor.choice=first", "fisor.temperature=3"]
        let other = try object(
            folder.run(command + overrides.flatMap { ["--set", $0] }, shell: Self.clean).output)
        #expect(plain["return_mean"] as? Double != other["return_mean"] as? Double)
        let origin = try #require(other["origin"] as? [String: Any])
        #expect(origin["overrides"] as? [String] == overrides)
        #expect(origin["environment"] as? String == "python:line:Line")
        #expect(origin["step"] as? Int == 20)
    }
}
