import Foundation
import SaferlCommand
import Testing

/// A run's folder may be a stranger's: code that it names is run with the user's consent only.
@Suite(.enabled(if: CommandProcess.binary != nil && isPythonHere))
struct ConsentCommandTests {
    /// Leaves a mark when it is imported.
    private static let module = """
        import pathlib, random
        pathlib.Path("executed").write_text("")
        class Box:
            def __init__(self, n, bound): self.low, self.high, self.shape = [-bound] * n, [bound] * n, (n,)
        class Task:
            max_episode_steps = 5
            def __init__(self):
                self.observation_space, self.action_space, self.age = Box(3, 9.0), Box(1, 1.0), 0
            def reset(self, *, seed=None, options=None):
                self.age = 0
                return [0.0] * 3, {}
            def step(self, action):
                self.age += 1
                return [0.1 * self.age] * 3, 1.0, False, self.age >= 5, {"cost": 0.0}
        """

    private static let name = "python:strange:Task"
    private static let resolved = "run/config.resolved.json"
    private static let clean =
        "export SAFERL_HOME=$PWD/home; unset SAFERL_PYTHON; export PYTHONDONTWRITEBYTECODE=1"

    /// A run whose configuration names the class as where to evaluate, and the module beside it.
    private static let trained: Result<[String: [UInt8]], any Error> = Result {
        let folder = try CommandFolder(
            TinyRun.files(["strange.py": Array(module.utf8)]).filter { !$0.key.hasPrefix("run/") })
        let result = try folder.run(
            [
                "train", "my.json", "--run", "run", "--quiet", "--set", "evaluation.environment=\(name)",
                "--set", "evaluation.episodes=2",
            ], shell: clean)
        guard result.status == 0 else { throw TinyRun.Failure(output: result.errors) }
        return try folder.contents()
    }

    /// The run as another user gets it; nothing was imported yet.
    private func folder(naming name: String = Self.name) throws -> CommandFolder {
        var files = try Self.trained.get()
        #expect(files.removeValue(forKey: "executed") != nil, "training runs what its configuration names")
        let text = String(decoding: files[Self.resolved] ?? [], as: UTF8.self)
        files[Self.resolved] = Array(text.replacing(Self.name, with: name).utf8)
        return try CommandFolder(files)
    }

    private func saferl(_ arguments: [String], in folder: CommandFolder) throws -> CommandProcess.Result {
        try folder.run(arguments, shell: Self.clean)
    }

    @Test(
        arguments: [
            ("evaluate run --episodes 2", "--trust-environment or --environment python:strange:Task"),
            ("evaluate run --episodes 2 --json", "--trust-environment or --environment python:strange:Task"),
            ("evaluate run --video a.gif", "--trust-environment or --environment python:strange:Task"),
            (
                "certify run --episodes 20 --limit 3 --delta 0.2 --max-cost 5",
                "--trust-environment or --environment python:strange:Task"
            ), ("resume run", "--trust-environment"),
        ])
    func nothingThatOnlyTheFolderNamesIsRun(command: String, remedy: String) throws {
        let folder = try folder()
        let words = command.split(separator: " ").map(String.init)
        let refused = try saferl(words, in: folder)
        #expect(refused.status == 78)
        #expect(!refused.files.contains("executed"))
        #expect(
            refused.errors.hasSuffix(
                "evaluation.environment = \"python:strange:Task\": is code that would be run, and only this folder names it. "
                    + "If you trust that code, add \(remedy).\n"), "\(refused.errors)")
        // The remedies, one after the other, on the very folder.
        for addition in remedy.components(separatedBy: " or ") where !command.contains("--video") {
            let done = try saferl(words + addition.split(separator: " ").map(String.init), in: folder)
            #expect(done.status == 0, "\(addition): \(done.errors)")
            if !command.hasPrefix("resume") { #expect(done.files.contains("executed")) }
        }
    }

    @Test func aModuleOfGymnasiumIsCodeToo() throws {
        let refused = try saferl(["evaluate", "run"], in: try folder(naming: "gymnasium:strange:Task-v0"))
        #expect(refused.status == 78 && refused.errors.contains("is code that would be run"))
    }

    /// Packages are not looked for in the folder that a stranger filled.
    @Test func modulesBesideARunAreNotTakenForPackages() throws {
        let mark = Array(#"import pathlib; pathlib.Path("executed").write_text("")"#.utf8)
        let folder = try CommandFolder([
            "json.py": mark, "types.py": mark, "gymnasium.py": mark, "bullet_safety_gym.py": mark,
        ])
        let result = try folder.run(
            ["env", "check", "bullet:SafetyBallRun-v0"], shell: "export SAFERL_PYTHON=python3")
        #expect(result.status != 0)
        #expect(!result.files.contains("executed"))
    }
}
