import Foundation
import Tensors
import Testing

/// Training with rounded factors, with the built binary.
// The binary stands beside the tests after `swift build`; without it there is nothing to run.
@Suite(.enabled(if: CommandProcess.binary != nil)) struct PrecisionCommandTests {
    /// Networks and batches that are large enough for products in tiles.
    private static func configuration(_ precision: Precision, evaluating: Bool = false) -> [UInt8] {
        Array(
            """
            {"algorithm": "fisor", "environment": "point-robot", "data": {"collect": {"transitions": 500}},
             "precision": "\(precision.rawValue)", "schedule": {"steps": 60, "log": 20, "checkpoint": 20},
             "evaluation": {"episodes": 4\(evaluating ? #", "interval": 20, "intervalEpisodes": 2"# : "")},
             "fisor": {"policyRows": 64, "criticRows": 64, "criticWidths": [32], "width": 32, "blocks": 1,
              "timeFeatures": 16, "timeWidths": [32], "candidates": 2}}
            """.utf8)
    }

    private func trained(_ configuration: [UInt8]) throws -> (folder: CommandFolder, state: Data) {
        let folder = try CommandFolder(["my.json": configuration])
        let result = try folder.run(["train", "my.json", "--run", "run", "--quiet"])
        #expect(result.status == 0, "\(result.errors)")
        let place = folder.path("run/checkpoints/step-000000060/state.safetensors")
        return (folder, try Data(contentsOf: URL(fileURLWithPath: place)))
    }

    @Test(.enabled(if: Precision.bf16.isAvailable)) func onlyUpdatesAreRounded() throws {
        let rounded = try trained(Self.configuration(.bf16))
        #expect(try trained(Self.configuration(.float32)).state != rounded.state)
        // Evaluations in between are in single precision, and leave training as it is.
        let evaluated = try trained(Self.configuration(.bf16, evaluating: true))
        #expect(evaluated.state == rounded.state)
        // All of it but the checkpoint's path, which the command was given.
        func report(_ path: String) throws -> [Substring] {
            try String(contentsOfFile: rounded.folder.path(path), encoding: .utf8).split(separator: "\n")
                .filter { !$0.contains(#""checkpoint""#) }
        }
        let again = try rounded.folder.run(
            ["evaluate", "run", "--environment", "point-robot", "--episodes", "4", "--out", "out"])
        #expect(again.status == 0, "\(again.errors)")
        #expect(try report("out/report.json") == report("run/evaluation/report.json"))
        let other = try rounded.folder.run(
            ["train", "my.json", "--run", "run", "--resume", "--set", "precision=float32", "--quiet"])
        #expect(other.status != 0 && other.errors.contains("precision"), "\(other.errors)")
    }

    @Test(.enabled(if: !Precision.bf16.isAvailable)) func itIsRefusedWhereItWouldBeSlow() throws {
        let folder = try CommandFolder(["my.json": Self.configuration(.bf16)])
        let result = try folder.run(["train", "my.json", "--run", "run", "--quiet"])
        #expect(result.status == 78, "\(result.errors)")
        #expect(result.errors.contains("which this processor does not have"))
    }

    @Test(.enabled(if: Precision.bf16.isAvailable)) func aTestOfThePolicyIsNotRounded() throws {
        let folder = try CommandFolder([:])
        let result = try folder.run(["train", "hcrlhf.json", "--set", "precision=bf16", "--quiet"])
        #expect(result.status == 78, "\(result.errors)")
        #expect(result.errors.contains("is not for hcrlhf, whose test is of the policy as it acts"))
        #expect(result.errors.split(separator: "\n").count == 1)
    }
}
