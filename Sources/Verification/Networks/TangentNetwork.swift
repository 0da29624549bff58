extension VerifiableNetwork {
    /// The network's derivative by one input, as a network: ∂N/∂x_i for every output.
    func tangent(by input: Int) throws(VerificationError) -> VerifiableNetwork {
        var builder = NetworkBuilder(inputs: inputs)
        let unit = (0..<inputs).map { $0 == input ? 1.0 : 0 }
        let still = AffineMap(
            inputs, inputs, weight: [Double](repeating: 0, count: inputs * inputs), bias: unit)
        var values = [0]
        var slopes = [builder.affine(still, 0)]
        for node in nodes.dropFirst() {
            let (x, v) = (node.inputs.map { values[$0] }, node.inputs.map { slopes[$0] })
            values.append(builder.add(node.operation, x, width: node.width))
            let zeros = [Double](repeating: 0, count: node.width)
            switch node.operation {
            case .affine(let map):
                let linear = AffineMap(map.rows, map.columns, weight: map.weight, bias: zeros)
                slopes.append(builder.affine(linear, v[0]))
            case .activation(let function):
                slopes.append(builder.add(.gate(function), [x[0], v[0]], width: node.width))
            case .scaled(let scale, _): slopes.append(builder.scaled(scale, zeros, v[0]))
            case .centre, .sum, .concatenation:
                slopes.append(builder.add(node.operation, v, width: node.width))
            case .normalise, .gate, .input:
                throw VerificationError(
                    "property",
                    "monotone is not verified of a network with a layer norm. Ask for a range instead.")
            }
        }
        // The derivative must be the last step.
        let last = slopes[slopes.count - 1]
        let ones = [Double](repeating: 1, count: builder.width(last))
        _ = builder.add(
            .scaled(scale: ones, shift: ones.map { _ in 0 }), [last], width: builder.width(last))
        return VerifiableNetwork(builder.nodes)
    }
}
