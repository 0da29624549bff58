/// Writes small ONNX files for tests, sound ones and others.
package struct OnnxWriter {
    /// One operation: type, inputs, output, attributes of whole numbers.
    package struct Operation {
        package var type: String
        package var inputs: [String]
        package var output: String
        package var attributes: [(String, Int)]
        package var domain = ""

        /// An operation of the standard set.
        package init(type: String, inputs: [String], output: String, attributes: [(String, Int)] = []) {
            (self.type, self.inputs, self.output, self.attributes) = (type, inputs, output, attributes)
        }
    }

    package var operations: [Operation] = []
    /// Stored numbers: name, shape, numbers.
    package var tensors: [(name: String, shape: [Int], numbers: [Float])] = []
    package var input: (name: String, shape: [Int]) = ("x", [1, 2])
    package var output = "y"
    package var operators = 13
    /// Type of the elements of tensors; 1 is float32, 10 float16.
    package var elementType = 1
    /// Whether numbers are stored as bytes.
    package var isRaw = true
    /// Whether numbers are said to lie in another file.
    package var isElsewhere = false

    /// A file without operations.
    package init() {}

    /// y = relu(W x + b), of two inputs and outputs.
    package static var sound: OnnxWriter {
        var writer = OnnxWriter()
        writer.tensors = [("w", [2, 2], [1, 2, -3, 4]), ("b", [2], [0.5, -0.5])]
        writer.operations = [
            Operation(type: "MatMul", inputs: ["x", "w"], output: "m"),
            Operation(type: "Add", inputs: ["m", "b"], output: "a"),
            Operation(type: "Relu", inputs: ["a"], output: "y"),
        ]
        return writer
    }

    private func varint(_ value: UInt64) -> [UInt8] {
        var (rest, bytes) = (value, [UInt8]())
        repeat {
            bytes.append(UInt8(rest & 127) | (rest > 127 ? 128 : 0))
            rest >>= 7
        } while rest > 0
        return bytes
    }

    private func field(_ number: Int, _ value: Int) -> [UInt8] {
        varint(UInt64(number << 3)) + varint(UInt64(bitPattern: Int64(value)))
    }

    private func field(_ number: Int, _ bytes: [UInt8]) -> [UInt8] {
        varint(UInt64(number << 3 | 2)) + varint(UInt64(bytes.count)) + bytes
    }

    private func field(_ number: Int, _ text: String) -> [UInt8] { field(number, Array(text.utf8)) }

    private func info(_ name: String, _ shape: [Int]) -> [UInt8] {
        let extents = shape.flatMap { field(1, field(1, $0)) }
        return field(1, name) + field(2, field(1, field(1, 1) + field(2, extents)))
    }

    private func tensor(_ name: String, _ shape: [Int], _ numbers: [Float]) -> [UInt8] {
        let raw = numbers.flatMap { number in
            (0..<4).map { UInt8(truncatingIfNeeded: number.bitPattern >> UInt32(8 * $0)) }
        }
        let stored = isRaw ? field(9, raw) : field(4, raw)
        return shape.flatMap { field(1, $0) } + field(2, elementType) + stored + field(8, name)
            + (isElsewhere ? field(14, 1) : [])
    }

    /// The file.
    package var bytes: [UInt8] {
        var graph: [UInt8] = []
        for operation in operations {
            var node =
                operation.inputs.flatMap { field(1, $0) } + field(2, operation.output)
                + field(4, operation.type)
            for (name, value) in operation.attributes {
                node += field(5, field(1, name) + field(3, value) + field(20, 2))
            }
            if !operation.domain.isEmpty { node += field(7, operation.domain) }
            graph += field(1, node)
        }
        for (name, shape, numbers) in tensors { graph += field(5, tensor(name, shape, numbers)) }
        graph += field(11, info(input.name, input.shape)) + field(12, info(output, [1, 2]))
        return field(1, 7) + field(7, graph) + field(8, field(1, "") + field(2, operators))
    }
}
