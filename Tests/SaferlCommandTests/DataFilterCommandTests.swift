import Foundation
import SafeRL
import SaferlCommand
import Testing

/// `saferl data filter`, `split` and `merge`, with the built binary.
// The binary stands beside the tests after `swift build`; without it there is nothing to run.
@Suite(.enabled(if: CommandProcess.binary != nil)) struct DataFilterCommandTests {
    /// Six episodes of ten steps, which cost 2, 1, 2, 1, 2 and 1.
    private let folder: CommandFolder

    init() throws { folder = try CommandFolder(["a.hdf5": HDF5Columns().bytes]) }

    private func dataset(_ name: String) throws -> TransitionDataset {
        try TransitionDataset(contentsOf: folder.path(name))
    }

    @Test func filtersSayWhatTheyDidAndEqualArgumentsGiveEqualBytes() throws {
        let arguments = [
            "data", "filter", "a.hdf5", "--density-grid", "1,1,2,0", "--noise", "0.1", "--outliers", "0.1",
            "--cost-limit", "2", "--out",
        ]
        let first = try folder.run(arguments + ["b.hdf5"])
        #expect(first.status == 0 && first.errors == "")
        let lines = first.output.split(separator: "\n")
        #expect(lines.first == "b.hdf5: 50 transitions, 5 of 6 episodes, from a.hdf5.")
        #expect(lines.dropFirst().first == "seed 1, ranges of the file, whose task is not known")
        #expect(lines.count == 5)
        #expect(try dataset("b.hdf5").episodes.count == 5)
        #expect(try folder.run(arguments + ["c.hdf5"]).status == 0)
        #expect(try folder.run(arguments + ["d.hdf5", "--seed", "2"]).status == 0)
        let files = try folder.contents()
        #expect(files["b.hdf5"] == files["c.hdf5"] && files["b.hdf5"] != files["d.hdf5"])
    }

    @Test func aSplitHoldsEveryEpisodeOnceAndAMergeJoinsThem() throws {
        let split = try folder.run(
            ["data", "split", "a.hdf5", "--cost-limit", "1", "--safe", "s.hdf5", "--unsafe", "u.hdf5"])
        #expect(split.status == 0)
        #expect(
            split.output == """
                s.hdf5: 30 transitions, 3 of 6 episodes, from a.hdf5.
                u.hdf5: 30 transitions, 3 of 6 episodes, from a.hdf5.

                """)
        #expect(try dataset("s.hdf5").episodes.map(\.totalCost) == [1, 1, 1])
        #expect(try dataset("u.hdf5").episodes.map(\.totalCost) == [2, 2, 2])
        let merged = try folder.run(["data", "merge", "s.hdf5", "u.hdf5", "--out", "m.hdf5"])
        #expect(merged.output == "m.hdf5: 60 transitions, 6 episodes, from 2 files.\n")
        #expect(try dataset("m.hdf5").episodes.map(\.totalCost) == [1, 1, 1, 2, 2, 2])
    }

    @Test func aFileThatIsThereIsReplacedWhereThatIsAskedFor() throws {
        let words = ["data", "filter", "a.hdf5", "--noise", "1", "--out", "a.hdf5"]
        let before = try folder.contents()["a.hdf5"]
        let refused = try folder.run(words)
        #expect(
            refused.errors == "a.hdf5: there already. Add --force to replace it, or name another file.\n")
        #expect(refused.status == CommandStatus.cannotCreate.rawValue)
        #expect(try folder.contents()["a.hdf5"] == before)
        #expect(try folder.run(words + ["--force"]).status == 0)
        #expect(try folder.contents()["a.hdf5"] != before)
    }

    @Test func aPublishedDensityIsThatOfTheTask() throws {
        // BallRun has 7 + 2 values, so that a file of that name with other sizes is of no task.
        try Data(HDF5Columns().bytes).write(
            to: URL(fileURLWithPath: folder.path("SafetyBallRun-v0-80-940.hdf5")))
        let result = try folder.run(
            ["data", "filter", "SafetyBallRun-v0-80-940.hdf5", "--density", "0.5", "--out", "b.hdf5"])
        #expect(
            result.errors == """
                SafetyBallRun-v0-80-940.hdf5: density 0.5: the name of the file tells no task that has one. Name the task \
                with --task, or give the grid itself, such as --density-grid 10,50,5,2.

                """)
        #expect(result.status == CommandStatus.usage.rawValue)
    }
}
