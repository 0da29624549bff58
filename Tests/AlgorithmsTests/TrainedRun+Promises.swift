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
