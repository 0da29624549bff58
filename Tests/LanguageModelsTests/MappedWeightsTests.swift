import Foundation
import LanguageModels
import Networks
import SafeRL
import Tensors
import TestSupport
import Testing

/// A decoder whose 16-bit weights stay in the file, against the same weights widened into memory.
@Suite(.serialized) struct MappedWeightsTests {
    static let types = ["bf16", "f16"]

    private struct Pair {
        let checkpoint: HubCheckpoint
        let mapped: Network<Decoder>
        let widened: Learner<Decoder>
        let input: PackedTokens

        init(_ type: String) throws {
            let golden = try GoldenDecoder("qwen2")
            checkpoint = try HubCheckpoint(
                golden.description,
                weights: GoldenDecoder.directory("dtypes").path + "/model.\(type).safetensors")
            mapped = try checkpoint.network()
            var stream = RandomStream(seed: 1, for: .testing)
            widened = Learner("widened", optimizer: Adam(rate: .constant(0)), using: &stream) {
                Decoder(golden.description, in: &$0)
            }
            try checkpoint.load(into: widened)
            input = golden.expected.right.packed
        }

        func both(_ body: (Decoder, Weights) throws -> [Float], on tape: Tape) rethrows -> ([Float], [Float])
        {
            tape.reset()
            let stored = try body(mapped.body, mapped.weights(on: tape))
            tape.reset()
            return (stored, try body(widened.body, widened.weights(on: tape)))
        }
    }

    @Test(arguments: types) func statesLogitsAndLogProbabilitiesAgree(type: String) throws {
        let (pair, tape) = (try Pair(type), Tape())
        let computations: [(String, (Decoder, Weights) -> Variable)] = [
            ("hidden", { $0.hidden(pair.input, $1) }),
            ("logits", { $0.logits($0.hidden(pair.input, $1), $1) }),
            ("log-probabilities", { $0.logProbabilities(pair.input, $1) }),
        ]
        for (name, computation) in computations {
            let (stored, wide) = pair.both({ Array(computation($0, $1).values) }, on: tape)
            #expect(relativeError(stored, wide) <= 1e-5, "\(name)")
        }
    }

    @Test(arguments: types) func theSameTextIsWritten(type: String) throws {
        let (pair, tape) = (try Pair(type), Tape())
        let prompts = pair.input.starts.map { [pair.input.tokens[$0], 5, 7] }
        var options = SamplingOptions()
        (options.temperature, options.mostTokens) = (0, 12)
        func text(_ weights: () -> Weights) throws -> [[Int32]] {
            try pair.mapped.body.generate(
                prompts, options: options, endTokens: [], seed: 1, on: tape, weights: weights
            ).map(\.tokens)
        }
        #expect(try text { pair.mapped.weights(on: tape) } == text { pair.widened.weights(on: tape) })
    }

    /// Gradients of adapters, and of a score head, on top of a frozen decoder.
    private func gradients(_ pair: Pair, _ weights: @escaping (Tape) -> Weights) throws -> [Float] {
        var stream = RandomStream(seed: 3, for: .testing)
        let description = pair.checkpoint.description
        let learner = Learner("adapters", optimizer: Adam(rate: .constant(0)), using: &stream) {
            (
                LowRankAdapters(
                    description, rank: 2, projections: Set(DecoderProjection.allCases), in: &$0),
                ScoreHead(description.hidden, in: &$0)
            )
        }
        // B starts at 0, which would leave A without a gradient.
        for entry in learner.layout.entries { stream.fillNormal(learner.elements(entry, .weights)) }
        let tape = Tape()
        _ = try learner.differentiate(on: tape) {
            let (w, own) = (weights(tape), learner.weights(on: tape))
            let adapters = AdaptedWeights(learner.body.0, own)
            let likelihood = pair.mapped.body.logProbabilities(pair.input, w, adapters: adapters).mean()
            let states = pair.mapped.body.hidden(pair.input, w, adapters: adapters)
            return likelihood + learner.body.1(states, own).mean()
        }
        return learner.layout.entries.flatMap { Array(learner.elements($0, .gradient)) }
    }

    @Test(arguments: types) func gradientsFlowThroughTheConstantWeights(type: String) throws {
        let pair = try Pair(type)
        let stored = try gradients(pair) { pair.mapped.weights(on: $0) }
        let wide = try gradients(pair) { pair.widened.weights(on: $0) }
        #expect(relativeError(stored, wide) <= 1e-4)
        #expect(stored.contains { abs($0) > 1e-3 })
        let threads = BLAS.threads
        defer { BLAS.threads = threads }
        BLAS.threads = 1
        #expect(try gradients(pair) { pair.mapped.weights(on: $0) } == stored)
    }

    @Test func matricesStayInTheFile() throws {
        let golden = try GoldenDecoder("qwen2")
        let path = NSTemporaryDirectory() + "mapped-\(UUID().uuidString).safetensors"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try FileManager.default.copyItem(
            atPath: GoldenDecoder.directory("dtypes").path + "/model.bf16.safetensors", toPath: path)
        let network = try HubCheckpoint(golden.description, weights: path).network()
        let tape = Tape()
        func logits() -> [Float] {
            tape.reset()
            let w = network.weights(on: tape)
            return Array(network.body.logits(network.body.hidden(golden.expected.right.packed, w), w).values)
        }
        let before = logits()
        #expect(before.contains { $0 != 0 })
        // Zeros over all numbers of the file: what was copied, norms and biases, stays; what is mapped is 0 now.
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        let size = try file.seekToEnd()
        let header = try Data(contentsOf: URL(fileURLWithPath: path)).prefix(8).reversed()
            .reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
        try file.seek(toOffset: 8 + header)
        try file.write(contentsOf: Data(count: Int(size - 8 - header)))
        try file.close()
        #expect(logits().allSatisfy { $0 == 0 })
    }
}
