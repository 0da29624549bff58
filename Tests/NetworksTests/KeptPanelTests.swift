import Networks
import Tensors
import TestSupport
import Testing

/// A network for acting arranges its weights once; its results are those of the learner it was taken from.
@Suite(.serialized) struct KeptPanelTests {
    private static func build(_ layout: inout Layout) -> AllocationTests.NormalisedMLP {
        AllocationTests.NormalisedMLP(19, width: 96, in: &layout)
    }

    private static func learner() -> Learner<AllocationTests.NormalisedMLP> {
        var stream = RandomStream(seed: 4, for: .weights)
        return Learner("net", optimizer: Adam(rate: .constant(1e-3)), using: &stream, build)
    }

    private static func rows(_ count: Int) -> Tensor {
        let rows = Tensor(count, 19)
        var stream = RandomStream(seed: 5, for: .testing)
        stream.fillNormal(rows.buffer)
        return rows
    }

    @Test(arguments: [1, 2, 5, 16, 32, 33, 300], ProductMethod.choices)
    func bitsAreThoseOfTheLearner(_ count: Int, products: ProductMethod) throws {
        let learner = Self.learner()
        let network = learner.snapshot(.weights, Self.build)
        let rows = Self.rows(count)
        let tape = Tape()
        tape.products = products
        for round in 0..<3 {
            tape.reset()
            let x = tape.constant(rows)
            #expect(Array(network(x).values) == Array(learner(x).values), "round \(round)")
        }
    }

    @Test func panelsFollowTheWayOfComputing() throws {
        let learner = Self.learner()
        let rows = Self.rows(40)
        let tape = Tape()
        let network = learner.snapshot(.weights, Self.build)
        for products in ProductMethod.choices + ProductMethod.choices.reversed() {
            tape.products = products
            let x = tape.constant(rows)
            #expect(Array(network(x).values) == Array(learner(x).values), "\(products)")
        }
    }

    @Test func laterUpdatesOfTheLearnerDoNotReachIt() throws {
        let learner = Self.learner()
        let rows = Self.rows(16)
        let tape = Tape()
        let network = learner.snapshot(.weights, Self.build)
        let before = Array(network(tape.constant(rows)).values)
        try learner.descend(on: tape) { learner(tape.constant(rows)).squared().mean() }
        let x = tape.constant(rows)
        #expect(Array(network(x).values) == before && Array(learner(x).values) != before)
    }

    @Test(.enabled(if: MallocCounter.works, "allocations cannot be counted here"), arguments: [1, 16, 300])
    func actingAllocatesNothing(_ count: Int) throws {
        let network = Self.learner().snapshot(.weights, Self.build)
        let rows = Self.rows(count)
        let tape = Tape()
        func act() {
            tape.reset()
            _ = network(tape.constant(rows))
        }
        for _ in 0..<3 { act() }
        let count = MallocCounter.fewest { for _ in 0..<10 { act() } }
        #expect(count == 0)
    }
}
