import Foundation
import SaferlCommand
import Testing

/// `saferl benchmark` on a task of its own recording, with runs of a few updates.
@Suite(.enabled(if: CommandProcess.binary != nil)) struct BenchmarkCommandTests {
    private static let benchmark = """
        {"tasks": [{"name": "robot", "collect": {"environment": "point-robot", "transitions": 1500},
                    "environment": "point-robot-feasible", "limits": [50, 300], "returns": "recorded"}],
         "methods": [{"name": "BC", "configuration": "bc.json"},
                     {"name": "BC-Safe", "configuration": "bc.json", "limit": "bc.episodes.costLimit",
                      "set": {"bc.episodes.kind": "safe"}}],
         "seeds": [0, 1], "episodes": 2, "certificates": {"episodes": 4, "delta": 0.2}}
        """
    private static let bc = """
        {"algorithm": "bc", "data": {"file": "dataset.hdf5"}, "bc": {"widths": [4], "rows": 8},
         "schedule": {"steps": 4, "log": 2, "checkpoint": 2}}
        """

    private func folder(_ benchmark: String = Self.benchmark) throws -> CommandFolder {
        try CommandFolder(["small.json": Array(benchmark.utf8), "bc.json": Array(Self.bc.utf8)])
    }

    private func files(_ folder: CommandFolder) throws -> [String: [UInt8]] {
        try folder.contents().filter { $0.key.hasPrefix("Checkpoints/small/table") }
    }

    @Test func theTableHasEveryMethodAndIsMadeAgainFromWhatIsFinished() throws {
        let folder = try folder()
        let result = try folder.run(["benchmark", "small.json"])
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output.contains("| robot | 50, 300 | ") && result.output.contains(" of 4"))
        // One run of BC for each seed, and one of BC-Safe for each seed and limit.
        let runs = try folder.paths().filter {
            $0.hasSuffix("/manifest.json") && !$0.contains("/checkpoints/")
        }
        #expect(runs.count == 2 + 4, "\(runs)")
        let tables = try files(folder)
        #expect(tables.count == 4)
        let again = try folder.run(["benchmark", "small.json"])
        #expect(again.status == 0 && again.errors == "", "\(again.errors)")
        #expect(try files(folder) == tables && again.output == result.output)
        let table = try folder.run(["benchmark", "small.json", "--table"])
        #expect(table.output == result.output)
    }

    @Test func aKilledBenchmarkGoesOnToTheSameTable() throws {
        let whole = try folder()
        #expect(try whole.run(["benchmark", "small.json"]).status == 0)
        let killed = try folder()
        _ = try killed.run(["benchmark", "small.json", "--jobs", "1"]) { process in
            let isBegun = (try? killed.paths().contains { $0.hasSuffix("robot-BC-0/manifest.json") }) ?? false
            if isBegun { kill(process.processIdentifier, SIGKILL) }
            return !isBegun
        }
        let result = try killed.run(["benchmark", "small.json"])
        #expect(result.status == 0, "\(result.errors)")
        #expect(try files(killed) == files(whole))
    }

    @Test func everyWrongNameIsFoundBeforeAnythingIsTrained() throws {
        let wrong = [
            ("\"bc.episodes.costLimit\"", "\"bc.costlimt\"", 78), ("point-robot-feasible", "point-robt", 78),
            ("\"configuration\": \"bc.json\"}", "\"configuration\": \"bd.json\"}", 66),
        ]
        for (old, new, status) in wrong {
            let folder = try folder(Self.benchmark.replacing(old, with: new))
            let result = try folder.run(["benchmark", "small.json"])
            #expect(result.status == Int32(status), "\(result.errors)")
            #expect(result.errors.split(separator: "\n").count == 1)
            #expect(try folder.paths() == ["bc.json", "small.json"])
        }
    }

    @Test func aMissingDataFileIsNamedWithItsTask() throws {
        let own = "\"collect\": {\"environment\": \"point-robot\", \"transitions\": 1500}"
        let folder = try folder(Self.benchmark.replacing(own, with: "\"data\": \"no.hdf5\""))
        let result = try folder.run(["benchmark", "small.json"])
        #expect(result.status == 66)
        #expect(
            result.errors
                == "no.hdf5: no such data file, which task robot names. Its path is relative to the current folder.\n"
        )
    }
}
