extension DecoderDescription {
    /// Reads the keys of a model (alignment.md 1.4).
    ///
    /// - Throws: `GGUFError` for architectures other than llama, qwen2 and qwen3, and for whatever is not understood.
    public init(_ file: GGUFFile) throws(GGUFError) {
        let keys = GGUFKeys(file: file)
        guard let name = try keys.text("general.architecture") else {
            throw keys.refusal("general.architecture", "is missing")
        }
        guard let family = DecoderFamily(rawValue: name) else {
            throw keys.refusal("general.architecture", "is \"\(name)\", which is not known")
        }
        func key(_ rest: String) -> String { "\(name).\(rest)" }
        guard let embedding = file.tensor("token_embd.weight"), embedding.dimensions.count == 2 else {
            throw .tensor("token_embd.weight", path: file.path, reason: "is missing or no matrix")
        }
        let heads = try keys.required(key("attention.head_count"))
        guard heads > 0 else { throw keys.refusal(key("attention.head_count"), "is \(heads), not above 0") }
        self.init(
            family, vocabulary: embedding.dimensions[1], hidden: try keys.required(key("embedding_length")),
            intermediate: try keys.required(key("feed_forward_length")),
            layers: try keys.required(key("block_count")), heads: heads,
            keyValueHeads: try keys.integer(key("attention.head_count_kv")),
            headWidth: try keys.integer(key("attention.key_length")))
        guard let epsilon = try keys.number(key("attention.layer_norm_rms_epsilon")) else {
            throw keys.refusal(key("attention.layer_norm_rms_epsilon"), "is missing")
        }
        self.epsilon = Float(epsilon)
        rotaryBase = try keys.number(key("rope.freq_base")) ?? 10_000
        contextLength = try keys.required(key("context_length"))
        tiesEmbeddings = file.tensor("output.weight") == nil
        hasAttentionBias = file.tensor("blk.0.attn_q.bias") != nil
        hasOutputBias = file.tensor("blk.0.attn_output.bias") != nil
        try refuseOtherRotation(keys, name)
        endTokens = try keys.token("tokenizer.ggml.eos_token_id", below: vocabulary).map { [$0] } ?? []
        beginToken = try keys.token("tokenizer.ggml.bos_token_id", below: vocabulary)
        padToken = try keys.token("tokenizer.ggml.padding_token_id", below: vocabulary)
        if let fault { throw .unsupported(path: file.path, reason: "\(fault). Convert the model again") }
    }

    private func refuseOtherRotation(_ keys: GGUFKeys, _ name: String) throws(GGUFError) {
        let (dimension, scaling) = ("\(name).rope.dimension_count", "\(name).rope.scaling.type")
        if let count = try keys.integer(dimension), count != headWidth {
            throw keys.refusal(dimension, "is \(count), not the width of a head, \(headWidth)")
        }
        if let type = try keys.text(scaling), type != "none" {
            throw keys.refusal(scaling, "is \"\(type)\", which is not known")
        }
        if keys.file.tensor("rope_freqs.weight") != nil {
            throw .tensor(
                "rope_freqs.weight", path: keys.file.path, reason: "scales rotations, which is not read")
        }
    }
}
