import Networks
import Storage

extension ModelFile {
    /// Writes the model as a GGUF file of version 3, its matrices rounded to a type.
    ///
    /// Norms and biases stay in single precision. Where the type is Q4_1, the embedding and the output layer are Q8_0, as other
    /// programs have it; a matrix whose rows are no whole blocks is F16. One tensor is in memory at a time.
    ///
    /// - Parameters:
    ///   - path: where to; a reader finds the old file or the new, never a part.
    ///   - type: one of `BlockType.rounded`.
    /// - Throws: `StorageError`; `HubError` or `GGUFError` for weights that cannot be read; `ModelFileError` for a model that such a
    ///   file cannot hold, before anything is written.
    public func saveGGUF(to path: String, type: BlockType) throws {
        precondition(BlockType.rounded.contains(type), "numbers are not rounded to \(type.name)")
        var layout = Layout()
        _ = Decoder(description, in: &layout)
        let keys = try ggufKeys()
        let tensors = layout.entries.map { GGUFTensorPlan($0, type, description) }
        try SystemFiles().replaceFile(path) { sink in
            var bytes = GGUFBytes()
            bytes.appendHeader(tensors, keys)
            try sink.write(bytes.bytes)
            for tensor in tensors {
                let blocks = try tensor.blocks(of: values(of: tensor.entry))
                guard blocks.withUnsafeBytes({ tensor.type.kind.isFinite($0) }) else {
                    throw ModelFileError.cannotHold(
                        self.path, "\(tensor.name) has numbers beyond the range of \(tensor.type.name)")
                }
                try sink.write(blocks + [UInt8](repeating: 0, count: GGUFBytes.gap(behind: blocks.count)))
            }
        }
    }

    private func values(of entry: Layout.Entry) throws -> [Float] {
        switch self {
        case .directory(let checkpoint): try checkpoint.values(of: entry)
        case .file(let checkpoint): try checkpoint.values(of: entry)
        }
    }

    private func ggufKeys() throws -> [(String, GGUFBytes.Value)] {
        let own = description
        func refusal(_ reason: String) -> ModelFileError { .cannotHold(path, reason) }
        if own.rotaryScaling != nil { throw refusal("its rotary angles are scaled") }
        if own.family == .llama && (own.hasAttentionBias || own.hasOutputBias) {
            throw refusal("its attention has biases, which llama files have not")
        }
        if own.hasFeedForwardBias { throw refusal("its feed-forward layers have biases") }
        let name = own.family.rawValue
        func key(_ rest: String) -> String { "\(name).\(rest)" }
        var keys: [(String, GGUFBytes.Value)] = [
            ("general.architecture", .text(name)), ("general.quantization_version", .natural(2)),
            (key("block_count"), .natural(own.layers)), (key("context_length"), .natural(own.contextLength)),
            (key("embedding_length"), .natural(own.hidden)),
            (key("feed_forward_length"), .natural(own.intermediate)),
            (key("attention.head_count"), .natural(own.heads)),
            (key("attention.head_count_kv"), .natural(own.keyValueHeads)),
            (key("attention.key_length"), .natural(own.headWidth)),
            (key("attention.value_length"), .natural(own.headWidth)),
            (key("attention.layer_norm_rms_epsilon"), .single(own.epsilon)),
            (key("rope.dimension_count"), .natural(own.headWidth)),
            (key("rope.freq_base"), .single(Float(own.rotaryBase))),
            (key("vocab_size"), .natural(own.vocabulary)),
        ]
        keys += try tokenizer().ggufKeys(rows: own.vocabulary, place: path)
        for (name, token) in [
            ("bos", own.beginToken), ("eos", own.endTokens.first), ("padding", own.padToken),
        ] {
            if let token { keys.append(("tokenizer.ggml.\(name)_token_id", .natural(Int(token)))) }
        }
        if let template = try chatTemplateText() { keys.append(("tokenizer.chat_template", .text(template))) }
        return keys
    }
}

