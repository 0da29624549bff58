import Foundation
import SafeRL
import Storage

/// Tensors as the bytes of a safetensors file.
struct TensorBytes {
    private var members: [(String, JSONValue)]
    private(set) var data: [UInt8] = []

    /// Begins a file with a text in its header.
    init(_ key: String, _ text: String) {
        members = [("__metadata__", .object([(key, .text(text))]))]
    }

    /// Adds a tensor of `Float` (`F32`) or `Int32` (`I32`).
    mutating func add<Element: BitwiseCopyable>(
        _ name: String, _ type: String, _ shape: [Int], _ values: [Element]
    ) {
        precondition(shape.reduce(1, *) == values.count, "\(name): \(values.count) values for \(shape)")
        let first = data.count
        data += Self.bytes(values)
        let offsets = JSONValue.list([.integer(first), .integer(data.count)])
        members.append(
            (
                name,
                .object([
                    ("dtype", .text(type)), ("shape", .list(shape.map { .integer($0) })),
                    ("data_offsets", offsets),
                ])
            ))
    }

    /// The whole file.
    var file: [UInt8] {
        var header = Array(JSONValue.object(members).compact.utf8)
        header += [UInt8](repeating: UInt8(ascii: " "), count: (8 - header.count % 8) % 8)
        return Self.bytes([UInt64(header.count)]) + header + data
    }

    /// Numbers as they lie in memory, the lowest byte first.
    static func bytes<Element: BitwiseCopyable>(_ values: [Element]) -> [UInt8] {
        values.withUnsafeBytes { Array($0) }
    }

    /// The digest of a text and bytes behind it.
    static func digest(_ text: String, _ data: [UInt8]) -> String {
        var hash = SHA256()
        hash.update(Array(text.utf8))
        hash.update(data)
        return hash.hexadecimal()
    }
}
