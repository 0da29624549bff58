import Foundation
import SafeRL
import SaferlCommand
import Testing

/// Whether there is a `python3`; without one there is no worker to talk to.
let isPythonHere: Bool = {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["python3", "-c", ""]
    guard (try? process.run()) != nil else { return false }
    process.waitUntilExit()
    return process.terminationStatus == 0
}()

/// Environments in Python through the whole command line, without any package installed.
@Suite(.enabled(if: CommandProcess.binary != nil && isPythonHere))
struct WorkerCommandTests {
    private static let fakes = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Environments/gymnasium/tests/fakes.py")

    /// An empty home, so that what the user of this machine has installed plays no part.
    private static let clean =
        "export SAFERL_HOME={folder}/home; unset SAFERL_PYTHON; export PYTHONDONTWRITEBYTECODE=1"

    private func folder() throws -> CommandFolder {
        try CommandFolder(["fakes.py": Array(try Data(contentsOf: Self.fakes))])
    }

    private func saferl(_ arguments: String...) throws -> CommandProcess.Result {
        let folder = try folder()
        return try folder.run(
            arguments, shell: Self.clean.replacing("{folder}", with: folder.path("")))
    }

    @Test func anEnvironmentInPythonIsCheckedByName() throws {
        let result = try saferl("env", "check", "python:fakes:Walk")
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output.components(separatedBy: "pass  ").count == 9)
        #expect(result.errors == "")
    }

    @Test func itIsTimedByName() throws {
        let result = try saferl(
            "env", "bench", "python:fakes:Walk", "--steps", "50", "--repeats", "1", "--slots", "3", "--json")
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output.hasPrefix(#"{"environment": "python:fakes:Walk", "slots": 3, "workers": 1"#))
    }

    @Test(
        arguments: [
            ("python:fakes:NoLimit", 78, #"has no step limit. Say one: "python:fakes:NoLimit?steps=1000"."#),
            ("python:fakes:Absent", 64, "the module fakes has no Absent."),
            ("python:absent:Walk", 64, "there is no module absent here or on PYTHONPATH."),
            (
                "python:fakes:Raising", 70,
                "step raised ValueError: bad angle (fakes.py, line 171). Its last line was: the joint is loose"
            ),
            (
                "python:fakes:Crashing", 74,
                "the worker was ended by signal 6 during step. Its last line was: about to crash"
            ),
            (
                "bullet:SafetyBallRun-v0", 66,
                "its Python packages are not installed. Call \"saferl env setup gymnasium --suite bullet\"."
            ),
            (
                "dsrl:OfflinePointGoal1Gymnasium-v0", 66,
                "its Python packages are not installed. Call \"saferl env setup gymnasium --suite safety-gymnasium\"."
            ),
            (
                "dsrl:OfflineMetadrive-easysparse-v0", 78,
                "MetaDrive is not installed by any kit: it has no release for current versions of Python."
            ),
        ] as [(String, Int32, String)])
    func aFaultHasItsLineAndItsExitCode(_ name: String, _ status: Int32, _ message: String) throws {
        let result = try saferl("env", "check", name)
        #expect(result.errors == "\(name): \(message)\n")
        #expect(result.status == status)
        #expect(result.output == "")
    }

    @Test func choicesAndNamedCostsGoFromTheRecordingToTheCertificate() throws {
        let (five, two) = ("python:fakes:Five", "python:fakes:TwoCosts?costs=far,left")
        let text = """
            {"algorithm": "bc", "data": {"file": "a.hdf5"}, "schedule": {"steps": 20, "log": 10, "checkpoint": 10},
             "evaluation": {"episodes": 4, "workers": 1}, "bc": {"rows": 16, "widths": [8]}}
            """
        for (name, values) in [(five, "an action is one of 5 choices"), (two, "2 an action")] {
            let folder = try CommandFolder([
                "fakes.py": Array(try Data(contentsOf: Self.fakes)), "my.json": Array(text.utf8),
            ])
            func saferl(_ arguments: String...) throws -> CommandProcess.Result {
                try folder.run(arguments, shell: Self.clean.replacing("{folder}", with: folder.path("")))
            }
            let collected = try saferl("collect", name, "--transitions", "200", "--out", "a.hdf5")
            #expect(collected.status == 0, "\(collected.errors)")
            let info = try saferl("data", "info", "a.hdf5")
            #expect(info.output.contains("2 a state, \(values)\n"))
            #expect(info.output.contains("\ncost left ") == (name == two))
            let trained = try saferl(
                "train", "my.json", "--run", "run", "--set", "evaluation.environment=\(name)")
            #expect(trained.status == 0, "\(trained.errors)")
            let evaluated = try saferl("evaluate", "run", "--environment", name)
            #expect(evaluated.status == 0, "\(evaluated.errors)")
            let channel = name == two ? ["--channel", "left"] : []
            let certified = try folder.run(
                [
                    "certify", "run", "--environment", name, "--episodes", "12", "--limit", "49", "--delta",
                    "0.5",
                ]
                    + ["--max-step-cost", "1", "--workers", "1"] + channel,
                shell: Self.clean.replacing("{folder}", with: folder.path("")))
            #expect([0, 3].contains(certified.status), "\(certified.errors)")
            #expect(certified.errors == "")
        }
    }

    @Test func dataAreCollectedWhereARunNamesATaskInPython() throws {
        let text = """
            {"algorithm": "bc", "environment": "python:fakes:Five", "data": {"collect": {"transitions": 120}},
             "schedule": {"steps": 10, "log": 5, "checkpoint": 5}, "evaluation": {"episodes": 3},
             "bc": {"rows": 16, "widths": [8]}}
            """
        let folder = try CommandFolder([
            "fakes.py": Array(try Data(contentsOf: Self.fakes)), "my.json": Array(text.utf8),
        ])
        let trained = try folder.run(
            ["train", "my.json", "--run", "run"],
            shell: Self.clean.replacing("{folder}", with: folder.path("")))
        #expect(trained.status == 0, "\(trained.errors)")
        #expect(
            trained.output.contains("data: collected from python:fakes:Five: 120 transitions, seed 1 (120 "))
    }

    @Test func theListTellsWhatIsNotSetUp() throws {
        let result = try saferl("env", "list")
        for (name, kit) in [
            ("bullet:SafetyBallRun-v0", "gymnasium"), ("mujoco:SafetyHopperVelocity-v1", "mujoco"),
        ] {
            #expect(
                result.output.split(separator: "\n").contains {
                    $0.hasPrefix(name + " ") && $0.hasSuffix("(not set up: saferl env setup \(kit))")
                })
        }
        #expect(result.status == 0)
    }

    @Test func theNamesOfAFamilyAreListed() throws {
        let dsrl = try saferl("env", "list", "dsrl")
        #expect(dsrl.output.split(separator: "\n").contains("dsrl:OfflineBallRun-v0"))
        #expect(dsrl.status == 0 && !dsrl.output.contains("etadrive"))
        let mujoco = try saferl("env", "list", "mujoco", "--json")
        let names = try JSONValue(parsing: Array(mujoco.output.utf8)).elements?.compactMap(\.string)
        #expect(names?.count == 9 && names?.contains("mujoco:SafetyHopperVelocity-v1") == true)
        let bullet = try saferl("env", "list", "bullet")
        #expect(
            bullet.errors
                == "bullet:SafetyBallRun-v0: its Python packages are not installed. "
                + "Call \"saferl env setup gymnasium --suite bullet\".\n")
        #expect(bullet.status == 66)
    }

    // By a signal that cannot be blocked: others may be, by whoever runs the tests, and children inherit that.
    func noWorkerOutlivesACommandThatIsKilled() throws {
        let folder = try folder()
        var children: Set<Int32> = []
        let result = try folder.run(
            ["env", "check", "python:fakes:Hanging?timeout=20"],
            shell: Self.clean.replacing("{folder}", with: folder.path(""))
        ) { process in
            children.formUnion(Self.children(of: process.processIdentifier))
            guard children.contains(where: Self.isWorker) else { return true }
            // Long enough for most machines to reach the third step, in which it hangs; shorter would do as well.
            usleep(300_000)
            kill(process.processIdentifier, SIGKILL)
            return false
        }
        #expect(result.status == SIGKILL)
        #expect(!children.isEmpty)
        for _ in 0..<100 where children.contains(where: Self.isRunning) { usleep(10_000) }
        #expect(!children.contains(where: Self.isRunning))
    }

    private static func children(of process: Int32) -> [Int32] {
        let text =
            (try? String(contentsOfFile: "/proc/\(process)/task/\(process)/children", encoding: .utf8)) ?? ""
        return text.split(separator: " ").compactMap { Int32($0) }
    }

    /// Whether a process is the worker: its command line names the source that it is given.
    private static func isWorker(_ process: Int32) -> Bool {
        ((try? String(contentsOfFile: "/proc/\(process)/cmdline", encoding: .utf8)) ?? "").contains(
            "saferl_worker")
    }

    private static func isRunning(_ process: Int32) -> Bool {
        guard let text = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8) else {
            return false
        }
        return text.split(separator: ")").last?.split(separator: " ").first != "Z"
    }
}
