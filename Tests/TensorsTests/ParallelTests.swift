import CKernels
import Foundation
import Testing

@Suite struct ParallelTests {
    /// Jobs of changing size, with pauses after which the workers have to be woken.
    @Test func everyShardOfEveryJobRunsOnce() {
        let most = 9
        let cells = UnsafeMutablePointer<Int32>.allocate(capacity: most * 16)
        cells.initialize(repeating: 0, count: most * 16)
        defer { cells.deallocate() }
        var expected = [Int32](repeating: 0, count: most)
        for job in 0..<20_000 {
            let shards = 1 + (job * 7919) % most
            ck_parallel(
                Int32(shards),
                { context, shard in
                    // Cells a cache line apart, each touched by one shard at a time.
                    context?.assumingMemoryBound(to: Int32.self)[Int(shard) * 16] += 1
                }, cells)
            for shard in 0..<shards { expected[shard] += 1 }
            if job.isMultiple(of: 2000) { usleep(2000) }
        }
        #expect((0..<most).map { cells[$0 * 16] } == expected)
    }

    @Test func aJobInsideAJobRunsAlone() {
        var total: Int32 = 0
        ck_parallel(
            1,
            { context, _ in
                ck_parallel(
                    5, { context, _ in context?.assumingMemoryBound(to: Int32.self).pointee += 1 }, context)
            }, &total)
        #expect(total == 5)
    }
}
