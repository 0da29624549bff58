import Foundation
import SafeRL
import Tensors
import TestSupport
import Testing

/// A block of floats that a checkpoint can refer to.
final class Block {
    let tensor: Tensor
    init(_ values: [Float]) { tensor = Tensor(1, values.count, values) }
    var values: UnsafeBufferPointer<Float> { .init(tensor.buffer) }
}

func smallCheckpoint(_ step: Int) throws -> CheckpointWriter {
    var writer = CheckpointWriter()
    let block = Block((0..<12).map { Float($0 + step) })
    writer.store("a \"quoted\" name", shape: [3, 4], of: block.values, ownedBy: block)
    let other = Block([.nan, .infinity, -0.0])
    writer.store("b", shape: [3], of: other.values, ownedBy: other)
    try writer.store("step", step)
    return writer
}

let someIdentity = CheckpointIdentity(configuration: "c0", data: "d0")

@Suite struct CheckpointTests {
    private let folder: TemporaryDirectory
    private let store: CheckpointStore

    init() throws {
        folder = try TemporaryDirectory()
        store = CheckpointStore(folder.path + "/checkpoints", operations: FaultyFiles())
    }

    private func commit(_ steps: Int...) throws {
        for step in steps {
            try store.commit(try smallCheckpoint(step), step: step, stage: "s", someIdentity)
        }
    }

    private func newest(_ identity: CheckpointIdentity? = someIdentity) throws -> CheckpointReader {
        try store.newest(matching: identity, warn: { _ in })
    }

    @Test func whatIsStoredComesBackBitForBit() throws {
        try commit(7)
        let checkpoint = try newest()
        #expect(checkpoint.path.hasSuffix("/checkpoints/step-000000007"))
        #expect(checkpoint.step == 7 && checkpoint.stage == "s")
        #expect(checkpoint.tensorNames == ["a \"quoted\" name", "b"])
        let tensor = Tensor(3, 4)
        try checkpoint.load("a \"quoted\" name", shape: [3, 4], into: tensor.buffer)
        #expect(Array(tensor.buffer) == (7..<19).map(Float.init))
        let other = Tensor(1, 3)
        try checkpoint.load("b", shape: [3], into: other.buffer)
        #expect(other.buffer.map(\.bitPattern) == [Float.nan, .infinity, -0.0].map(\.bitPattern))
        #expect(try checkpoint.value("step", as: Int.self) == 7)
    }

