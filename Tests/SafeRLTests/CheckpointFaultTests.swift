import Foundation
import Glibc
import SafeRL
import Tensors
import TestSupport
import Testing

@Suite struct CheckpointFaultTests {
    private let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    /// Commits checkpoints 1 and 2 without faults, in a directory of its own.
    private func started(_ name: String) throws -> CheckpointStore {
        let store = CheckpointStore("\(folder.path)/\(name)", operations: FaultyFiles())
        for step in [1, 2] {
            try store.commit(try smallCheckpoint(step), step: step, stage: "s", someIdentity)
        }
        return store
    }

    private func save(_ step: Int, in directory: String, _ files: FaultyFiles) throws {
        let store = CheckpointStore(directory, operations: files)
        try store.commit(try smallCheckpoint(step), step: step, stage: "s", someIdentity)
        try store.retain(1, upTo: step)
    }

    @Test(arguments: [
        FaultyFiles.Fault.once(ENOSPC), .once(EIO), .once(EMFILE), .lasting(ENOSPC), .lasting(EIO),
    ])
    func aFaultAtAnyCallLeavesAGoodCheckpointAndOneSentence(fault: FaultyFiles.Fault) throws {
        let counting = FaultyFiles()
        try save(3, in: try started("count").directory, counting)
        #expect(counting.calls > 20)
        for call in 1...counting.calls {
            let store = try started("\(call)")
            do {
                try save(3, in: store.directory, FaultyFiles(fault, at: call))
                // Only cleaning up may fail without a word.
                #expect(try store.newest(matching: someIdentity, warn: { _ in }).step == 3, "call \(call)")
            } catch {
                let text = "\(error)"
                #expect(text.hasPrefix(store.directory) && !text.contains("\n"), "call \(call): \(text)")
                if case .once(ENOSPC) = fault {
                    #expect(text.contains("the disk is full"), "call \(call): \(text)")
                }
                var warnings: [String] = []
                let step = try store.newest(matching: someIdentity) { warnings.append($0) }.step
                #expect((step == 2 || step == 3) && warnings.isEmpty, "call \(call)")
                let left = try FileManager.default.contentsOfDirectory(atPath: store.directory)
                #expect(!left.contains(".partial"), "call \(call) left a half-written checkpoint")
            }
            try save(4, in: store.directory, FaultyFiles())
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: store.directory) == ["step-000000004"])
        }
    }

    @Test(arguments: [FaultyFiles.Fault.once(EINTR), .shortWrite])
    func anInterruptedOrShortCallIsContinued(fault: FaultyFiles.Fault) throws {
        let plain = try started("plain")
        let counting = FaultyFiles()
        try save(3, in: plain.directory, counting)
        let expected = try read(plain.path(of: 3) + "/state.safetensors")
        for call in 1...counting.calls {
            let store = try started("\(call)")
            try save(3, in: store.directory, FaultyFiles(fault, at: call))
            #expect(try read(store.path(of: 3) + "/state.safetensors") == expected)
            #expect(try store.steps() == [3])
        }
    }

    @Test func aFullDiskIsSaidInOneLine() {
        #expect(
            StorageError.diskFull(path: "run/state").description
                == "run/state: the disk is full. Free some space and resume; what was written before is intact."
        )
    }

    @Test func retentionNeverDeletesTheLastGoodCheckpoint() throws {
        var stream = RandomStream(seed: 3, for: .testing)
        let directory = folder.path + "/retention"
        let plain = CheckpointStore(directory, operations: FaultyFiles())
        try plain.commit(try smallCheckpoint(0), step: 0, stage: "s", someIdentity)
        var step = 0
        var good = [0]
        for _ in 0..<400 {
            let roll = stream.nextInteger(below: 10)
            step += 1
            let keep = 1 + stream.nextInteger(below: 3)
            if roll < 3, let victim = try plain.steps().first, good.count > 1 {
                // The newest rots.
                try overwrite(plain.path(of: victim) + "/manifest.json", [1, 2, 3])
                good.removeAll { $0 == victim }
                continue
            }
            let fault = roll < 6 ? FaultyFiles.Fault.lasting(ENOSPC) : roll < 8 ? .once(EIO) : nil
            let store = CheckpointStore(
                directory, operations: FaultyFiles(fault, at: 1 + stream.nextInteger(below: 45)))
            var committed = false
            do {
                try store.commit(try smallCheckpoint(step), step: step, stage: "s", someIdentity)
                committed = true
                try store.retain(keep, upTo: step)
            } catch is StorageError {}
            let found = try plain.newest(matching: someIdentity, warn: { _ in }).step
            #expect(found == step || !committed)
            #expect(found >= good.last ?? 0)
            let left = Set(try plain.steps())
            good = (good + (found == step ? [step] : [])).filter(left.contains)
            #expect(!good.isEmpty)
        }
        let last = step + 1
        try plain.commit(try smallCheckpoint(last), step: last, stage: "s", someIdentity)
        try plain.retain(2, upTo: last)
        #expect(try plain.steps().count == 2)
    }

    /// A checkpoint as format 1 wrote it: later versions read it or say which version is too new.
    @Test func aStoredCheckpointOfFormatOneStillLoads() throws {
        let path = folder.path + "/step-000000003"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try overwrite(path + "/manifest.json", Array(StoredCheckpoint.manifest.utf8))
        try overwrite(
            path + "/state.safetensors", try #require(Data(base64Encoded: StoredCheckpoint.state)).map { $0 })
        let checkpoint = try CheckpointReader(contentsOf: path)
        #expect(checkpoint.step == 3 && checkpoint.stage == "s")
        let tensor = Tensor(3, 4)
        try checkpoint.load("a \"quoted\" name", shape: [3, 4], into: tensor.buffer)
        #expect(Array(tensor.buffer) == (3..<15).map(Float.init))
        #expect(try checkpoint.value("step", as: Int.self) == 3)
    }

    @Test func aNewerFormatIsRefusedByNumberInsteadOfSkipped() throws {
        let store = try started("newer")
        let path = store.path(of: 2)
        try overwrite(
            path + "/manifest.json", StoredCheckpoint.sealed("{\n  \"format\": 2,\n  \"other\": true,\n"))
        #expect(throws: CheckpointError.newerFormat(path: path, found: 2, supported: 1)) {
            try store.newest(matching: someIdentity, warn: { _ in })
        }
    }
}
