import Storage

extension VerifiableNetwork {
    /// Reads a feed-forward network from an ONNX file: float32, operator set 8 or later, the operators of `OnnxTranslation`.
    ///
    /// - Parameter path: of a file of at most 16 MiB.
    /// - Throws: `StorageError`; `VerificationError` that names the byte, the node or the tensor.
    public init(onnx path: String) throws {
        try self.init(onnxBytes: try fileContents(path, limit: OnnxReader.largestFile), path: path)
    }

    /// Reads a network from the bytes of an ONNX file.
    package init(onnxBytes bytes: [UInt8], path: String) throws(VerificationError) {
        let fault = FaultPlace(path)
        let model = try OnnxReader.model(bytes, fault)
        guard model.operators >= 8 else {
            throw fault("operator set \(model.operators); 8 or later is read. Export the model anew.")
        }
        let translation = try OnnxTranslation(model.graph, fault)
        self.init(try translation.nodes(), digest: SHA256.hexadecimal(of: bytes))
    }
}

/// Turns the graph of an ONNX model into steps: Sub, Add, Gemm, MatMul, Flatten, Reshape, Identity, Concat, Relu, Tanh,
/// Sigmoid, Softplus, LayerNormalization, Mul and Div by a constant, Dropout that is off.
///
/// A batch of one is assumed: what has the extents 1 × … × n counts as n numbers.
struct OnnxTranslation {
    private let graph: OnnxGraph
    private let fault: FaultPlace
    private var builder: NetworkBuilder
    private var places: [String: Int] = [:]
    private var constants: [String: OnnxTensor]
    private var result = 0

    /// Translates a graph.
    ///
    /// - Throws: `VerificationError` that names the node.
    init(_ graph: OnnxGraph, _ fault: FaultPlace) throws(VerificationError) {
        (self.graph, self.fault, constants) = (graph, fault, graph.tensors)
        let inputs = graph.inputs.filter { graph.tensors[$0.name] == nil }
        guard inputs.count == 1, let input = inputs.first else {
            throw fault("\(inputs.count) inputs; a network of one input is read.")
        }
        guard graph.outputs.count == 1, let output = graph.outputs.first else {
            throw fault("\(graph.outputs.count) outputs; a network of one output is read.")
        }
        let width = input.shape.reduce(1) {
            $0.multipliedReportingOverflow(by: $1).overflow ? 1 << 20 : $0 * $1
        }
        guard width <= 1 << 12 else { throw fault("\(input.name) has more than 4096 numbers.") }
        builder = NetworkBuilder(inputs: width)
        places[input.name] = 0
        for node in try Self.sorted(graph, fault) { try translate(node) }
        guard let place = places[output] else { throw fault("the output \(output) is computed by no node.") }
        result = place
    }

    /// The steps up to the output.
    func nodes() throws(VerificationError) -> [NetworkNode] {
        guard result > 0 else { throw fault("the output is the input: there is nothing to verify.") }
        return Array(builder.nodes[...result])
    }

    /// Nodes in an order in which each reads what is there.
    private static func sorted(_ graph: OnnxGraph, _ fault: FaultPlace) throws(VerificationError)
        -> [OnnxNode]
    {
        var known = Set(graph.tensors.keys).union(graph.inputs.map(\.name))
        known.insert("")
        var makers: [String: String] = [:]
        for node in graph.nodes {
            for output in node.outputs where !output.isEmpty {
                guard makers.updateValue(node.title, forKey: output) == nil, !known.contains(output) else {
                    throw fault("\(output) is computed twice.")
                }
            }
        }
        var (waiting, ordered) = (graph.nodes, [OnnxNode]())
        while !waiting.isEmpty {
            var later: [OnnxNode] = []
            for node in waiting {
                if node.inputs.allSatisfy(known.contains) {
                    ordered.append(node)
                    known.formUnion(node.outputs)
                } else {
                    later.append(node)
                }
            }
            if later.count == waiting.count {
                let node = later[0]
                for input in node.inputs where !known.contains(input) && makers[input] == nil {
                    throw fault("\(node.title) reads \(input), which nothing stores or computes.")
                }
                throw fault("\(node.title) is part of a cycle; a feed-forward network is read.")
            }
            waiting = later
        }
        return ordered
    }

