import Foundation
import SafeRL
import Testing

@Suite(.enabled(if: CommandProcess.binary != nil)) struct RunsCommandTests {
    private struct Listed: Decodable {
        let run, state: String
        let algorithm, subject, fault: String?
        let step: Int?
        let return_mean, cost_mean: Double?
        let tags: [String]
    }

    /// Runs in two folders, one of them inside of another run, and one without an evaluation.
    private static var files: [String: [UInt8]] {
        var files = ComparableRuns.run("Checkpoints/b", seed: 0, (0.2, 5))
        files.merge(ComparableRuns.run("Checkpoints/deep/a", seed: 1, (0.9, 20))) { $1 }
        files.merge(ComparableRuns.run("Checkpoints/b/checkpoints/inner", seed: 2, (0, 0))) { $1 }
        files.merge(ComparableRuns.run("other/c", seed: 3, task: "point-mass", (0.5, 9))) { $1 }
        files["other/c/evaluation/report.json"] = nil
        return files
    }

    private func list(_ folder: CommandFolder, _ arguments: [String]) throws -> [Listed] {
        let result = try folder.run(["runs", "list", "--json"] + arguments)
        #expect(result.status == 0 && result.errors == "", "\(result.errors)")
        return try JSONDecoder().decode([Listed].self, from: Data(result.output.utf8))
    }

    @Test func runsBelowFoldersAreListedAndNothingInsideOfThem() throws {
        let folder = try CommandFolder(Self.files)
        #expect(try list(folder, []).map(\.run) == ["Checkpoints/b", "Checkpoints/deep/a"])
        let all = try list(folder, ["other/", "Checkpoints", "Checkpoints"])
        #expect(all.map(\.run) == ["Checkpoints/b", "Checkpoints/deep/a", "other/c"])
        #expect(all.map(\.return_mean) == [0.2, 0.9, nil] && all.map(\.cost_mean) == [5, 20, nil])
        #expect(all.allSatisfy { $0.state == "finished" && $0.algorithm == "bc" && $0.step == 10 })
        #expect(all.map(\.subject) == ["point-robot", "point-robot", "point-mass"])
    }

    @Test(arguments: [
        ("evaluation.cost_mean <= 5", ["b"]), ("evaluation.cost_mean > 5", ["a"]),
        ("manifest.seed == 3", ["c"]),
        ("!present(evaluation.cost_mean)", []), ("!present(manifest.nix)", ["b", "a", "c"]),
        ("config.environment == \"point-mass\" || manifest.seed == 0", ["b", "c"]),
        ("evaluation.return_mean == 0.2 && config.schedule.steps == 10", ["b"]),
        ("evaluation.nix == 1 || manifest.seed == 1", ["a"]),
    ])
    func onlyRunsOfWhichAConditionIsTrueAreListed(_ condition: String, _ expected: [String]) throws {
        let folder = try CommandFolder(Self.files)
        let found = try list(folder, ["Checkpoints", "other", "--where", condition])
        #expect(found.map { String($0.run.split(separator: "/").last ?? "") } == expected)
    }

    @Test func tagsAreAddedAndTakenAway() throws {
        let folder = try CommandFolder(Self.files)
        let both = ["Checkpoints/b", "other/c"]
        #expect(try folder.run(["runs", "tag"] + both + ["--add", "paper", "--add", "v1.2"]).status == 0)
        #expect(try folder.run(["runs", "tag", "other/c", "--remove", "paper"]).output == "other/c  v1.2\n")
        #expect(try list(folder, ["--tag", "paper"]).map(\.run) == ["Checkpoints/b"])
        #expect(try list(folder, ["other", "Checkpoints", "--tag", "v1.2"]).count == 2)
        #expect(try folder.run(["runs", "tag", "Checkpoints/b"]).output == "Checkpoints/b  paper, v1.2\n")
    }

    @Test func aRunThatCannotBeReadIsListedWithTheReason() throws {
        var files = Self.files
        files["Checkpoints/b/manifest.json"] = Array("{".utf8)
        files["Checkpoints/deep/a/tags.json"] = Array("[1]".utf8)
        let folder = try CommandFolder(files)
        let found = try list(folder, [])
        #expect(found.map(\.state) == ["unreadable", "unreadable"])
        #expect(found[0].fault == "Checkpoints/b/manifest.json: cannot be read" && found[0].algorithm == nil)
        #expect(found[1].fault?.hasPrefix("Checkpoints/deep/a/tags.json: no list of tags") == true)
        let text = try folder.run(["runs", "list"])
        #expect(text.status == 0 && text.output.contains("Checkpoints/b/manifest.json: cannot be read"))
    }

    @Test func aRunInWhichAProcessTrainsIsSeenAndStays() throws {
        let folder = try CommandFolder(Self.files)
        let lock = try FileLock(folder.path("Checkpoints/b/.lock"), .refusing)
        #expect(try list(folder, []).map(\.state) == ["training", "finished"])
        let result = try folder.run(["runs", "rm", "Checkpoints/b", "--yes"])
        #expect(result.status == 73)
        #expect(result.errors == "Checkpoints/b: a process trains there. Wait for it, or stop it.\n")
        _ = consume lock
        #expect(try list(folder, []).map(\.state) == ["finished", "finished"])
    }

    @Test func whatIsRemovedLiesInTheTrashUntilThatIsEmptied() throws {
        let folder = try CommandFolder(Self.files)
        #expect(try folder.run(["runs", "rm", "Checkpoints/b/", "--yes"]).status == 0)
        #expect(try list(folder, []).map(\.run) == ["Checkpoints/deep/a"])
        let after = try folder.contents()
        #expect(after["Checkpoints/.trash/b/manifest.json"] == Self.files["Checkpoints/b/manifest.json"])
        #expect(!after.keys.contains { $0.hasPrefix("Checkpoints/b/") })
        #expect(try folder.run(["runs", "rm", "--empty-trash", "Checkpoints", "--yes"]).status == 0)
        let left = try folder.contents().keys
        #expect(
            !left.contains { $0.hasPrefix("Checkpoints/.trash") }
                && left.contains("Checkpoints/deep/a/manifest.json"))
    }

    @Test func aRunWithClaimsIsRemovedOnlyWhereThatIsSaid() throws {
        var files = Self.files
        files["Checkpoints/b/assurance/certificate-1.json"] = Array("{}".utf8)
        let folder = try CommandFolder(files)
        let result = try folder.run(["runs", "rm", "Checkpoints/b", "--yes"])
        #expect(result.status == 64 && result.errors.contains("Add --claimed"))
        #expect(try folder.run(["runs", "rm", "Checkpoints/b", "--yes", "--claimed"]).status == 0)
        #expect(try list(folder, []).map(\.run) == ["Checkpoints/deep/a"])
    }

    @Test func differencesAreThoseOfKeysFactsAndFigures() throws {
        var files = Self.files
        files.merge(
            ComparableRuns.run("d", seed: 0, (0.25, 5), settings: "\"steps\": 10, \"log\": 3")
        ) { $1 }
        let folder = try CommandFolder(files)
        #expect(
            try folder.run(["runs", "diff", "Checkpoints/b", "Checkpoints/b"]).output == "no difference\n")
        let result = try folder.run(["runs", "diff", "Checkpoints/b", "d"])
        let lines = result.output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        #expect(
            lines == [
                ["Checkpoints/b", "d"], ["schedule.log", "-", "3"],
                ["normalised", "return", "0.200", "0.250"], ["return", "0.200", "0.250"],
            ], "\(result.output)\(result.errors)")
    }

    @Test func aRunIsShownWithItsEvaluation() throws {
        let folder = try CommandFolder(Self.files)
        let shown = try folder.run(["runs", "show", "Checkpoints/b"])
        #expect(shown.status == 0 && shown.output.contains("Updates    10 of 10\n"), "\(shown.output)")
        #expect(shown.output.contains("Evaluation after 10 updates:\nEpisodes"))
        let other = try folder.run(["runs", "show", "other/c"])
        #expect(other.output.contains("Not evaluated: saferl evaluate other/c\n"))
        let json = try folder.run(["runs", "show", "Checkpoints/b", "--json"])
        let object = try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any]
        #expect(object?["state"] as? String == "finished" && (object?["bytes"] as? Int ?? 0) > 500)
    }

    @Test func nothingIsRemovedUnasked() throws {
        let folder = try CommandFolder(Self.files)
        let result = try folder.run(["runs", "rm", "Checkpoints/b"])
        #expect(result.status == 64 && result.errors.contains("Add --yes"))
        #expect(try list(folder, []).count == 2)
    }
}
