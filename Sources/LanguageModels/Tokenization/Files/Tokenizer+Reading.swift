import Storage

extension Tokenizer {
    /// The largest file that is read, in bytes; the largest published ones have a tenth.
    static let largestFile = 1 << 28
    /// Ids from here on are refused: an embedding has a row for each.
    static let idLimit = 1 << 24

    /// Reads `tokenizer.json`.
    ///
    /// - Throws: `StorageError` where the file cannot be read, `TokenizerError` where it is no tokenizer of a kind
    ///   that is known exactly: nothing is guessed.
    public init(contentsOf path: String) throws {
        try self.init(parsing: try fileContents(path, limit: Self.largestFile), place: path)
    }

    /// Reads the bytes of `tokenizer.json`.
    ///
    /// - Parameters:
    ///   - bytes: UTF-8.
    ///   - place: what errors begin with.
    /// - Throws: `TokenizerError`, one line that names the part of the file.
    public init(parsing bytes: [UInt8], place: String = "tokenizer in memory") throws(TokenizerError) {
        let json: JSONValue
        do {
            json = try JSONValue(parsing: bytes, limits: JSONLimits(bytes: Self.largestFile, depth: 64))
        } catch {
            throw TokenizerError(place, "\(error). Get a fresh copy of the file")
        }
        let file = TokenizerFile(root: json, place: place)
        guard json.members != nil else { throw file.fault("the file", "\(json.kind), not an object") }
        let isByteLevel = try file.isByteLevel()
        let normaliser = try file.normaliser(json["normalizer"])
        let steps =
            isByteLevel
            ? try file.preTokenizer(json["pre_tokenizer"])
            : try file.markingPreTokenizer(json["pre_tokenizer"])
        let decoding =
            isByteLevel ? try file.byteDecoder(json["decoder"]) : try file.decodingSteps(json["decoder"])
        let model = try file.model(isByteLevel: isByteLevel)
        let added = try file.addedTokens(beside: model)
        self.init(model, added: added, normaliser, steps: steps, decoding)
        try file.postProcessor(json["post_processor"], into: &self)
    }
}

/// One `tokenizer.json` while it is read.
struct TokenizerFile {
    let root: JSONValue
    let place: String

    /// An error that names a part of the file.
    func fault(_ part: String, _ message: String) -> TokenizerError {
        TokenizerError(place, "\(part): \(message)")
    }

    func text(_ value: JSONValue?, _ part: String) throws(TokenizerError) -> String {
        guard let value else { throw fault(part, "missing. Get a complete copy of the file") }
        guard let text = value.string else { throw fault(part, "\(value.kind), not text") }
        return text
    }

    func flag(_ value: JSONValue?, _ part: String, default standard: Bool = false) throws(TokenizerError)
        -> Bool
    {
        guard let value, value != .null else { return standard }
        guard let flag = value.bool else { throw fault(part, "\(value.kind), not true or false") }
        return flag
    }

    func list(_ value: JSONValue?, _ part: String) throws(TokenizerError) -> [JSONValue] {
        guard let value else { throw fault(part, "missing. Get a complete copy of the file") }
        guard let list = value.elements else { throw fault(part, "\(value.kind), not a list") }
        return list
    }

    func id(_ value: JSONValue?, _ part: String) throws(TokenizerError) -> Int32 {
        guard let value else { throw fault(part, "missing. Every token needs an id") }
        guard let id = value.number?.int else { throw fault(part, "\(value.kind), not an id of 64 bits") }
        guard id >= 0 && id < Tokenizer.idLimit else {
            throw fault(part, "\(id) is not between 0 and \(Tokenizer.idLimit - 1)")
        }
        return Int32(id)
    }

    // MARK: Added tokens

    func addedTokens(beside model: BytePairs) throws(TokenizerError) -> [AddedToken] {
        guard let value = root["added_tokens"], value != .null else { return [] }
        var tokens: [AddedToken] = []
        var (ids, contents): (Set<Int32>, Set<ExactText>) = ([], [])
        let entries = try list(value, "added_tokens")
        for (index, entry) in entries.enumerated() {
            let part = "added_tokens[\(index)]"
            guard entry.members != nil else { throw fault(part, "\(entry.kind), not an object") }
            let token = try addedToken(entry, part)
            guard Int(token.id) < 16 * (model.count + entries.count) + 4096 else {
                throw fault("\(part).id", "\(token.id) is far beyond the tokens that there are")
            }
            guard ids.insert(token.id).inserted else {
                throw fault("\(part).id", "\(token.id) belongs to another added token too")
            }
            guard contents.insert(ExactText(token.content)).inserted else {
                throw fault("\(part).content", "\(quoted(token.content)) stands here a second time")
            }
            try check(token, beside: model, part)
            tokens.append(token)
        }
        return tokens
    }

    private func addedToken(_ entry: JSONValue, _ part: String) throws(TokenizerError) -> AddedToken {
        let content = try text(entry["content"], "\(part).content")
        guard !content.isEmpty else { throw fault("\(part).content", "empty. Remove the token") }
        var token = AddedToken(content, id: try id(entry["id"], "\(part).id"))
        token.isSpecial = try flag(entry["special"], "\(part).special")
        token.isWord = try flag(entry["single_word"], "\(part).single_word")
        token.takesBlanksBefore = try flag(entry["lstrip"], "\(part).lstrip")
        token.takesBlanksBehind = try flag(entry["rstrip"], "\(part).rstrip")
        token.isNormalised = try flag(entry["normalized"], "\(part).normalized", default: !token.isSpecial)
        return token
    }

    private func check(_ token: AddedToken, beside model: BytePairs, _ part: String) throws(TokenizerError) {
        if let id = model.id(of: token.content) {
            guard id == token.id else {
                throw fault(
                    "\(part).id", "\(token.id), but the vocabulary gives \(quoted(token.content)) \(id)")
            }
        } else if Int(token.id) < model.tokens.count, model.tokens[Int(token.id)] != nil {
            throw fault("\(part).id", "\(token.id) belongs to a token of the vocabulary")
        }
    }
}
