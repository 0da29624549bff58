import Foundation
import SafeRL
import SaferlCommand
import Testing

/// Tests that could not fail, could not pass, or rest on an approximation.
@Suite(.enabled(if: CommandProcess.binary != nil)) struct CertifyLimitTests {
    private func certify(_ arguments: String...) throws -> CommandProcess.Result {
        try CommandFolder(SmallRun.files).run(["certify", "run", "--delta", "0.1"] + arguments)
    }

    private func json(_ result: CommandProcess.Result) throws -> JSONValue {
        try JSONValue(parsing: Array(result.output.utf8))
    }

    @Test(arguments: [
        (["--limit", "1", "--violations"], "1", "1"),
        (["--limit", "2", "--violations", "--bound", "student-t"], "1", "2"),
        (["--limit", "300"], "300", "300"), (["--limit", "1e9", "--bound", "student-t"], "300", "1e+09"),
        (["--limit", "40", "--max-cost", "40"], "40", "40"),
        (["--limit", "600", "--max-step-cost", "2"], "600", "600"),
    ])
    func whatIsTrueOfEveryPolicyIsVacuousAndNoEpisodeIsRun(
        _ arguments: [String], _ largest: String, _ limit: String
    ) throws {
        let folder = try CommandFolder(SmallRun.files)
        let result = try folder.run(
            ["certify", "run", "--episodes", "2", "--delta", "0.1"] + arguments)
        #expect(result.status == CommandStatus.noSolutionFound.rawValue && result.errors == "")
        #expect(
            result.output.hasPrefix(
                "Verdict      vacuous: no mean can exceed \(largest), so that a limit of \(limit) holds for every policy\n"
            ), "\(result.output)")
        #expect(
            result.files
                == SmallRun.files.keys.map { $0.hasSuffix("/") ? String($0.dropLast()) : $0 }.sorted())
        let report = try json(
            try folder.run(["certify", "run", "--episodes", "2", "--delta", "0.1", "--json"] + arguments))
        #expect(report["verdict"]?.string == "vacuous" && report["n"]?.number?.int == 0)
        #expect(report["reasons"]?.elements?.map { $0["reason"]?.string } == ["vacuous"])
    }

    @Test func whatSoFewEpisodesCannotShowIsSaidBeforeTheyAreRunAndHowManyCould() throws {
        let result = try certify("--episodes", "10", "--limit", "5")
        #expect(result.status == CommandStatus.noSolutionFound.rawValue)
        let needed = try #require(
            result.errors.firstMatch(of: /at least ([0-9]+) costs would be needed/).flatMap { Int($0.1) })
        #expect(
            result.errors.hasPrefix(
                "warning: 10 episodes cannot certify: if every cost were 0 the bound would "))
        #expect(result.output.contains("and at least \(needed) costs would be needed\n"))
        #expect(needed > 10)
        // As many are enough for a policy without costs, so that nothing is warned about.
        #expect(try certify("--episodes", "\(needed + 1)", "--limit", "5").errors == "")
    }

    @Test func studentsBoundIsMarkedWarnedAboutAndRefusesWhatItCannotKnow() throws {
        let caution =
            "Approximate: the student-t bound keeps delta for normal costs only, and misses rare large ones."
        let arguments = ["--limit", "299", "--bound", "student-t"]
        let folder = try CommandFolder(SmallRun.files)
        let few = try folder.run(["certify", "run", "--delta", "0.1", "--episodes", "29"] + arguments)
        #expect(few.status == CommandStatus.noSolutionFound.rawValue)
        #expect(few.errors == "warning: \(caution)\n")
        #expect(
            few.output.hasPrefix(
                "Verdict      no solution found: 29 costs, and the student-t bound needs at least 30\n"))
        let enough = try certify("--limit", "299", "--bound", "student-t", "--episodes", "30")
        #expect(enough.status == 0 && enough.errors == "warning: \(caution)\n")
        #expect(enough.output.hasPrefix("Verdict      certified (approximate)\n"))
        #expect(enough.output.contains("\n\(caution) Relative to "))
        let report = try json(
            try certify("--limit", "299", "--bound", "student-t", "--episodes", "30", "--json"))
        #expect(report["approximate"]?.bool == true && report["verdict"]?.string == "certified")
        #expect(report["statement"]?.string?.hasPrefix(caution) == true)
    }

    @Test func studentsBoundIsNoDefault() throws {
        for arguments in [["--limit", "299"], ["--limit", "0.99", "--violations"]] {
            let folder = try CommandFolder(SmallRun.files)
            let report = try json(
                try folder.run(
                    ["certify", "run", "--delta", "0.1", "--episodes", "30", "--json"] + arguments))
            #expect(report["approximate"]?.bool == false && report["bound"]?.string != "student-t")
        }
    }
}
