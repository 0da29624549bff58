import Foundation
import Networks
import Synchronization
import Tensors
import Testing

/// Results must not depend on how many threads share the rows out.
@Suite(.serialized) struct ThreadTests {
    /// Every bit of the weights, moments and target after five updates at a batch of 1024.
    private static func trained(_ products: ProductMethod = .best) throws -> [UInt32] {
        var stream = RandomStream(seed: 1, for: .weights)
        var adam = Adam(rate: .constant(1e-3))
        adam.largestNorm = 1
        let learner = Learner("net", optimizer: adam, hasTarget: true, using: &stream) {
            AllocationTests.NormalisedMLP(19, width: 96, in: &$0)
        }
        let batch = Tensor(1024, 19)
        stream.fillNormal(batch.buffer)
        let tape = Tape()
        tape.products = products
        for _ in 0..<5 {
            tape.reset()
            let x = tape.constant(batch)
            try learner.descend(on: tape, movingTargetBy: 0.01) {
                (learner(x) - x.columns(0..<1)).squared().mean() + learner(x).tanh().mean()
            }
        }
        return LearnerRole.allCases.flatMap { role in
            learner.layout.entries.flatMap { learner.elements($0, role).map(\.bitPattern) }
        }
    }

    @Test(arguments: ProductMethod.choices)
    func resultsDoNotDependOnTheThreads(products: ProductMethod) throws {
        defer { BLAS.threads = 0 }
        BLAS.threads = 1
        let alone = try Self.trained(products)
        for threads in [2, 4, 0] {
            BLAS.threads = threads
            #expect(try Self.trained(products) == alone, "\(threads) threads")
        }
    }

    @Test func resultsDoNotDependOnWhoElseUsesThePool() async throws {
        let alone = try Self.trained()
        let all = try await withThrowingTaskGroup(of: [UInt32].self) { group in
            for _ in 0..<4 { group.addTask { try Self.trained() } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(all.allSatisfy { $0 == alone })
    }
}

/// Whoever changes the number of threads gets at the pool between two jobs, however many follow one another.
@Suite struct ThreadCountTests {
    /// Jobs of a caller that never pauses.
    private static let jobs = 300

    private final class Hogging: Sendable {
        let isBusy = Mutex(true)
    }

    /// How often the number was changed while another caller ran all its jobs.
    private static func changes() async -> Int {
        let hogging = Hogging()
        async let hog: Void = Task.detached {
            for _ in 0..<jobs {
                Shards.run(8, on: 0) { _, shard in
                    var x = 1.0
                    for step in 0..<20_000 { x = x * 1.000_000_1 + Double(step & shard) }
                    precondition(x.isFinite)
                }
            }
            hogging.isBusy.withLock { $0 = false }
        }.value
        let counted = Task.detached {
            var count = 0
            while hogging.isBusy.withLock({ $0 }) {
                BLAS.threads = 1 + count % 3
                count += 1
                usleep(500)
            }
            return count
        }
        await hog
        return await counted.value
    }

    @Test func changingTheNumberOfThreadsWaitsForNoMoreThanOneJob() async {
        let before = BLAS.threads
        defer { BLAS.threads = before }
        // A caller that waited for an unfair mutex got at it once in six jobs, and once not for 18 seconds.
        #expect(await Self.changes() > Self.jobs / 3)
    }
}