/// A tensor as it is written.
private struct GGUFTensorPlan {
    let entry: Layout.Entry
    let name: String
    let type: BlockType
    /// How many heads interleave their rows in the file; nil where rows keep their order.
    private let interleavedHeads: Int?

    init(_ entry: Layout.Entry, _ type: BlockType, _ description: DecoderDescription) {
        (self.entry, name) = (entry, GGUFCheckpoint.name(of: entry.name))
        let isOuter = name == "token_embd.weight" || name == "output.weight"
        let wanted = type == .q4Shifted && isOuter ? .q8Scaled : type
        self.type =
            entry.shape.rows == 1 ? .single : entry.shape.columns % wanted.values == 0 ? wanted : .half
        interleavedHeads = GGUFCheckpoint.interleavedHeads(entry.name, description)
    }

    var bytes: Int { entry.shape.count / type.values * type.bytes }

    var dimensions: [Int] {
        entry.shape.rows == 1 ? [entry.shape.columns] : [entry.shape.columns, entry.shape.rows]
    }

    /// The tensor's bytes, rows in the order of the file.
    func blocks(of values: [Float]) -> [UInt8] {
        var ordered = values
        if let heads = interleavedHeads, entry.shape.rows > 1 {
            let (rows, columns) = (entry.shape.rows, entry.shape.columns)
            for row in 0..<rows {
                let to = GGUFCheckpoint.fileRow(row, heads: heads, of: rows)
                ordered.replaceSubrange(
                    to * columns..<(to + 1) * columns, with: values[row * columns..<(row + 1) * columns])
            }
        }
        guard type != .single else { return ordered.withUnsafeBytes { Array($0) } }
        return ordered.withUnsafeBufferPointer { type.blocks(of: $0) }
    }
}

/// The bytes of a header, little-endian.
struct GGUFBytes {
    /// A value of a key.
    enum Value {
        case natural(Int)
        case single(Float)
        case flag(Bool)
        case text(String)
        case texts([String])
        case integers([Int32])
    }

    private static let alignment = 32
    private(set) var bytes: [UInt8] = []

    /// Bytes up to the next place where a tensor may begin.
    static func gap(behind count: Int) -> Int { (alignment - count % alignment) % alignment }

    fileprivate mutating func appendHeader(_ tensors: [GGUFTensorPlan], _ keys: [(String, Value)]) {
        bytes += Array("GGUF".utf8)
        append(UInt32(3))
        append(UInt64(tensors.count))
        append(UInt64(keys.count))
        for (name, value) in keys {
            append(name)
            append(value)
        }
        var offset = 0
        for tensor in tensors {
            append(tensor.name)
            append(UInt32(tensor.dimensions.count))
            for size in tensor.dimensions { append(UInt64(size)) }
            append(tensor.type.rawValue)
            append(UInt64(offset))
            offset += tensor.bytes + Self.gap(behind: tensor.bytes)
        }
        bytes += [UInt8](repeating: 0, count: Self.gap(behind: bytes.count))
    }

    private mutating func append(_ number: some FixedWidthInteger) {
        withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
    }

    private mutating func append(_ text: String) {
        append(UInt64(text.utf8.count))
        bytes.append(contentsOf: text.utf8)
    }

    private mutating func append(_ value: Value) {
        switch value {
        case .natural(let number):
            append(GGUFType.u32.rawValue)
            append(UInt32(clamping: number))
        case .single(let number):
            append(GGUFType.f32.rawValue)
            append(number.bitPattern)
        case .flag(let flag):
            append(GGUFType.flag.rawValue)
            bytes.append(flag ? 1 : 0)
        case .text(let text):
            append(GGUFType.text.rawValue)
            append(text)
        case .texts(let texts):
            append(GGUFType.list.rawValue)
            append(GGUFType.text.rawValue)
            append(UInt64(texts.count))
            for text in texts { append(text) }
        case .integers(let numbers):
            append(GGUFType.list.rawValue)
            append(GGUFType.i32.rawValue)
            append(UInt64(numbers.count))
            for number in numbers { append(number) }
        }
    }
}
