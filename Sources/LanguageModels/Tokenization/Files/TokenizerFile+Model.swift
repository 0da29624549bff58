import Storage

extension TokenizerFile {
    /// Vocabulary and merges.
    func model(isByteLevel: Bool) throws(TokenizerError) -> BytePairs {
        guard let model = root["model"] else {
            throw fault("model", "missing. Get a complete copy of the file")
        }
        guard model.members != nil else { throw fault("model", "\(model.kind), not an object") }
        let type = try text(model["type"], "model.type")
        guard type == "BPE" else {
            throw fault(
                "model.type", "\(quoted(type)) is not supported. Only BPE is, as \(Self.known) have it")
        }
        try refuseOptions(model)
        var pairs = BytePairs(isByteLevel ? try byteAlphabet(model) : .characters(try unknown(model)))
        pairs.takesWholePieces = try flag(model["ignore_merges"], "model.ignore_merges")
        try vocabulary(model["vocab"], into: &pairs)
        try checkAlphabet(pairs)
        try merges(model["merges"], into: &pairs)
        return pairs
    }

    private func refuseOptions(_ model: JSONValue) throws(TokenizerError) {
        for name in ["continuing_subword_prefix", "end_of_word_suffix"] {
            if let value = model[name], value != .null, value.string != "" {
                throw fault("model.\(name)", "not supported. Use a tokenizer as \(Self.known) have it")
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
    }

    private func byteAlphabet(_ model: JSONValue) throws(TokenizerError) -> BytePairs.Alphabet {
        if try flag(model["byte_fallback"], "model.byte_fallback") {
            throw fault(
                "model.byte_fallback",
                "true beside ByteLevel, which leaves no character without a token. Set it to false")
        }
        return .bytes
    }

    /// What characters without a token become.
    private func unknown(_ model: JSONValue) throws(TokenizerError) -> BytePairs.Unknown {
        var unknown = BytePairs.Unknown()
        unknown.areBytes = try flag(model["byte_fallback"], "model.byte_fallback")
        unknown.fuses = try flag(model["fuse_unk"], "model.fuse_unk")
        if let token = model["unk_token"], token != .null {
            unknown.token = try text(token, "model.unk_token")
        }
        guard unknown.areBytes || unknown.token != nil else {
            throw fault(
                "model.unk_token",
                "missing, and byte_fallback is false: characters without a token would vanish. Name the token"
            )
        }
        return unknown
    }

    /// Checks that every text has an encoding.
    private func checkAlphabet(_ pairs: BytePairs) throws(TokenizerError) {
        guard case .characters(let unknown) = pairs.alphabet else {
            guard let byte = pairs.missingByte(among: BytePairs.neededBytes) else { return }
            throw fault(
                "model.vocab",
                "no token for the byte \(byte) alone: \(quoted(ByteAlphabet.token([byte]))). "
                    + "Use a byte-level tokenizer")
        }
        if let token = unknown.token, pairs.id(of: token) == nil {
            throw fault("model.unk_token", "\(quoted(token)) is not in the vocabulary")
        }
        if unknown.areBytes, let byte = pairs.missingByte(among: Array(0...255)) {
            throw fault(
                "model.vocab",
                "no token \(quoted(ByteToken.name(byte))), though byte_fallback is true. "
                    + "Get a complete copy of the file")
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
}
