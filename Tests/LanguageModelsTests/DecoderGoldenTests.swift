import Foundation
import LanguageModels
import Networks
import SafeRL
import Tensors
import TestSupport
import Testing

@Suite struct DecoderGoldenTests {
    @Test(arguments: GoldenDecoder.all) func logitsAndStatesAgree(name: String) throws {
        let golden = try GoldenDecoder(name)
        let network = try golden.checkpoint.network()
        let tape = Tape()
        let w = network.weights(on: tape)
        #expect(
            zip(golden.description.inverseFrequencies, golden.expected.inv_freq).allSatisfy {
                abs($0 - $1) <= 1e-12
            })
        for padded in [golden.expected.right, golden.expected.left] {
            let input = padded.packed
            let hidden = network.body.hidden(input, w)
            let last = input.lastRows.withUnsafeBufferPointer { hidden.rows(at: $0) }
            #expect(
                difference(last.values, padded.last_hidden_state_at_last_token.flatMap { $0 }) <= 2e-4)
            if let logits = padded.logits {
                let expected = logits.flatMap { $0.compactMap { $0 } }.flatMap { $0 }
                let actual = network.body.logits(hidden, w).values
                #expect(difference(actual, expected) <= 2e-4)
            }
            let probabilities = network.body.logProbabilities(input, w).values
            #expect(difference(probabilities, padded.logProbabilities) <= 2e-4)
        }
    }

    @Test(arguments: GoldenDecoder.all) func aLongSequenceAgrees(name: String) throws {
        let golden = try GoldenDecoder(name)
        let network = try golden.checkpoint.network()
        let tape = Tape()
        let w = network.weights(on: tape)
        let hidden = network.body.hidden(PackedTokens([golden.expected.long.input_ids]), w)
        let logits = network.body.logits(hidden, w)
        let columns = logits.shape.columns
        #expect(difference(logits.values.suffix(columns), golden.expected.long.last_logits) <= 2e-4)
        #expect(
            difference(
                logits.values[100 * columns..<101 * columns], golden.expected.long.logits_at_100) <= 2e-4)
    }

    private func norm(_ learner: Learner<Decoder>, _ name: String) -> Double {
        learner.layout.entries.filter { $0.name == name }.reduce(0) { sum, entry in
            learner.elements(entry, .gradient).reduce(sum) { $0 + Double($1) * Double($1) }
        }.squareRoot()
    }

    @Test(arguments: GoldenDecoder.all) func gradientsOfTheCrossEntropyAgree(name: String) throws {
        let golden = try GoldenDecoder(name)
        let learner = try golden.learner()
        let tape = Tape()
        let loss = try learner.descend(on: tape) {
            -learner.body.logProbabilities(golden.expected.right.packed, learner.weights(on: tape)).mean()
        }
        #expect(Double(loss).isWithin(1e-5, of: golden.expected.cross_entropy.loss))
        let gradients = try SafetensorsFile(
            contentsOf: golden.directory.appendingPathComponent("grads_cross_entropy_f64.safetensors").path)
        #expect(gradients.names.count == learner.layout.entries.count)
        for entry in learner.layout.entries {
            let exact = try gradients.doubles(entry.name)
            let scale = exact.reduce(0) { max($0, abs($1)) }
            let error = difference(learner.elements(entry, .gradient), exact)
            #expect(error <= 1e-3 * scale, "\(entry.name): \(error)")
        }
        for (name, exact) in golden.expected.cross_entropy.grad_norms {
            #expect(norm(learner, name).isWithin(1e-3, of: exact), "\(name)")
        }
    }

    @Test(arguments: GoldenDecoder.all) func gradientsOfReinforceAgree(name: String) throws {
        let golden = try GoldenDecoder(name)
        let learner = try golden.learner()
        let (tape, input) = (Tape(), golden.expected.right.packed)
        let weights = try #require(golden.expected.reinforce.weights).map { Float($0) }
        let loss = try learner.descend(on: tape) {
            let total = learner.body.logProbabilities(input, learner.weights(on: tape))
                .sums(of: input.lengths.map { $0 - 1 })
            return -(total * tape.constant(Tensor(weights.count, 1, weights))).mean()
        }
        #expect(Double(loss).isWithin(1e-5, of: golden.expected.reinforce.loss))
        for (name, exact) in golden.expected.reinforce.grad_norms {
            #expect(norm(learner, name).isWithin(1e-3, of: exact), "\(name)")
        }
    }

    struct Scorer: Sendable {
        let decoder: Decoder
        let head: ScoreHead
    }

    @Test(arguments: GoldenDecoder.all) func endScoresAndTheirGradientsAgree(name: String) throws {
        let golden = try GoldenDecoder(name)
        let score = golden.expected.score_head
        let backbone = try golden.learner()
        var stream = RandomStream(seed: 1, for: .testing)
        let learner = Learner("scorer", optimizer: Adam(rate: .constant(0)), using: &stream) {
            Scorer(
                decoder: Decoder(golden.description, in: &$0),
                head: ScoreHead(golden.description.hidden, in: &$0))
        }
        for entry in backbone.layout.entries {
            let same = try #require(learner.layout.entries.first { $0.name == entry.name })
            _ = learner.elements(same, .weights).update(fromContentsOf: backbone.elements(entry, .weights))
        }
        let head = learner.layout.entries.suffix(2)
        _ = learner.elements(try #require(head.first), .weights).update(
            fromContentsOf: score.weight[0].map { Float($0) })
        learner.elements(try #require(head.last), .weights)[0] = Float(score.bias[0])
        let (tape, input) = (Tape(), golden.expected.right.packed)
        var ends: [Float] = []
        let loss = try learner.descend(on: tape) {
            let w = learner.weights(on: tape)
            let scores = learner.body.head.endScores(learner.body.decoder.hidden(input, w), of: input, w)
            ends = Array(scores.values)
            func at(_ row: Int32) -> Variable { [row].withUnsafeBufferPointer { scores.rows(at: $0) } }
            return (at(1) - at(0)).softplus() + at(2).softplus() + scores.squared().mean() * 1e-3
        }
        #expect(difference(ends, score.end_scores) <= 2e-4)
        #expect(Double(loss).isWithin(1e-4, of: score.loss))
        let scale = score.grad_weight[0].reduce(0) { max($0, abs($1)) }
        let error = difference(
            learner.elements(try #require(head.first), .gradient), score.grad_weight[0])
        #expect(error <= 1e-3 * scale)
        #expect(
            difference(learner.elements(try #require(head.last), .gradient), score.grad_bias) <= 1e-3)
        func norm(_ name: String) -> Double {
            learner.layout.entries.filter { $0.name == name }.reduce(0) { sum, entry in
                learner.elements(entry, .gradient).reduce(sum) { $0 + Double($1) * Double($1) }
            }.squareRoot()
        }
        #expect(norm("model.embed_tokens.weight").isWithin(1e-3, of: score.grad_embed_norm))
        #expect(
            norm("model.layers.0.self_attn.k_proj.weight").isWithin(1e-3, of: score.grad_layer0_k_proj_norm))
    }
}
