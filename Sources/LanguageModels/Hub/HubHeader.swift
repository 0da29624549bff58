import Networks
import Storage

/// The length and the header of a safetensors file in single precision; the tensors follow in order, without gaps.
///
/// - Parameters:
///   - entries: what the file holds, in its order.
///   - prefix: put before every name.
/// - Returns: a multiple of 8 bytes.
func hubHeader(_ entries: [Layout.Entry], prefix: String = "") -> [UInt8] {
    SafetensorsText.header(
        metadata: [("format", "pt")],
        tensors: entries.map { entry in
            // Norms and biases are vectors; every weight of a projection is a matrix.
            let isVector = entry.name.hasSuffix("norm.weight") || entry.name.hasSuffix(".bias")
            let shape = isVector ? [entry.shape.columns] : [entry.shape.rows, entry.shape.columns]
            return (prefix + entry.name, "F32", shape, 4 * entry.shape.count)
        })
}
