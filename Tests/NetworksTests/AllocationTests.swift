import Networks
import Tensors
import TestSupport
import Testing

@Suite(.serialized) struct AllocationTests {
    /// Two learners and a loss with everything a training step uses.
    private final class Setting {
        let tape = Tape()
        let batch = Tensor(256, 12)
        let value: Learner<NormalisedMLP>
        let critics: Learner<Ensemble>
        let rows: [Int32] = (0..<100).map { Int32($0) * 2 }

        init() {
            var stream = RandomStream(seed: 1, for: .testing)
            stream.fillNormal(batch.buffer)
            var adam = Adam(rate: .cosine(1e-3, updates: 1000))
            adam.largestNorm = 1
            value = Learner("value", optimizer: adam, using: &stream) { NormalisedMLP(8, width: 64, in: &$0) }
            critics = Learner("critics", optimizer: adam, hasTarget: true, using: &stream) {
                Ensemble(2, 12, hidden: [64, 64], in: &$0)
            }
        }

        func update(_ noise: inout RandomStream) throws {
            tape.reset()
            let sa = tape.constant(batch)
            let (s, a) = (sa.columns(0..<8), sa.columns(8..<12))
            let target = critics.target(s.joined(a)).largest()
            try value.descend(on: tape) {
                let u = target - value(s)
                return (u.isAbove(0).selecting(0.9, else: 0.1) * u.squared()).mean()
            }
            let next = value(s).clipped(-1, 1) * 0.99 + tape.normal(256, 1, using: &noise)
            try critics.descend(on: tape, movingTargetBy: 0.01) {
                (critics(s.joined(a)) - next).squared().mean()
            }
            try critics.descend(on: tape) {
                let q = critics(sa)
                let some = rows.withUnsafeBufferPointer { q.rows(at: $0) }
                let both = minimum(some.logSumExp(), some.smallest()) + some.logSoftmax().rowSums()
                return (q.isAbove(0).selecting(q, else: -q).tanh() * q.softmax()).sum() + both.mean()
            }
        }
    }

    @Test(
        .enabled(if: MallocCounter.works, "allocations cannot be counted here"), arguments: [1, 2],
        ProductMethod.choices)
    func anUpdateAllocatesNothing(threads: Int, products: ProductMethod) throws {
        BLAS.threads = 2  // starts the threads, which allocates, before a test beside this one can
        BLAS.threads = threads
        defer { BLAS.threads = 0 }
        let setting = Setting()
        setting.tape.products = products
        var noise = RandomStream(seed: 1, for: .noise)
        for _ in 0..<3 { try setting.update(&noise) }
        let count = try MallocCounter.fewest { for _ in 0..<10 { try setting.update(&noise) } }
        #expect(count == 0)
    }

    @Test func theCounterCounts() {
        let count = MallocCounter.count { withExtendedLifetime([Int](repeating: 1, count: 1000)) {} }
        #expect(!MallocCounter.works || count == 1)
    }

    /// A linear layer, a norm and mish, twice.
    struct NormalisedMLP: Layer {
        let first, second, out: Linear
        let norm: LayerNorm

        init(_ inputs: Int, width: Int, in layout: inout Layout) {
            first = Linear("l0", inputs, width, activation: .mish, in: &layout)
            norm = LayerNorm("norm", width, in: &layout)
            second = Linear("l1", width, width, activation: .mish, in: &layout)
            out = Linear("out", width, 1, in: &layout)
        }

        func callAsFunction(_ x: Variable, _ w: Weights) -> Variable {
            let h = first(x, w)
            return out(h + second(norm(h, w), w), w)
        }
    }
}
