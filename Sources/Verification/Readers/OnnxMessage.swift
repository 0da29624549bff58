/// What is read of an ONNX file: the parts of a graph that the verifier knows.
struct OnnxModel {
    var graph = OnnxGraph()
    /// Version of the standard operators; 0 where none is named.
    var operators: UInt64 = 0
}

/// Nodes, stored numbers, inputs and outputs.
struct OnnxGraph {
    var nodes: [OnnxNode] = []
    var tensors: [String: OnnxTensor] = [:]
    var inputs: [(name: String, shape: [Int])] = []
    var outputs: [String] = []
}

/// One operation.
struct OnnxNode {
    var name = ""
    var type = ""
    var inputs: [String] = []
    var outputs: [String] = []
    var attributes: [String: OnnxAttribute] = [:]

    /// What a message calls it.
    var title: String {
        name.isEmpty ? "the \(type) that gives \(outputs.first ?? "nothing")" : "\(type) \(name)"
    }
}

/// A setting of an operation.
struct OnnxAttribute {
    var integer: Int64?
    var float: Float?
    var integers: [Int64] = []
    var tensor: OnnxTensor?
}

/// Stored numbers.
struct OnnxTensor {
    var name = ""
    var shape: [Int] = []
    var floats: [Float] = []
    /// Of a shape that a Reshape is given.
    var integers: [Int64] = []

    /// The product of its extents.
    var count: Int { shape.reduce(1, *) }
}
