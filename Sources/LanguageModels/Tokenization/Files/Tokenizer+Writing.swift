import Storage

extension Tokenizer {
    /// The contents of a `tokenizer.json` that this and other readers of the format read as this tokenizer.
    public func json() -> JSONValue {
        .object([
            ("version", .text("1.0")), ("truncation", .null), ("padding", .null),
            ("added_tokens", .list(added.tokens.map(\.json))),
            ("normalizer", Self.sequence(normaliser.steps.map(\.json), "normalizers")),
            ("pre_tokenizer", preTokenizer), ("post_processor", postProcessor),
            ("decoder", decoder),
            ("model", modelJSON),
        ])
    }

    /// Writes `tokenizer.json`: a reader finds the old file or the new, never a part.
    ///
    /// - Throws: `StorageError`; the old file is then intact.
    public func write(to path: String) throws {
        try SystemFiles().replaceFile(path, with: Array(json().pretty.utf8))
    }

    /// Nothing, one part or several as the format has them.
    private static func sequence(_ parts: [JSONValue], _ key: String) -> JSONValue {
        guard parts.count != 1 else { return parts[0] }
        return parts.isEmpty ? .null : .object([("type", .text("Sequence")), (key, .list(parts))])
    }

    private var decoder: JSONValue {
        switch decoding {
        case .byteLevel: Self.byteLevel(blankBefore: true, trims: true, splits: true)
        case .steps(let steps): Self.sequence(steps.map(\.json), "decoders")
        }
    }

    private static func byteLevel(blankBefore: Bool, trims: Bool, splits: Bool) -> JSONValue {
        .object([
            ("type", .text("ByteLevel")), ("add_prefix_space", .boolean(blankBefore)),
            ("trim_offsets", .boolean(trims)), ("use_regex", .boolean(splits)),
        ])
    }

    private var preTokenizer: JSONValue {
        guard decoding == .byteLevel else { return Self.sequence(steps.map(\.json), "pretokenizers") }
        var rest = steps[...]
        let splits = rest.last == .split(.gpt2)
        if splits { rest = rest.dropLast() }
        let blankBefore = rest.last == .blankBefore
        if blankBefore { rest = rest.dropLast() }
        let bytes = Self.byteLevel(blankBefore: blankBefore, trims: true, splits: splits)
        return Self.sequence(rest.map(\.json) + [bytes], "pretokenizers")
    }

    private var postProcessor: JSONValue {
        let bytes = Self.byteLevel(
            blankBefore: trimming.keepsFirst, trims: trimming.trims, splits: true)
        let first = decoding == .byteLevel ? [bytes] : []
        let ids = template.before + template.behind
        if ids.isEmpty { return Self.sequence(first, "processors") }
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
        return Self.sequence(first + [processing], "processors")
    }

    private func name(_ id: Int32) -> String { added[id]?.content ?? model.token(id) ?? "" }

    private func special(_ id: Int32) -> JSONValue {
        .object([
            ("id", .text(name(id))), ("ids", .list([.integer(id)])), ("tokens", .list([.text(name(id))])),
        ])
    }

    private var modelJSON: JSONValue {
        var unknown = BytePairs.Unknown()
        if case .characters(let rule) = model.alphabet { unknown = rule }
        return .object([
            ("type", .text("BPE")), ("dropout", .null),
            ("unk_token", unknown.token.map { .text($0) } ?? .null),
            ("continuing_subword_prefix", .null), ("end_of_word_suffix", .null),
            ("fuse_unk", .boolean(unknown.fuses)), ("byte_fallback", .boolean(unknown.areBytes)),
            ("ignore_merges", .boolean(model.takesWholePieces)),
            (
                "vocab",
                JSONValue(
                    .object(
                        model.tokens.indices.compactMap { id in
                            model.token(Int32(id)).map { JSONMember($0, .integer(id)) }
                        }))
            ),
            (
                "merges",
                .list(
                    model.pairs.map {
                        .list([.text(model.token($0.left) ?? ""), .text(model.token($0.right) ?? "")])
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
        case .digits: .object([("type", .text("Digits")), ("individual_digits", .boolean(true))])
        case .blankBefore:
            .object([
                ("type", .text("ByteLevel")), ("add_prefix_space", .boolean(true)),
                ("trim_offsets", .boolean(true)), ("use_regex", .boolean(false)),
            ])
        case .marks(let marks):
            .object([
                ("type", .text("Metaspace")), ("replacement", .text(String(Character(marks.mark)))),
                ("prepend_scheme", .text(marks.beginning.rawValue)), ("split", .boolean(marks.splits)),
            ])
        }
    }
}

private func replacement(_ pattern: String, _ content: String) -> JSONValue {
    .object([
        ("type", .text("Replace")), ("pattern", .object([("String", .text(pattern))])),
        ("content", .text(content)),
    ])
}

extension Normaliser.Step {
    fileprivate var json: JSONValue {
        switch self {
        case .composed: .object([("type", .text("NFC"))])
        case .prepend(let prefix): .object([("type", .text("Prepend")), ("prepend", .text(prefix))])
        case .replace(let pattern, let content): replacement(pattern, content)
        }
    }
}

extension DecodingStep {
    fileprivate var json: JSONValue {
        switch self {
        case .replace(let pattern, let content): replacement(pattern, content)
        case .bytes: .object([("type", .text("ByteFallback"))])
        case .fuse: .object([("type", .text("Fuse"))])
        case .strip(let scalar, let start, let stop):
            .object([
                ("type", .text("Strip")), ("content", .text(String(Character(scalar)))),
                ("start", .integer(start)), ("stop", .integer(stop)),
            ])
        }
    }
}
