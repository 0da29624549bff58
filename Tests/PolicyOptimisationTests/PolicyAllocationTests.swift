import PolicyOptimisation
import Tensors
import TestSupport
import Testing

@Suite struct PolicyAllocationTests {
    /// What conjugate gradients repeat: the buffers of the pass are enough for it, in one part and in several.
    @Test(.enabled(if: MallocCounter.works), arguments: [9, 700])
    func aFisherProductAllocatesNothing(rows: Int) {
        var random = RandomNumbers(seed: 1)
        for policy in [
            StochasticPolicy.gaussian(observation: 3, hidden: [64, 64], actions: 2),
            .categorical(observation: 3, hidden: [64, 64], choices: 5),
        ] {
            let pass = PolicyPass(policy, capacity: rows)
            let parameters = random.vector(policy.parameterCount, scale: 0.1)
            pass.evaluate(PolicyInputs(random.matrix(rows, 3)), at: parameters)
            var result = parameters
            pass.fisherProduct(parameters, damping: 0.1, into: &result)
            let count = MallocCounter.fewest { pass.fisherProduct(parameters, damping: 0.1, into: &result) }
            #expect(count == 0)
        }
    }
}