    private mutating func translate(_ node: OnnxNode) throws(VerificationError) {
        guard let output = node.outputs.first else { throw fault("\(node.title) has no output.") }
        switch node.type {
        case "Constant":
            guard let tensor = node.attributes["value"]?.tensor else {
                throw fault("\(node.title) stores no tensor.")
            }
            constants[output] = tensor
        case "Flatten", "Reshape", "Identity", "Squeeze", "Unsqueeze":
            places[output] = try place(node, 0)
        case "Dropout":
            guard node.inputs.count < 3 || node.inputs[2].isEmpty else {
                throw fault("\(node.title) may be on; only a Dropout that is off is read.")
            }
            places[output] = try place(node, 0)
        case "Relu": places[output] = builder.activation(.relu, try place(node, 0))
        case "Tanh": places[output] = builder.activation(.tanh, try place(node, 0))
        case "Sigmoid": places[output] = builder.activation(.sigmoid, try place(node, 0))
        case "Softplus": places[output] = builder.activation(.softplus, try place(node, 0))
        case "MatMul", "Gemm": places[output] = try product(node)
        case "Add", "Sub": places[output] = try sum(node)
        case "Mul", "Div": places[output] = try scaled(node)
        case "Concat": places[output] = try concatenation(node)
        case "LayerNormalization": places[output] = try layerNorm(node)
        default:
            throw fault(
                "\(node.title) is an operator that is not verified. Verified are Add, Concat, Div, Flatten, Gemm, "
                    + "LayerNormalization, MatMul, Mul, Relu, Reshape, Sigmoid, Softplus, Sub and Tanh.")
        }
    }

    private func input(_ node: OnnxNode, _ index: Int) throws(VerificationError) -> String {
        guard index < node.inputs.count, !node.inputs[index].isEmpty else {
            throw fault("\(node.title) has no input \(index).")
        }
        return node.inputs[index]
    }

    /// The step that an input is, which must not be stored.
    private func place(_ node: OnnxNode, _ index: Int) throws(VerificationError) -> Int {
        let name = try input(node, index)
        guard let place = places[name] else {
            throw fault("\(node.title) reads the stored \(name) where a computed value is expected.")
        }
        return place
    }

    /// Stored numbers of an input, repeated where there is one, as many as asked for.
    private func numbers(_ node: OnnxNode, _ index: Int, _ count: Int) throws(VerificationError) -> [Double] {
        let name = try input(node, index)
        guard let tensor = constants[name] else {
            throw fault("\(node.title) reads \(name), which is computed where a stored value is expected.")
        }
        if tensor.floats.count == 1 { return Array(repeating: Double(tensor.floats[0]), count: count) }
        guard tensor.floats.count == count, tensor.shape.last == count else {
            throw fault(
                "\(node.title): \(name) has shape \(tensor.shape), which does not meet \(count) numbers.")
        }
        return tensor.floats.map(Double.init)
    }

    private mutating func product(_ node: OnnxNode) throws(VerificationError) -> Int {
        let (name, matrixName) = (try input(node, 0), try input(node, 1))
        guard let matrix = constants[matrixName], let place = places[name] else {
            let isLeft = constants[name] != nil && places[matrixName] != nil
            throw fault(
                isLeft
                    ? "\(node.title): the stored matrix must be the second factor."
                    : "\(node.title): a product of two computed values is not verified.")
        }
        guard matrix.shape.count == 2, matrix.floats.count == matrix.count else {
            throw fault("\(node.title): \(matrixName) has shape \(matrix.shape); a matrix is expected.")
        }
        let isTransposed = node.type == "Gemm" && (node.attributes["transB"]?.integer ?? 0) != 0
        guard (node.attributes["transA"]?.integer ?? 0) == 0 else {
            throw fault("\(node.title): transA is not read.")
        }
        let alpha = Double(node.attributes["alpha"]?.float ?? 1)
        let beta = Double(node.attributes["beta"]?.float ?? 1)
        guard alpha == 1 && beta == 1 else {
            throw fault("\(node.title): alpha and beta other than 1 are not read.")
        }
        let rows = isTransposed ? matrix.shape[0] : matrix.shape[1]
        let columns = isTransposed ? matrix.shape[1] : matrix.shape[0]
        guard columns == builder.width(place), rows > 0, rows <= 1 << 12 else {
            throw fault(
                "\(node.title): \(matrixName) of shape \(matrix.shape) does not meet \(builder.width(place)) numbers."
            )
        }
        let weight = (0..<rows * columns).map { k in
            Double(matrix.floats[isTransposed ? k : k % columns * rows + k / columns])
        }
        var bias = [Double](repeating: 0, count: rows)
        if node.type == "Gemm", node.inputs.count > 2, !node.inputs[2].isEmpty {
            bias = try numbers(node, 2, rows)
        }
        return builder.affine(AffineMap(rows, columns, weight: weight, bias: bias), place)
    }

