import Foundation
import SafeRL
import SaferlCommand
import Testing

/// Cases of runs behind rules, of verified networks and of filters, from what the commands write.
@Suite(.enabled(if: CommandProcess.binary != nil)) struct TemplateCommandTests {
    private func report(_ folder: CommandFolder, _ arguments: [String]) throws -> JSONValue {
        let result = try folder.run(["report"] + arguments + ["--json"])
        return try JSONValue(parsing: Array(result.output.utf8))
    }

    private func verdict(_ report: JSONValue, _ node: String) -> String? {
        report["nodes"]?[node]?["verdict"]?.string
    }

    @Test func aRunBehindRulesIsArguedFromWhatItsShieldDid() throws {
        let folder = try CommandFolder(SmallRun.files)
        let rules = ["--guard", "point-robot.rules", "--fallback", "brake"]
        for arguments in [
            [
                "evaluate", "run", "--environment", "point-robot-stoppable", "--episodes", "4", "--out",
                "run/guard",
            ]
                + rules,
            [
                "certify", "run", "--environment", "point-robot-stoppable", "--episodes", "100", "--limit",
                "200",
                "--delta", "0.05",
            ] + rules,
            [
                "run", "run", "--environment", "point-robot-stoppable", "--rate", "0", "--episodes", "2",
                "--out",
                "live",
            ] + rules,
        ] {
            let result = try folder.run(arguments)
            #expect(result.status == 0, "\(result.errors)")
        }
        let argue = ["run", "--assurance", "--from", "guard-1", "--limit", "200", "--rows", "20"]
        #expect(verdict(try report(folder, argue), "Sn5") == "undecided")
        let replayed = try folder.run([
            "guard", "replay", "point-robot.rules", "live/trace-0.jsonl", "live/trace-1.jsonl", "--out",
            "run/guard/replay.json",
        ])
        #expect(replayed.status == 0, "\(replayed.errors)")
        let found = try report(folder, argue)
        for node in ["Sn1", "Sn2", "Sn3", "Sn4", "Sn5", "Sn6", "Sn8", "G2", "G3", "G4"] {
            #expect(verdict(found, node) == "proved", "\(node)")
        }
        #expect(verdict(found, "G7") == "undeveloped" && verdict(found, "G1") != "proved")
        // Traces that no guard's log of these rules stands beside are of nobody.
        let strangers = try folder.contents()["live/trace-0.jsonl"] ?? []
        try Data(strangers).write(to: URL(fileURLWithPath: folder.path("t.jsonl")))
        let alone = try folder.run([
            "guard", "replay", "point-robot.rules", "t.jsonl", "--out", "run/guard/replay.json",
        ])
        #expect(alone.status == 0, "\(alone.errors)")
        #expect(verdict(try report(folder, argue), "Sn5") == "undecided")
    }

    @Test func aVerifiedNetworkNamesItsPolicyAndItsCheck() throws {
        let property = """
            {"network": "run#vh", "property": {"kind": "range", "objective": [1], "atMost": 1000},
             "input": {"low": [-1,-1,-1,-1,-1,-1,-1,-1,-1,-1,-1], "high": [1,1,1,1,1,1,1,1,1,1,1]}}
            """
        let folder = try CommandFolder(
            SmallRun.files.merging(["p.json": Array(property.utf8), "run/verify/about": []]) { $1 })
        let ask = ["verify", "--property", "p.json"]
        let proved = try folder.run(ask + ["--out", "run/verify/proof.json"])
        #expect(proved.status == 0, "\(proved.errors)\(proved.output)")
        let argue = ["run", "--assurance", "--from", "verify-1"]
        let before = try report(folder, argue)
        #expect(verdict(before, "Sn1") == "proved" && verdict(before, "Sn3") == "proved")
        #expect(verdict(before, "G3") == "undeveloped")
        let check = try folder.run(
            ask + ["--check", "run/verify/proof.json", "--out", "run/verify/checked.json"])
        #expect(check.status == 0, "\(check.errors)")
        let after = try report(folder, argue)
        #expect(verdict(after, "G3") == "proved" && verdict(after, "G1") == "undeveloped")
        let same = try folder.run(
            ask + ["--check", "run/verify/proof.json", "--out", "run/verify/proof.json"])
        #expect(same.status == CommandStatus.usage.rawValue)
        #expect(
            same.errors
                == "--check and --out name the same file. Write what was checked into another. See \"saferl verify --help\".\n"
        )
    }

    @Test func aFilterIsArguedInItsFolder() throws {
        func prompts(_ words: [String], _ first: Int) -> [UInt8] {
            Array(
                (0..<80).map { "\(words[$0 % words.count]) \(words[0]) number \(first + $0)\n" }.joined().utf8
            )
        }
        let (bad, good) = (["poison", "bomb", "steal"], ["cake", "garden", "soup"])
        let folder = try CommandFolder([
            "f/h.txt": prompts(bad, 0), "f/s.txt": prompts(good, 0), "f/h2.txt": prompts(bad, 500),
            "f/s2.txt": prompts(good, 500),
        ])
        for arguments in [
            [
                "guard", "train-filter", "--harmful", "f/h.txt", "--safe", "f/s.txt", "--out",
                "f/filter.json",
            ],
            [
                "certify", "--filter", "f/filter.json", "--harmful", "f/h2.txt", "--safe", "f/s2.txt",
                "--erase", "suffix:2", "--delta", "0.05", "--limit", "0.1",
            ],
        ] {
            let result = try folder.run(arguments)
            #expect(result.status == 0, "\(result.errors)\(result.output)")
        }
        let argue = ["report", "f", "--assurance", "--from", "filter-1", "--limit", "0.1"]
        let result = try folder.run(argue)
        #expect(result.status == 0, "\(result.errors)\(result.output)")
        #expect(
            result.output.hasPrefix(
                "proved under assumptions A1, A2, A3: Of harmful prompts, attacked by suffix:2 or not, the filter misses a share "
                    + "of at most 0.1;"))
        #expect(try folder.run(["report", "--check", "f/assurance"]).status == 0)
        let again = try folder.run(argue + ["--again", "f"])
        #expect(again.errors == "--again has no effect with the template filter-1.\n")
        let nowhere = try folder.run(["report", "g", "--assurance", "--from", "filter-1", "--limit", "0.1"])
        #expect(nowhere.errors == "g: no folder. Name the one that filter.json lies in\n")
        #expect(nowhere.status == CommandStatus.badData.rawValue)
        // Another filter under the same name is another subject.
        let other = try folder.run([
            "guard", "train-filter", "--harmful", "f/h2.txt", "--safe", "f/s.txt", "--out", "f/filter.json",
            "--force",
        ])
        #expect(other.status == 0, "\(other.errors)")
        #expect(try folder.run(argue).status == 3)
    }
}
