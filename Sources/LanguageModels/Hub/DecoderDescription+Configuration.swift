import Storage

extension DecoderDescription {
    /// Reads a hub `config.json`, with `rope_theta` and `rope_scaling` or with the newer `rope_parameters`.
    ///
    /// - Throws: `StorageError`, or `HubError.configuration` for whatever is not understood: model types other than llama,
    ///   qwen2 and qwen3, rotary types other than default and llama3, activations other than silu, sliding windows in use.
    public init(configuration path: String) throws {
        let bytes = try fileContents(path, limit: 1 << 20)
        let value: JSONValue
        do throws(JSONError) { value = try JSONValue(parsing: bytes) } catch {
            throw HubError.configuration(path: path, reason: "\(error)")
        }
        try self.init(configuration: value, path: path)
    }

    init(configuration value: JSONValue, path: String) throws(HubError) {
        guard value.members != nil else {
            throw .configuration(path: path, reason: "\(value.kind), not an object")
        }
        let keys = ConfigurationKeys(value: value, path: path)
        let type = try keys.text("model_type")
        guard let family = DecoderFamily(rawValue: type) else {
            throw keys.refusal("model_type \(quoted(type)) is not known")
        }
        try keys.refuseWhatIsNotUnderstood()
        let (hidden, heads) = (try keys.integer("hidden_size"), try keys.integer("num_attention_heads"))
        guard heads > 0 else { throw keys.refusal("num_attention_heads is \(heads), not above 0") }
        self.init(
            family, vocabulary: try keys.integer("vocab_size"), hidden: hidden,
            intermediate: try keys.integer("intermediate_size"),
            layers: try keys.integer("num_hidden_layers"),
            heads: heads, keyValueHeads: try keys.optionalInteger("num_key_value_heads"),
            headWidth: try keys.optionalInteger("head_dim"))
        epsilon = Float(try keys.number("rms_norm_eps") ?? 1e-6)
        tiesEmbeddings = try keys.flag("tie_word_embeddings")
        if family == .qwen3 {
            hasAttentionBias = try keys.flag("attention_bias")
            hasOutputBias = hasAttentionBias
        }
        if family == .llama {
            hasAttentionBias = try keys.flag("attention_bias")
            hasOutputBias = hasAttentionBias
            hasFeedForwardBias = try keys.flag("mlp_bias")
        }
        contextLength = try keys.optionalInteger("max_position_embeddings") ?? 2048
        endTokens = try keys.tokens("eos_token_id")
        beginToken = try keys.tokens("bos_token_id").first
        padToken = try keys.tokens("pad_token_id").first
        (rotaryBase, rotaryScaling) = try keys.rotary()
        if let fault { throw keys.refusal(fault) }
    }
}

/// Typed access to the keys of a configuration; `null` counts as absent.
private struct ConfigurationKeys {
    let value: JSONValue
    let path: String

    func refusal(_ reason: String) -> HubError { .configuration(path: path, reason: reason) }

    private func present(_ key: String) -> JSONValue? {
        guard let value = value[key], value.content != .null else { return nil }
        return value
    }

    func optionalText(_ key: String) throws(HubError) -> String? {
        guard let value = present(key) else { return nil }
        guard let text = value.string else { throw refusal("\(key) is \(value.kind), not text") }
        return text
    }

    func text(_ key: String) throws(HubError) -> String {
        guard let text = try optionalText(key) else { throw refusal("no \(key)") }
        return text
    }

    func optionalInteger(_ key: String) throws(HubError) -> Int? {
        guard let value = present(key) else { return nil }
        guard let integer = value.number?.int else {
            throw refusal("\(key) is \(value.kind), not a whole number")
        }
        return integer
    }

    func integer(_ key: String) throws(HubError) -> Int {
        guard let integer = try optionalInteger(key) else { throw refusal("no \(key)") }
        return integer
    }

    func number(_ key: String) throws(HubError) -> Double? {
        guard let value = present(key) else { return nil }
        guard let number = value.number else { throw refusal("\(key) is \(value.kind), not a number") }
        return number.double
    }

    func flag(_ key: String) throws(HubError) -> Bool {
        guard let value = present(key) else { return false }
        guard let flag = value.bool else { throw refusal("\(key) is \(value.kind), not true or false") }
        return flag
    }

    /// A token or a list of tokens.
    func tokens(_ key: String) throws(HubError) -> [Int32] {
        guard let value = present(key) else { return [] }
        var tokens: [Int32] = []
        for element in value.elements ?? [value] {
            guard let number = element.number?.int, let token = Int32(exactly: number) else {
                throw refusal("\(key) holds \(element.kind), not a token")
            }
            tokens.append(token)
        }
        return tokens
    }

    func refuseWhatIsNotUnderstood() throws(HubError) {
        let activation = try optionalText("hidden_act") ?? "silu"
        guard activation == "silu" else { throw refusal("hidden_act \(quoted(activation)) is not known") }
        if try flag("use_sliding_window") {
            throw refusal("use_sliding_window is true, which is not supported")
        }
        for type in present("layer_types")?.elements ?? [] where type.string != "full_attention" {
            throw refusal("layer_types holds \(quoted(type.string ?? type.kind)), which is not supported")
        }
    }

    /// Base and scaling, from the newer object or the older pair of keys.
    func rotary() throws(HubError) -> (base: Double, scaling: RotaryScaling?) {
        let newer = present("rope_parameters")
        for (key, value) in [("rope_parameters", newer), ("rope_scaling", present("rope_scaling"))] {
            if let value, value.members == nil { throw refusal("\(key) is \(value.kind), not an object") }
        }
        let parameters = ConfigurationKeys(
            value: newer ?? present("rope_scaling") ?? .object([]), path: path)
        let (inner, outer) = (try parameters.number("rope_theta"), try number("rope_theta"))
        let (type, older) = (try parameters.optionalText("rope_type"), try parameters.optionalText("type"))
        let base = inner ?? outer ?? 10_000
        switch type ?? older ?? "default" {
        case "default": return (base, nil)
        case "llama3": return (base, try parameters.llama3())
        case let other: throw refusal("rope_type \(quoted(other)) is not known")
        }
    }

    private func llama3() throws(HubError) -> RotaryScaling {
        guard let factor = try number("factor"), let low = try number("low_freq_factor"),
            let high = try number("high_freq_factor")
        else { throw refusal("rope_type \"llama3\" needs factor, low_freq_factor and high_freq_factor") }
        let length = try integer("original_max_position_embeddings")
        guard factor > 0 && low > 0 && high > low && length > 0 else {
            throw refusal("the llama3 scaling of rotary embeddings is impossible")
        }
        return RotaryScaling(factor: factor, lowFrequency: low, highFrequency: high, originalLength: length)
    }
}
