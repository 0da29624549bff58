import SafeRL
import StrictJSON

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
        let composes = try file.normaliser(json["normalizer"])
        let steps = try file.preTokenizer(json["pre_tokenizer"])
        try file.decoder(json["decoder"])
        let model = try file.model()
        let added = try file.addedTokens(beside: model)
        self.init(model, added: added, composes: composes, steps: steps)
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

    // MARK: Model

    func model() throws(TokenizerError) -> BytePairs {
        guard let model = root["model"] else {
            throw fault("model", "missing. Get a complete copy of the file")
        }
        guard model.members != nil else { throw fault("model", "\(model.kind), not an object") }
        let type = try text(model["type"], "model.type")
        guard type == "BPE" else {
            throw fault("model.type", "\(quoted(type)) is not supported. Only byte-level BPE is")
        }
        try refuseOptions(model)
        var pairs = BytePairs()
        pairs.takesWholePieces = try flag(model["ignore_merges"], "model.ignore_merges")
        try vocabulary(model["vocab"], into: &pairs)
        try merges(model["merges"], into: &pairs)
        return pairs
    }

    private func refuseOptions(_ model: JSONValue) throws(TokenizerError) {
        if try flag(model["byte_fallback"], "model.byte_fallback") {
            throw fault(
                "model.byte_fallback", "byte fallback is not supported. Use a byte-level tokenizer")
        }
        for name in ["continuing_subword_prefix", "end_of_word_suffix"] {
            if let value = model[name], value != .null, value.string != "" {
                throw fault("model.\(name)", "not supported. Use a byte-level tokenizer, which has none")
            }
        }
        if let value = model["dropout"], value != .null, value.number?.double != 0 {
            throw fault("model.dropout", "random merges are not supported. Set it to null")
        }
    }

    private func vocabulary(_ value: JSONValue?, into pairs: inout BytePairs) throws(TokenizerError) {
        guard let value else { throw fault("model.vocab", "missing. Get a complete copy of the file") }
        guard let members = value.members else { throw fault("model.vocab", "\(value.kind), not an object") }
        for member in members {
            let part = "model.vocab.\(quoted(member.key))"
            let id = try id(member.value, part)
            // A file may not make a table that is much larger than itself.
            guard Int(id) < 16 * members.count + 4096 else {
                throw fault(part, "the id \(id) is far beyond the \(members.count) tokens")
            }
            guard !member.key.isEmpty else { throw fault(part, "an empty token. Remove it") }
            guard pairs.add(member.key, id: id) else {
                throw fault(part, "the id \(id) belongs to another token too. Give every token its own")
            }
        }
        if let byte = pairs.missingByte {
            throw fault(
                "model.vocab",
                "no token for the byte \(byte) alone: \(quoted(ByteAlphabet.token([byte]))). "
                    + "Use a byte-level tokenizer")
        }
    }

    private func merges(_ value: JSONValue?, into pairs: inout BytePairs) throws(TokenizerError) {
        for (index, merge) in try list(value, "model.merges").enumerated() {
            let part = "model.merges[\(index)]"
            let (left, right) = try sides(merge, part)
            guard let a = pairs.id(of: left) else {
                throw fault(part, "\(quoted(left)) is not in the vocabulary")
            }
            guard let b = pairs.id(of: right) else {
                throw fault(part, "\(quoted(right)) is not in the vocabulary")
            }
            guard pairs.merge(a, b) else {
                throw fault(part, "\(quoted(left + right)), which it makes, is not in the vocabulary")
            }
        }
    }

    /// Both halves of a merge, from `["a", "b"]` or from `"a b"`.
    private func sides(_ merge: JSONValue, _ part: String) throws(TokenizerError) -> (String, String) {
        let sides: [String]
        if let text = merge.string {
            sides = text.unicodeScalars.split(separator: " ", omittingEmptySubsequences: false)
                .map { String($0) }
        } else {
            sides = try list(merge, part).compactMap(\.string)
            guard sides.count == merge.elements?.count else { throw fault(part, "not two texts") }
        }
        guard sides.count == 2, !sides[0].isEmpty, !sides[1].isEmpty else {
            throw fault(part, "not two tokens, as in [\"a\", \"b\"] or \"a b\"")
        }
        return (sides[0], sides[1])
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
