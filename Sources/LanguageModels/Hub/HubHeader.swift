import Networks
import Storage

/// The length and the header of a safetensors file in single precision; the tensors follow in order, without gaps.
///
/// - Parameters:
///   - entries: what the file holds, in its order.
///   - prefix: put before every name.
/// - Returns: a multiple of 8 bytes.
func hubHeader(_ entries: [Layout.Entry], prefix: String = "") -> [UInt8] {
    var members: [(String, JSONValue)] = [("__metadata__", .object([("format", .text("pt"))]))]
    var end = 0
    for entry in entries {
        let begin = end
        end += 4 * entry.shape.count
        // Norms and biases are vectors; every weight of a projection is a matrix.
        let isVector = entry.name.hasSuffix("norm.weight") || entry.name.hasSuffix(".bias")
        let shape = isVector ? [entry.shape.columns] : [entry.shape.rows, entry.shape.columns]
        members.append(
            (
                prefix + entry.name,
                .object([
                    ("dtype", .text("F32")), ("shape", .list(shape.map { .integer($0) })),
                    ("data_offsets", .list([.integer(begin), .integer(end)])),
                ])
            ))
    }
    var text = Array(JSONValue.object(members).compact.utf8)
    while text.count % 8 != 0 { text.append(0x20) }
    return withUnsafeBytes(of: UInt64(text.count).littleEndian, Array.init) + text
}
