/// Puts a network together, step by step.
package struct NetworkBuilder {
    /// The steps so far; the first is the input.
    package private(set) var nodes: [NetworkNode]

    /// A network that has its input alone.
    package init(inputs: Int) { nodes = [NetworkNode(operation: .input, inputs: [], width: inputs)] }

    /// How many numbers a step has.
    package func width(_ node: Int) -> Int { nodes[node].width }

    /// Appends a step and returns its number.
    package mutating func add(_ operation: NetworkNode.Operation, _ inputs: [Int], width: Int) -> Int {
        nodes.append(NetworkNode(operation: operation, inputs: inputs, width: width))
        return nodes.count - 1
    }

    /// W·x + b.
    package mutating func affine(_ map: AffineMap, _ input: Int) -> Int {
        precondition(map.columns == width(input), "\(map.columns) columns meet \(width(input)) numbers")
        return add(.affine(map), [input], width: map.rows)
    }

    /// f(x), number by number.
    package mutating func activation(_ function: ActivationFunction, _ input: Int) -> Int {
        add(.activation(function), [input], width: width(input))
    }

    /// Layer norm with the biased variance.
    package mutating func layerNorm(scale: [Double], shift: [Double], epsilon: Double, _ input: Int) -> Int {
        let centred = add(.centre, [input], width: width(input))
        return add(
            .normalise(scale: scale, shift: shift, epsilon: epsilon), [centred], width: width(input))
    }

    /// scale·x + shift, number by number; folded into an affine map where the input is one.
    package mutating func scaled(_ scale: [Double], _ shift: [Double], _ input: Int) -> Int {
        if scale.allSatisfy({ $0 == 1 }) {
            if shift.allSatisfy({ $0 == 0 }) { return input }
            // A sum with a stored bias would be rounded here; only one with zeros is exact.
            if case .affine(let map) = nodes[input].operation, map.bias.allSatisfy({ $0 == 0 }) {
                let shifted = AffineMap(map.rows, map.columns, weight: map.weight, bias: shift)
                return add(.affine(shifted), nodes[input].inputs, width: map.rows)
            }
        }
        return add(.scaled(scale: scale, shift: shift), [input], width: width(input))
    }

    /// Σ factor·x.
    package mutating func sum(_ factors: [Double], _ inputs: [Int]) -> Int {
        add(.sum(factors), inputs, width: width(inputs[0]))
    }

    /// Numbers behind each other.
    package mutating func concatenation(_ inputs: [Int]) -> Int {
        add(.concatenation, inputs, width: inputs.reduce(0) { $0 + width($1) })
    }
}
