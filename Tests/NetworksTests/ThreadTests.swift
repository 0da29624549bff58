import Foundation
import Networks
import Tensors
import Testing

/// Results must not depend on how many threads share the rows out.
@Suite(.serialized) struct ThreadTests {
    /// Every bit of the weights, moments and target after five updates at a batch of 1024.
    private static func trained() throws -> [UInt32] {
        var stream = RandomStream(seed: 1, for: .weights)
        var adam = Adam(rate: .constant(1e-3))
        adam.largestNorm = 1
        let learner = Learner("net", optimizer: adam, hasTarget: true, using: &stream) {
            AllocationTests.NormalisedMLP(19, width: 96, in: &$0)
        }
        let batch = Tensor(1024, 19)
        stream.fillNormal(batch.buffer)
        let tape = Tape()
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

    @Test func resultsDoNotDependOnTheThreads() throws {
        defer { BLAS.threads = 0 }
        BLAS.threads = 1
        let alone = try Self.trained()
        for threads in [2, 4, 0] {
            BLAS.threads = threads
            #expect(try Self.trained() == alone, "\(threads) threads")
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