    private mutating func sum(_ node: OnnxNode) throws(VerificationError) -> Int {
        let (first, second) = (try input(node, 0), try input(node, 1))
        let sign = node.type == "Sub" ? -1.0 : 1
        switch (places[first], places[second]) {
        case (let a?, let b?):
            guard builder.width(a) == builder.width(b) else {
                throw fault("\(node.title): \(builder.width(a)) and \(builder.width(b)) numbers do not meet.")
            }
            return builder.sum([1, sign], [a, b])
        case (let a?, nil):
            let count = builder.width(a)
            let shift = try numbers(node, 1, count)
            return builder.scaled(Array(repeating: 1, count: count), shift.map { sign * $0 }, a)
        case (nil, let b?):
            let count = builder.width(b)
            return builder.scaled(Array(repeating: sign, count: count), try numbers(node, 0, count), b)
        case (nil, nil): throw fault("\(node.title): a sum of stored values is not read.")
        }
    }

    private mutating func scaled(_ node: OnnxNode) throws(VerificationError) -> Int {
        let (first, second) = (try input(node, 0), try input(node, 1))
        if places[first] != nil && places[second] != nil {
            throw fault("\(node.title): a product or quotient of two computed values is not verified.")
        }
        let isFirst = places[first] != nil
        guard isFirst || node.type == "Mul" else {
            throw fault("\(node.title): only a stored divisor is read.")
        }
        let place = try place(node, isFirst ? 0 : 1)
        let count = builder.width(place)
        let factors = try numbers(node, isFirst ? 1 : 0, count)
        if node.type == "Mul" { return builder.scaled(factors, Array(repeating: 0, count: count), place) }
        // A quotient is a product where the divisor is a power of two, and nothing else is exact.
        guard factors.allSatisfy({ abs($0.significand) == 1 && $0 != 0 }) else {
            throw fault(
                "\(node.title): only divisors that are powers of two are read. Multiply by the reciprocal instead."
            )
        }
        return builder.scaled(factors.map { 1 / $0 }, Array(repeating: 0, count: count), place)
    }

    private mutating func concatenation(_ node: OnnxNode) throws(VerificationError) -> Int {
        var parts: [Int] = []
        for index in node.inputs.indices { parts.append(try place(node, index)) }
        let width = parts.reduce(0) { $0 + builder.width($1) }
        guard !parts.isEmpty, width <= 1 << 12 else { throw fault("\(node.title): \(width) numbers in all.") }
        return builder.concatenation(parts)
    }

    private mutating func layerNorm(_ node: OnnxNode) throws(VerificationError) -> Int {
        let place = try place(node, 0)
        let count = builder.width(place)
        let shift =
            node.inputs.count > 2 && !node.inputs[2].isEmpty
            ? try numbers(node, 2, count) : Array(repeating: 0, count: count)
        guard [nil, -1, 1].contains(node.attributes["axis"]?.integer) else {
            throw fault("\(node.title): only a norm over the last axis is read.")
        }
        let epsilon = Double(node.attributes["epsilon"]?.float ?? 1e-5)
        guard epsilon > 0 && epsilon.isFinite else { throw fault("\(node.title): epsilon is \(epsilon).") }
        return builder.layerNorm(scale: try numbers(node, 1, count), shift: shift, epsilon: epsilon, place)
    }
}
