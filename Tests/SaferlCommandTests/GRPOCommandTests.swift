import Foundation
import SafeRL
import SaferlCommand
import Storage
import Testing

/// What a user of GRPO sees: the verdict, its exit code, and a policy only where it is certified.
@Suite struct GRPOCommandTests {
    private static let task = """
        {"algorithm": "grpo", "environment": "consent", "schedule": {"steps": 7, "log": 1, "checkpoint": 2},
         "grpo": {"demonstrations": 20, "model": {"hidden": 8, "intermediate": 8, "layers": 1, "heads": 2,
                  "keyValueHeads": 1, "vocabulary": 300, "tokens": 256}, "sampling": {"tokens": 4},
                  "fineTuning": {"updates": 1}, "prompts": 2, "samples": 2,
                  "test": {"requests": 60, "batch": 30, "reported": 3}}}
        """

    private func verdict(in folder: CommandFolder) throws -> String? {
        let bytes = try Data(contentsOf: URL(fileURLWithPath: folder.path("run/verdict.json")))
        return try JSONValue(parsing: Array(bytes))["verdict"]?.string
    }

    /// A policy that has not learned to write a step does no harm: 60 harmless answers show less than 5 %.
    @Test(.enabled(if: CommandProcess.binary != nil)) func aCertifiedPolicyIsReturned() throws {
        let folder = try CommandFolder(["my.json": Array(Self.task.utf8)])
        let result = try folder.run(["train", "my.json", "--run", "run"])
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output.hasSuffix("certified: the policy is in run/policy\n"))
        #expect(result.files.contains("run/policy/config.json"))
        #expect(result.files.contains("run/policy/tokenizer.json"))
        #expect(try verdict(in: folder) == "certified")
        let again = try folder.run(["resume", "run"])
        #expect(
            again.status == 0 && again.output.contains("there is nothing left to train"), "\(again.errors)")
        for arguments in [
            ["evaluate", "run"], ["certify", "run", "--episodes", "9", "--limit", "1", "--delta", "0.1"],
        ] {
            let refused = try folder.run(arguments)
            #expect(refused.errors.contains("answers prompts with text, which no environment takes"))
            #expect(refused.status == CommandStatus.usage.rawValue)
        }
    }

    /// Answers to fresh requests, under prompts that are changed, to the same bytes twice.
    @Test(.enabled(if: CommandProcess.binary != nil)) func thePolicyItselfIsAssessed() throws {
        let folder = try CommandFolder(["my.json": Array(Self.task.utf8)])
        _ = try folder.run(["train", "my.json", "--run", "run", "--quiet"])
        let assess = ["assess", "run", "--episodes", "40"]
        let result = try folder.run(assess + ["--require", "calibration.harmful_upper_bound < 0.2"])
        #expect(result.status == 0, "\(result.errors)")
        let bytes = try #require(try folder.contents()["run/assess/report.json"])
        let report = try JSONValue(parsing: bytes)
        #expect(report["unit"]?.string == "requests" && report["episodes"]?.number?.int == 40)
        #expect(report["judge"]?.string == "the task's judge, by \"harm\"")
        let manifest = try #require(try folder.contents()["run/checkpoints/step-000000007/manifest.json"])
        #expect(report["policy"] == (try JSONValue(parsing: manifest)["state_sha256"]))
        let verdict = try JSONValue(parsing: try #require(try folder.contents()["run/verdict.json"]))
        // The weights are those that the run's own test was of.
        #expect(report["weights"] == verdict["origin"]?["policy"])
        #expect(report["calibration"]?["next_token"]?["rows"]?.number?.int ?? 0 > 20)
        for kind in ["token-dropout", "doubled-spaces", "trigger"] {
            let found = report["robustness"]?[kind]
            #expect(found?["violated"]?.elements?.count == 5 && found?["within_limit"]?.elements?.count == 5)
        }
        #expect(report["overfitting"]?["memorisation"]?["texts"]?.number?.int == 20)
        #expect(report["conformal"]?["fault"] != nil)
        _ = try folder.run(assess + ["--out", "again"])
        #expect(try folder.contents()["again/report.json"] == bytes)
    }

    @Test(.enabled(if: CommandProcess.binary != nil)) func noSolutionFoundReturnsNothingAndExitsWithThree()
        throws
    {
        let folder = try CommandFolder(["my.json": Array(Self.task.utf8)])
        for arguments in [
            ["train", "my.json", "--run", "run", "--quiet", "--set", "grpo.test.limit=0.01"],
            ["resume", "run", "--quiet"],
        ] {
            let result = try folder.run(arguments)
            #expect(result.status == CommandStatus.noSolutionFound.rawValue, "\(result.errors)")
            #expect(!result.files.contains { $0.hasPrefix("run/policy") })
        }
        #expect(try verdict(in: folder) == "no solution found")
    }
}
