import Foundation
import Replay
import Testing

/// Files that cannot be read, each with the exact sentence; the process must survive all of them.
@Suite struct HostileFileTests {
    private let sample = sampleColumns()

    private func fault(_ change: (inout RawFile) -> Void) throws -> String {
        let scratch = try Scratch()
        var file = RawFile(sample)
        change(&file)
        try file.write(to: scratch.path("a.hdf5"))
        return try fault(in: scratch.path("a.hdf5"))
    }

    private func fault(in path: String, limits: ImportLimits = .init()) throws -> String {
        let error = #expect(throws: DatasetError.self) {
            try TransitionDataset(contentsOf: path, limits: limits)
        }
        let text = error?.description ?? ""
        #expect(text.hasPrefix(path + ": ") && !text.contains("\n"))
        return String(text.dropFirst(path.count + 2))
    }

    private func sampleBytes(of columns: TransitionColumns? = nil) throws -> Data {
        let scratch = try Scratch()
        let file = RawFile(columns ?? sample)
        try file.write(to: scratch.path("a.hdf5"))
        return try Data(contentsOf: URL(filePath: scratch.path("a.hdf5")))
    }

    private func fault(inBytes bytes: Data) throws -> String {
        let scratch = try Scratch()
        try bytes.write(to: URL(filePath: scratch.path("a.hdf5")))
        return try fault(in: scratch.path("a.hdf5"))
    }

    // MARK: Files

    @Test func aMissingFileIsMissing() throws {
        let error = #expect(throws: DatasetError.self) {
            try TransitionDataset(contentsOf: "/nowhere/a.hdf5")
        }
        #expect(error?.isMissingFile == true && error?.isUnreadable == false)
        #expect(
            error?.description == "/nowhere/a.hdf5: no such file. "
                + "Check the path, or make the file with `saferl collect`.")
    }

    @Test func aFolderIsNotAFile() throws {
        let scratch = try Scratch()
        #expect(
            try fault(in: scratch.folder)
                == "cannot be read (not a regular file). Check its permissions and kind.")
    }

    @Test func aNamedPipeDoesNotHang() throws {
        let scratch = try Scratch()
        #expect(mkfifo(scratch.path("pipe"), 0o600) == 0)
        #expect(try fault(in: scratch.path("pipe")).hasPrefix("cannot be read (not a regular file)"))
    }

    @Test(.enabled(if: geteuid() != 0, "the superuser may read everything"))
    func aForbiddenFileIsUnreadable() throws {
        let scratch = try Scratch()
        try Data("x".utf8).write(to: URL(filePath: scratch.path("a.hdf5")))
        chmod(scratch.path("a.hdf5"), 0)
        #expect(try fault(in: scratch.path("a.hdf5")).hasPrefix("cannot be read (Permission denied)"))
    }

    @Test(arguments: [
        Data(), Data("observation,action,reward\n1,2,3\n".utf8), Data(repeating: 0, count: 5000),
    ])
    func anotherKindOfFileIsNotHDF5(bytes: Data) throws {
        #expect(try fault(inBytes: bytes) == "not an HDF5 file. Give a file of the DSRL layout.")
    }

    @Test func aTruncatedFileIsBroken() throws {
        let bytes = try sampleBytes()
        for share in [0.1, 0.3, 0.5, 0.9, 0.999] {
            let text = try fault(inBytes: bytes.prefix(Int(share * Double(bytes.count))))
            #expect(text.hasPrefix("a broken HDF5 file (truncated file: eof = "), "\(share): \(text)")
        }
    }

    @Test func aTailOfGarbageIsHarmless() throws {
        let scratch = try Scratch()
        try (sampleBytes() + Data(repeating: 0xa5, count: 1000)).write(
            to: URL(filePath: scratch.path("a.hdf5")))
        #expect(
            try haveEqualColumns(
                TransitionDataset(contentsOf: scratch.path("a.hdf5")), TransitionDataset(sample)))
    }

    /// Whatever a flipped byte does to libhdf5, this process gets sound data or one sentence.
    @Test(arguments: [false, true]) func flippedBytesNeverHarmTheProcess(hasChannels: Bool) throws {
        let bytes = try sampleBytes(of: hasChannels ? channelColumns() : sample)
        let scratch = try Scratch()
        var limits = ImportLimits()
        limits.inspectionSeconds = 2
        var refused = 0
        for index in stride(from: 0, to: bytes.count, by: max(1, bytes.count / 130)) {
            var flipped = bytes
            flipped[index] ^= 0xff
            try flipped.write(to: URL(filePath: scratch.path("a.hdf5")))
            do {
                _ = try TransitionDataset(contentsOf: scratch.path("a.hdf5"), limits: limits)
            } catch {
                #expect(!error.description.contains("\n"))
                refused += 1
            }
        }
        #expect(refused >= 4)
    }

    // MARK: Structure

    @Test(arguments: ["observations", "actions", "rewards", "costs", "terminals"])
    func aMissingColumnIsNamedBesideThoseThere(name: String) throws {
        let present = RawFile(sample).columns.keys.filter { $0 != name }.sorted().joined(separator: ", ")
        #expect(
            try fault { $0.columns[name] = nil }.hasPrefix(
                "no column \"\(name)\". Present: \(present). Store "))
    }

    @Test func aWrongRankShowsBothShapes() throws {
        #expect(
            try fault { $0.columns["observations"]?.shape = [3, 4, 3] }
                == "column \"observations\" has shape [3, 4, 3], "
                + "expected [rows] or [rows, values] with at least one value. "
                + "Store one row a transition, its values one after the other.")
        #expect(
            try fault { $0.columns["rewards"]?.shape = [3, 4] } == "column \"rewards\" has shape [3, 4], "
                + "expected [rows] or [rows, 1]. Store one row a transition, its values one after the other.")
        #expect(
            try fault { $0.columns["actions"]?.shape = [12, 2, 1] }
                == "column \"actions\" has shape [12, 2, 1], expected [rows] or [rows, values] with at least one value. "
                + "Store one row a transition, its values one after the other."
        )
    }

    @Test func unequalLengthsShowBoth() throws {
        #expect(
            try fault { $0.columns["costs"] = RawColumn([11], floats: .init(repeating: 0, count: 11)) }
                == "column \"costs\" has 11 rows, but \"observations\" has 12. All columns need one row a transition."
        )
        #expect(
            try fault { $0.columns["next_observations"]?.shape = [18, 2] }
                == "column \"next_observations\" has 18 rows, but \"observations\" has 12. "
                + "All columns need one row a transition.")
        #expect(
            try fault {
                $0.columns["next_observations"] = RawColumn([12, 2], floats: .init(repeating: 0, count: 24))
            }
                == "column \"next_observations\" has 2 values a row, but \"observations\" has 3. "
                + "Both describe the same state.")
    }

    @Test func textIsNotANumber() throws {
        #expect(
            try fault { $0.columns["rewards"] = RawColumn([12], .text, [UInt8](repeating: 65, count: 96)) }
                == "column \"rewards\" holds text, not numbers. Store it as float32, flags as booleans.")
    }

    @Test func zeroRowsAreNoData() throws {
        #expect(
            try fault { file in
                for (name, column) in file.columns {
                    file.columns[name] = RawColumn([0] + column.shape.dropFirst(), column.element, nil)
                }
            } == "no transitions: the columns have zero rows. Collect some first.")
    }

    @Test func anUnknownFilterIsNamedWithItsRemedy() throws {
        var bytes = try sampleBytes()
        let name = try #require(bytes.range(of: Data("deflate\0".utf8)))
        bytes.replaceSubrange((name.lowerBound - 8)..<(name.lowerBound - 6), with: [0x0f, 0x7d])  // id 32015
        let text = try fault(inBytes: bytes)
        #expect(
            text.hasSuffix(
                "is compressed with Zstandard (filter 32015), which is not built in. "
                    + "Write it again with gzip, from Python with create_dataset(…, compression=\"gzip\")."))
    }

    // MARK: Bombs and faults

    @Test func aBombIsRefusedBeforeAnythingIsAllocated() throws {
        let rows = 1_000_000_000_000
        let text = try fault { file in
            for (name, column) in file.columns {
                file.columns[name] = RawColumn([rows] + column.shape.dropFirst(), column.element, nil)
            }
        }
        #expect(text.contains("is too large: it declares \(rows * 12) bytes of data"))
    }

    @Test func moreDataThanTheFileCanHoldIsRefused() throws {
        let text = try fault { file in
            for (name, column) in file.columns {
                file.columns[name] = RawColumn([5_000_000] + column.shape.dropFirst(), column.element, nil)
            }
        }
        #expect(text.contains("which the 0 bytes of file that it has cannot hold"))
    }

    @Test func theLimitOfRowsHolds() throws {
        let scratch = try Scratch()
        try RawFile(sample).write(to: scratch.path("a.hdf5"))
        var limits = ImportLimits()
        limits.maximumRows = 11
        #expect(
            try fault(in: scratch.path("a.hdf5"), limits: limits).contains("more than the limit of 11 rows"))
        limits = ImportLimits()
        limits.maximumBlockBytes = 16
        #expect(try fault(in: scratch.path("a.hdf5"), limits: limits).contains("at most 16 are read"))
    }

    @Test(arguments: [
        (ImportLimits.Fault.crash, "ended the reader process by signal 11"),
        (.spin, "took too long"),
        (.allocation, "ended the reader process by signal 6"),
    ])
    func aFailingReaderIsOneSentence(injected: ImportLimits.Fault, reason: String) throws {
        let scratch = try Scratch()
        try RawFile(sample).write(to: scratch.path("a.hdf5"))
        var limits = ImportLimits()
        limits.injectedFault = injected
        // The system counts whole seconds of the processor; the clock's limit is eight times as long.
        if injected == .spin { limits.inspectionSeconds = 1 }
        #expect(
            try fault(in: scratch.path("a.hdf5"), limits: limits)
                == "reading it \(reason). The file is damaged or crafted; get a fresh copy, or write it again."
        )
    }

    @Test func aReaderThatWaitsIsNotCalledAFault() throws {
        let scratch = try Scratch()
        try RawFile(sample).write(to: scratch.path("a.hdf5"))
        var limits = ImportLimits()
        (limits.injectedFault, limits.inspectionSeconds) = (.hang, 0.3)
        #expect(
            try fault(in: scratch.path("a.hdf5"), limits: limits)
                == "reading it took too long by the clock, while its reader waited for the disk or the processor. "
                + "Try again; a file that always takes so long is damaged or crafted.")
    }
}
