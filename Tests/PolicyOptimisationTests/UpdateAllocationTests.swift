import PolicyOptimisation
import TestSupport
import Testing

/// How often an update of a policy allocates memory: six steps of Adam a pass for each of two value networks, the surrogates, and
/// up to sixty products with the Fisher matrix, of which none does.
@Suite struct UpdateAllocationTests {
    @Test(.enabled(if: MallocCounter.works))
    func anUpdateWithinTheTrustRegionAllocatesLittle() throws {
        for world in [LearnerWorld.gaussian, .choice] {
            let learner = world.trustRegion()
            let batch = world.batch(learner.parameters, number: 1)
            for _ in 0..<2 { _ = try learner.update(batch) }
            let count = try MallocCounter.count { _ = try learner.update(batch) }
            #expect(count <= 120, "\(count) allocations")
        }
    }
}
