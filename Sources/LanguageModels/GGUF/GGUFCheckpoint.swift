import Networks
import Storage
import Tensors

/// A decoder in a GGUF file, its tensors under the names and in the order of hub checkpoints.
///
/// LLaMA files hold rows of queries and keys interleaved: within a head of width w, hub row j is file row 2j and hub row
/// j + w/2 is file row 2j + 1 (alignment.md 1.4). Qwen files do not.
public struct GGUFCheckpoint: Sendable {
    /// The file.
    public let file: GGUFFile
    /// What its keys say.
    public let description: DecoderDescription

    /// Reads the header and compares every tensor with what the keys say.
    ///
    /// - Throws: `StorageError`, `GGUFError`.
    public init(file path: String) throws {
        file = try GGUFFile(mapping: path)
        description = try DecoderDescription(file)
        // First, since a list of more layers than any file has would take for ever.
        let last = "blk.\(description.layers - 1).attn_norm.weight"
        guard description.layers <= file.tensors.count, file.tensor(last) != nil else {
            throw GGUFError.tensor(last, path: path, reason: "is missing")
        }
        var known: Set<String> = []
        for entry in layout.entries {
            _ = try tensor(of: entry)
            known.insert(Self.name(of: entry.name))
        }
        for tensor in file.tensors where !known.contains(tensor.name) {
            throw GGUFError.tensor(tensor.name, path: path, reason: "is not part of such a decoder")
        }
    }

    var layout: Layout {
        var layout = Layout()
        _ = Decoder(description, in: &layout)
        return layout
    }

    /// The decoder with its weights, constant.
    ///
    /// Matrices in 16 bits and in blocks stay in the mapped file, where products read them; of rows that the file has in another
    /// order a copy is made, block by block, and the file's pages of them are given back. Norms, biases and matrices of single
    /// precision are read into memory. The file must not be shortened as long as the network lives.
    ///
    /// - Throws: `GGUFError` for numbers that are not finite.
    public func network() throws -> Network<Decoder> {
        let rows = try HubRows(self)
        return try Network(
            { Decoder(description, in: &$0) }, keeping: rows, stored: { try stored($0, rows) },
            load: { entry, values in try fill(values, from: entry) })
    }

    /// Copies the weights into a learner whose network is, or holds, such a decoder; moments and target stay as they are.
    ///
    /// - Throws: `GGUFError` for numbers that are not finite.
    public func load<Body: Sendable>(into learner: Learner<Body>) throws {
        let shapes = Dictionary(uniqueKeysWithValues: learner.layout.entries.map { ($0.name, $0.shape) })
        for entry in layout.entries {
            precondition(shapes[entry.name] == entry.shape, "\(learner.name) holds no such \(entry.name)")
        }
        let own = Set(layout.entries.map(\.name))
        for entry in learner.layout.entries where own.contains(entry.name) {
            try fill(learner.elements(entry, .weights), from: entry)
        }
    }

    /// The numbers of a tensor under its hub name, row-major and in the hub's order of rows.
    ///
    /// - Throws: `GGUFError` where there is none, or where a number is not finite.
    public func values(of hubName: String) throws -> [Float] {
        guard let entry = layout.entries.first(where: { $0.name == hubName }) else {
            throw GGUFError.tensor(hubName, path: file.path, reason: "is not part of such a decoder")
        }
        return try values(of: entry)
    }

    func values(of entry: Layout.Entry) throws -> [Float] {
        try [Float](unsafeUninitializedCapacity: entry.shape.count) { values, count in
            try fill(UnsafeMutableBufferPointer(rebasing: values[..<entry.shape.count]), from: entry)
            count = entry.shape.count
        }
    }

    // MARK: - Tensors

    func tensor(of entry: Layout.Entry) throws -> GGUFFile.Tensor {
        let name = Self.name(of: entry.name)
        guard let tensor = file.tensor(name) else {
            throw GGUFError.tensor(name, path: file.path, reason: "is missing")
        }
        let shape = entry.shape
        let isVector = tensor.dimensions == [shape.columns] && shape.rows == 1
        guard isVector || tensor.dimensions == [shape.columns, shape.rows] else {
            throw GGUFError.tensor(
                name, path: file.path,
                reason: "has the dimensions \(tensor.dimensions), not \([shape.columns, shape.rows])")
        }
        return tensor
    }

