import Assurance
import Foundation
import Replay
import SafeRL
import SaferlCommand
import Testing

/// `saferl evaluate --data`, with the built binary.
// The binary stands beside the tests after `swift build`; without it there is nothing to run.
@Suite(.enabled(if: CommandProcess.binary != nil)) struct EstimateCommandTests {
    /// The tiny run with a recording that has enough episodes: the same columns three times.
    private static let files = TinyRun.files(["more.hdf5": more.bytes])

    private static let more = HDF5Columns().with { columns in
        columns.rows *= 3
        for _ in 0..<2 {
            columns.observations += HDF5Columns().observations
            columns.actions += HDF5Columns().actions
            columns.rewards += HDF5Columns().rewards
            columns.costs += HDF5Columns().costs
            columns.terminals += HDF5Columns().terminals
            columns.timeouts += HDF5Columns().timeouts
        }
        columns.observationShape = [180, 3]
    }

    @Test func anEstimateIsWrittenAndPrintedAndIsNoCertificate() throws {
        let folder = try CommandFolder(Self.files)
        let result = try folder.run(["evaluate", "run", "--data", "more.hdf5", "--json"])
        #expect(result.status == 0, "\(result.errors)")
        let files = try folder.contents()
        #expect(files["run/evaluation/estimate.json"] == Array(result.output.utf8))
        let report = try JSONValue(parsing: Array(result.output.utf8))
        #expect(report["kind"]?.string == "estimate")
        #expect(report["episodes"]?.number?.int == 9 || report["episodes"]?.number?.int == 18)
        #expect(report["subject"]?["policy_sha256"]?.string?.count == 64)
        #expect(report["subject"]?["data_sha256"]?.string?.count == 64)
        #expect(report["feasible_share"]?.number != nil && report["support"]?["outside_share"]?.number != nil)
        #expect(!result.output.contains("certified"))
        let page = String(decoding: files["run/evaluation/estimate.md"] ?? [], as: UTF8.self)
        #expect(page.contains("No certificate") && page.contains("| Return, fqe |"))
    }

    @Test func anEstimateIsAClaimThatGuaranteesNothingAndStandsInTheLedgerOnce() throws {
        let folder = try CommandFolder(Self.files)
        func claims() throws -> [Claim] {
            _ = try folder.run(["evaluate", "run", "--data", "more.hdf5"])
            return try ClaimLedger.lines(of: folder.path("run")).filter { $0.author == .evaluate }
                .compactMap(\.claim)
        }
        let first = try claims()
        #expect(first.count >= 2 && first.allSatisfy { $0.kind == .estimate && $0.verdict == .estimated })
        let report = try JSONValue(
            parsing: try #require(try folder.contents()["run/evaluation/estimate.json"]))
        #expect(first.allSatisfy { $0.subject.data == report["subject"]?["data_sha256"]?.string })
        #expect(first[0].statement.hasPrefix("The return of an episode is estimated at "))
        #expect(first.allSatisfy { $0.bound == nil && $0.limit == nil && $0.delta == nil })
        #expect(try claims() == first)
    }

    @Test func equalSeedsGiveEqualBytesAndOutSaysWhere() throws {
        let folder = try CommandFolder(Self.files)
        for place in ["a", "b"] {
            let result = try folder.run([
                "evaluate", "run", "--data", "more.hdf5", "--out", place, "--seed", "3",
            ])
            #expect(result.status == 0 && result.output.contains("Estimate  \(place)/estimate.json"))
        }
        let files = try folder.contents()
        #expect(files["a/estimate.json"] == files["b/estimate.json"] && files["a/estimate.json"] != nil)
        #expect(files["run/evaluation/estimate.json"] == nil)
    }

    /// What is wrong, how the command says it, and its exit code.
    static let wrong: [(arguments: [String], message: String, status: CommandStatus)] = [
        (
            ["--data", "tiny.hdf5"],
            "tiny.hdf5: 6 episodes, and an interval by resamples of episodes needs at least 10. Record more, whole ones.",
            .badData
        ),
        (["--data", "none.hdf5"], "none.hdf5: no such file", .missingInput),
        (["--data", "my.json"], "my.json: ", .badData),
        (
            ["--data", "point.hdf5"],
            "point.hdf5: observations of 11 and actions of 2 values, the policy's have 3 and 1. Name a recording of the "
                + "task that the policy was trained for.\n", .badData
        ),
        (
            ["--data", "more.hdf5", "--task", "BallRn"], "BallRn: no DSRL task. Did you mean \"BallRun\"?\n",
            .usage
        ),
        (
            ["--data", "more.hdf5", "--task", "BallRun"],
            "more.hdf5: its sizes are not those of OfflineBallRun-v0. Name its task with --task, or leave that out.\n",
            .badData
        ),
        (
            ["--data", "more.hdf5", "--episodes", "3"],
            "--episodes has no effect with --data, where nothing is run. Leave it out.", .usage
        ),
        (
            ["--data", "more.hdf5", "--environment", "point-robot"],
            "--environment has no effect with --data, where nothing is run. Leave it out.", .usage
        ),
        (["--data", "more.hdf5", "other"], "--data estimates one run at a time. Name one.", .usage),
        (
            ["--actions", "clip"], "--actions needs --data FILE, the recording whose actions are meant.",
            .usage
        ),
    ]

    @Test(arguments: wrong.indices)
    func whatIsWrongIsSaidInOneLine(_ index: Int) throws {
        let (arguments, message, status) = Self.wrong[index]
        let folder = try CommandFolder(Self.files)
        let recorded = try folder.run(
            ["collect", "point-robot", "--transitions", "400", "--out", "point.hdf5"])
        #expect(recorded.status == 0)
        let result = try folder.run(["evaluate", "run"] + arguments)
        #expect(result.errors.contains(message), "\(result.errors)")
        #expect(result.status == status.rawValue)
        #expect(result.errors.split(separator: "\n").count == 1 || status == .usage, "\(result.errors)")
        #expect(result.output == "")
    }
}
