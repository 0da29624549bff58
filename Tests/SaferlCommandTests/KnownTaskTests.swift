import Foundation
import SafeRL
import SaferlCommand
import Testing

/// A run on data whose file name tells a task of DSRL, with and without the task's simulator.
@Suite(.enabled(if: CommandProcess.binary != nil && isPythonHere))
struct KnownTaskTests {
    /// What `bullet_maker` of the worker needs of gymnasium, around a task of BallRun's sizes.
    private static let gymnasium = """
        import random, types
        envs = types.SimpleNamespace(registry={"SafetyBallRun-v0": None})
        class Box:
            def __init__(self, low, high, count):
                self.low, self.high, self.shape = [low] * count, [high] * count, (count,)
        class Ball:
            max_episode_steps = 100
            observation_space, action_space = Box(-9.0, 9.0, 7), Box(-1.0, 1.0, 2)
            def reset(self, seed=None, options=None):
                self.place = random.Random(seed).uniform(-1, 1)
                return [self.place] * 7, {}
            def step(self, action):
                self.place = 0.9 * self.place + 0.1 * float(action[0])
                return [self.place] * 7, self.place, False, False, {"cost": float(self.place > 0.5)}
        def make(name, **options):
            return Ball()
        """

    private static let client = """
        class BulletClient:
            def __getattr__(self, name):
                raise AttributeError(name)
        """

    private static let configuration = """
        {"algorithm": "bc", "data": {"file": "SafetyBallRun-v0-collected-80-940.hdf5"},
         "schedule": {"steps": 4, "log": 2, "checkpoint": 2}, "evaluation": {"episodes": 5},
         "bc": {"rows": 8, "widths": [4]}}
        """

    private static func data() throws -> TransitionDataset {
        var columns = TransitionColumns(observationSize: 7, actionSize: 2)
        var stream = RandomStream(seed: 1, for: .testing)
        for row in 0..<60 {
            columns.append(
                observation: (0..<7).map { _ in stream.nextUniform() },
                action: [stream.nextUniform(in: -1..<1), 0],
                nextObservation: (0..<7).map { _ in stream.nextUniform() }, reward: stream.nextUniform(),
                cost: 0,
                terminated: false, truncated: row % 20 == 19)
        }
        return try TransitionDataset(columns)
    }

    private static func folder(_ configuration: String = configuration) throws -> CommandFolder {
        let folder = try CommandFolder([
            "my.json": Array(configuration.utf8), "gymnasium.py": Array(gymnasium.utf8),
            "bullet_safety_gym.py": Array("__version__ = \"1.4.0\"\n".utf8), "pybullet.py": [],
            "pybullet_utils/__init__.py": [], "pybullet_utils/bullet_client.py": Array(client.utf8),
        ])
        try data().write(to: folder.path("SafetyBallRun-v0-collected-80-940.hdf5"))
        return folder
    }

    private static let absent =
        "export SAFERL_HOME=$PWD/home; unset SAFERL_PYTHON; export PYTHONDONTWRITEBYTECODE=1"
    private static let present =
        "export SAFERL_HOME=$PWD/home SAFERL_PYTHON=python3 PYTHONPATH=$PWD PYTHONDONTWRITEBYTECODE=1"
    private static let call =
        "the data are of OfflineBallRun-v0, whose simulator is set up by: saferl env setup gymnasium --suite bullet."

    @Test func whereTheSimulatorIsReadyItIsUsedAndThatIsSaid() throws {
        let folder = try Self.folder()
        let trained = try folder.run(["train", "my.json", "--run", "run"], shell: Self.present)
        #expect(trained.status == 0, "\(trained.errors)")
        #expect(
            trained.errors.contains(
                "evaluating in dsrl:OfflineBallRun-v0, where the data's task OfflineBallRun-v0 is simulated\n"
            ),
            "\(trained.errors)")
        #expect(try Report(folder.path("run/evaluation/report.json"))["episodes"] == 5)
        let evaluated = try folder.run(["evaluate", "run"], shell: Self.present)
        #expect(
            evaluated.errors
                == "no environment is named: using dsrl:OfflineBallRun-v0, where the data's task OfflineBallRun-v0 is "
                + "simulated\n")
        #expect(evaluated.status == 0 && evaluated.output.contains("in dsrl:OfflineBallRun-v0\n"))
    }

    @Test func theTasksThatCapACostNeedNoNumberFromTheUser() throws {
        let folder = try Self.folder()
        #expect(try folder.run(["train", "my.json", "--run", "run"], shell: Self.present).status == 0)
        let arguments = ["certify", "run", "--episodes", "20", "--limit", "90", "--delta", "0.1"]
        let certified = try folder.run(arguments, shell: Self.present)
        #expect(certified.errors.hasPrefix("no environment is named: using dsrl:OfflineBallRun-v0"))
        #expect([0, 3].contains(certified.status), "\(certified.errors)")
        // Named, it is not announced, and exponents are whole numbers.
        let named = try folder.run(
            arguments.map { $0 == "20" ? "2e1" : $0 } + ["--task", "BallRun", "--out", "named"],
            shell: Self.present)
        #expect(!named.errors.contains("no environment"), "\(named.errors)")
        #expect(named.status == certified.status)
        // Another version may count otherwise: it says nothing.
        try Data("__version__ = \"1.5.0\"\n".utf8).write(
            to: URL(fileURLWithPath: folder.path("bullet_safety_gym.py")))
        let other = try folder.run(arguments, shell: Self.present)
        #expect(other.status == CommandStatus.usage.rawValue)
        #expect(other.errors.contains("--max-step-cost"), "\(other.errors)")
    }

    @Test func whereItIsNotTheCommandIsNamed() throws {
        let folder = try Self.folder()
        let trained = try folder.run(["train", "my.json", "--run", "run"], shell: Self.absent)
        #expect(trained.status == 0, "\(trained.errors)")
        #expect(
            trained.output.hasSuffix("not evaluated: \(Self.call) Then: saferl evaluate run\n"),
            "\(trained)")
        for (purpose, arguments) in [
            ("evaluate", ["evaluate", "run"]),
            ("test", ["certify", "run", "--episodes", "9", "--limit", "1", "--delta", "0.1"]),
        ] {
            let result = try folder.run(arguments, shell: Self.absent)
            #expect(
                result.errors.hasSuffix(
                    "environment = \"\": none to \(purpose) in. \(Self.call) Or name one with --environment.\n"
                ),
                "\(result.errors)")
            #expect(result.status == CommandStatus.configuration.rawValue)
        }
    }

    @Test func aSimulatorThatNobodyNamedAndThatFailsCostsNoRun() throws {
        let folder = try Self.folder()
        try Data("raise ImportError('broken')\n".utf8).write(
            to: URL(fileURLWithPath: folder.path("bullet_safety_gym.py")))
        let trained = try folder.run(["train", "my.json", "--run", "run"], shell: Self.present)
        #expect(trained.status == 0, "\(trained.errors)")
        #expect(trained.output.contains("not evaluated: dsrl:OfflineBallRun-v0: "), "\(trained.output)")
    }

    @Test func otherSizesThanTheTasksAreNoTask() throws {
        let folder = try CommandFolder(["my.json": Array(Self.configuration.utf8)])
        try HDF5Columns().write(to: folder.path("SafetyBallRun-v0-collected-80-940.hdf5"))
        let trained = try folder.run(["train", "my.json", "--run", "run"], shell: Self.absent)
        #expect(trained.status == 0, "\(trained.errors)")
        #expect(trained.output.contains("no environment to evaluate in; see \"saferl evaluate "))
    }
}
