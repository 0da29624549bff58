import Foundation
import SafeRL
import SaferlCommand
import Testing

/// `verdict.json`: sealed, bound to its checkpoint, and a look at the policy.
@Suite(.enabled(if: CommandProcess.binary != nil)) struct VerdictFileTests {
    private static let task = """
        {"algorithm": "hcrlhf", "environment": "hazard-tokens", "evaluation": {"episodes": 5},
         "schedule": {"steps": 4, "log": 1, "checkpoint": 2},
         "hcrlhf": {"model": {"hidden": 8, "intermediate": 8, "layers": 1, "heads": 2, "keyValueHeads": 1,
                              "tokens": 8}, "sampling": {"tokens": 6}, "fineTuning": {"updates": 0},
                    "candidate": {"prompts": 4, "batch": 2, "microBatch": 2},
                    "test": {"prompts": 40, "batch": 20, "scale": "raw", "bound": "hoeffding"}}}
        """
    private static let path = "run/verdict.json"

    private func trained(limit: Double) throws -> (CommandFolder, CommandProcess.Result) {
        let folder = try CommandFolder(["my.json": Array(Self.task.utf8)])
        return (
            folder,
            try folder.run(["train", "my.json", "--run", "run", "--set", "hcrlhf.test.limit=\(limit)"])
        )
    }

    private func text(_ folder: CommandFolder, _ path: String = path) throws -> String {
        try String(contentsOfFile: folder.path(path), encoding: .utf8)
    }

    private func put(_ text: String, _ folder: CommandFolder, _ path: String = path) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: folder.path(path)))
    }

    @Test func aVerdictThatWasEditedIsFoundAndTheRemedyWorks() throws {
        let (folder, result) = try trained(limit: 0.5)
        #expect(result.status == 3 && result.output.contains("\nno solution found: the upper bound, "))
        let sound = try text(folder)
        let withoutSeal = sound.replacing(/,\n  "seal" : "[0-9a-f]*"/, with: "")
        #expect(withoutSeal != sound)
        let (again, _) = try trained(limit: 0.6)
        let changes = [
            (
                sound.replacing("\"no solution found\"", with: "\"certified\""),
                "changed since it was written: its seal does not fit"
            ),
            (withoutSeal, "changed since it was written: its seal does not fit"),
            (
                withoutSeal.replacing("\"no solution found\"", with: "\"certified\""),
                "changed since it was written: its seal does not fit"
            ),
            (try text(again), "not the verdict that assurance/claims.jsonl has"),
        ]
        for (changed, fault) in changes {
            #expect(changed != sound)
            try put(changed, folder)
            let resumed = try folder.run(["resume", "run"])
            #expect(resumed.status == CommandStatus.badData.rawValue)
            #expect(
                resumed.errors
                    == "run/verdict.json: \(fault). Remove it, and \"saferl resume run\" writes the verdict on the newest "
                    + "checkpoint.\n")
            // What the message advises.
            try FileManager.default.removeItem(atPath: folder.path(Self.path))
            let remedied = try folder.run(["resume", "run", "--quiet"])
            #expect(remedied.status == 3, "\(remedied.errors)")
            #expect(try text(folder) == sound)
        }
        #expect(try folder.run(["resume", "run", "--quiet"]).status == 3)
        #expect(try text(folder, "run/assurance/claims.jsonl").split(separator: "\n").count == 1)
    }

    @Test func theTestOfTheRunIsALookAtItsPolicy() throws {
        let (folder, result) = try trained(limit: 5.5)
        #expect(result.status == 0, "\(result.errors)")
        #expect(try folder.run(["resume", "run", "--quiet"]).status == 0)
        let certified = try folder.run([
            "certify", "run", "--episodes", "40", "--limit", "5.5", "--delta", "0.1", "--json",
        ])
        #expect(certified.status == 0)
        #expect(certified.errors.hasPrefix("warning: 1 earlier test of the same policy."))
    }

    @Test func aVerdictOfAnEarlierVersionIsTakenAsItIs() throws {
        let (folder, _) = try trained(limit: 0.5)
        try put(try text(folder).replacing(/,\n  "seal" : "[0-9a-f]*"/, with: ""), folder)
        try FileManager.default.removeItem(atPath: folder.path("run/assurance"))
        let resumed = try folder.run(["resume", "run", "--quiet"])
        #expect(
            resumed.status == 3 && resumed.errors == "no solution found: see run/report.md\n")
        // Looks at the policy do not make it a changed one.
        let certify = ["certify", "run", "--episodes", "40", "--limit", "5.5", "--delta", "0.1"]
        #expect(try folder.run(certify).status == 0)
        #expect(try folder.run(["resume", "run", "--quiet"]).status == 3)
    }

    @Test func aLimitThatEveryPolicyKeepsCertifiesNothing() throws {
        let (folder, result) = try trained(limit: 6)
        #expect(result.status == 3)
        #expect(
            result.output.contains(
                "\nvacuous: no mean can exceed 6, so that a limit of 6 holds for every policy; no policy is returned"
            ))
        #expect(!result.files.contains { $0.hasPrefix("run/policy") })
        let verdict = try JSONValue(parsing: Array(try text(folder).utf8))
        #expect(verdict["verdict"]?.string == "vacuous")
        #expect(try text(folder, "run/report.json").contains("vacuous: no mean can"))
        #expect(try text(folder, "run/report.md").contains("| Verdict | vacuous: no mean can"))
    }
}
