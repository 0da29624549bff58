import Foundation
import LanguageModels
import Networks
import Storage
import Tensors
import TestSupport
import Testing

/// Whole files against the reference implementation: every tensor, logits and greedy tokens.
@Suite struct GGUFModelTests {
    private struct Reference: Decodable {
        struct Tensor: Decodable {
            let name: String
            let dims: [Int]
            let type: String
            let offset: Int
            let sha256_f32: String
        }
        struct Hub: Decodable { let sha256_f32: String }
        let tensors: [Tensor]
        let hub: [String: Hub]
        let ids: [Int32]
        let last_logits, log_probabilities: [Double]
        let greedy: [Int32]
    }

    private static let folder = Golden.directory("alignment").appendingPathComponent("gguf")

    private static func reference(_ name: String) throws -> Reference {
        try JSONDecoder().decode(
            Reference.self, from: Data(contentsOf: folder.appendingPathComponent(name + ".json")))
    }

    private func hash(_ values: [Float]) -> String {
        values.withUnsafeBytes { SHA256.hexadecimal(of: Array($0)) }
    }

    @Test(arguments: ["tiny-llama-mixed", "tiny-qwen2"]) func everyTensorIsTheReferences(name: String) throws
    {
        let reference = try Self.reference(name)
        let checkpoint = try GGUFCheckpoint(file: Self.folder.appendingPathComponent(name + ".gguf").path)
        #expect(checkpoint.file.tensors.count == reference.tensors.count)
        for (tensor, expected) in zip(checkpoint.file.tensors, reference.tensors) {
            #expect(tensor.name == expected.name && tensor.dimensions == expected.dims)
            #expect(tensor.type.name == expected.type && tensor.offset == expected.offset)
            #expect(hash(checkpoint.file.values(of: tensor)) == expected.sha256_f32, "\(tensor.name)")
        }
        for (name, expected) in reference.hub {
            #expect(hash(try checkpoint.values(of: name)) == expected.sha256_f32, "\(name)")
        }
    }

    @Test(arguments: ["tiny-llama-mixed", "tiny-qwen2"]) func logitsAndGreedyTokensAreTheReferences(
        name: String
    ) throws {
        let reference = try Self.reference(name)
        let checkpoint = try GGUFCheckpoint(file: Self.folder.appendingPathComponent(name + ".gguf").path)
        try expect(
            checkpoint.network(), reference.ids, reference.last_logits, within: 1e-3, greedy: reference.greedy
        )
        let (network, tape) = (try checkpoint.network(), Tape())
        let measured = network.body.logProbabilities(PackedTokens([reference.ids]), network.weights(on: tape))
        for (own, expected) in zip(measured.values, reference.log_probabilities) {
            #expect(abs(Double(own) - expected) <= 1e-3)
        }
    }

    @Test(arguments: [("tiny-llama-mixed", Int.max), ("tiny-qwen2", 40_000)])
    func aConvertedModelIsTheSame(name: String, shardBytes: Int) throws {
        let reference = try Self.reference(name)
        let directory = NSTemporaryDirectory() + "converted-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let checkpoint = try GGUFCheckpoint(file: Self.folder.appendingPathComponent(name + ".gguf").path)
        try checkpoint.saveHub(to: directory, shardBytes: shardBytes)
        let shards = try FileManager.default.contentsOfDirectory(atPath: directory).filter {
            $0.hasSuffix(".safetensors")
        }
        #expect(shards.count > 1 || shardBytes == .max)
        let hub = try HubCheckpoint(directory: directory)
        #expect(hub.description == checkpoint.description)
        try expect(
            hub.network(), reference.ids, reference.last_logits, within: 1e-3, greedy: reference.greedy)
        let (own, written) = (
            try Tokenizer(checkpoint.file), try Tokenizer(contentsOf: directory + "/tokenizer.json")
        )
        for text in ["", "a b", "  Hello, world 123", "\n\t<|end|>é"] {
            #expect(own.encode(text).ids == written.encode(text).ids)
        }
    }

    @Test func qwen3NormalisesHeadsAsTheReferenceDoes() throws {
        struct Logits: Decodable {
            let ids: [Int32]
            let last_logits: [Double]
            let greedy: [Int32]
        }
        let folder = Self.folder.appendingPathComponent("tiny-qwen3")
        let expected = try JSONDecoder().decode(
            Logits.self, from: Data(contentsOf: folder.appendingPathComponent("logits.json")))
        let checkpoint = try HubCheckpoint(directory: folder.path)
        #expect(checkpoint.description.family == .qwen3 && checkpoint.description.headWidth == 12)
        try expect(
            checkpoint.network(), expected.ids, expected.last_logits, within: 1e-4, greedy: expected.greedy)
    }

    private func expect(
        _ network: Network<Decoder>, _ ids: [Int32], _ logits: [Double], within tolerance: Double,
        greedy: [Int32]
    ) throws {
        let tape = Tape()
        let w = network.weights(on: tape)
        let own = network.body.logits(network.body.hidden(PackedTokens([ids]), w), w)
        for (own, expected) in zip(own.values.suffix(own.shape.columns), logits) {
            #expect(abs(Double(own) - expected) <= tolerance)
        }
        var options = SamplingOptions()
        (options.temperature, options.mostTokens) = (0, greedy.count)
        let written = try network.body.generate([ids], options: options, endTokens: [], seed: 1, on: tape) {
            network.weights(on: tape)
        }
        #expect(written[0].tokens == greedy)
    }
}
