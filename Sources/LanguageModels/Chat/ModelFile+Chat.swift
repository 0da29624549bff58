import Storage

extension ModelFile {
    /// How the model wants conversations written.
    ///
    /// - Throws: `ChatTemplateError` where there is no template, or one that is not understood; `StorageError`.
    public func chatTemplate() throws -> ChatTemplate {
        guard let text = try chatTemplateText() else { throw ChatTemplateError.missing(place: path) }
        return try ChatTemplate(parsing: text, place: path)
    }

    /// The template's text; nil where there is none.
    ///
    /// The key `tokenizer.chat_template` of a file; of a directory `chat_template.jinja`, else `chat_template` in
    /// `tokenizer_config.json`.
    func chatTemplateText() throws -> String? {
        switch self {
        case .file(let checkpoint): return try GGUFKeys(file: checkpoint.file).text("tokenizer.chat_template")
        case .directory:
            let own = path + "/chat_template.jinja"
            if fileKind(own, following: true) != nil {
                return String(decoding: try fileContents(own, limit: 1 << 20), as: UTF8.self)
            }
            guard let template = try tokenizerConfiguration()?["chat_template"] else { return nil }
            if let text = template.string { return text }
            return template.elements?.first { $0["name"]?.string == "default" }?["template"]?.string
        }
    }

    /// Tokens that end a reply: those that end a text, and what else the files name as the end of a turn.
    func replyEnds(_ tokenizer: Tokenizer) throws -> [Int32] {
        var ends = description.endTokens
        switch self {
        case .file(let checkpoint):
            let keys = GGUFKeys(file: checkpoint.file)
            if let turn = try keys.token("tokenizer.ggml.eot_token_id", below: description.vocabulary) {
                ends.append(turn)
            }
        case .directory:
            let named = try tokenizerConfiguration()?["eos_token"]
            if let id = (named?.string ?? named?["content"]?.string).flatMap({ tokenizer.id(of: $0) }) {
                ends.append(id)
            }
        }
        return Array(Set(ends)).sorted()
    }

    private func tokenizerConfiguration() throws -> JSONValue? {
        let path = path + "/tokenizer_config.json"
        guard fileKind(path, following: true) != nil else { return nil }
        let bytes = try fileContents(path, limit: 1 << 24)
        do throws(JSONError) {
            return try JSONValue(parsing: bytes, limits: JSONLimits(bytes: 1 << 24))
        } catch {
            throw HubError.configuration(path: path, reason: "\(error)")
        }
    }
}
