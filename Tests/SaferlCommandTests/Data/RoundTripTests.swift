import Foundation
import SafeRL
import Testing

/// `saferl data convert` from every format to every other: what comes back has the bytes that it had.
// The binary stands beside the tests after `swift build`; without it there is nothing to run.
@Suite(.enabled(if: CommandProcess.binary != nil)) struct RoundTripTests {
    private static var formats: [DataFormat] {
        DataFormat.allCases.filter { $0 != .parquet || FormatSample.hasPyArrow }
    }

    private func convert(_ from: String, _ to: String, _ format: DataFormat, in folder: CommandFolder) throws
    {
        let isNamed = ![.d4rl, .minari, .minariFile].contains(format)
        let result = try folder.run(
            ["data", "convert", from, to] + (isNamed ? [] : ["--to", format.rawValue]))
        #expect(result.status == 0 && result.errors == "", "\(from) to \(to): \(result.errors)")
    }

    @Test(arguments: DataFormat.allCases, [nil, 5])
    func whateverGoesThroughTwoFormatsComesBackByteForByte(_ first: DataFormat, _ choices: Int?) throws {
        guard Self.formats.contains(first) else { return }
        let folder = try CommandFolder([:])
        try TransitionDataset(FormatSample.columns(choices: choices)).write(to: folder.path("a.hdf5"))
        let original = try fileContents(folder.path("a.hdf5"))
        let one = FormatSample.name(first, "one")
        try convert("a.hdf5", one, first, in: folder)
        for second in Self.formats {
            let other = FormatSample.name(second, "two")
            try convert(one, other, second, in: folder)
            let back = "back-\(second.rawValue).hdf5"
            try convert(other, back, .dsrl, in: folder)
            #expect(try fileContents(folder.path(back)) == original, "\(first) by way of \(second)")
        }
        // Nothing unfinished is left beside what was written.
        #expect(try folder.paths().allSatisfy { !$0.contains("unfinished") && !$0.contains("partial") })
    }

    @Test(arguments: DataFormat.allCases)
    func equalDataGiveEqualBytes(_ format: DataFormat) throws {
        guard Self.formats.contains(format) else { return }
        let folder = try CommandFolder([:])
        try TransitionDataset(FormatSample.columns()).write(to: folder.path("a.hdf5"))
        let names = ["x", "y"].map { $0 + "/" + FormatSample.name(format, "one") }
        for (part, name) in zip(["x", "y"], names) {
            try FileManager.default.createDirectory(
                atPath: folder.path(part), withIntermediateDirectories: false)
            try convert("a.hdf5", name, format, in: folder)
        }
        let files = try folder.contents()
        let parts = ["x/", "y/"].map { part in
            files.filter { $0.key.hasPrefix(part) }.sorted { $0.key < $1.key }.map(\.value)
        }
        #expect(parts[0] == parts[1] && parts[0].count > 1)
    }

    @Test(arguments: [DataFormat.commaSeparated, .jsonLines, .arrays])
    func aTailThatAFormatCannotMarkIsRefusedUntilItIsCut(_ format: DataFormat) throws {
        let folder = try CommandFolder([:])
        var columns = FormatSample.columns()
        columns.append(
            observation: [1, 2, 3], action: [0, 0], nextObservation: [1, 2, 3], reward: 0, costs: [0, 0],
            constraintValue: 0, terminated: false, truncated: false)
        try TransitionDataset(columns).write(to: folder.path("a.hdf5"))
        let out = FormatSample.name(format, "one")
        let refused = try folder.run(["data", "convert", "a.hdf5", out])
        #expect(refused.status == 65 && !refused.files.contains(out))
        #expect(
            refused.errors
                == "a.hdf5: 1 transitions after the last end, from row 12 on, which \(format.title) cannot tell "
                + "from an episode that was cut. Mark the last as cut with --end-last.\n")
        #expect(try folder.run(["data", "convert", "a.hdf5", out, "--end-last"]).status == 0)
    }

    @Test(arguments: [DataFormat.minari, .minariFile])
    func anUnsharedObservationIsRefusedByItsRow(_ format: DataFormat) throws {
        // Every row's next observation is its own.
        let folder = try CommandFolder(["b.hdf5": HDF5Columns().bytes])
        let result = try folder.run(["data", "convert", "b.hdf5", "c", "--to", format.rawValue])
        #expect(result.status == 65 && !result.files.contains("c"))
        #expect(
            result.errors
                == "b.hdf5: row 0: the state reached differs from the one that row 1 acts in, and Minari keeps one "
                + "observation for both. Write another format, such as NPZ.\n")
    }
}
