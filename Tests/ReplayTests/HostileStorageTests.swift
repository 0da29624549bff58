import Foundation
import Replay
import Testing

/// What a file costs is bounded by what it stores, and the process that reads it can do nothing else.
@Suite struct HostileStorageTests {
    private let sample = sampleColumns()

    private func opened(
        padding: Int = 0, limits: ImportLimits = .init(), _ change: (inout RawFile) -> Void = { _ in }
    ) throws -> Result<TransitionDataset, DatasetError> {
        let scratch = try Scratch()
        let path = scratch.path("a.hdf5")
        var file = RawFile(sample)
        change(&file)
        try file.write(to: path)
        if padding > 0 {
            let end = try FileHandle(forWritingTo: URL(filePath: path))
            try end.seekToEnd()
            try end.write(contentsOf: Data(repeating: 0xa5, count: padding))
            try end.close()
        }
        return Result { () throws(DatasetError) in try TransitionDataset(contentsOf: path, limits: limits) }
    }

    private func fault(_ result: Result<TransitionDataset, DatasetError>) -> String {
        if case .failure(let error) = result {
            String(error.description.dropFirst(error.place.count + 2))
        } else {
            ""
        }
    }

    @Test func rowsThatWereNeverWrittenAreRefusedHoweverLongTheFile() throws {
        let rows = 5_000_000
        let result = try opened(padding: 1 << 20) { file in
            for (name, column) in file.columns {
                file.columns[name] = RawColumn([rows] + column.shape.dropFirst(), column.element, nil)
            }
        }
        #expect(
            fault(result)
                == "column \"observations\" is too large: it declares \(rows * 12) bytes of data, which the 0 bytes of "
                + "file that it has cannot hold. Write what there is, in several files or smaller blocks.")
    }

    @Test func aFlagThatWasNeverSetMayBeLeftUnwritten() throws {
        let data = try opened { $0.columns["terminals"] = RawColumn([12], .boolean, nil) }.get()
        #expect(data.terminals.allSatisfy { $0 == 0 } && data.count == 12)
    }

    @Test func bytesThatPackWellAreData() throws {
        let rows = 100_000, width = 64
        let flags = [UInt8](repeating: 0, count: rows - 1) + [1]
        let data = try opened { file in
            for name in ["observations", "next_observations"] {
                file.columns[name] = RawColumn(
                    [rows, width], .uint8, .init(repeating: 0, count: rows * width))
            }
            for name in ["actions", "rewards", "costs"] {
                file.columns[name] = RawColumn([rows, 1], floats: .init(repeating: 0, count: rows))
            }
            file.columns["terminals"] = RawColumn([rows], .boolean, flags)
            file.columns["timeouts"] = RawColumn([rows], .boolean, .init(repeating: 0, count: rows))
            file.compression = 9
            file.blockRows = 16_384
        }.get()
        #expect(data.count == rows && data.observations.allSatisfy { $0 == 0 })
    }

    @Test(.enabled(if: HDF5Library.isConfined, "this kernel filters no system calls"))
    func aReaderThatIsTakenOverReachesNothing() throws {
        var limits = ImportLimits()
        limits.injectedFault = .escape
        #expect(
            fault(try opened(limits: limits)) == "a broken HDF5 file (nothing got out). Get a fresh copy.")
    }

    @Test func aKernelWithoutFiltersReadsTheSame() throws {
        var limits = ImportLimits()
        limits.injectedFault = .noFilter
        #expect(haveEqualColumns(try opened(limits: limits).get(), try TransitionDataset(sample)))
    }
}
