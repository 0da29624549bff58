/// The header of a safetensors file, as it is written.
package enum SafetensorsText {
    /// Length and header of a file whose tensors follow in order, without gaps.
    ///
    /// - Parameters:
    ///   - metadata: texts by key, in their order.
    ///   - tensors: name, type as the format has it, shape and bytes of each.
    /// - Returns: a multiple of 8 bytes.
    package static func header(
        metadata: [(key: String, text: String)],
        tensors: [(name: String, type: String, shape: [Int], bytes: Int)]
    ) -> [UInt8] {
        var members = [("__metadata__", JSONValue.object(metadata.map { ($0.key, .text($0.text)) }))]
        var end = 0
        for tensor in tensors {
            let begin = end
            end += tensor.bytes
            members.append(
                (
                    tensor.name,
                    .object([
                        ("dtype", .text(tensor.type)), ("shape", .list(tensor.shape.map { .integer($0) })),
                        ("data_offsets", .list([.integer(begin), .integer(end)])),
                    ])
                ))
        }
        var text = Array(JSONValue.object(members).compact.utf8)
        // Blanks up to a multiple of eight keep the numbers aligned for readers that map the file.
        text += [UInt8](repeating: UInt8(ascii: " "), count: (8 - text.count % 8) % 8)
        return littleEndian(UInt64(text.count)) + text
    }
}

/// Tensors as the bytes of a safetensors file.
package struct TensorBytes {
    private let metadata: [(key: String, text: String)]
    private var tensors: [(name: String, type: String, shape: [Int], bytes: Int)] = []
    /// The numbers of all tensors.
    package private(set) var data: [UInt8] = []

    /// Begins a file with a text in its header.
    package init(_ key: String, _ text: String) { metadata = [(key, text)] }

    /// Adds a tensor of `Float` (`F32`) or `Int32` (`I32`).
    package mutating func add<Element: BitwiseCopyable>(
        _ name: String, _ type: String, _ shape: [Int], _ values: [Element]
    ) {
        precondition(shape.reduce(1, *) == values.count, "\(name): \(values.count) values for \(shape)")
        let bytes = Self.bytes(values)
        tensors.append((name, type, shape, bytes.count))
        data += bytes
    }

    /// The whole file.
    package var file: [UInt8] { SafetensorsText.header(metadata: metadata, tensors: tensors) + data }

    /// Numbers as they lie in memory, the lowest byte first.
    package static func bytes<Element: BitwiseCopyable>(_ values: [Element]) -> [UInt8] {
        values.withUnsafeBytes { Array($0) }
    }

    /// The digest of a text and bytes behind it.
    package static func digest(_ text: String, _ data: [UInt8]) -> String {
        var hash = SHA256()
        hash.update(Array(text.utf8))
        hash.update(data)
        return hash.hexadecimal()
    }
}
