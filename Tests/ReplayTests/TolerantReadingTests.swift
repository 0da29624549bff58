import Foundation
import Replay
import Testing

@Suite struct TolerantReadingTests {
    private let sample = sampleColumns()

    private func read(_ change: (inout RawFile) -> Void) throws -> TransitionDataset {
        let scratch = try Scratch()
        var file = RawFile(sample)
        change(&file)
        try file.write(to: scratch.path("a.hdf5"))
        return try TransitionDataset(contentsOf: scratch.path("a.hdf5"))
    }

    private func expectSample(_ change: (inout RawFile) -> Void) throws {
        #expect(try haveEqualColumns(read(change), TransitionDataset(sample)))
    }

    @Test func float64ColumnsBecomeFloat32() throws {
        try expectSample { file in
            file.columns["observations"] = RawColumn(
                [12, 3], doubles: sample.observations.map { Double($0) + 1e-12 })
            file.columns["rewards"] = RawColumn([12], doubles: sample.rewards.map(Double.init))
        }
    }

    @Test(arguments: [HDF5File.Element.uint8, .int8, .boolean])
    func flagsOfOneByteAreAccepted(element: HDF5File.Element) throws {
        try expectSample { file in
            file.columns["terminals"] = RawColumn([12], element, sample.terminals)
            file.columns["timeouts"] = RawColumn([12], element, sample.timeouts)
        }
    }

    @Test func flagsAsNumbersAreAccepted() throws {
        try expectSample { file in
            file.columns["terminals"] = RawColumn([12], floats: sample.terminals.map { Float($0) })
            file.columns["timeouts"] = RawColumn([12], doubles: sample.timeouts.map { Double($0) })
        }
    }

    @Test func integerCostsAreAccepted() throws {
        try expectSample { file in
            let costs = sample.costs.map { Int64($0) }
            file.columns["costs"] = RawColumn([12], .int64, costs.withUnsafeBytes { Array($0) })
        }
    }

    @Test func columnsOfOneValueARowAreSqueezed() throws {
        try expectSample { file in
            for name in ["rewards", "costs", "terminals", "timeouts"] { file.columns[name]?.shape = [12, 1] }
        }
    }

    @Test func furtherDataSetsAreIgnored() throws {
        try expectSample { file in
            file.columns["notes"] = RawColumn([1], .text, Array("12345678".utf8))
            file.columns["infos"] = RawColumn([2, 2, 2], doubles: [Double](repeating: 0, count: 8))
        }
    }

    @Test(arguments: [1, 5, 12, 4096])
    func theSizeOfStoredBlocksDoesNotMatter(rows: Int) throws {
        try expectSample { file in file.blockRows = rows }
        try expectSample { file in
            file.blockRows = 0
            file.compression = 0
        }
    }

    @Test func missingNextObservationsComeFromTheFollowingRow() throws {
        let derived = try read { file in file.columns["next_observations"] = nil }
        #expect(derived.hasDerivedNextObservations)
        let original = try TransitionDataset(sample)
        for row in 0..<12 {
            let values = (row * 3)..<(row * 3 + 3)
            let isLast = derived.terminals[row] != 0 || derived.timeouts[row] != 0
            let expected = isLast ? original.observations[values] : original.nextObservations[values]
            #expect(derived.nextObservations[values].elementsEqual(expected), "row \(row)")
        }
        #expect(derived.warnings == [.derivedNextObservations(truncatedEpisodes: 2), .noCostFreeEpisode()])
    }

    @Test func aLargeColumnReadsInPiecesWithoutASeam() throws {
        let scratch = try Scratch()
        let count = 700_000  // several pieces of 8 MiB a matrix, several of 2^18 flags
        var file = RawFile(sample)
        let values = (0..<(count * 4)).map { Double($0 % 65_521) }
        file.columns["observations"] = RawColumn([count, 4], doubles: values)
        file.columns["next_observations"] = nil
        file.columns["actions"] = RawColumn([count, 1], floats: .init(repeating: 0.5, count: count))
        file.columns["rewards"] = RawColumn([count], floats: (0..<count).map { Float($0) })
        file.columns["costs"] = RawColumn([count], floats: .init(repeating: 0, count: count))
        file.columns["terminals"] = RawColumn([count], .boolean, .init(repeating: 0, count: count))
        file.columns["timeouts"] = RawColumn([count], .boolean, (0..<count).map { $0 % 1000 == 999 ? 1 : 0 })
        file.blockRows = 5875
        file.compression = 1
        try file.write(to: scratch.path("a.hdf5"))
        let dataset = try TransitionDataset(contentsOf: scratch.path("a.hdf5"))
        #expect(zip(dataset.observations, values).allSatisfy { Double($0) == $1 })
        #expect(zip(dataset.rewards, 0..<count).allSatisfy { $0 == Float($1) })
        #expect(dataset.episodes.map(\.rows) == (0..<700).map { ($0 * 1000)..<($0 * 1000 + 1000) })
    }

    @Test func manyThreadsReadAndWriteAtOnce() async throws {
        let scratch = try Scratch()
        let expected = try TransitionDataset(sample)
        try expected.write(to: scratch.path("shared.hdf5"))
        let folder = scratch.folder
        let sample = sample
        let agreed = try await withThrowingTaskGroup(of: Bool.self) { group in
            for index in 0..<48 {
                group.addTask {
                    let original = try TransitionDataset(sample)
                    if index.isMultiple(of: 2) {
                        try original.write(to: folder + "/own-\(index).hdf5")
                        let read = try TransitionDataset(contentsOf: folder + "/own-\(index).hdf5")
                        return haveEqualColumns(read, original)
                    }
                    return try haveEqualColumns(
                        TransitionDataset(contentsOf: folder + "/shared.hdf5"), original)
                }
            }
            return try await group.reduce(true) { $0 && $1 }
        }
        #expect(agreed)
    }
}
