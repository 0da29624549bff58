import Networks
import Storage

extension GGUFCheckpoint {
    /// Writes the model as a hub directory: `config.json`, `tokenizer.json`, and weights in single precision in shards.
    ///
    /// The directory is made where it is missing; each file takes the place of an older one as a whole, the configuration last.
    /// One tensor is in memory at a time.
    ///
    /// - Parameters:
    ///   - directory: where to.
    ///   - shardBytes: the most bytes of tensors in a file that has more than one, 2 GB by the hub's custom.
    /// - Throws: `StorageError`; `GGUFError` for a tokenizer that is not understood, before anything is written, and for numbers
    ///   that are not finite.
    public func saveHub(to directory: String, shardBytes: Int = 2_000_000_000) throws {
        let tokenizer = try Tokenizer(file)
        let files = SystemFiles()
        let shards = shards(of: shardBytes)
        try files.makeDirectories(directory)
        for (index, entries) in shards.enumerated() {
            try files.replaceFile("\(directory)/\(Self.name(ofShard: index, of: shards.count))") { sink in
                try sink.write(hubHeader(entries))
                for entry in entries {
                    try values(of: entry).withUnsafeBytes { try sink.write($0) }
                }
            }
        }
        if shards.count > 1 {
            try files.replaceFile(
                directory + "/model.safetensors.index.json", with: Array(Self.index(of: shards).pretty.utf8))
        }
        try tokenizer.write(to: directory + "/tokenizer.json")
        try files.replaceFile(directory + "/config.json", with: Array(description.configuration.pretty.utf8))
    }

    /// Consecutive parameters of at most so many bytes together, one at least in each.
    private func shards(of most: Int) -> [[Layout.Entry]] {
        var (shards, bytes): ([[Layout.Entry]], Int) = ([[]], 0)
        for entry in layout.entries {
            let own = 4 * entry.shape.count
            if bytes > 0 && bytes + own > most {
                shards.append([])
                bytes = 0
            }
            shards[shards.count - 1].append(entry)
            bytes += own
        }
        return shards
    }

    private static func name(ofShard index: Int, of count: Int) -> String {
        func digits(_ number: Int) -> String {
            String(repeating: "0", count: max(0, 5 - String(number).count)) + String(number)
        }
        return count == 1 ? "model.safetensors" : "model-\(digits(index + 1))-of-\(digits(count)).safetensors"
    }

    private static func index(of shards: [[Layout.Entry]]) -> JSONValue {
        let places = shards.enumerated().flatMap { index, entries in
            entries.map { ($0.name, JSONValue.text(name(ofShard: index, of: shards.count))) }
        }
        let size = shards.joined().reduce(0) { $0 + 4 * $1.shape.count }
        return .object([
            ("metadata", .object([("total_size", .integer(size))])), ("weight_map", .object(places)),
        ])
    }
}
