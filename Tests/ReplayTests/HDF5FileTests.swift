import Foundation
import Replay
import Testing

@Suite struct HDF5FileTests {
    @Test(arguments: [false, true])
    func whatIsWrittenReadsBackBitForBit(constraint: Bool) throws {
        let scratch = try Scratch()
        let original = try TransitionDataset(sampleColumns(constraint: constraint, tail: 2))
        try original.write(to: scratch.path("a.hdf5"))
        let read = try TransitionDataset(contentsOf: scratch.path("a.hdf5"))
        #expect(haveEqualColumns(original, read))
        #expect(read.episodes == original.episodes)
        #expect((read.observationSize, read.actionSize, read.count) == (3, 2, 14))
        #expect(!read.hasDerivedNextObservations)
        #expect(read.path == scratch.path("a.hdf5"))
        #expect(scratch.names == ["a.hdf5"])
    }

    @Test func equalDataGiveEqualBytesAndIdentity() throws {
        let scratch = try Scratch()
        let dataset = try TransitionDataset(sampleColumns())
        try dataset.write(to: scratch.path("a.hdf5"))
        Thread.sleep(forTimeInterval: 1.1)  // a time stamp in seconds would differ
        try dataset.write(to: scratch.path("b.hdf5"))
        let a = try Data(contentsOf: URL(filePath: scratch.path("a.hdf5")))
        #expect(try a == Data(contentsOf: URL(filePath: scratch.path("b.hdf5"))))
        let identities = try ["a.hdf5", "b.hdf5"].map {
            try TransitionDataset(contentsOf: scratch.path($0)).identity
        }
        #expect(identities[0] == identities[1])
        #expect(identities[0].count == 64)
        let other = try TransitionDataset(sampleColumns(seed: 2))
        #expect(try dataset.identity == TransitionDataset(sampleColumns()).identity)
        #expect(dataset.identity != other.identity)
    }

    @Test func identityIsTheSHA256OfTheFile() throws {
        let scratch = try Scratch()
        try TransitionDataset(sampleColumns()).write(to: scratch.path("a.hdf5"))
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/sha256sum")
        process.arguments = [scratch.path("a.hdf5")]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(try text.hasPrefix(TransitionDataset(contentsOf: scratch.path("a.hdf5")).identity))
    }

    @Test func aWriterThatIsAbandonedLeavesNothing() throws {
        let scratch = try Scratch()
        do {
            let file = try HDF5File(creating: scratch.path("a.hdf5"))
            try file.put("rewards", shape: [4], as: .float32, nil)
        }
        #expect(scratch.names.isEmpty)
    }

    @Test func aMissingFolderIsNamed() throws {
        let dataset = try TransitionDataset(sampleColumns())
        let error = #expect(throws: DatasetError.self) { try dataset.write(to: "/nowhere/at/all/a.hdf5") }
        #expect(error?.isUnwritable == true)
        #expect(
            error?.description == "/nowhere/at/all/a.hdf5: cannot be written (No such file or directory). "
                + "Choose another place or free some space.")
    }

    @Test func replacingAFileKeepsTheOldOneUntilTheEnd() throws {
        let scratch = try Scratch()
        let path = scratch.path("a.hdf5")
        try TransitionDataset(sampleColumns()).write(to: path)
        let identity = try TransitionDataset(contentsOf: path).identity
        let file = try HDF5File(creating: path)
        try file.put("rewards", shape: [4], as: .float32, nil)
        #expect(try TransitionDataset(contentsOf: path).identity == identity)
        try file.commit()
        #expect(throws: DatasetError.self) { try TransitionDataset(contentsOf: path) }
    }

    /// Caches of model hubs keep their files behind links.
    @Test func aLinkIsReadLikeTheFileThatItLeadsTo() throws {
        let scratch = try Scratch()
        try RawFile(sampleColumns()).write(to: scratch.path("data.hdf5"))
        let manager = FileManager.default
        try manager.createSymbolicLink(atPath: scratch.path("link"), withDestinationPath: "data.hdf5")
        try manager.createSymbolicLink(
            atPath: scratch.path("second"), withDestinationPath: scratch.path("link"))
        try manager.createSymbolicLink(atPath: scratch.path("lost"), withDestinationPath: "nothing")
        let file = try TransitionDataset(contentsOf: scratch.path("data.hdf5"))
        for link in ["link", "second"] {
            #expect(haveEqualColumns(try TransitionDataset(contentsOf: scratch.path(link)), file))
        }
        let error = #expect(throws: DatasetError.self) {
            _ = try TransitionDataset(contentsOf: scratch.path("lost"))
        }
        #expect(error.map { "\($0)".hasPrefix(scratch.path("lost") + ": no such file") } == true)
    }
}