    @Test func rowsOfDoubleNumbersComeBackBitForBitAndAligned() throws {
        var writer = try smallCheckpoint(1)
        let payload = Double(bitPattern: 0x7ff8_0000_dead_beef)
        let numbers = [0.1, -0.0, .infinity, payload, .leastNonzeroMagnitude]
        writer.store("numbers", numbers: numbers)
        writer.store("none", numbers: [])
        try store.commit(writer, step: 1, stage: "s", someIdentity)
        let checkpoint = try newest()
        #expect(try checkpoint.numbers("numbers").map(\.bitPattern) == numbers.map(\.bitPattern))
        #expect(try checkpoint.numbers("none").isEmpty)
        // Before the tensors of four bytes, whose number may be odd.
        #expect(checkpoint.tensorNames == ["numbers", "none", "a \"quoted\" name", "b"])
        #expect(throws: CheckpointError.missingTensor("b", path: checkpoint.path)) {
            try checkpoint.numbers("b")
        }
        let other = Tensor(1, 5)
        #expect(throws: CheckpointError.missingTensor("numbers", path: checkpoint.path)) {
            try checkpoint.load("numbers", shape: [5], into: other.buffer)
        }
    }

    @Test func numbersInValuesSurviveBitForBit() throws {
        struct Value: Codable { var floats: [Float], doubles: [Double], integers: [UInt64] }
        var stream = RandomStream(seed: 1, for: .testing)
        var value = Value(
            floats: [0.1, -0.0, .infinity, -.infinity, .leastNonzeroMagnitude, .greatestFiniteMagnitude],
            doubles: [0.1, -0.0, .infinity, .leastNonzeroMagnitude, .greatestFiniteMagnitude],
            integers: [.max, .min])
        for _ in 0..<20_000 {
            let float = Float(bitPattern: UInt32(truncatingIfNeeded: stream.nextInteger()))
            let double = Double(bitPattern: stream.nextInteger())
            if !float.isNaN { value.floats.append(float) }
            if !double.isNaN { value.doubles.append(double) }
        }
        var writer = CheckpointWriter()
        try writer.store("v", value)
        try writer.store("alone", Float.nan)
        let reader = try CheckpointReader(of: writer)
        let copy = try reader.value("v", as: Value.self)
        #expect(copy.floats.map(\.bitPattern) == value.floats.map(\.bitPattern))
        #expect(copy.doubles.map(\.bitPattern) == value.doubles.map(\.bitPattern))
        #expect(copy.integers == value.integers)
        #expect(try reader.value("alone", as: Float.self).isNaN)
    }

    @Test func whatIsNotThereAsWantedIsNamed() throws {
        try commit(7)
        let checkpoint = try newest()
        let path = checkpoint.path
        let tensor = Tensor(1, 3)
        #expect(throws: CheckpointError.missingTensor("c", path: path)) {
            try checkpoint.load("c", shape: [3], into: tensor.buffer)
        }
        #expect(throws: CheckpointError.otherShape("b", path: path, stored: [3], wanted: [1, 3])) {
            try checkpoint.load("b", shape: [1, 3], into: tensor.buffer)
        }
        #expect(throws: CheckpointError.missingValue("c", path: path)) {
            try checkpoint.value("c", as: Int.self)
        }
        #expect(throws: CheckpointError.undecodable("step", path: path, reason: "not a String")) {
            try checkpoint.value("step", as: String.self)
        }
        #expect(
            CheckpointError.otherShape("b", path: "p", stored: [3], wanted: [1, 3]).description
                == "p: tensor \"b\" has shape [3], not [1, 3]. Use the configuration that wrote the checkpoint."
        )
    }

    @Test func otherConfigurationAndDataAreRefused() throws {
        try commit(1, 2)
        let path = store.path(of: 2)
        #expect(throws: CheckpointError.otherConfiguration(path: path)) {
            try newest(CheckpointIdentity(configuration: "c1", data: "d0"))
        }
        #expect(throws: CheckpointError.otherData(path: path, stored: "d0", given: "d1")) {
            try newest(CheckpointIdentity(configuration: "c0", data: "d1"))
        }
        #expect(try newest(nil).step == 2)
    }

    @Test func equalContentGivesEqualBytes() throws {
        try commit(5)
        let files = ["/state.safetensors", "/manifest.json"].map { store.path(of: 5) + $0 }
        let before = try files.map(read)
        try commit(5)
        #expect(try files.map(read) == before)
    }

    @Test func everyFlippedBitIsFoundAndThePreviousCheckpointUsed() throws {
        try commit(1, 2)
        var stream = RandomStream(seed: 2, for: .testing)
        for file in ["/state.safetensors", "/manifest.json"] {
            let path = store.path(of: 2) + file
            let good = try read(path)
            for _ in 0..<1200 {
                var bad = good
                let bit = stream.nextInteger(below: good.count * 8)
                bad[bit / 8] ^= 1 << UInt8(bit % 8)
                try overwrite(path, bad)
                var warnings: [String] = []
                let found = try store.newest(matching: someIdentity) { warnings.append($0) }
                #expect(found.step == 1, "bit \(bit) of \(file)")
                #expect(warnings.count == 1 && warnings[0].hasPrefix(store.path(of: 2) + ": damaged: "))
            }
            try overwrite(path, good)
        }
        #expect(try newest().step == 2)
    }

    @Test func theDamagedTensorIsNamed() throws {
        try commit(1)
        let path = store.path(of: 1) + "/state.safetensors"
        var bytes = try read(path)
        bytes[bytes.count - 1] ^= 1
        try overwrite(path, bytes)
        #expect(
            throws: CheckpointError.damaged(
                path: store.path(of: 1),
                reason: "tensor \"b\" in state.safetensors does not match its SHA-256")
        ) { try CheckpointReader(contentsOf: store.path(of: 1)) }
    }

    @Test func missingPartsAreSkippedAndWithoutAGoodCheckpointItIsAnError() throws {
        #expect(throws: CheckpointError.none(directory: store.directory)) { try newest() }
        try commit(1, 2, 3, 4)
        try FileManager.default.removeItem(atPath: store.path(of: 4) + "/manifest.json")
        try FileManager.default.removeItem(atPath: store.path(of: 3) + "/state.safetensors")
        var warnings: [String] = []
        #expect(try store.newest(matching: nil) { warnings.append($0) }.step == 2)
        #expect(warnings.count == 2)
        for step in [1, 2] { try overwrite(store.path(of: step) + "/state.safetensors", []) }
        #expect(
            throws: CheckpointError.noneVerifies(
                directory: store.directory,
                newest: CheckpointError.missingManifest(path: store.path(of: 4)).description)
        ) { try newest() }
    }

    @Test func aRenamedCheckpointIsNotTakenForAnotherStep() throws {
        try commit(1, 2)
        try FileManager.default.moveItem(atPath: store.path(of: 2), toPath: store.path(of: 9))
        #expect(try newest().step == 1)
    }
}
