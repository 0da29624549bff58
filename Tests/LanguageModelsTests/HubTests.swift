import Foundation
import LanguageModels
import Networks
import SafeRL
import Tensors
import TestSupport
import Testing

@Suite struct HubTests {
    @Test(arguments: GoldenDecoder.all) func bothStylesOfTheConfigurationSayTheSame(name: String) throws {
        let directory = GoldenDecoder.directory(name).path
        var (old, new) = (
            try DecoderDescription(configuration: directory + "/config.json"),
            try DecoderDescription(configuration: directory + "/config.new-style.json")
        )
        (old.padToken, new.padToken) = (nil, nil)
        #expect(old == new)
    }

    @Test func shardsHoldTheSameNumbersAsOneFile() throws {
        let whole = try GoldenDecoder("qwen2").learner()
        let shards = try HubCheckpoint(directory: GoldenDecoder.directory("sharded").path)
        var stream = RandomStream(seed: 2, for: .testing)
        let learner = Learner("shards", optimizer: Adam(rate: .constant(0)), using: &stream) {
            Decoder(shards.description, in: &$0)
        }
        try shards.load(into: learner)
        for entry in whole.layout.entries {
            #expect(Array(learner.elements(entry, .weights)) == Array(whole.elements(entry, .weights)))
        }
    }

    private struct Widened: Decodable {
        struct Values: Decodable {
            let first_row_last_logits, q0_first8: [Double]
        }
        let bf16, f16: Values
    }

