import Foundation
import SafeRL
import Testing

/// What every algorithm promises about bits.
extension TrainedRun {
    /// Expects equal bits of equal seeds, and others of another seed.
    func expectEqualBitsOfEqualSeeds() throws {
        for name in ["a", "b"] { try train(name) }
        #expect(try results("a") == results("b"))
        try train("c", seed: 8)
        #expect(try results("a")[1] != results("c")[1])
    }

    /// Expects the bits of a whole run from one that is stopped after each of these updates, rising, and gone on with.
    func expectNoTraceOfInterruptions(after stops: [Int]) throws {
        try train("whole")
        var step = 0
        for stop in stops {
            let outcome = try train("cut", stopAfter: stop - step)
            step = stop
            guard case .interrupted(_, stop, _) = outcome else {
                Issue.record("not interrupted at \(stop): \(outcome)")
                return
            }
        }
        let outcome = try train("cut")
        guard case .finished = outcome else {
            Issue.record("not finished: \(outcome)")
            return
        }
        #expect(try results("cut") == results("whole"))
    }

    /// Expects the bits of a whole run from one whose updates are given up at every place at which they ask.
    func expectNoTraceOfGivenUpUpdates() throws {
        let (whole, none) = try state(givingUp: false)
        let (cut, times) = try state(givingUp: true)
        #expect(none == 0 && times > 0)
        #expect(cut == whole, "given up \(times) times")
    }

    /// The state after all updates, and how often one was given up before it was taken.
    private func state(givingUp: Bool) throws -> (bytes: Data, times: Int) {
        let algorithm = try fresh()
        var times = 0
        let stages = algorithm.stages(steps: steps)
        for stage in stages {
            for _ in 0..<stage.updates where !stage.isComplete {
                var (place, isTaken) = (0, false)
                while !isTaken {
                    var asked = 0
                    do {
                        _ = try stage.update {
                            asked += 1
                            if givingUp && asked > place { throw GivenUp() }
                        }
                        isTaken = true
                    } catch is GivenUp { (place, times) = (place + 1, times + 1) }
                }
            }
        }
        var writer = CheckpointWriter()
        try algorithm.save(to: &writer)
        for stage in stages { try stage.save(to: &writer) }
        let store = folder.appending(path: givingUp ? "cut" : "whole").path
        try CheckpointStore(store, operations: SystemFiles()).commit(
            writer, step: 1, stage: "end", CheckpointIdentity(configuration: "", data: ""))
        let file = store + "/step-000000001/state.safetensors"
        return (try Data(contentsOf: URL(fileURLWithPath: file)), times)
    }

    /// Expects equal bits with one thread and with several; there must be rows enough for several shards.
    func expectEqualBitsForAnyThreads() throws {
        let before = BLAS.threads
        defer { BLAS.threads = before }
        for (name, threads) in [("alone", 1), ("together", max(before, 2))] {
            BLAS.threads = threads
            try train(name)
        }
        #expect(try results("alone") == results("together"))
    }
}
