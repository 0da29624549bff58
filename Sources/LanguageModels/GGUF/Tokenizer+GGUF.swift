import Storage

extension Tokenizer {
    /// Reads the tokenizer of a GGUF file (alignment.md 1.6).
    ///
    /// Control tokens become special added tokens, user-defined ones added tokens that stand for their text; unused ids have no
    /// token. Bytes that the vocabulary lacks are left out of what is encoded, as the file's other readers do.
    ///
    /// - Throws: `GGUFError` for tokenizers other than byte-level BPE, and for cuttings of text that are not known.
    public init(_ file: GGUFFile) throws(GGUFError) {
        let keys = GGUFKeys(file: file)
        let model = try keys.text("tokenizer.ggml.model") ?? "missing"
        guard model == "gpt2" else {
            throw keys.refusal("tokenizer.ggml.model", "is \(quoted(model)), not \"gpt2\" (byte-level BPE)")
        }
        let tokens = try Self.list(keys, "tokenizer.ggml.tokens", try keys.texts("tokenizer.ggml.tokens"))
        guard tokens.count < Self.idLimit else {
            throw keys.refusal(
                "tokenizer.ggml.tokens", "has \(tokens.count) tokens, more than \(Self.idLimit)")
        }
        let types =
            try keys.integers("tokenizer.ggml.token_type")
            ?? tokens.map { _ in GGUFTokenType.normal.rawValue }
        guard types.count == tokens.count else {
            throw keys.refusal(
                "tokenizer.ggml.token_type", "has \(types.count) types for \(tokens.count) tokens")
        }
        var (pairs, added) = (BytePairs(), [AddedToken]())
        var names: Set<ExactText> = []
        for (id, token) in tokens.enumerated() {
            try Self.add(token, Int32(id), types[id], keys, &pairs, &added, &names)
        }
        if let byte = pairs.missingByte(among: BytePairs.neededBytes) {
            throw keys.refusal("tokenizer.ggml.tokens", "has no token for the byte \(byte) alone")
        }
        try Self.addMerges(keys, to: &pairs)
        let (steps, takesWholePieces) = try Self.cutting(keys)
        pairs.takesWholePieces = takesWholePieces
        self.init(pairs, added: added, steps: steps)
        try addBeginning(keys, tokens.count)
    }

    private static func list<Element>(
        _ keys: GGUFKeys, _ key: String, _ values: [Element]?
    ) throws(GGUFError) -> [Element] {
        guard let values, !values.isEmpty else { throw keys.refusal(key, "is missing or empty") }
        return values
    }

    private static func add(
        _ token: String, _ id: Int32, _ type: Int, _ keys: GGUFKeys, _ pairs: inout BytePairs,
        _ added: inout [AddedToken], _ names: inout Set<ExactText>
    ) throws(GGUFError) {
        guard let type = GGUFTokenType(rawValue: type) else {
            throw keys.refusal("tokenizer.ggml.token_type", "is \(type) for token \(id), which is not read")
        }
        guard type != .unused else { return }
        guard !token.isEmpty else { throw keys.refusal("tokenizer.ggml.tokens", "has an empty token, \(id)") }
        if type == .normal {
            guard pairs.add(token, id: id) else {
                throw keys.refusal("tokenizer.ggml.tokens", "has \(quoted(token)) twice")
            }
            return
        }
        guard names.insert(ExactText(token)).inserted else {
            throw keys.refusal("tokenizer.ggml.tokens", "has \(quoted(token)) twice")
        }
        var own = AddedToken(token, id: id)
        own.isSpecial = type == .control
        added.append(own)
    }

    private static func addMerges(_ keys: GGUFKeys, to pairs: inout BytePairs) throws(GGUFError) {
        let key = "tokenizer.ggml.merges"
        for (index, merge) in try list(keys, key, try keys.texts(key)).enumerated() {
            let sides = merge.unicodeScalars.split(separator: " ", omittingEmptySubsequences: false).map {
                String($0)
            }
            guard sides.count == 2, let left = pairs.id(of: sides[0]), let right = pairs.id(of: sides[1]),
                pairs.merge(left, right)
            else {
                throw keys.refusal(
                    key, "holds \(quoted(merge)) at place \(index), which does not join two tokens to a third"
                )
            }
        }
    }

    private static func cutting(_ keys: GGUFKeys) throws(GGUFError) -> (steps: [Step], takesWholePieces: Bool)
    {
        let name = try keys.text("tokenizer.ggml.pre") ?? "missing"
        guard let cutting = cuttings.first(where: { $0.name == name }) else {
            throw keys.refusal(
                "tokenizer.ggml.pre", "is \(quoted(name)), not gpt-2, qwen2, llama-bpe or smollm")
        }
        return (cutting.steps, cutting.takesWhole)
    }

    /// The token that begins a text, where the file asks for it.
    private mutating func addBeginning(_ keys: GGUFKeys, _ count: Int) throws(GGUFError) {
        guard try keys.flag("tokenizer.ggml.add_bos_token") ?? false else { return }
        guard let token = try keys.token("tokenizer.ggml.bos_token_id", below: count) else {
            throw keys.refusal("tokenizer.ggml.bos_token_id", "is missing, though add_bos_token asks for it")
        }
        template.before = [token]
    }
}

/// What a token of a GGUF file is for.
private enum GGUFTokenType: Int {
    case normal = 1
    case control = 3
    case userDefined = 4
    case unused = 5
}
