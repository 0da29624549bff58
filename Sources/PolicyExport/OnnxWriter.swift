import Storage

/// A message of the wire format of protocol buffers, written field by field.
struct WireMessage {
    private(set) var bytes: [UInt8] = []

    mutating func put(_ field: Int, integer: Int) {
        append(varint: UInt64(field << 3))
        append(varint: UInt64(bitPattern: Int64(integer)))
    }

    mutating func put(_ field: Int, bytes content: [UInt8]) {
        append(varint: UInt64(field << 3 | 2))
        append(varint: UInt64(content.count))
        bytes += content
    }

    mutating func put(_ field: Int, text: String) { put(field, bytes: Array(text.utf8)) }

    mutating func put(_ field: Int, float: Float) {
        append(varint: UInt64(field << 3 | 5))
        withUnsafeBytes(of: float.bitPattern.littleEndian) { bytes += $0 }
    }

    private mutating func append(varint value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}

/// An ONNX model that is put together node by node.
///
/// - SeeAlso: the message definitions of ONNX, `onnx.proto3`, of which the field numbers are.
struct OnnxWriter {
    /// An attribute of a node.
    enum Attribute {
        case integer(String, Int)
        case integers(String, [Int])
        case float(String, Float)
    }

    private var graph = WireMessage()
    private var stored: [String: String] = [:]
    private var count = 0

    /// Adds a node and returns the name of its result.
    mutating func node(
        _ type: String, _ inputs: [String], _ attributes: [Attribute] = [], result: String? = nil
    ) -> String {
        count += 1
        let output = result ?? "\(type.lowercased())_\(count)"
        var node = WireMessage()
        for input in inputs { node.put(1, text: input) }
        node.put(2, text: output)
        node.put(3, text: "node_\(count)")
        node.put(4, text: type)
        for attribute in attributes { node.put(5, bytes: Self.message(attribute)) }
        graph.put(1, bytes: node.bytes)
        return output
    }

    /// Stores numbers of single precision and returns the name of the tensor; equal tensors are stored once.
    mutating func tensor(_ values: [Double], _ shape: [Int]) -> String {
        let bytes = values.flatMap { withUnsafeBytes(of: Float($0).bitPattern.littleEndian) { Array($0) } }
        return initializer(type: 1, bytes, shape)
    }

    /// Stores whole numbers.
    mutating func integers(_ values: [Int], _ shape: [Int]) -> String {
        let bytes = values.flatMap { withUnsafeBytes(of: Int64($0).littleEndian) { Array($0) } }
        return initializer(type: 7, bytes, shape)
    }

    private mutating func initializer(type: Int, _ bytes: [UInt8], _ shape: [Int]) -> String {
        let key = "\(type) \(shape) \(SHA256.hexadecimal(of: bytes))"
        if let known = stored[key] { return known }
        let name = "tensor_\(stored.count)"
        stored[key] = name
        var tensor = WireMessage()
        for extent in shape { tensor.put(1, integer: extent) }
        tensor.put(2, integer: type)
        tensor.put(8, text: name)
        tensor.put(9, bytes: bytes)
        graph.put(5, bytes: tensor.bytes)
        return name
    }

    private static func message(_ attribute: Attribute) -> [UInt8] {
        var message = WireMessage()
        switch attribute {
        case .float(let name, let value):
            message.put(1, text: name)
            message.put(2, float: value)
            message.put(20, integer: 1)
        case .integer(let name, let value):
            message.put(1, text: name)
            message.put(3, integer: value)
            message.put(20, integer: 2)
        case .integers(let name, let values):
            message.put(1, text: name)
            for value in values { message.put(8, integer: value) }
            message.put(20, integer: 7)
        }
        return message.bytes
    }

    /// The whole model.
    ///
    /// - Parameters:
    ///   - inputs: names and shapes of what it reads; nil for an extent that is free.
    ///   - output: of what it gives.
    ///   - origin: what it comes from.
    /// - Returns: the bytes of the file.
    func model(inputs: [(String, [Int?])], output: (String, [Int?]), origin: String) -> [UInt8] {
        var graph = graph
        graph.put(2, text: "policy")
        graph.put(10, text: origin)
        for input in inputs { graph.put(11, bytes: Self.value(input)) }
        graph.put(12, bytes: Self.value(output))
        var operators = WireMessage()
        operators.put(1, text: "")
        operators.put(2, integer: 17)
        var model = WireMessage()
        model.put(1, integer: 8)
        model.put(2, text: "saferl")
        model.put(7, bytes: graph.bytes)
        model.put(8, bytes: operators.bytes)
        return model.bytes
    }

    private static func value(_ value: (name: String, shape: [Int?])) -> [UInt8] {
        var shape = WireMessage()
        for extent in value.shape {
            var dimension = WireMessage()
            if let extent { dimension.put(1, integer: extent) } else { dimension.put(2, text: "rows") }
            shape.put(1, bytes: dimension.bytes)
        }
        var tensor = WireMessage()
        tensor.put(1, integer: 1)
        tensor.put(2, bytes: shape.bytes)
        var type = WireMessage()
        type.put(1, bytes: tensor.bytes)
        var message = WireMessage()
        message.put(1, text: value.name)
        message.put(2, bytes: type.bytes)
        return message.bytes
    }
}
