/// The families of decoders that are understood.
public enum DecoderFamily: String, Sendable, CaseIterable {
    /// LLaMA 2 and 3: biases only where the configuration asks for them.
    case llama
    /// Qwen2 and Qwen2.5: biases on queries, keys and values.
    case qwen2
    /// Qwen3: queries and keys are normalised head by head before they are rotated.
    case qwen3
}

/// How rotary embeddings are stretched for contexts longer than those of the first training.
public struct RotaryScaling: Sendable, Equatable {
    /// By how much slow angles are slowed down; above 0.
    public var factor: Double
    /// Wavelengths above the original length divided by this are stretched in full.
    public var lowFrequency: Double
    /// Wavelengths below the original length divided by this stay as they are; above `lowFrequency`.
    public var highFrequency: Double
    /// Positions of the first training.
    public var originalLength: Int

    /// Scaling as Llama 3 has it.
    public init(factor: Double, lowFrequency: Double, highFrequency: Double, originalLength: Int) {
        (self.factor, self.lowFrequency) = (factor, lowFrequency)
        (self.highFrequency, self.originalLength) = (highFrequency, originalLength)
    }
}

/// Shapes and constants of a decoder: everything but its numbers.
public struct DecoderDescription: Sendable, Equatable {
    /// Which family it belongs to.
    public var family: DecoderFamily
    /// Rows of the embedding; may exceed the tokens that a tokenizer knows.
    public var vocabulary: Int
    /// Width of the residual stream.
    public var hidden: Int
    /// Width inside the feed-forward layers.
    public var intermediate: Int
    /// Number of blocks.
    public var layers: Int
    /// Query heads.
    public var heads: Int
    /// Key and value heads, a divisor of `heads`.
    public var keyValueHeads: Int
    /// Width of a head, even.
    public var headWidth: Int
    /// Added to the mean square before its root.
    public var epsilon: Float = 1e-6
    /// Base θ of the rotary angles θ^(−2j/d).
    public var rotaryBase: Double = 10_000
    /// Stretching of the angles, or none.
    public var rotaryScaling: RotaryScaling?
    /// Whether the embedding serves as the output layer too.
    public var tiesEmbeddings = true
    /// Whether queries, keys and values have biases.
    public var hasAttentionBias = false
    /// Whether each head of queries and keys is normalised, by one scale for all heads.
    public var normalisesHeads = false
    /// Whether the projection behind attention has a bias.
    public var hasOutputBias = false
    /// Whether the feed-forward layers have biases.
    public var hasFeedForwardBias = false
    /// Positions that the model was made for.
    public var contextLength = 2048
    /// Tokens that end a text; may be empty.
    public var endTokens: [Int32] = []
    /// Token that begins a text, if there is one.
    public var beginToken: Int32?
    /// Token that fills up rows, if there is one; nothing here compares with it.
    public var padToken: Int32?

    /// A decoder of the given sizes with the family's usual constants.
    ///
    /// - Parameters:
    ///   - family: decides about the names and the biases.
    ///   - vocabulary: number of tokens.
    ///   - hidden: width of the residual stream.
    ///   - intermediate: width inside the feed-forward layers.
    ///   - layers: number of blocks.
    ///   - heads: query heads.
    ///   - keyValueHeads: a divisor of `heads`; as many where nil.
    ///   - headWidth: even; `hidden / heads` where nil.
    public init(
        _ family: DecoderFamily = .llama, vocabulary: Int, hidden: Int, intermediate: Int, layers: Int,
        heads: Int, keyValueHeads: Int? = nil, headWidth: Int? = nil
    ) {
        (self.family, self.vocabulary, self.hidden) = (family, vocabulary, hidden)
        (self.intermediate, self.layers, self.heads) = (intermediate, layers, heads)
        self.keyValueHeads = keyValueHeads ?? heads
        self.headWidth = headWidth ?? hidden / max(heads, 1)
        hasAttentionBias = family == .qwen2
        normalisesHeads = family == .qwen3
    }

    /// What makes the sizes impossible; nil when they are sound.
    var fault: String? {
        let sizes = [
            ("vocab_size", vocabulary), ("hidden_size", hidden), ("intermediate_size", intermediate),
            ("num_hidden_layers", layers), ("num_attention_heads", heads),
            ("num_key_value_heads", keyValueHeads), ("head_dim", headWidth),
            ("max_position_embeddings", contextLength),
        ]
        for (name, size) in sizes where size < 1 || size > 1 << 24 {
            return "\(name) is \(size), outside 1 ... \(1 << 24)"
        }
        if heads % keyValueHeads != 0 {
            return "\(heads) attention heads are not a multiple of \(keyValueHeads) key and value heads"
        }
        if headWidth % 2 != 0 { return "head_dim is \(headWidth), not even" }
        if !(epsilon > 0 && epsilon.isFinite) { return "rms_norm_eps is \(epsilon), not above 0" }
        if !(rotaryBase > 0 && rotaryBase.isFinite) { return "rope_theta is \(rotaryBase), not above 0" }
        for token in endTokens where token < 0 || token >= vocabulary {
            return "eos_token_id \(token) is outside the vocabulary of \(vocabulary)"
        }
        return nil
    }
}
