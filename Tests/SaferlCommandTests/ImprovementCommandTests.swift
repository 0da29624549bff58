import Foundation
import SaferlCommand
import Testing

/// `--require-improvement`: 3 where a policy is not certified to return more than what it learned from.
@Suite(.enabled(if: CommandProcess.binary != nil)) struct ImprovementCommandTests {
    private static let cohort = """
        {"algorithm": "ogsrl", "environment": "gumbel-sepsis-observed", "evaluation": {"episodes": 5},
         "data": {"collect": {"episodes": 300}}, "schedule": {"steps": 6, "log": 1},
         "ogsrl": {"guardian": "count", "model": "tabular", "mode": "reject", "optimiser": "exact", "inputs": "table",
                   "reportRollouts": 20, "testShare": 0.5}}
        """
    private static let command = ["train", "my.json", "--run", "run", "--require-improvement"]

    private func folder(_ text: String = cohort) throws -> CommandFolder {
        try CommandFolder(["my.json": Array(text.utf8)])
    }

    @Test func fewEpisodesCertifyNothingAndTheCommandExitsWithThree() throws {
        let folder = try folder()
        let trained = try folder.run(Self.command)
        #expect(trained.status == CommandStatus.noSolutionFound.rawValue, "\(trained.errors)")
        let words = "not shown to be better than what it learned from: in truth the policy is worth -"
        #expect(trained.output.contains("\n\(words)"))
        #expect(trained.output.contains("; the lower bound of the difference, -"))
        #expect(try String(contentsOfFile: folder.path("run/report.md"), encoding: .utf8).contains(words))
        #expect(trained.errors.contains("warning: Approximate: the behaviour's probabilities were estimated"))
        let verdict = try String(contentsOfFile: folder.path("run/improvement.json"), encoding: .utf8)
        #expect(verdict.contains("\"verdict\" : \"no solution found\"") && verdict.contains("\"seal\" : "))
        #expect(verdict.contains("\"difference_lower_bound\" : -"))
        // What was found is not lost, and asked for only where the flag is.
        let (again, other) = (
            try folder.run(["resume", "run", "--require-improvement"]), try folder.run(["resume", "run"])
        )
        #expect(again.status == CommandStatus.noSolutionFound.rawValue && other.status == 0)
        #expect(again.errors == "" && other.errors == "")
        // Quiet or not, an exit of 3 has a reason.
        let quiet = try folder.run(["resume", "run", "--require-improvement", "--quiet"])
        #expect(quiet.status == CommandStatus.noSolutionFound.rawValue && quiet.output == "")
        #expect(
            quiet.errors == "not shown to be better than what it learned from: see run/report.md\n")
    }

    @Test func aVerdictThatWasEditedIsFoundAndTheRemedyWorks() throws {
        let folder = try folder()
        _ = try folder.run(Self.command)
        let path = folder.path("run/improvement.json")
        let sound = try String(contentsOfFile: path, encoding: .utf8)
        let edited = sound.replacing("\"no solution found\"", with: "\"certified\"")
        #expect(edited != sound)
        try edited.write(toFile: path, atomically: true, encoding: .utf8)
        let resumed = try folder.run(["resume", "run", "--require-improvement"])
        #expect(resumed.status == CommandStatus.badData.rawValue)
        #expect(
            resumed.errors
                == "run/improvement.json: changed since it was written: its seal does not fit. Remove it, and \"saferl "
                + "resume run\" writes the verdict on the newest checkpoint.\n")
        try FileManager.default.removeItem(atPath: path)
        _ = try folder.run(["resume", "run"])
        #expect(try String(contentsOfFile: path, encoding: .utf8) == sound)
    }

    @Test func whereNothingIsKeptApartTheRemedyIsNamedAndWorks() throws {
        let folder = try folder(Self.cohort.replacing(#", "testShare": 0.5"#, with: ""))
        let refused = try folder.run(Self.command)
        #expect(refused.status == CommandStatus.configuration.rawValue)
        #expect(
            refused.errors
                == "my.json: ogsrl.testShare: no episodes are kept apart to test improvement on, which --require-improvement "
                + "asks for. Start a run with --set ogsrl.testShare=0.4.\n")
        #expect(!FileManager.default.fileExists(atPath: folder.path("run")))
        let remedied = try folder.run(Self.command + ["--set", "ogsrl.testShare=0.4"])
        #expect(remedied.status == CommandStatus.noSolutionFound.rawValue)
        let without = try folder.run(["train", "my.json", "--run", "other"])
        #expect(without.status == 0)
        #expect(!FileManager.default.fileExists(atPath: folder.path("other/improvement.json")))
    }

    @Test func anAlgorithmWithoutSuchATestIsRefused() throws {
        let folder = try folder(
            #"{"algorithm": "bc", "environment": "point-robot", "data": {"collect": {"transitions": 50}}}"#)
        let refused = try folder.run(Self.command)
        #expect(refused.status == CommandStatus.configuration.rawValue)
        #expect(
            refused.errors.hasSuffix(
                "tests no improvement, which --require-improvement asks for. Write \"ogsrl\", or leave it out.\n"
            ))
    }
}
