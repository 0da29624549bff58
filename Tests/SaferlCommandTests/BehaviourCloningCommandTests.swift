import Foundation
import SafeRL
import SaferlCommand
import Testing

/// BC-Safe as a user meets it, with the built binary.
// The binary stands beside the tests after `swift build`; without it there is nothing to run.
@Suite(.enabled(if: CommandProcess.binary != nil)) struct BehaviourCloningCommandTests {
    /// A configuration, and six episodes of ten steps that cost 2 and 1 in turn.
    private static func files(_ options: String) -> [String: [UInt8]] {
        let text = """
            {"algorithm": "bc", "data": {"file": "tiny.hdf5"},
             "schedule": {"steps": 20, "log": 5, "checkpoint": 10},
             "bc": {\(options), "rows": 8, "widths": [4]}}
            """
        return ["my.json": Array(text.utf8), "tiny.hdf5": HDF5Columns().bytes]
    }

    @Test func trainingSaysWhatIsKept() throws {
        let folder = try CommandFolder(Self.files(#""episodes": {"kind": "safe", "costLimit": 1}"#))
        let result = try folder.run(["train", "my.json", "--run", "run"])
        #expect(result.status == 0)
        let kept = "3 of 6 episodes, 30 of 60 transitions: those whose cost is at most 1"
        #expect(result.output.contains("60 transitions, 6 episodes)\nselected: \(kept)\nrun: "), "\(result)")
        // A finished run trains nothing and selects nothing.
        let again = try folder.run(["resume", "run"])
        #expect(again.status == 0 && !again.output.contains("selected"))
    }

    @Test func trainingOnEverythingSaysNothingMore() throws {
        let result = try CommandProcess.run(
            ["train", "my.json", "--run", "run"], files: Self.files(#""episodes": "all""#))
        #expect(result.status == 0)
        #expect(result.output.contains("60 transitions, 6 episodes)\nrun: "), "\(result)")
    }

    @Test func aLimitThatLeavesNothingIsAnErrorOfTheConfiguration() throws {
        let result = try CommandProcess.run(
            ["train", "my.json", "--run", "run"],
            files: Self.files(#""episodes": {"kind": "safe", "costLimit": 0.5}"#))
        #expect(result.status == CommandStatus.configuration.rawValue)
        #expect(
            result.errors.hasSuffix(
                "my.json:3:51: bc.episodes.costLimit = 0.5: none of the 6 episodes costs so little: the smallest cost is 1. "
                    + "Raise it to that or more, or set episodes to \"all\".\n"), "\(result.errors)")
        #expect(result.files == ["my.json", "tiny.hdf5"])
    }
}
