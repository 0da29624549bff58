/// Reads the messages of an ONNX file, strictly and within limits.
///
/// - SeeAlso: `onnx.proto` of the ONNX project, for the numbers of fields.
struct OnnxReader {
    /// Bytes of a file.
    static let largestFile = 16 << 20
    /// Nodes of a graph.
    static let mostNodes = 4096

    private let bytes: [UInt8]
    private let fault: FaultPlace

    /// Reads a model.
    ///
    /// - Throws: `VerificationError` with the byte or the name.
    static func model(_ bytes: [UInt8], _ fault: FaultPlace) throws(VerificationError) -> OnnxModel {
        let reader = OnnxReader(bytes: bytes, fault: fault)
        var model = OnnxModel()
        var hasGraph = false
        try reader.fields(0..<bytes.count) { (field, value) throws(VerificationError) in
            switch (field, value) {
            case (7, .bytes(let range)):
                guard !hasGraph else { throw fault("two graphs.") }
                hasGraph = true
                model.graph = try reader.graph(range)
            case (8, .bytes(let range)):
                var (domain, version) = ("", UInt64(0))
                try reader.fields(range) { (field, value) throws(VerificationError) in
                    if field == 1, case .bytes(let range) = value { domain = try reader.text(range) }
                    if field == 2, case .number(let number) = value { version = number }
                }
                if domain.isEmpty || domain == "ai.onnx" { model.operators = version }
            default: break
            }
        }
        guard hasGraph else { throw fault("no graph: this is not an ONNX model.") }
        return model
    }

    private func fields(
        _ range: Range<Int>,
        _ body: (Int, WireReader.Value) throws(VerificationError) -> Void
    ) throws(VerificationError) {
        var reader = WireReader(bytes, range, fault)
        while let (field, value) = try reader.next() { try body(field, value) }
    }

    private func text(_ range: Range<Int>) throws(VerificationError) -> String {
        guard range.count <= 4096, let text = String(validating: bytes[range], as: UTF8.self) else {
            throw fault("a name is not UTF-8 or longer than 4096 bytes.", at: "byte \(range.lowerBound)")
        }
        return text
    }

    private func graph(_ range: Range<Int>) throws(VerificationError) -> OnnxGraph {
        var graph = OnnxGraph()
        try fields(range) { (field, value) throws(VerificationError) in
            guard case .bytes(let range) = value else { return }
            switch field {
            case 1:
                guard graph.nodes.count < Self.mostNodes else {
                    throw fault("more than \(Self.mostNodes) nodes.")
                }
                graph.nodes.append(try node(range))
            case 5:
                let tensor = try tensor(range)
                guard graph.tensors.updateValue(tensor, forKey: tensor.name) == nil else {
                    throw fault("two initialisers are called \(tensor.name).")
                }
            case 11: graph.inputs.append(try valueInfo(range))
            case 12: graph.outputs.append(try valueInfo(range).name)
            case 15: throw fault("sparse initialisers are not read.")
            default: break
            }
        }
        return graph
    }

    private func node(_ range: Range<Int>) throws(VerificationError) -> OnnxNode {
        var node = OnnxNode()
        var domain = ""
        try fields(range) { (field, value) throws(VerificationError) in
            guard case .bytes(let range) = value else { return }
            switch field {
            case 1: node.inputs.append(try text(range))
            case 2: node.outputs.append(try text(range))
            case 3: node.name = try text(range)
            case 4: node.type = try text(range)
            case 5:
                let (name, attribute) = try attribute(range)
                node.attributes[name] = attribute
            case 7: domain = try text(range)
            default: break
            }
        }
        guard domain.isEmpty || domain == "ai.onnx" else {
            throw fault("\(node.title) is an operator of \(domain), which is not read.")
        }
        return node
    }

    private func attribute(_ range: Range<Int>) throws(VerificationError) -> (String, OnnxAttribute) {
        var (name, attribute) = ("", OnnxAttribute())
        try fields(range) { (field, value) throws(VerificationError) in
            switch (field, value) {
            case (1, .bytes(let range)): name = try text(range)
            case (2, .word(let word)): attribute.float = Float(bitPattern: word)
            case (3, .number(let number)): attribute.integer = Int64(bitPattern: number)
            case (5, .bytes(let range)): attribute.tensor = try tensor(range)
            case (8, .number(let number)): attribute.integers.append(Int64(bitPattern: number))
            case (8, .bytes(let range)): attribute.integers += try packed(range)
            default: break
            }
        }
        return (name, attribute)
    }

    private func packed(_ range: Range<Int>) throws(VerificationError) -> [Int64] {
        var reader = WireReader(bytes, range, fault)
        var numbers: [Int64] = []
        while !reader.isAtEnd { numbers.append(Int64(bitPattern: try reader.varint())) }
        return numbers
    }

    private func valueInfo(_ range: Range<Int>) throws(VerificationError) -> (name: String, shape: [Int]) {
        var (name, shape, type) = ("", [Int](), UInt64(1))
        try fields(range) { (field, value) throws(VerificationError) in
            guard case .bytes(let range) = value else { return }
            if field == 1 { name = try text(range) }
            guard field == 2 else { return }
            try fields(range) { (field, value) throws(VerificationError) in
                guard field == 1, case .bytes(let range) = value else { return }
                try fields(range) { (field, value) throws(VerificationError) in
                    if field == 1, case .number(let number) = value { type = number }
                    if field == 2, case .bytes(let range) = value { shape = try extents(range) }
                }
            }
        }
        guard type == 1 else {
            throw fault("\(name) has elements of type \(type); only float32 (1) is read.")
        }
        return (name, shape)
    }

    /// Extents of a shape; a named or missing one counts as 1, as a batch of one.
    private func extents(_ range: Range<Int>) throws(VerificationError) -> [Int] {
        var shape: [Int] = []
        try fields(range) { (field, value) throws(VerificationError) in
            guard field == 1, case .bytes(let range) = value else { return }
            var extent = 1
            try fields(range) { (field, value) throws(VerificationError) in
                guard field == 1, case .number(let number) = value else { return }
                guard let whole = Int(exactly: number), whole <= 1 << 20 else {
                    throw fault("an extent of \(Int64(bitPattern: number)) is not one that is read.")
                }
                extent = max(whole, 1)
            }
            shape.append(extent)
        }
        guard shape.count <= 8 else { throw fault("a shape of \(shape.count) axes; at most 8 are read.") }
        return shape
    }

    private func tensor(_ range: Range<Int>) throws(VerificationError) -> OnnxTensor {
        var contents = OnnxTensorReader(bytes: bytes, fault: fault)
        try fields(range) { (field, value) throws(VerificationError) in
            if field == 8, case .bytes(let range) = value { contents.tensor.name = try text(range) }
            try contents.take(field, value)
        }
        return try contents.finished()
    }
}
