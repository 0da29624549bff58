import Foundation
import SafeRL
import SaferlCommand
import Sweeps
import Testing

/// `saferl sweep` with runs of a few updates.
@Suite(.enabled(if: CommandProcess.binary != nil)) struct SweepCommandTests {
    private func folder(_ changes: [String: String] = [:]) throws -> CommandFolder {
        try CommandFolder([
            "sweep.json": Array(SweepFiles.sweep(changes).utf8), "bc.json": Array(SweepFiles.base.utf8),
        ])
    }

    private static let sweep = ["sweep", "sweep.json", "--out", "s"]

    /// What must be equal between equal sweeps.
    private struct Content: Equatable {
        let trials: [Trial]
        let reports: [Study.Report]
        let seen: [Int]
        let checkpoints: [String: [UInt8]]
    }

    private func content(_ folder: CommandFolder) throws -> Content {
        let study = try Study(reading: folder.path("s/sweep.sqlite"))
        let records = try study.records()
        let complete = records.filter { $0.trial.state == .complete }.map { "s/\($0.run)/" }
        let states = try folder.contents().filter { path, _ in
            path.hasSuffix("step-000000020/state.safetensors") && complete.contains { path.hasPrefix($0) }
        }
        return Content(
            trials: records.map(\.trial), reports: try study.reports(), seen: records.map(\.seen),
            checkpoints: states)
    }

    private static let kinds: [[String: String]] = [
        ["trials": "12"],
        ["search": #""random""#, "trials": "5", "stop": #"{"asha": {"minimum": 5, "reduction": 2}}"#],
        [
            "search": #""grid""#, "trials": "", "seeds": "[0, 4]",
            "space": #"{"bc.rows": {"choices": [4, 8]}}"#,
        ],
    ]

    @Test(arguments: kinds.indices)
    func aSweepThatIsKilledAgainAndAgainHasTheStudyOfOneThatIsNot(_ kind: Int) throws {
        let whole = try folder(Self.kinds[kind])
        let result = try whole.run(Self.sweep)
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output.hasPrefix("Best "))
        let expected = try content(whole)
        #expect(expected.trials.count == [12, 5, 2][kind])
        #expect(expected.reports.isEmpty == (kind != 1))
        #expect(expected.checkpoints.count >= 1)
        let killed = try folder(Self.kinds[kind])
        var random = RandomStream(seed: UInt64(kind), for: .testing)
        for _ in 0..<4 {
            let after = Date(timeIntervalSinceNow: 0.05 + Double(random.nextUniform()))
            _ = try killed.run(Self.sweep) { process in
                if Date() < after { return true }
                kill(process.processIdentifier, SIGKILL)
                return false
            }
        }
        let last = try killed.run(Self.sweep)
        #expect(last.status == 0, "\(last.errors)")
        #expect(try content(killed) == expected)
        // And once more, with nothing left to do.
        let again = try killed.run(Self.sweep)
        #expect(again.status == 0 && again.errors == "" && again.output == result.output)
    }

    @Test func aSecondDriverIsRefusedAndAStoppedOneGoesOn() throws {
        let folder = try folder(["trials": "200"])
        var second = CommandProcess.Result(status: 0, output: "", errors: "", files: [])
        let first = try folder.run(Self.sweep) { process in
            guard FileManager.default.fileExists(atPath: folder.path("s/trials/0001")) else { return true }
            second = (try? folder.run(Self.sweep)) ?? second
            _ = try? folder.run(["sweep", "stop", "s"])
            return false
        }
        #expect(second.status == CommandStatus.cannotCreate.rawValue)
        #expect(second.errors.hasPrefix("s: another saferl sweep (process "), "\(second.errors)")
        #expect(first.status == CommandStatus.terminated.rawValue, "\(first.errors)")
        #expect(first.errors.hasSuffix("stopped. Continue with the same command.\n"))
        let shown = try folder.run(["sweep", "show", "s", "--json"])
        #expect(shown.status == 0 && shown.output.contains(#""state":"complete""#), "\(shown.errors)")
        let other = try folder.run(["sweep", "sweep.json", "--out", "s", "--jobs", "2", "--dry-run"])
        #expect(other.status == 0 && other.output.contains("tpe, 200 trials, 2 at a time"))
    }

    @Test func severalTrialsGoOnSideBySide() throws {
        let folder = try folder(["trials": "4", "search": #""random""#])
        let result = try folder.run(Self.sweep + ["--jobs", "2"])
        #expect(result.status == 0, "\(result.errors)")
        let alone = try self.folder(["trials": "4", "search": #""random""#])
        #expect(try alone.run(Self.sweep).status == 0)
        #expect(try content(folder).trials == content(alone).trials)
    }

    @Test func aSweepInWhichNothingKeepsTheConditionsEndsWith3() throws {
        let folder = try folder(["within": #"["evaluation.return_mean >= 1e9"]"#, "trials": "2"])
        let result = try folder.run(Self.sweep)
        #expect(result.status == CommandStatus.noSolutionFound.rawValue)
        #expect(result.output == "no solution found: none of 2 trials keeps to all conditions\n")
        #expect(try content(folder).trials.allSatisfy { $0.violation > 1e8 && $0.state == .complete })
        #expect(try folder.run(["sweep", "best", "s"]).status == 3)
    }

    @Test func aFaultOfTrialsIsKeptWithItsReason() throws {
        let folder = try folder(["set": #"{"data.file": "nix.hdf5", "environment": ""}"#, "trials": "2"])
        let result = try folder.run(Self.sweep)
        #expect(result.status == CommandStatus.missingInput.rawValue)
        #expect(result.errors.contains("trial 1: failed, nix.hdf5: "), "\(result.errors)")
        let records = try Study(reading: folder.path("s/sweep.sqlite")).records()
        #expect(records.allSatisfy { $0.trial.state == .failed && $0.fault?.hasPrefix("nix.hdf5") == true })
    }

    @Test func aFullDiskLosesNothing() throws {
        let folder = try folder()
        let full = try folder.run(Self.sweep, shell: "ulimit -f 16")
        #expect(full.status == CommandStatus.inputOutput.rawValue, "\(full.errors)")
        #expect(full.errors.split(separator: "\n").count == 1 && full.errors.contains("sweep.sqlite"))
        #expect(try folder.run(Self.sweep).status == 0)
        #expect(try content(folder).trials.count == 3)
    }

    @Test func settingsKeepTheirNamesInASpaceOfAnyOrder() throws {
        let keys = [#""bc.rows": {"choices": [4, 8, 16]}"#, #""bc.learningRate": {"choices": [1e-3, 1e-2]}"#]
        func grid(_ keys: [String]) -> [String: String] {
            ["search": #""grid""#, "trials": "", "space": "{\(keys.joined(separator: ", "))}"]
        }
        let folder = try folder(grid(keys))
        let result = try folder.run(Self.sweep)
        #expect(result.status == 0, "\(result.errors)")
        let shown = try folder.run(["sweep", "show", "s", "--json"])
        let last = #""number":5,"parameters":{"bc.learningRate":"1e-2","bc.rows":"16"}"#
        #expect(shown.output.contains(last), "\(shown.output)")
        #expect(try folder.run(["sweep", "best", "s"]).output == result.output)
        #expect(try folder.run(["sweep", "export", "s", "--optuna", "o.log"]).status == 0)
        let file = URL(fileURLWithPath: folder.path("sweep.json"))
        try Data(SweepFiles.sweep(grid(keys.reversed())).utf8).write(to: file)
        // The trials of another order have other numbers.
        let other = try folder.run(Self.sweep)
        #expect(other.status == CommandStatus.configuration.rawValue)
        #expect(other.errors.contains("holds the trials of another sweep"), "\(other.errors)")
    }

    @Test func anotherSweepIsRefusedInTheFolderOfOne() throws {
        let folder = try folder()
        #expect(try folder.run(Self.sweep).status == 0)
        try Data(SweepFiles.sweep(["trials": "9"]).utf8).write(
            to: URL(fileURLWithPath: folder.path("sweep.json")))
        let other = try folder.run(Self.sweep)
        #expect(other.status == CommandStatus.configuration.rawValue)
        #expect(
            other.errors
                == "s/sweep.sqlite: holds the trials of another sweep. Give this one a folder of its own with --out.\n"
        )
        let exported = try folder.run(["sweep", "export", "s", "--optuna", "journal.log"])
        #expect(exported.status == 0)
        let log = try String(contentsOfFile: folder.path("journal.log"), encoding: .utf8)
        #expect(log.split(separator: "\n").count == 1 + 3 * 4)
    }
}
