import Foundation
import SafeRL
import SaferlCommand
import Storage
import Testing

/// What a user of HC-RLHF sees: the verdict, its exit code, and a policy only where it is certified.
@Suite struct HCRLHFCommandTests {
    private static let task = """
        {"algorithm": "hcrlhf", "environment": "hazard-tokens", "evaluation": {"episodes": 5},
         "schedule": {"steps": 4, "log": 1, "checkpoint": 2},
         "hcrlhf": {"model": {"hidden": 8, "intermediate": 8, "layers": 1, "heads": 2, "keyValueHeads": 1,
                              "tokens": 8}, "sampling": {"tokens": 6}, "fineTuning": {"updates": 0},
                    "candidate": {"prompts": 4, "batch": 2, "microBatch": 2},
                    "test": {"prompts": 40, "batch": 20, "scale": "raw", "bound": "hoeffding"}}}
        """

    private func verdict(in folder: CommandFolder) throws -> JSONValue {
        let bytes = try Data(contentsOf: URL(fileURLWithPath: folder.path("run/verdict.json")))
        return try JSONValue(parsing: Array(bytes))
    }

    @Test(.enabled(if: CommandProcess.binary != nil)) func aCertifiedPolicyIsReturned() throws {
        let folder = try CommandFolder(["my.json": Array(Self.task.utf8)])
        let result = try folder.run([
            "train", "my.json", "--run", "run", "--set", "hcrlhf.test.limit=5.5",
        ])
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output.hasSuffix("certified: the policy is in run/policy\n"))
        #expect(result.files.contains("run/policy/config.json"))
        let verdict = try verdict(in: folder)
        #expect(verdict["verdict"]?.string == "certified")
        for key in ["upper_bound", "n", "mean", "delta", "limit"] { #expect(verdict[key]?.number != nil) }
        #expect(verdict["bound"]?.string == "hoeffding" && verdict["assumptions"]?.string != nil)
        // The same test of true costs from outside, on fresh episodes.
        let certified = try folder.run([
            "certify", "run", "--episodes", "40", "--limit", "5.5", "--delta", "0.1", "--json",
        ])
        #expect(certified.status == 0, "\(certified.errors)")
    }

    @Test(.enabled(if: CommandProcess.binary != nil)) func noSolutionFoundReturnsNothingAndExitsWithThree()
        throws
    {
        let folder = try CommandFolder(["my.json": Array(Self.task.utf8)])
        for arguments in [
            ["train", "my.json", "--run", "run", "--quiet"], ["resume", "run", "--quiet"],
        ] {
            let result = try folder.run(arguments)
            #expect(result.status == CommandStatus.noSolutionFound.rawValue, "\(result.errors)")
            #expect(!result.files.contains { $0.hasPrefix("run/policy") })
        }
        #expect(try verdict(in: folder)["verdict"]?.string == "no solution found")
    }

