import Networks
import Storage
import Tensors

extension Learner where Body == Decoder {
    /// Writes the weights as a hub directory; see `saveHub(_:to:)`.
    ///
    /// - Throws: `StorageError`.
    public func saveHub(to directory: String) throws { try saveHub(body.description, to: directory) }
}

extension Learner {
    /// Writes the weights as a hub directory.
    ///
    /// It holds `config.json` and `model.safetensors` in single precision, under the names of the hub. Tests read it back,
    /// here and, where it is installed, with Python's `transformers`.
    ///
    /// The directory is made where it is missing; each file takes the place of an older one as a whole, the configuration
    /// last. Parameters beside the decoder's, such as those of a `ScoreHead`, are written under their names.
    ///
    /// - Parameters:
    ///   - description: of the decoder that is the network or a part of it.
    ///   - directory: where to.
    /// - Throws: `StorageError`.
    public func saveHub(_ description: DecoderDescription, to directory: String) throws {
        let files = SystemFiles()
        try files.makeDirectories(directory)
        try files.replaceFile(directory + "/model.safetensors") { sink in
            try sink.write(hubHeader(layout.entries))
            for entry in layout.entries {
                try sink.write(UnsafeRawBufferPointer(elements(entry, .weights)))
            }
        }
        try files.replaceFile(
            directory + "/config.json", with: Array(description.configuration.pretty.utf8))
    }
}

extension DecoderDescription {
    /// The description as a hub `config.json`, with the older pair of rotary keys that every release reads.
    public var configuration: JSONValue {
        var members: [(String, JSONValue)] = [
            ("architectures", .list([.text(architecture)])),
            ("model_type", .text(family.rawValue)), ("vocab_size", .integer(vocabulary)),
            ("hidden_size", .integer(hidden)), ("intermediate_size", .integer(intermediate)),
            ("num_hidden_layers", .integer(layers)), ("num_attention_heads", .integer(heads)),
            ("num_key_value_heads", .integer(keyValueHeads)), ("head_dim", .integer(headWidth)),
            ("hidden_act", .text("silu")), ("max_position_embeddings", .integer(contextLength)),
            ("rms_norm_eps", .number(epsilon)), ("rope_theta", .number(rotaryBase)),
            ("rope_scaling", rotaryScaling.map(\.configuration) ?? .null),
            ("tie_word_embeddings", .boolean(tiesEmbeddings)), ("torch_dtype", .text("float32")),
            ("bos_token_id", beginToken.map { .integer($0) } ?? .null),
            ("eos_token_id", endTokensValue), ("pad_token_id", padToken.map { .integer($0) } ?? .null),
        ]
        switch family {
        case .llama:
            members.append(("attention_bias", .boolean(hasAttentionBias)))
            members.append(("mlp_bias", .boolean(hasFeedForwardBias)))
        case .qwen2: members.append(("use_sliding_window", .boolean(false)))
        case .qwen3:
            members.append(("attention_bias", .boolean(hasAttentionBias)))
            members.append(("use_sliding_window", .boolean(false)))
        }
        return .object(members)
    }

    private var architecture: String {
        switch family {
        case .llama: "LlamaForCausalLM"
        case .qwen2: "Qwen2ForCausalLM"
        case .qwen3: "Qwen3ForCausalLM"
        }
    }

    private var endTokensValue: JSONValue {
        switch endTokens.count {
        case 0: .null
        case 1: .integer(endTokens[0])
        default: .list(endTokens.map { .integer($0) })
        }
    }
}

extension RotaryScaling {
    fileprivate var configuration: JSONValue {
        .object([
            ("rope_type", .text("llama3")), ("factor", .number(factor)),
            ("low_freq_factor", .number(lowFrequency)), ("high_freq_factor", .number(highFrequency)),
            ("original_max_position_embeddings", .integer(originalLength)),
        ])
    }
}
