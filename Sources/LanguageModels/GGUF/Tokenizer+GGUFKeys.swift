extension Tokenizer {
    /// The keys of a GGUF file that its readers read as this tokenizer; rows of the embedding without a token are unused ones.
    ///
    /// - Throws: `ModelFileError` for a tokenizer that such a file cannot hold.
    func ggufKeys(rows: Int, place: String) throws(ModelFileError) -> [(String, GGUFBytes.Value)] {
        func refusal(_ reason: String) -> ModelFileError { .cannotHold(place, "its tokenizer \(reason)") }
        guard decoding == .byteLevel else { throw refusal("is not one of bytes") }
        guard
            let cutting = Self.cuttings.first(where: {
                $0.steps == steps && $0.takesWhole == model.takesWholePieces
            })
        else { throw refusal("cuts text in a way that has no name") }
        guard vocabularySize <= rows else { throw refusal("has \(vocabularySize) tokens for \(rows) rows") }
        guard template.behind.isEmpty, template.before.count <= 1 else {
            throw refusal("puts more than one token around a text")
        }
        for token in added.tokens where token.isWord || token.takesBlanksBefore || token.takesBlanksBehind {
            throw refusal("finds \(token.content) by what is beside it")
        }
        var (texts, types) = ([String](), [Int32]())
        for id in 0..<Int32(rows) {
            texts.append(token(id) ?? "[PAD\(id)]")
            types.append(added[id].map { $0.isSpecial ? 3 : 4 } ?? (token(id) == nil ? 5 : 1))
        }
        let merges = model.pairs.map { "\(token($0.left) ?? "") \(token($0.right) ?? "")" }
        return [
            ("tokenizer.ggml.model", .text("gpt2")), ("tokenizer.ggml.pre", .text(cutting.name)),
            ("tokenizer.ggml.tokens", .texts(texts)), ("tokenizer.ggml.token_type", .integers(types)),
            ("tokenizer.ggml.merges", .texts(merges)),
            ("tokenizer.ggml.add_bos_token", .flag(!template.before.isEmpty)),
        ]
    }

    /// Ways to cut text by their names in GGUF files.
    static let cuttings: [(name: String, steps: [Step], takesWhole: Bool)] = [
        ("gpt-2", [.split(.gpt2)], false), ("qwen2", [.split(.qwen2)], false),
        ("llama-bpe", [.split(.llama3)], true),
        ("smollm", [.digits, .split(.gpt2)], false),
    ]
}
