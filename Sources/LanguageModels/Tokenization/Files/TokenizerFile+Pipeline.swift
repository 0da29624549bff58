import Storage

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

    /// The decoders whose tokenizers are read, for refusals.
    static let known = "GPT-2, LLaMA 2 and 3 and Qwen2"

    /// Whether tokens are made of bytes: where ByteLevel prepares or decodes them.
    func isByteLevel() throws(TokenizerError) -> Bool {
        let before = try stages(root["pre_tokenizer"], "pre_tokenizer", members: "pretokenizers")
        let behind = try stages(root["decoder"], "decoder", members: "decoders")
        return (before + behind).contains { $0.type == "ByteLevel" }
    }

    /// What is done to text before it is cut into pieces.
    func normaliser(_ value: JSONValue?) throws(TokenizerError) -> Normaliser {
        var normaliser = Normaliser()
        for (value, type, part) in try stages(value, "normalizer", members: "normalizers") {
            switch type {
            case "NFC": normaliser.steps.append(.composed)
            case "Prepend":
                normaliser.steps.append(.prepend(try text(value["prepend"], "\(part).prepend")))
            case "Replace":
                let (pattern, content) = try replacement(value, part)
                normaliser.steps.append(.replace(pattern, with: content))
            default: throw unsupported(type, part, "NFC, Prepend, Replace")
            }
        }
        try checkGrowth(normaliser.growth, "normalizer")
        return normaliser
    }

    private func checkGrowth(_ growth: Int, _ part: String) throws(TokenizerError) {
        // A file of a few bytes may not make every text a thousand times longer.
        guard growth <= Normaliser.mostGrowth else {
            throw fault(
                part,
                "may make a text more than \(Normaliser.mostGrowth) times longer. Shorten what it puts in")
        }
    }

    private func replacement(
        _ value: JSONValue, _ part: String
    ) throws(TokenizerError) -> (pattern: String, content: String) {
        if let pattern = value["pattern"], pattern["Regex"] != nil {
            throw fault("\(part).pattern.Regex", "expressions are not supported here. Supported: String")
        }
        let pattern = try text(value["pattern"]?["String"], "\(part).pattern.String")
        guard !pattern.isEmpty else { throw fault("\(part).pattern.String", "empty. Remove the step") }
        return (pattern, try text(value["content"], "\(part).content"))
    }

    /// The steps before characters are merged.
    func markingPreTokenizer(_ value: JSONValue?) throws(TokenizerError) -> [Tokenizer.Step] {
        var steps: [Tokenizer.Step] = []
        for (value, type, part) in try stages(value, "pre_tokenizer", members: "pretokenizers") {
            guard type == "Metaspace" else { throw unsupported(type, part, "Metaspace, ByteLevel") }
            steps.append(.marks(try blankMarks(value, part)))
        }
        return steps
    }

    private func blankMarks(_ value: JSONValue, _ part: String) throws(TokenizerError) -> BlankMarks {
        var marks = BlankMarks()
        let mark = try text(value["replacement"], "\(part).replacement")
        guard let scalar = mark.unicodeScalars.first, mark.unicodeScalars.count == 1 else {
            throw fault("\(part).replacement", "\(quoted(mark)) is not one character")
        }
        marks.mark = scalar
        if let scheme = value["prepend_scheme"], scheme != .null {
            let name = try text(scheme, "\(part).prepend_scheme")
            guard let beginning = BlankMarks.Beginning(rawValue: name) else {
                let names = BlankMarks.Beginning.allCases.map(\.rawValue).joined(separator: ", ")
                throw fault(
                    "\(part).prepend_scheme", "\(quoted(name)) is not supported. Supported: \(names)")
            }
            marks.beginning = beginning
        } else if try !flag(value["add_prefix_space"], "\(part).add_prefix_space", default: true) {
            // Files from before there were schemes.
            marks.beginning = .never
        }
        marks.splits = try flag(value["split"], "\(part).split", default: true)
        return marks
    }

    /// The steps from tokens to text where tokens are text.
    func decodingSteps(_ value: JSONValue?) throws(TokenizerError) -> TokenDecoding {
        var steps: [DecodingStep] = []
        var growth = 1
        for (value, type, part) in try stages(value, "decoder", members: "decoders") {
            switch type {
            case "Replace":
                let (pattern, content) = try replacement(value, part)
                growth = Normaliser.growth(growth, pattern, content)
                steps.append(.replace(pattern, with: content))
            case "ByteFallback": steps.append(.bytes)
            case "Fuse": steps.append(.fuse)
            case "Strip": steps.append(try strip(value, part))
            default: throw unsupported(type, part, "Replace, ByteFallback, Fuse, Strip, ByteLevel")
            }
        }
        guard !steps.isEmpty else {
            throw fault("decoder", "missing. Get a complete copy of the file")
        }
        try checkGrowth(growth, "decoder")
        return .steps(steps)
    }

    private func strip(_ value: JSONValue, _ part: String) throws(TokenizerError) -> DecodingStep {
        let content = try text(value["content"], "\(part).content")
        guard let scalar = content.unicodeScalars.first, content.unicodeScalars.count == 1 else {
            throw fault("\(part).content", "\(quoted(content)) is not one character")
        }
        func count(_ key: String) throws(TokenizerError) -> Int {
            guard let count = value[key]?.number?.int, count >= 0 else {
                throw fault("\(part).\(key)", "not a number of characters, 0 or more")
            }
            return count
        }
        return .strip(scalar, start: try count("start"), stop: try count("stop"))
    }

    /// The steps up to the bytes, with which the preparation must end.
    func preTokenizer(_ value: JSONValue?) throws(TokenizerError) -> [Tokenizer.Step] {
        var steps: [Tokenizer.Step] = []
        let stages = try stages(value, "pre_tokenizer", members: "pretokenizers")
        for (index, (value, type, part)) in stages.enumerated() {
            switch type {
            case "Split": steps.append(.split(try splitPattern(value, part)))
            case "Digits":
                guard try flag(value["individual_digits"], "\(part).individual_digits") else {
                    throw fault("\(part).individual_digits", "false is not supported. Set it to true")
                }
                steps.append(.digits)
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
            default: throw unsupported(type, part, "Split, Digits, ByteLevel")
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

    /// The decoder of a byte-level vocabulary.
    func byteDecoder(_ value: JSONValue?) throws(TokenizerError) -> TokenDecoding {
        let stages = try stages(value, "decoder", members: "decoders")
        for stage in stages where stage.type != "ByteLevel" {
            throw unsupported(stage.type, stage.part, "ByteLevel")
        }
        guard stages.count == 1 else {
            throw fault("decoder", "\(stages.isEmpty ? "missing" : "more than one"). It must be ByteLevel")
        }
        return .byteLevel
    }

    /// Ids around the text, and how ranges are trimmed.
    func postProcessor(_ value: JSONValue?, into tokenizer: inout Tokenizer) throws(TokenizerError) {
        for (value, type, part) in try stages(value, "post_processor", members: "processors") {
            switch type {
            case "ByteLevel" where tokenizer.decoding == .byteLevel:
                let trims = try flag(value["trim_offsets"], "\(part).trim_offsets", default: true)
                let keeps = try flag(value["add_prefix_space"], "\(part).add_prefix_space", default: true)
                tokenizer.trimming = (trims, keeps)
            case "TemplateProcessing":
                let (before, behind) = try template(value, part, tokenizer)
                tokenizer.template.before = before + tokenizer.template.before
                tokenizer.template.behind += behind
            default:
                let bytes = tokenizer.decoding == .byteLevel ? "ByteLevel, " : ""
                throw unsupported(type, part, bytes + "TemplateProcessing")
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
