import Foundation
import LanguageModels
import SafeRL
import Storage
import Testing

/// Hub directories that are broken or not understood: each has its own refusal on one line, and none crashes.
@Suite struct MalformedHubTests {
    /// A copy of a golden directory with one file changed, removed afterwards.
    private func refusal(
        of golden: String, _ file: String, _ text: String, body: (String, any Error) -> Void
    ) throws {
        let directory = NSTemporaryDirectory() + "malformed-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try FileManager.default.copyItem(atPath: GoldenDecoder.directory(golden).path, toPath: directory)
        try Data(text.utf8).write(to: URL(fileURLWithPath: directory + "/" + file))
        do {
            _ = try HubCheckpoint(directory: directory)
            Issue.record("\(file) was accepted: \(text.prefix(80))")
        } catch {
            let message = "\(error)"
            #expect(!message.contains("\n") && message.hasPrefix(directory), "\(message)")
            body(directory, error)
        }
    }

    private static let name = "model.safetensors.index.json"
    private static let shard = "model-00001-of-00002.safetensors"

    private static func map(_ value: String) -> String {
        #"{"metadata": {}, "weight_map": {"model.norm.weight": \#(value)}}"#
    }

    @Test(arguments: [
        ("", ""), ("{", ""), ("[]", "no weight_map"), ("null", "no weight_map"),
        ("{}", "no weight_map"), (#"{"weight_map": []}"#, "no weight_map"),
        (#"{"weight_map": "model.safetensors"}"#, "no weight_map"),
        (#"{"weight_map": {}, "weight_map": {}}"#, ""),
        (map("7"), #"tensor "model.norm.weight" is mapped to a whole number"#),
        (map("null"), #"tensor "model.norm.weight" is mapped to null"#),
        (map(#"["\#(shard)"]"#), #"tensor "model.norm.weight" is mapped to a list"#),
        (map(#""""#), #"shard "" is not beside the index"#),
        (map(#""..""#), #"shard ".." is not beside the index"#),
        (map(#""../other.safetensors""#), #"shard "../other.safetensors" is not beside the index"#),
        (map(#""/etc/hostname""#), #"shard "/etc/hostname" is not beside the index"#),
        (map(#""folder/one.safetensors""#), #"shard "folder/one.safetensors" is not beside the index"#),
    ])
    func anIndexThatIsNoneIsRefused(text: String, reason: String) throws {
        try refusal(of: "sharded", Self.name, text) { directory, error in
            guard case HubError.index(let path, let found) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(
                path == directory + "/" + Self.name && (reason.isEmpty || found.contains(reason)), "\(error)")
        }
    }

    @Test(arguments: [".", "no-such.safetensors", "config.json"])
    func aShardThatIsMissingOrNoneIsRefused(shard: String) throws {
        try refusal(of: "sharded", Self.name, Self.map("\"\(shard)\"")) { directory, error in
            #expect(error is StorageError || error is SafetensorsError, "\(error)")
            #expect("\(error)".hasPrefix(directory + "/" + shard), "\(error)")
        }
    }

    @Test func aTensorThatIsNotInItsShardIsRefused() throws {
        try refusal(of: "sharded", Self.name, Self.map("\"\(Self.shard)\"")) { directory, error in
            #expect(
                error as? HubError
                    == .tensor(
                        "model.norm.weight", path: directory + "/" + Self.shard,
                        reason: "is in the index but not in the shard"))
        }
    }

    @Test func aTensorThatTheIndexForgetsIsRefused() throws {
        let original = try String(
            contentsOf: GoldenDecoder.directory("sharded").appendingPathComponent(Self.name), encoding: .utf8)
        let pattern = #"\s*"model.layers.0.input_layernorm.weight":\s*"[^"]*","#
        let changed = original.replacingOccurrences(of: pattern, with: "", options: .regularExpression)
        #expect(changed != original)
        try refusal(of: "sharded", Self.name, changed) { directory, error in
            #expect(
                error as? HubError
                    == .tensor("model.layers.0.input_layernorm.weight", path: directory, reason: "is missing")
            )
        }
    }

    @Test(arguments: [
        ("", ""), ("[]", ""), ("{\"model_type\": \"llama\", \"model_type\": \"llama\"}", ""),
        ("{\"model_type\": 7}", "model_type"), ("{}", "model_type"),
    ])
    func aConfigurationThatIsNoneIsRefused(text: String, reason: String) throws {
        try refusal(of: "llama", "config.json", text) { directory, error in
            guard case HubError.configuration(let path, let found) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(
                path == directory + "/config.json" && (reason.isEmpty || found.contains(reason)), "\(error)")
        }
    }

    private static let numbers = [
        "vocab_size", "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads",
        "num_key_value_heads", "max_position_embeddings", "rms_norm_eps", "rope_theta",
    ]

    @Test(arguments: numbers, ["-1", "0", "1e300", "true", "\"8\"", "[8]", "{}"])
    func aSizeThatIsNoneIsRefused(key: String, value: String) throws {
        let original = try String(
            contentsOf: GoldenDecoder.directory("llama").appendingPathComponent("config.json"),
            encoding: .utf8)
        let changed = original.replacingOccurrences(
            of: "\"\(key)\":\\s*[^,\\n]*", with: "\"\(key)\": \(value)", options: .regularExpression)
        #expect(changed != original)
        // A base of the angles has no upper limit.
        if key == "rope_theta" && value == "1e300" { return }
        try refusal(of: "llama", "config.json", changed) { directory, error in
            guard case HubError.configuration(let path, let found) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(path == directory + "/config.json" && found.contains(key), "\(error)")
        }
    }

    /// More layers than any file can hold are noticed before a list of their tensors is made.
    @Test func layersBeyondTheFileAreRefusedAtOnce() throws {
        let original = try String(
            contentsOf: GoldenDecoder.directory("llama").appendingPathComponent("config.json"),
            encoding: .utf8)
        let changed = original.replacingOccurrences(
            of: "\"num_hidden_layers\": 2", with: "\"num_hidden_layers\": 16777216")
        #expect(changed != original)
        try refusal(of: "llama", "config.json", changed) { directory, error in
            #expect(
                error as? HubError
                    == .tensor(
                        "model.layers.16777215.input_layernorm.weight", path: directory, reason: "is missing")
            )
        }
    }

    @Test(arguments: [
        ("eos_token_id", "[2, \"3\"]"), ("eos_token_id", "true"), ("eos_token_id", "-1"),
        ("eos_token_id", "97"),
        ("tie_word_embeddings", "1"), ("attention_bias", "\"no\""), ("mlp_bias", "0"),
        ("hidden_act", "7"), ("rope_scaling", "[]"), ("rope_scaling", "{\"rope_type\": 3}"),
    ])
    func aPropertyOfTheWrongKindIsRefused(key: String, value: String) throws {
        let original = try String(
            contentsOf: GoldenDecoder.directory("llama").appendingPathComponent("config.json"),
            encoding: .utf8)
        let changed = original.replacingOccurrences(
            of: "\"\(key)\":\\s*[^,\\n]*", with: "\"\(key)\": \(value)", options: .regularExpression)
        #expect(changed != original)
        try refusal(of: "llama", "config.json", changed) { _, error in
            guard case HubError.configuration(_, let found) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(found.contains(key == "rope_scaling" ? "rope" : key), "\(error)")
        }
    }
}
