import Tensors

/// A fully connected network with tanh between its layers, in `Double`: a description, never numbers.
///
/// Its parameters are part of one flat vector. Layer after layer there stand the weights, `[outputs, inputs]` row by row,
/// and then the biases. The last layer is linear. Without hidden layers the network is a linear map, and on observations
/// that mark one state each (1 there, 0 elsewhere) a table.
public struct DenseNetwork: Equatable, Sendable {
    /// Where a layer's numbers stand in the flat vector.
    struct Layer: Equatable, Sendable {
        let weights, biases: Int
        let inputs, outputs: Int
    }

    /// Inputs, hidden widths, outputs.
    public let widths: [Int]
    /// Place of the first parameter in the flat vector.
    public let offset: Int
    /// Number of parameters.
    public let parameterCount: Int
    let layers: [Layer]

    /// Describes a network.
    ///
    /// - Parameters:
    ///   - inputs: numbers in an observation, at least 1.
    ///   - hidden: widths of the hidden layers, each at least 1; may be empty.
    ///   - outputs: at least 1.
    ///   - offset: place of its first parameter in the flat vector.
    public init(_ inputs: Int, hidden: [Int], outputs: Int, offset: Int = 0) {
        let widths = [inputs] + hidden + [outputs]
        precondition(
            widths.allSatisfy { $0 >= 1 } && offset >= 0, "a network of widths \(widths) at \(offset)")
        var layers: [Layer] = []
        var place = offset
        for (inputs, outputs) in zip(widths, widths.dropFirst()) {
            let biases = place + inputs * outputs
            layers.append(Layer(weights: place, biases: biases, inputs: inputs, outputs: outputs))
            place = biases + outputs
        }
        (self.widths, self.offset, self.layers) = (widths, offset, layers)
        parameterCount = place - offset
    }

    /// Numbers in an observation.
    public var inputs: Int { widths[0] }
    /// Numbers in an output.
    public var outputs: Int { widths[widths.count - 1] }

    /// Writes starting values: weights U(−l, l) with l = √(6 / (inputs + outputs)), biases 0.
    ///
    /// - Parameters:
    ///   - parameters: the flat vector.
    ///   - outputGain: factor of the last layer's weights; a small one makes a policy start alike in all states.
    ///   - stream: where the weights come from.
    /// - SeeAlso: Glorot and Bengio 2010, "Understanding the difficulty of training deep feedforward neural networks".
    public func initialise(
        _ parameters: inout [Double], outputGain: Double = 1, using stream: inout RandomStream
    ) {
        check(parameters)
        for (number, layer) in layers.enumerated() {
            let count = layer.inputs * layer.outputs
            let limit = (6 / Double(layer.inputs + layer.outputs)).squareRoot()
            let gain = number == layers.count - 1 ? outputGain : 1
            withUnsafeTemporaryAllocation(of: Float.self, capacity: count) { uniform in
                stream.fillUniform(uniform)
                for index in 0..<count {
                    parameters[layer.weights + index] = gain * limit * (2 * Double(uniform[index]) - 1)
                }
            }
            for index in 0..<layer.outputs { parameters[layer.biases + index] = 0 }
        }
    }

    func check(_ vector: [Double]) {
        precondition(
            vector.count >= offset + parameterCount,
            "\(vector.count) numbers do not hold \(parameterCount) parameters from \(offset) on")
    }
}
