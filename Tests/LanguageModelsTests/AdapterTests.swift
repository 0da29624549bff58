import LanguageModels
import Networks
import Tensors
import Testing

@Suite struct AdapterTests {
    @Test func freshAdaptersChangeNothingAndAloneLearn() throws {
        let golden = try GoldenDecoder("llama")
        let network = try golden.checkpoint.network()
        var stream = RandomStream(seed: 1, for: .testing)
        var optimizer = Adam(rate: .constant(1e-2))
        optimizer.largestNorm = 1
        let learner = Learner("adapters", optimizer: optimizer, using: &stream) {
            LowRankAdapters(
                golden.description, rank: 2, projections: Set(DecoderProjection.allCases), in: &$0)
        }
        let (tape, input) = (Tape(), golden.expected.right.packed)
        let plain = Array(network.body.logProbabilities(input, network.weights(on: tape)).values)
        func loss() -> Variable {
            -network.body.logProbabilities(
                input, network.weights(on: tape),
                adapters: AdaptedWeights(learner.body, learner.weights(on: tape))
            ).mean()
        }
        let start = loss().scalar
        #expect(abs(start + plain.reduce(0, +) / Float(plain.count)) <= 1e-5)
        for _ in 0..<40 {
            tape.reset()
            try learner.descend(on: tape, loss)
        }
        tape.reset()
        #expect(loss().scalar < 0.7 * start)
        let after = Array(network.body.logProbabilities(input, network.weights(on: tape)).values)
        #expect(after == plain)
    }
}
