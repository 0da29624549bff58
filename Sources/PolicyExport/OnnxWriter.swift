import Storage

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

    private var graph = ProtobufMessage()
    private var stored: [String: String] = [:]
    private var count = 0

    /// Adds a node and returns the name of its result.
    mutating func node(
        _ type: String, _ inputs: [String], _ attributes: [Attribute] = [], result: String? = nil
    ) -> String {
        count += 1
        let output = result ?? "\(type.lowercased())_\(count)"
        var node = ProtobufMessage()
        for input in inputs { node.text(1, input) }
        node.text(2, output)
        node.text(3, "node_\(count)")
        node.text(4, type)
        for attribute in attributes { node.delimited(5, Self.message(attribute)) }
        graph.delimited(1, node.bytes)
        return output
    }

    /// Stores numbers of single precision and returns the name of the tensor; equal tensors are stored once.
    mutating func tensor(_ values: [Double], _ shape: [Int]) -> String {
        let bytes = values.flatMap { littleEndian(Float($0).bitPattern) }
        return initializer(type: 1, bytes, shape)
    }

    /// Stores whole numbers.
    mutating func integers(_ values: [Int], _ shape: [Int]) -> String {
        let bytes = values.flatMap { littleEndian(Int64($0)) }
        return initializer(type: 7, bytes, shape)
    }

    private mutating func initializer(type: Int, _ bytes: [UInt8], _ shape: [Int]) -> String {
        let key = "\(type) \(shape) \(SHA256.hexadecimal(of: bytes))"
        if let known = stored[key] { return known }
        let name = "tensor_\(stored.count)"
        stored[key] = name
        var tensor = ProtobufMessage()
        for extent in shape { tensor.member(1, integer: extent) }
        tensor.member(2, integer: type)
        tensor.text(8, name)
        tensor.delimited(9, bytes)
        graph.delimited(5, tensor.bytes)
        return name
    }

    private static func message(_ attribute: Attribute) -> [UInt8] {
        var message = ProtobufMessage()
        switch attribute {
        case .float(let name, let value):
            message.text(1, name)
            message.member(2, float: value)
            message.member(20, integer: 1)
        case .integer(let name, let value):
            message.text(1, name)
            message.member(3, integer: value)
            message.member(20, integer: 2)
        case .integers(let name, let values):
            message.text(1, name)
            for value in values { message.member(8, integer: value) }
            message.member(20, integer: 7)
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
        graph.text(2, "policy")
        graph.text(10, origin)
        for input in inputs { graph.delimited(11, Self.value(input)) }
        graph.delimited(12, Self.value(output))
        var operators = ProtobufMessage()
        operators.text(1, "")
        operators.member(2, integer: 17)
        var model = ProtobufMessage()
        model.member(1, integer: 8)
        model.text(2, "saferl")
        model.delimited(7, graph.bytes)
        model.delimited(8, operators.bytes)
        return model.bytes
    }

    private static func value(_ value: (name: String, shape: [Int?])) -> [UInt8] {
        var shape = ProtobufMessage()
        for extent in value.shape {
            var dimension = ProtobufMessage()
            if let extent { dimension.member(1, integer: extent) } else { dimension.text(2, "rows") }
            shape.delimited(1, dimension.bytes)
        }
        var tensor = ProtobufMessage()
        tensor.member(1, integer: 1)
        tensor.delimited(2, shape.bytes)
        var type = ProtobufMessage()
        type.delimited(1, tensor.bytes)
        var message = ProtobufMessage()
        message.text(1, value.name)
        message.delimited(2, type.bytes)
        return message.bytes
    }
}
