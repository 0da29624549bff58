import StrictJSON

extension TokenizerFile {
    /// The members of a `Sequence` or the part itself, each with its type.
    private func stages(
        _ value: JSONValue?, _ part: String, members key: String
    ) throws(TokenizerError) -> [(value: JSONValue, type: String, part: String)] {
        guard let value, value != .null else { return [] }
        guard value.members != nil else { throw fault(part, "\(value.kind), not an object") }
        let type = try text(value["type"], "\(part).type")
        guard type == "Sequence" else { return [(value, type, part)] }
        var stages: [(value: JSONValue, type: String, part: String)] = []
        for (index, member) in try list(value[key], "\(part).\(key)").enumerated() {
            stages += try self.stages(member, "\(part).\(key)[\(index)]", members: key)
        }
        return stages
    }

    private func unsupported(_ type: String, _ part: String, _ supported: String) -> TokenizerError {
        fault("\(part).type", "\(quoted(type)) is not supported. Supported: \(supported)")
    }

    /// Whether text is brought into Normalisation Form C.
    func normaliser(_ value: JSONValue?) throws(TokenizerError) -> Bool {
        let stages = try stages(value, "normalizer", members: "normalizers")
        for stage in stages where stage.type != "NFC" { throw unsupported(stage.type, stage.part, "NFC") }
        return !stages.isEmpty
    }

    /// The steps up to the bytes, with which the preparation must end.
    func preTokenizer(_ value: JSONValue?) throws(TokenizerError) -> [Tokenizer.Step] {
        var steps: [Tokenizer.Step] = []
        let stages = try stages(value, "pre_tokenizer", members: "pretokenizers")
        for (index, (value, type, part)) in stages.enumerated() {
            switch type {
            case "Split": steps.append(.split(try splitPattern(value, part)))
            case "ByteLevel":
                guard index == stages.count - 1 else {
                    throw fault(part, "something follows the bytes. ByteLevel must be the last")
                }
                if try flag(value["add_prefix_space"], "\(part).add_prefix_space", default: true) {
                    steps.append(.blankBefore)
                }
                if try flag(value["use_regex"], "\(part).use_regex", default: true) {
                    steps.append(.split(.gpt2))
                }
            default: throw unsupported(type, part, "Split, ByteLevel")
            }
        }
        guard stages.last?.type == "ByteLevel" else {
            throw fault("pre_tokenizer", "no ByteLevel. Use a byte-level tokenizer")
        }
        return steps
    }

    private func splitPattern(_ value: JSONValue, _ part: String) throws(TokenizerError) -> SplitPattern {
        let regex = try text(value["pattern"]?["Regex"], "\(part).pattern.Regex")
        guard let pattern = SplitPattern(rawValue: regex) else {
            throw fault(
                "\(part).pattern.Regex",
                "\(quoted(regex)) is none of the known expressions, those of GPT-2, Qwen2 and Llama 3")
        }
        let behaviour = try text(value["behavior"], "\(part).behavior")
        guard behaviour == "Isolated" else {
            throw fault("\(part).behavior", "\(quoted(behaviour)) is not supported. Supported: Isolated")
        }
        if try flag(value["invert"], "\(part).invert") {
            throw fault("\(part).invert", "true is not supported")
        }
        return pattern
    }

    func decoder(_ value: JSONValue?) throws(TokenizerError) {
        let stages = try stages(value, "decoder", members: "decoders")
        for stage in stages where stage.type != "ByteLevel" {
            throw unsupported(stage.type, stage.part, "ByteLevel")
        }
        guard stages.count == 1 else {
            throw fault("decoder", "\(stages.isEmpty ? "missing" : "more than one"). It must be ByteLevel")
        }
    }

    /// Ids around the text, and how ranges are trimmed.
    func postProcessor(_ value: JSONValue?, into tokenizer: inout Tokenizer) throws(TokenizerError) {
        for (value, type, part) in try stages(value, "post_processor", members: "processors") {
            switch type {
            case "ByteLevel":
                let trims = try flag(value["trim_offsets"], "\(part).trim_offsets", default: true)
                let keeps = try flag(value["add_prefix_space"], "\(part).add_prefix_space", default: true)
                tokenizer.trimming = (trims, keeps)
            case "TemplateProcessing":
                let (before, behind) = try template(value, part, tokenizer)
                tokenizer.template.before = before + tokenizer.template.before
                tokenizer.template.behind += behind
            default: throw unsupported(type, part, "ByteLevel, TemplateProcessing")
            }
        }
    }

    private func template(
        _ value: JSONValue, _ part: String, _ tokenizer: Tokenizer
    ) throws(TokenizerError) -> (before: [Int32], behind: [Int32]) {
        var ids: (before: [Int32], behind: [Int32]) = ([], [])
        var texts = 0
        for (index, piece) in try list(value["single"], "\(part).single").enumerated() {
            let here = "\(part).single[\(index)]"
            if piece["Sequence"] != nil {
                texts += 1
                continue
            }
            let name = try text(piece["SpecialToken"]?["id"], "\(here).SpecialToken.id")
            let entry = value["special_tokens"]?[name]
            guard let entry else {
                throw fault(here, "\(quoted(name)) is not among \(part).special_tokens")
            }
            for id in try list(entry["ids"], "\(part).special_tokens.\(quoted(name)).ids") {
                let id = try self.id(id, "\(part).special_tokens.\(quoted(name)).ids")
                guard tokenizer.token(id) != nil else {
                    throw fault(here, "no token has the id \(id)")
                }
                if texts == 0 { ids.before.append(id) } else { ids.behind.append(id) }
            }
        }
        guard texts == 1 else { throw fault("\(part).single", "\(texts) places for the text, not one") }
        return ids
    }
}