    @Test func sixteenBitWeightsAreWidenedExactly() throws {
        let golden = try GoldenDecoder("qwen2")
        let directory = GoldenDecoder.directory("dtypes")
        let expected = try JSONDecoder().decode(
            Widened.self, from: Data(contentsOf: directory.appendingPathComponent("expected.json")))
        let input = PackedTokens([golden.expected.right.input_ids[0]])
        for (file, values) in [
            ("model.bf16.safetensors", expected.bf16), ("model.f16.safetensors", expected.f16),
        ] {
            let checkpoint = try HubCheckpoint(
                golden.description, weights: directory.appendingPathComponent(file).path)
            let network = try checkpoint.network()
            let (tape, layout) = (Tape(), network.layout)
            let w = network.weights(on: tape)
            let logits = network.body.logits(network.body.hidden(input, w), w)
            #expect(
                difference(logits.values.suffix(logits.shape.columns), values.first_row_last_logits) <= 2e-4)
            var stream = RandomStream(seed: 2, for: .testing)
            let learner = Learner("q", optimizer: Adam(rate: .constant(0)), using: &stream) {
                Decoder(golden.description, in: &$0)
            }
            try checkpoint.load(into: learner)
            let entry = try #require(layout.entries.first { $0.name.hasSuffix("0.self_attn.q_proj.weight") })
            #expect(learner.elements(entry, .weights).prefix(8).map(Double.init) == values.q0_first8)
        }
    }

    private func temporaryDirectory() -> String {
        NSTemporaryDirectory() + "hub-\(UUID().uuidString)"
    }

    @Test(arguments: GoldenDecoder.all) func whatIsSavedIsReadBack(name: String) throws {
        let learner = try GoldenDecoder(name).learner()
        let directory = temporaryDirectory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try learner.saveHub(to: directory)
        let checkpoint = try HubCheckpoint(directory: directory)
        #expect(checkpoint.description == learner.body.description)
        var stream = RandomStream(seed: 2, for: .testing)
        let copy = Learner("copy", optimizer: Adam(rate: .constant(0)), using: &stream) {
            Decoder(checkpoint.description, in: &$0)
        }
        try checkpoint.load(into: copy)
        for entry in learner.layout.entries {
            #expect(Array(copy.elements(entry, .weights)) == Array(learner.elements(entry, .weights)))
        }
    }

    @Test(arguments: [
        ("\"model_type\": \"llama\"", "\"model_type\": \"gpt2\"", "model_type \"gpt2\" is not known"),
        ("\"hidden_act\": \"silu\"", "\"hidden_act\": \"gelu\"", "hidden_act \"gelu\" is not known"),
        (
            "\"rope_scaling\": null", "\"rope_scaling\": {\"type\": \"yarn\"}",
            "rope_type \"yarn\" is not known"
        ),
        (
            "\"rope_scaling\": null", "\"rope_scaling\": {\"rope_type\": \"llama3\"}",
            "rope_type \"llama3\" needs factor, low_freq_factor and high_freq_factor"
        ),
        (
            "\"use_cache\": true", "\"use_sliding_window\": true",
            "use_sliding_window is true, which is not supported"
        ),
        (
            "\"num_key_value_heads\": 2", "\"num_key_value_heads\": 3",
            "4 attention heads are not a multiple of 3 key and value heads"
        ),
        (
            "\"num_attention_heads\": 4", "\"num_attention_heads\": 0",
            "num_attention_heads is 0, not above 0"
        ),
        (
            "\"num_key_value_heads\": 2", "\"num_key_value_heads\": 0",
            "num_key_value_heads is 0, outside 1 ... 16777216"
        ),
        ("\"head_dim\": 8", "\"head_dim\": 7", "head_dim is 7, not even"),
        ("\"hidden_size\": 32,", "", "no hidden_size"),
        ("\"vocab_size\": 97", "\"vocab_size\": \"97\"", "vocab_size is text, not a whole number"),
        (
            "\"eos_token_id\": 2", "\"eos_token_id\": [2, 97]",
            "eos_token_id 97 is outside the vocabulary of 97"
        ),
    ])
    func aConfigurationThatIsNotUnderstoodIsRefused(old: String, new: String, reason: String) throws {
        let original = try String(
            contentsOf: GoldenDecoder.directory("llama").appendingPathComponent("config.json"),
            encoding: .utf8)
        let changed = original.replacingOccurrences(of: old, with: new)
        #expect(changed != original)
        let path = temporaryDirectory()
        try changed.write(toFile: path, atomically: false, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: path) }
        #expect(throws: HubError.configuration(path: path, reason: reason)) {
            try DecoderDescription(configuration: path)
        }
    }

    @Test func endTokensMayBeAList() throws {
        let original = try String(
            contentsOf: GoldenDecoder.directory("llama").appendingPathComponent("config.json"),
            encoding: .utf8)
        let path = temporaryDirectory()
        try original.replacingOccurrences(of: "\"eos_token_id\": 2", with: "\"eos_token_id\": [2, 5]")
            .write(toFile: path, atomically: false, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: path) }
        #expect(try DecoderDescription(configuration: path).endTokens == [2, 5])
    }

    @Test func weightsOfAnotherShapeAreRefused() throws {
        var description = try GoldenDecoder("qwen2").description
        description.vocabulary = 98
        let path = GoldenDecoder.directory("qwen2").path + "/model.safetensors"
        #expect(
            throws: HubError.tensor(
                "model.embed_tokens.weight", path: path, reason: "has shape [97, 32], not [98, 32]")
        ) { try HubCheckpoint(description, weights: path) }
        description.vocabulary = 97
        description.layers = 3
        #expect(
            throws: HubError.tensor(
                "model.layers.2.input_layernorm.weight", path: path, reason: "is missing")
        ) { try HubCheckpoint(description, weights: path) }
        description.layers = 1
        #expect(
            throws: HubError.tensor(
                "model.layers.1.input_layernorm.weight", path: path,
                reason: "is not part of such a decoder")
        ) { try HubCheckpoint(description, weights: path) }
    }

    /// Of both kinds of storage: read where it lies, and widened.
    @Test(arguments: [
        ("dtypes/model.bf16.safetensors", "model.embed_tokens.weight", [0x80, 0xFF] as [UInt8]),
        ("dtypes/model.f16.safetensors", "model.norm.weight", [0x01, 0x7C]),
        ("qwen2/model.safetensors", "model.embed_tokens.weight", [0, 0, 0xC0, 0x7F]),
    ])
    func aNumberThatIsNotFiniteIsRefusedWithItsTensor(file: String, tensor: String, bits: [UInt8]) throws {
        var bytes = try Data(contentsOf: GoldenDecoder.directory(".").appendingPathComponent(file))
        let header = bytes.prefix(8).enumerated().reduce(0) { $0 + Int($1.element) << (8 * $1.offset) }
        let entries = try JSONSerialization.jsonObject(with: bytes[8..<8 + header]) as? [String: Any]
        let entry = try #require(entries?[tensor] as? [String: Any])
        let place = 8 + header + (try #require((entry["data_offsets"] as? [Int])?.first))
        bytes.replaceSubrange(place..<place + bits.count, with: bits)
        let path = temporaryDirectory() + ".safetensors"
        try bytes.write(to: URL(fileURLWithPath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        let checkpoint = try HubCheckpoint(try GoldenDecoder("qwen2").description, weights: path)
        #expect(throws: HubError.notFinite(tensor, path: path)) { try checkpoint.network() }
    }

    @Test func aBrokenFileIsRefusedWhenItIsMapped() throws {
        let bytes = try Data(
            contentsOf: GoldenDecoder.directory("qwen2").appendingPathComponent("model.safetensors"))
        let path = temporaryDirectory()
        defer { try? FileManager.default.removeItem(atPath: path) }
        for count in [0, 7, 8, 100, bytes.count - 1] {
            try bytes.prefix(count).write(to: URL(fileURLWithPath: path))
            #expect(throws: SafetensorsError.self, "\(count) bytes") { try SafetensorsFile(mapping: path) }
        }
        try bytes.write(to: URL(fileURLWithPath: path))
        let (mapped, read) = (try SafetensorsFile(mapping: path), try SafetensorsFile(contentsOf: path))
        #expect(mapped.names == read.names)
        for name in mapped.names { #expect(try mapped.floats(name) == read.floats(name)) }
    }
}
