import Networks
import Storage
import Tensors

/// A decoder in a directory of hub format: `config.json` and `model.safetensors`, or shards with an index.
///
/// The files are mapped; opening reads their headers only and compares every name and shape with the configuration.
public struct HubCheckpoint: Sendable {
    /// The directory.
    public let path: String
    /// What `config.json` says.
    public let description: DecoderDescription
    private let files: [String: SafetensorsFile]

    /// Opens a directory.
    ///
    /// - Throws: `StorageError`, `SafetensorsError` or `HubError`; nothing is allocated beyond the size of the headers.
    public init(directory path: String) throws {
        try self.init(
            DecoderDescription(configuration: path + "/config.json"), path: path,
            files: try Self.files(in: path))
    }

    /// Opens one file of weights for a known description.
    ///
    /// - Throws: `StorageError`, `SafetensorsError` or `HubError`.
    public init(_ description: DecoderDescription, weights path: String) throws {
        let file = try SafetensorsFile(mapping: path)
        try self.init(
            description, path: path, files: Dictionary(uniqueKeysWithValues: file.names.map { ($0, file) }))
    }

    private init(_ description: DecoderDescription, path: String, files: [String: SafetensorsFile]) throws {
        (self.description, self.path, self.files) = (description, path, files)
        // First, since a list of more layers than any file has would take for ever.
        let last = "model.layers.\(description.layers - 1).input_layernorm.weight"
        guard description.layers <= files.count, files[last] != nil else {
            throw HubError.tensor(last, path: path, reason: "is missing")
        }
        var layout = Layout()
        _ = Decoder(description, in: &layout)
        for entry in layout.entries { try check(entry) }
        let known = Set(layout.entries.map(\.name))
        for (name, file) in files.sorted(by: { $0.key < $1.key }) where !known.contains(name) {
            // Old checkpoints store the angles; a tied output layer may be stored twice; heads are read elsewhere.
            let isHarmless =
                name.hasSuffix("rotary_emb.inv_freq")
                || name == "lm_head.weight" && description.tiesEmbeddings
                || name.hasPrefix("score_head.")
            if !isHarmless {
                throw HubError.tensor(name, path: file.path, reason: "is not part of such a decoder")
            }
        }
    }

    /// The decoder with its weights, constant.
    ///
    /// Matrices of 16 bits stay in the mapped file, where products read them and widen what they need, exactly: opening
    /// reads norms and biases only, and the rest becomes resident as it is used. Matrices of another type are widened into
    /// memory. The file must not be shortened as long as the network lives.
    ///
    /// - Throws: `SafetensorsError`.
    public func network() throws -> Network<Decoder> {
        try Network(
            { Decoder(description, in: &$0) }, keeping: files,
            stored: { try stored($0) }, load: { try fill($1, from: $0) })
    }

    /// A 16-bit matrix where it lies; nil for what must be widened.
    private func stored(_ entry: Layout.Entry) throws -> StoredMatrix? {
        guard entry.shape.rows > 1, let file = files[entry.name],
            let kind = StoredFloats(rawValue: try file.type(of: entry.name))?.kind,
            let bytes = try file.mappedBytes(of: entry.name), let place = bytes.baseAddress
        else { return nil }
        guard kind.isFinite(bytes) else { throw HubError.notFinite(entry.name, path: file.path) }
        return StoredMatrix(place, kind)
    }

    /// Bytes of all tensors in the files.
    package func tensorBytes() throws -> Int {
        try files.reduce(0) { sum, file in try sum + file.value.withBytes(of: file.key) { $0.count } }
    }

    /// Copies the weights into a learner whose network is, or holds, such a decoder; moments and target stay as they are.
    ///
    /// Parameters beside the decoder's, such as those of a `ScoreHead`, are read where the files have them and stay as they
    /// are elsewhere.
    ///
    /// - Throws: `SafetensorsError`, or `HubError.tensor` for one of another shape.
    public func load<Body: Sendable>(into learner: Learner<Body>) throws {
        var layout = Layout()
        _ = Decoder(description, in: &layout)
        let shapes = Dictionary(uniqueKeysWithValues: learner.layout.entries.map { ($0.name, $0.shape) })
        for entry in layout.entries {
            precondition(shapes[entry.name] == entry.shape, "\(learner.name) holds no such \(entry.name)")
        }
        for entry in learner.layout.entries where files[entry.name] != nil {
            try check(entry)
            try fill(learner.elements(entry, .weights), from: entry)
        }
    }

    // MARK: - Tensors

    private static func files(in directory: String) throws -> [String: SafetensorsFile] {
        let index = directory + "/model.safetensors.index.json"
        guard fileKind(index, following: true) != nil else {
            let file = try SafetensorsFile(mapping: directory + "/model.safetensors")
            return Dictionary(uniqueKeysWithValues: file.names.map { ($0, file) })
        }
        func refusal(_ reason: String) -> HubError { .index(path: index, reason: reason) }
        let value: JSONValue
        let bytes = try fileContents(index, limit: 1 << 24)
        do throws(JSONError) {
            value = try JSONValue(parsing: bytes, limits: JSONLimits(bytes: 1 << 24))
        } catch {
            throw refusal("\(error)")
        }
        guard let map = value["weight_map"]?.members else { throw refusal("no weight_map") }
        var (shards, files): ([String: SafetensorsFile], [String: SafetensorsFile]) = ([:], [:])
        for member in map {
            guard let name = member.value.string else {
                throw refusal("tensor \(quoted(member.key)) is mapped to \(member.value.kind)")
            }
            guard !name.contains("/") && name != ".." && !name.isEmpty else {
                throw refusal("shard \(quoted(name)) is not beside the index")
            }
            let shard = try shards[name] ?? SafetensorsFile(mapping: directory + "/" + name)
            shards[name] = shard
            guard (try? shard.shape(of: member.key)) != nil else {
                throw HubError.tensor(
                    member.key, path: shard.path, reason: "is in the index but not in the shard")
            }
            files[member.key] = shard
        }
        return files
    }

    private func check(_ entry: Layout.Entry) throws {
        guard let file = files[entry.name] else {
            throw HubError.tensor(entry.name, path: path, reason: "is missing")
        }
        let (stored, wanted) = (try file.shape(of: entry.name), entry.shape)
        let isVector = stored.count == 1 && wanted.rows == 1 && stored[0] == wanted.columns
        guard isVector || stored == [wanted.rows, wanted.columns] && !entry.name.hasSuffix("norm.weight")
        else {
            let shape = wanted.rows == 1 ? [wanted.columns] : [wanted.rows, wanted.columns]
            throw HubError.tensor(entry.name, path: file.path, reason: "has shape \(stored), not \(shape)")
        }
        let type = try file.type(of: entry.name)
        guard StoredFloats(rawValue: type) != nil else {
            throw HubError.tensor(
                entry.name, path: file.path, reason: "holds \(type), not floating-point numbers")
        }
    }

    func values(of entry: Layout.Entry) throws -> [Float] {
        try [Float](unsafeUninitializedCapacity: entry.shape.count) { values, count in
            try fill(UnsafeMutableBufferPointer(rebasing: values[..<entry.shape.count]), from: entry)
            count = entry.shape.count
        }
    }

    private func fill(_ values: UnsafeMutableBufferPointer<Float>, from entry: Layout.Entry) throws {
        guard let file = files[entry.name], let type = StoredFloats(rawValue: try file.type(of: entry.name))
        else { return }
        try file.withBytes(of: entry.name) { type.widen($0, into: values) }
        guard values.allSatisfy(\.isFinite) else {
            throw HubError.notFinite(entry.name, path: file.path)
        }
    }
}