    /// A matrix where it lies, or its rows in the hub's order; nil for what is read into memory.
    private func stored(_ entry: Layout.Entry, _ rows: HubRows) throws -> StoredMatrix? {
        let tensor = try tensor(of: entry)
        guard entry.shape.rows > 1, tensor.type != .single else { return nil }
        if let copy = rows[entry.name] { return StoredMatrix(copy, tensor.type.kind) }
        return try file.withBlocks(of: tensor) { blocks in
            guard tensor.type.kind.isFinite(blocks) else { throw notFinite(tensor) }
            return blocks.baseAddress.map { StoredMatrix($0, tensor.type.kind) }
        }
    }

    func notFinite(_ tensor: GGUFFile.Tensor) -> GGUFError {
        .tensor(tensor.name, path: file.path, reason: "holds NaN or an infinite number")
    }

    private func fill(_ values: UnsafeMutableBufferPointer<Float>, from entry: Layout.Entry) throws {
        let tensor = try tensor(of: entry)
        let heads = interleavedHeads(entry.name)
        file.withBlocks(of: tensor) { blocks in
            guard let heads else {
                tensor.type.widen(blocks, into: values)
                return
            }
            // A bias is a column of rows.
            let columns = entry.shape.rows == 1 ? 1 : entry.shape.columns
            if columns == 1 {
                var plain = [Float](repeating: 0, count: values.count)
                plain.withUnsafeMutableBufferPointer { tensor.type.widen(blocks, into: $0) }
                for row in plain.indices {
                    values[row] = plain[Self.fileRow(row, heads: heads, of: plain.count)]
                }
                return
            }
            let (rows, bytes) = (entry.shape.rows, columns / tensor.type.values * tensor.type.bytes)
            for row in 0..<rows {
                let from = Self.fileRow(row, heads: heads, of: rows) * bytes
                tensor.type.widen(
                    UnsafeRawBufferPointer(rebasing: blocks[from..<from + bytes]),
                    into: UnsafeMutableBufferPointer(rebasing: values[row * columns..<(row + 1) * columns]))
            }
        }
        guard values.allSatisfy(\.isFinite) else { throw notFinite(tensor) }
    }

    /// How many heads a tensor has whose rows the file interleaves; nil where it does not.
    func interleavedHeads(_ hubName: String) -> Int? { Self.interleavedHeads(hubName, description) }

    static func interleavedHeads(_ hubName: String, _ description: DecoderDescription) -> Int? {
        guard description.family == .llama else { return nil }
        if hubName.contains("self_attn.q_proj") { return description.heads }
        return hubName.contains("self_attn.k_proj") ? description.keyValueHeads : nil
    }

    /// The row of the file that a hub row is.
    static func fileRow(_ row: Int, heads: Int, of rows: Int) -> Int {
        let width = rows / heads
        let (head, j) = (row / width, row % width)
        return head * width + (j < width / 2 ? 2 * j : 2 * (j - width / 2) + 1)
    }

    /// The file's name of a tensor, from the hub's.
    static func name(of hubName: String) -> String {
        switch hubName {
        case "model.embed_tokens.weight": return "token_embd.weight"
        case "model.norm.weight": return "output_norm.weight"
        case "lm_head.weight": return "output.weight"
        default: break
        }
        let parts = hubName.split(separator: ".")
        guard parts.count >= 5, parts[0] == "model", parts[1] == "layers", let kind = parts.last else {
            return hubName
        }
        let inner = parts[3..<parts.count - 1].joined(separator: ".")
        let names = [
            "input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm",
            "self_attn.q_proj": "attn_q",
            "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v", "self_attn.o_proj": "attn_output",
            "self_attn.q_norm": "attn_q_norm", "self_attn.k_norm": "attn_k_norm", "mlp.gate_proj": "ffn_gate",
            "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down",
        ]
        return names[inner].map { "blk.\(parts[2]).\($0).\(kind)" } ?? hubName
    }
}
