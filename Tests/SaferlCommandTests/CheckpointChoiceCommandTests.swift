import Foundation
import SafeRL
import Testing

/// A run of twenty updates that keeps every checkpoint, made once by the binary itself.
private enum KeepingRun {
    static let files = (try? make()) ?? [:]

    private static func make() throws -> [String: [UInt8]] {
        let configuration = """
            {"algorithm": "fisor", "environment": "point-robot", "data": {"collect": {"transitions": 400}},
             "schedule": {"steps": 20, "log": 10, "checkpoint": 5, "keep": "all"}, "fisor": \(TinyRun.options),
             "evaluation": {"episodes": 3}}
            """
        let folder = try CommandFolder(["my.json": Array(configuration.utf8)])
        let result = try folder.run(["train", "my.json", "--run", "run", "--quiet"])
        guard result.status == 0 else { throw TinyRun.Failure(output: result.errors) }
        return try folder.contents()
    }
}

// The binary stands beside the tests after `swift build`; without it there is nothing to run.
@Suite(.enabled(if: CommandProcess.binary != nil)) struct CheckpointChoiceCommandTests {
    private static let tenth = "run/checkpoints/step-000000010"

    private func origin(_ arguments: [String], in folder: CommandFolder) throws -> String? {
        let result = try folder.run(["evaluate", "--json"] + arguments)
        #expect(result.status == 0 && result.errors == "", "\(result.errors)")
        return try JSONValue(parsing: Array(result.output.utf8))["origin"]?["checkpoint"]?.string
    }

    @Test func allCheckpointsStayWhereTheConfigurationSaysSo() {
        let steps = Set(
            KeepingRun.files.keys.filter { $0.hasPrefix("run/checkpoints/step-") }.map {
                $0.split(separator: "/")[2]
            })
        let wanted = [0, 5, 10, 15, 20].map { (step: Int) -> Substring in
            "step-\(String(1_000_000_000 + step).dropFirst())"
        }
        #expect(steps == Set(wanted))
    }

    @Test func aCheckpointIsChosenByItsStepOrItsFolder() throws {
        let folder = try CommandFolder(KeepingRun.files)
        #expect(try origin(["run"], in: folder) == "run/checkpoints/step-000000020")
        for arguments in [
            ["run", "--checkpoint", "10"], [Self.tenth], [Self.tenth + "/"],
            [Self.tenth, "--checkpoint", "10"],
        ] { #expect(try origin(arguments, in: folder) == Self.tenth, "\(arguments)") }
        let absolute = folder.path(Self.tenth)
        #expect(try origin([absolute], in: folder) == absolute)
    }

    @Test func anEvaluationNamesTheNumbersOfThePolicyThatItJudged() throws {
        let folder = try CommandFolder(KeepingRun.files)
        func policy(_ report: [UInt8]) throws -> String? {
            try JSONValue(parsing: report)["origin"]?["policy"]?.string
        }
        for step in ["10", "20"] {
            let result = try folder.run(["evaluate", "run", "--json", "--checkpoint", step])
            let state = try #require(
                KeepingRun.files["run/checkpoints/step-0000000\(step)/state.safetensors"])
            let expected = SHA256.hexadecimal(of: state)
            #expect(try policy(Array(result.output.utf8)) == expected)
            // So does the evaluation behind a training.
            let report = try #require(KeepingRun.files["run/evaluation/report.json"])
            #expect(try (policy(report) == expected) == (step == "20"))
        }
    }

    @Test func certifyTakesThemToo() throws {
        let folder = try CommandFolder(KeepingRun.files)
        let rest = ["--episodes", "20", "--limit", "299", "--delta", "0.05", "--json"]
        for arguments in [[Self.tenth, "--out", "a"], ["run", "--checkpoint", "10", "--out", "b"]] {
            let result = try folder.run(["certify"] + arguments + rest)
            let report = try JSONValue(parsing: Array(result.output.utf8))
            #expect(report["checkpoint"]?.string == Self.tenth && report["step"]?.number?.int == 10)
        }
    }
}
