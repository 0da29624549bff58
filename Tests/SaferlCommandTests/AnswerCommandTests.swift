import Foundation
import SafeRL
import SaferlCommand
import Testing

/// `saferl assess` of runs without an environment: score models, and policies by a recording alone.
@Suite(.enabled(if: CommandProcess.binary != nil)) struct AnswerCommandTests {
    private static let grammar = """
        {"algorithm": "hcrlhf", "schedule": {"steps": 12, "log": 1, "checkpoint": 12},
         "hcrlhf": {"synthetic": {"pairs": 300}, "model": {"hidden": 8, "intermediate": 8, "layers": 1, "heads": 2,
          "keyValueHeads": 1, "vocabulary": 300, "tokens": 96}, "sampling": {"tokens": 8},
          "fineTuning": {"updates": 1}, "preference": {"reward": {"updates": 3}, "cost": {"updates": 3}},
          "candidate": {"batch": 2, "microBatch": 2}, "test": {"prompts": 20, "batch": 20}}}
        """

    @Test func scoreModelsAreAssessedByWhatWasHeldOut() throws {
        let folder = try CommandFolder(["my.json": Array(Self.grammar.utf8)])
        let trained = try folder.run(["train", "my.json", "--run", "run", "--quiet"])
        #expect([0, 3].contains(trained.status), "\(trained.errors)")
        for place in ["a", "b"] {
            let result = try folder.run(["assess", "run", "--out", place])
            #expect(result.status == 0, "\(result.errors)")
            #expect(result.output.contains("its score models"))
        }
        let files = try folder.contents()
        #expect(files["a/report.json"] == files["b/report.json"])
        let report = try JSONValue(parsing: try #require(files["a/report.json"]))
        #expect(report["unit"]?.string == "prompts")
        let manifest = try #require(
            files.first { $0.key.hasSuffix("12/manifest.json") }.map {
                String(decoding: $0.value, as: UTF8.self)
            })
        #expect(manifest.contains(try #require(report["policy"]?.string)))
        #expect(report["calibration"]?["score"]?.string == "sigmoid of the cost")
        #expect(try #require(report["calibration"]?["rows"]?.number?.int) > 10)
        #expect(report["cost_model"]?["signed"]?.number != nil)
        #expect(report["reward_model"]?["accuracy"]?.number != nil)
        #expect(report["detection"]?.elements?.count == 2)
        #expect(files["a/reliability.svg"] != nil && files["a/detection.svg"] != nil)
        let gate = try folder.run(["assess", "run", "--require", "cost_model.signed > 2"])
        #expect(gate.status == 3)
    }

    @Test func aRunWithoutAnEnvironmentNeedsARecordingOfTwentyEpisodes() throws {
        let folder = try CommandFolder(TinyRun.files)
        let none = try folder.run(["assess", "run"])
        #expect(none.status == CommandStatus.configuration.rawValue)
        #expect(
            none.errors.hasSuffix(
                "none to assess in. Name one with --environment, or with --data a recording that the run did not learn from.\n"
            ))
        let short = try folder.run(["assess", "run", "--data", "tiny.hdf5"])
        #expect(short.status == CommandStatus.badData.rawValue)
        #expect(
            short.errors.hasSuffix(
                "recorded episodes, and an assessment without an environment needs 20. Name a longer recording with --data.\n"
            ))
    }
}
