import Foundation
import SafeRL
import Testing

/// `saferl verify --repair`: counter-examples are learned from in runs of their own.
@Suite(.enabled(if: CommandProcess.binary != nil)) struct RepairCommandTests {
    /// A clone of the point robot's data in `run`, and properties of it.
    private static func folder() throws -> CommandFolder {
        let folder = try CommandFolder([
            "brakes.json": property(#"{"kind": "range", "objective": [1, 0], "atMost": 0.5}"#),
            "far.json": property(#"{"kind": "range", "objective": [1, 0], "atMost": 100}"#),
            "open.json": property(#"{"kind": "range", "objective": [1, 0]}"#),
            "clear.json": Array(
                """
                {"network": null, "property": {"kind": "invariant", "environment": "point-robot", "value": "clearance"}}
                """.replacing(#""network": null, "#, with: "").utf8),
        ])
        let trained = try folder.run([
            "train", "bc.json", "--set", "data.file=", "--set", "environment=point-robot", "--set",
            "data.collect.transitions=2000", "--set", "schedule.steps=20", "--set", "evaluation.episodes=4",
            "--set", "bc.widths=[16]", "--run", "run", "--quiet",
        ])
        try #require(trained.status == 0, "\(trained.errors)")
        return folder
    }

    /// About what is seen at 1.8 m/s before the first hazard.
    private static func property(_ kind: String) -> [UInt8] {
        let low = "[-1.0, -1.3, 1.7, 0.9, -0.1, 1.3, 0.9, -0.1, 2.4, 0.1, 0.9]"
        let high = "[-0.8, -1.1, 1.9, 1.0, 0.1, 1.5, 1.0, 0.1, 2.6, 0.3, 1.0]"
        return Array(
            "{\"network\": \"run#actor\", \"input\": {\"low\": \(low), \"high\": \(high)}, \"property\": \(kind)}"
                .utf8)
    }

    private static func answer(_ result: CommandProcess.Result) throws -> JSONValue {
        try JSONValue(parsing: Array(result.output.utf8))
    }

    @Test func aCloneLearnsFromItsCounterExamples() throws {
        var files = try Self.folder().contents()
        // What the clone gives in this box is above half of what it is asked to be below of.
        files["brakes.json"] = Self.property(#"{"kind": "range", "objective": [1, 0], "atMost": -0.2}"#)
        let folder = try CommandFolder(files)
        let words = ["verify", "--property", "brakes.json", "--boxes", "2000"]
        #expect(try folder.run(words).output.contains("violated"))
        let result = try folder.run(
            words + ["--repair", "3", "--repair-updates", "200", "--json", "--out", "last.json"])
        let answer = try Self.answer(result)
        let rounds = try #require(answer["rounds"]?.elements)
        #expect(rounds.count >= 2 && rounds[0]["verdict"]?.string == "violated", "\(result.output)")
        #expect(
            rounds[0]["run"] == .null && rounds[1]["run"]?.string?.hasSuffix("run-repaired/round-1") == true)
        // 33 of 9 states each at most, four times each, each at least a step.
        let (examples, rows) = (rounds[1]["examples"]?.number?.int ?? 0, rounds[1]["rows"]?.number?.int ?? 0)
        #expect((1...32).contains(examples) && rows >= 36 * examples && rows <= 36 * 60 * examples)
        #expect(rounds[1]["updates"]?.number?.int == 220)
        let last = try #require(rounds.last)
        #expect((result.status == 0) == (answer["repaired"]?.bool == true))
        // The last run is one like any other, and its certificate is its own.
        let run = "run-repaired/round-\(rounds.count - 1)"
        #expect(last["run"]?.string?.hasSuffix(run) == true)
        let named = ["verify", run, "--network", "actor", "--property", "brakes.json"]
        let own = try folder.run(named + ["--boxes", "2000", "--json"])
        #expect(try Self.answer(own)["verdict"] == last["verdict"])
        if last["verdict"]?.string != "unknown" {
            let checked = try folder.run(named + ["--check", "\(run).json"])
            #expect(checked.output.hasPrefix("checked  "), "\(checked.errors)")
        }
        #expect(try folder.run(["verify", "--property", "brakes.json", "--check", "last.json"]).status == 65)
        let longer = try folder.run(["resume", run, "--set", "schedule.steps=1000", "--quiet"])
        #expect(longer.status == 0, "\(longer.errors)")
        #expect(try folder.contents()["run-repaired/repair.json"] != nil)
        #expect(try folder.run(words + ["--repair", "1"]).status == 73)
    }

    @Test func whatHoldsAlreadyIsLeftAsItIs() throws {
        let folder = try Self.folder()
        let result = try folder.run(["verify", "--property", "far.json", "--repair", "2", "--out", "c.json"])
        #expect(result.status == 0 && result.output.hasSuffix("\nholds already\n"), "\(result.errors)")
        let files = try folder.contents()
        #expect(files["c.json"] != nil && !files.keys.contains { $0.hasPrefix("run-repaired") })
    }

    @Test func theFeasibilityValueOfAFISORRunIsTrainedOn() throws {
        let folder = try EarlierRunTests.folder("fisor")
        var files = try folder.contents()
        files["safe.json"] = Array(
            """
            {"network": "run#vh", "input": {"low": [-1.1, 0, 0.5, 0.7], "high": [-1, 0.1, 0.6, 0.8]},
             "property": {"kind": "invariant", "environment": "point-robot", "actions": ["fallback"]}}
            """.utf8)
        let own = try CommandFolder(files)
        let result = try own.run([
            "verify", "--property", "safe.json", "--boxes", "64", "--repair", "1", "--repair-updates", "2",
        ])
        #expect([0, 3].contains(result.status), "\(result.errors)")
        let lines = result.output.split(separator: "\n")
        #expect(lines.first?.hasPrefix("round  verdict") == true && lines.first?.contains("refuted") == true)
        #expect(lines.count >= 3, "\(result.output)")
    }

    @Test func whatCannotBeRepairedIsOneLine() throws {
        let folder = try Self.folder()
        let cases: [([String], Int32, String)] = [
            (["run", "--network", "actor", "--property", "open.json"], 64, "a range without limits"),
            (["run", "--network", "actor", "--property", "clear.json"], 64, "its value is a formula"),
            (["run", "--network", "nobody", "--property", "far.json"], 64, "It has actor."),
            (["missing", "--network", "actor", "--property", "far.json"], 66, "missing"),
        ]
        for (words, status, message) in cases {
            let result = try folder.run(["verify"] + words + ["--repair", "1"])
            #expect(result.status == status && result.output == "", "\(result.status) \(result.errors)")
            #expect(
                result.errors.contains(message) && result.errors.split(separator: "\n").count == 1,
                "\(result.errors)")
        }
        let other = try EarlierRunTests.folder("ogsrl")
        try FileManager.default.copyItem(atPath: folder.path("far.json"), toPath: other.path("far.json"))
        let result = try other.run([
            "verify", "run", "--network", "actor", "--property", "far.json", "--repair", "1",
        ])
        #expect(
            result.status == 64 && result.errors.contains("trained by ogsrl, whose runs are not repaired"))
    }
}