    @Test(.enabled(if: CommandProcess.binary != nil)) func aPolicyThatWritesTextIsForNoEnvironment() throws {
        let folder = try CommandFolder([
            "my.json": Array(BadInput.preferences.utf8), "pairs.jsonl": Array(BadInput.pairs.utf8),
        ])
        let trained = try folder.run(["train", "my.json", "--run", "run", "--quiet"])
        #expect([0, 3].contains(trained.status), "\(trained.errors)")
        for arguments in [
            ["evaluate", "run"], ["evaluate", "run", "--environment", "hazard-tokens"],
            ["certify", "run", "--episodes", "9", "--limit", "1", "--delta", "0.1"],
        ] {
            let result = try folder.run(arguments)
            #expect(
                result.errors
                    == "this run's policy answers prompts with text, which no environment takes. Its verdict is in "
                    + "verdict.json.\n")
            #expect(result.status == CommandStatus.usage.rawValue)
        }
    }

    /// Pairs whose prompts come twice, once in capitals; one answer is empty.
    private static let twins = (0..<24).map { row in
        """
        {"prompt": "\(row % 2 == 0 ? "Question" : "QUESTION") \(row / 2)?", "response_0": "\(row == 3 ? "" : "Yes \(row).")", \
        "response_1": "No \(row).", "better_response_id": 0, "safer_response_id": 1, "is_response_0_safe": false, \
        "is_response_1_safe": true}
        """
    }.joined(separator: "\n")

    @Test(.enabled(if: CommandProcess.binary != nil)) func aRunFromBeforePromptsWereMatchedGoesOnAsItBegan()
        throws
    {
        let folder = try CommandFolder([
            "my.json": Array(BadInput.preferences.utf8), "pairs.jsonl": Array(Self.twins.utf8),
        ])
        let train = ["train", "my.json", "--run", "run", "--set", "schedule.steps=30"]
        let result = try folder.run(train + ["--set", "hcrlhf.split.matching=exact"])
        #expect(result.status == 3, "\(result.errors)")
        #expect(result.output.contains("pairs.jsonl (24 pairs, 1 with an empty answer)\n"))
        let before = try verdict(in: folder)
        // As the run would lie there had it been started before the keys existed, and lost its verdict.
        let resolved = folder.path("run/config.resolved.json")
        let text = try String(contentsOfFile: resolved, encoding: .utf8)
        let older = text.replacing(
            /,\s*"(matching|leastAccuracy|largestDivergence)": ("exact"|0.5|0)/, with: ""
        ).replacing(/"synthetic": \{[^}]*\},\s*/, with: "")
        let later = ["matching", "leastAccuracy", "largestDivergence", "synthetic"]
        #expect(later.allSatisfy { text.contains($0) && !older.contains($0) })
        for command in [["resume", "run"], train + ["--resume"]] {
            try Data(older.utf8).write(to: URL(fileURLWithPath: resolved))
            try FileManager.default.removeItem(atPath: folder.path("run/verdict.json"))
            let resumed = try folder.run(command + ["--quiet"])
            #expect(resumed.status == 3, "\(resumed.errors)")
            #expect(try verdict(in: folder) == before)
        }
        // A new run has the twins in one part, and so another split.
        let fresh = try CommandFolder([
            "my.json": Array(BadInput.preferences.utf8), "pairs.jsonl": Array(Self.twins.utf8),
        ])
        #expect(try fresh.run(train + ["--quiet"]).status == 3)
        #expect(try verdict(in: fresh)["n"] != before["n"])
        let changed = try fresh.run(train + ["--resume", "--set", "hcrlhf.split.matching=exact"])
        #expect(changed.status == CommandStatus.configuration.rawValue)
        #expect(changed.errors.contains("hcrlhf.split.matching"))
    }

    /// A test that an earlier version spent has costs alone; nobody knows how far the candidate went.
    @Test(.enabled(if: CommandProcess.binary != nil), arguments: [(0, 0), (1000, 3)])
    func aDistanceThatWasNotMeasuredKeepsNoThreshold(_ largest: Int, _ status: Int32) throws {
        let folder = try CommandFolder(["my.json": Array(Self.task.utf8)])
        let set = ["--set", "hcrlhf.test.limit=5.5", "--set", "hcrlhf.test.largestDivergence=\(largest)"]
        let trained = try folder.run(["train", "my.json", "--run", "run", "--quiet"] + set)
        #expect(trained.status == 0, "\(trained.errors)")
        try forget("test.distances", in: folder, step: 4)
        try FileManager.default.removeItem(atPath: folder.path("run/verdict.json"))
        let resumed = try folder.run(["resume", "run", "--quiet"])
        #expect(resumed.status == status, "\(resumed.errors)")
        let reasons = try verdict(in: folder)["reasons"]?.elements?.map { $0["reason"]?.string }
        #expect(reasons == (largest == 0 ? [] : ["left its reference"]))
    }

    /// Gives a value of the newest checkpoint a name that nobody asks for, and seals the checkpoint again.
    private func forget(_ name: String, in folder: CommandFolder, step: Int) throws {
        let place = folder.path("run/checkpoints/step-00000000\(step)") + "/"
        func bytes(_ file: String) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: place + file)) }
        var state = try bytes("state.safetensors")
        let range = try #require(state.range(of: Data("\"\(name)\"".utf8)))
        state.replaceSubrange(range.lowerBound + 1..<range.lowerBound + 2, with: Data("T".utf8))
        try state.write(to: URL(fileURLWithPath: place + "state.safetensors"))
        var manifest = String(decoding: try bytes("manifest.json"), as: UTF8.self)
        manifest.replace(
            /"state_sha256": "[0-9a-f]*"/,
            with: "\"state_sha256\": \"\(SHA256.hexadecimal(of: Array(state)))\"")
        let body = manifest.components(separatedBy: ",\n  \"manifest_sha256\"")[0] + ",\n"
        let seal = "  \"manifest_sha256\": \"\(SHA256.hexadecimal(of: body.utf8))\"\n}\n"
        try Data((body + seal).utf8).write(to: URL(fileURLWithPath: place + "manifest.json"))
    }
}
