import SafeRL
import StrictJSON

extension Tokenizer {
    /// The contents of a `tokenizer.json` that this and other readers of the format read as this tokenizer.
    public func json() -> JSONValue {
        .object([
            ("version", .text("1.0")), ("truncation", .null), ("padding", .null),
            ("added_tokens", .list(added.tokens.map(\.json))),
            ("normalizer", composes ? .object([("type", .text("NFC"))]) : .null),
            ("pre_tokenizer", preTokenizer), ("post_processor", postProcessor),
            ("decoder", Self.byteLevel(blankBefore: true, trims: true, splits: true)),
            ("model", modelJSON),
        ])
    }

    /// Writes `tokenizer.json`: a reader finds the old file or the new, never a part.
    ///
    /// - Throws: `StorageError`; the old file is then intact.
    public func write(to path: String) throws {
        try SystemFiles().replaceFile(path, with: Array(json().pretty.utf8))
    }

    private static func byteLevel(blankBefore: Bool, trims: Bool, splits: Bool) -> JSONValue {
        .object([
            ("type", .text("ByteLevel")), ("add_prefix_space", .boolean(blankBefore)),
            ("trim_offsets", .boolean(trims)), ("use_regex", .boolean(splits)),
        ])
    }

    private var preTokenizer: JSONValue {
        var rest = steps[...]
        let splits = rest.last == .split(.gpt2)
        if splits { rest = rest.dropLast() }
        let blankBefore = rest.last == .blankBefore
        if blankBefore { rest = rest.dropLast() }
        let bytes = Self.byteLevel(blankBefore: blankBefore, trims: true, splits: splits)
        if rest.isEmpty { return bytes }
        return .object([
            ("type", .text("Sequence")), ("pretokenizers", .list(rest.map(\.json) + [bytes])),
        ])
    }

    private var postProcessor: JSONValue {
        let bytes = Self.byteLevel(
            blankBefore: trimming.keepsFirst, trims: trimming.trims, splits: true)
        let ids = template.before + template.behind
        if ids.isEmpty { return bytes }
        func pieces(_ ids: [Int32], _ type: Int) -> [JSONValue] {
            ids.map {
                .object([("SpecialToken", .object([("id", .text(name($0))), ("type_id", .integer(type))]))])
            }
        }
        func sequence(_ name: String, _ type: Int) -> [JSONValue] {
            let text = JSONValue.object([("id", .text(name)), ("type_id", .integer(type))])
            return pieces(template.before, type) + [.object([("Sequence", text)])]
                + pieces(template.behind, type)
        }
        let single = sequence("A", 0)
        let entries = Set(ids).sorted().map { (name($0), special($0)) }
        let processing = JSONValue.object([
            ("type", .text("TemplateProcessing")), ("single", .list(single)),
            ("pair", .list(single + sequence("B", 1))), ("special_tokens", .object(entries)),
        ])
        return .object([("type", .text("Sequence")), ("processors", .list([bytes, processing]))])
    }

    private func name(_ id: Int32) -> String { token(id) ?? "" }

    private func special(_ id: Int32) -> JSONValue {
        .object([
            ("id", .text(name(id))), ("ids", .list([.integer(id)])), ("tokens", .list([.text(name(id))])),
        ])
    }

    private var modelJSON: JSONValue {
        var names: [Int32: String] = [:]
        for (token, id) in model.foreign { names[id] = token.text }
        func name(_ id: Int) -> String? {
            names[Int32(id)] ?? model.tokens[id].map { ByteAlphabet.token($0) }
        }
        return .object([
            ("type", .text("BPE")), ("dropout", .null), ("unk_token", .null),
            ("continuing_subword_prefix", .null), ("end_of_word_suffix", .null),
            ("fuse_unk", .boolean(false)), ("byte_fallback", .boolean(false)),
            ("ignore_merges", .boolean(model.takesWholePieces)),
            (
                "vocab",
                JSONValue(
                    .object(
                        model.tokens.indices.compactMap { id in
                            name(id).map { JSONMember($0, .integer(id)) }
                        }))
            ),
            (
                "merges",
                .list(
                    model.pairs.map {
                        .list([.text(name(Int($0.left)) ?? ""), .text(name(Int($0.right)) ?? "")])
                    })
            ),
        ])
    }
}

extension AddedToken {
    fileprivate var json: JSONValue {
        .object([
            ("id", .integer(id)), ("content", .text(content)), ("single_word", .boolean(isWord)),
            ("lstrip", .boolean(takesBlanksBefore)), ("rstrip", .boolean(takesBlanksBehind)),
            ("normalized", .boolean(isNormalised)), ("special", .boolean(isSpecial)),
        ])
    }
}

extension Tokenizer.Step {
    fileprivate var json: JSONValue {
        switch self {
        case .split(let pattern):
            .object([
                ("type", .text("Split")), ("pattern", .object([("Regex", .text(pattern.rawValue))])),
                ("behavior", .text("Isolated")), ("invert", .boolean(false)),
            ])
        case .blankBefore:
            .object([
                ("type", .text("ByteLevel")), ("add_prefix_space", .boolean(true)),
                ("trim_offsets", .boolean(true)), ("use_regex", .boolean(false)),
            ])
        }
    }
}
