import Storage

/// A feed-forward network as the verifier sees it: steps in order, with the stored numbers as `Double`.
public struct VerifiableNetwork: Sendable {
    /// Numbers that it reads.
    public let inputs: Int
    /// Numbers that it gives.
    public var outputs: Int { nodes[nodes.count - 1].width }
    /// SHA-256 of the file that it was read from, or of its numbers where it was made in memory.
    public let digest: String
    /// Its steps: the first is the input, the last the output.
    package let nodes: [NetworkNode]

    /// The steps of a network.
    ///
    /// - Parameters:
    ///   - nodes: in an order in which each reads earlier ones only; the first is the input, the last the output.
    ///   - digest: of the file; made from the numbers without it.
    package init(_ nodes: [NetworkNode], digest: String? = nil) {
        precondition(!nodes.isEmpty, "a network without steps")
        let kept = Self.needed(nodes)
        self.nodes = kept
        inputs = kept[0].width
        self.digest = digest ?? Self.fingerprint(of: kept)
    }

    /// Steps that the last one depends on, and the input.
    private static func needed(_ nodes: [NetworkNode]) -> [NetworkNode] {
        var isNeeded = [Bool](repeating: false, count: nodes.count)
        isNeeded[nodes.count - 1] = true
        isNeeded[0] = true
        for index in nodes.indices.reversed() where isNeeded[index] {
            for input in nodes[index].inputs { isNeeded[input] = true }
        }
        var place = [Int](repeating: 0, count: nodes.count)
        var kept: [NetworkNode] = []
        for (index, node) in nodes.enumerated() where isNeeded[index] {
            place[index] = kept.count
            kept.append(
                NetworkNode(
                    operation: node.operation, inputs: node.inputs.map { place[$0] }, width: node.width))
        }
        return kept
    }

    private static func fingerprint(of nodes: [NetworkNode]) -> String {
        var numbers: [Double] = []
        var names = ""
        for node in nodes {
            numbers += [Double(node.width)] + node.inputs.map(Double.init)
            names += "\(node.operation)".prefix { $0 != "(" } + " "
            switch node.operation {
            case .input, .centre, .concatenation: break
            case .affine(let map): numbers += map.weight + map.bias
            case .activation(let function), .gate(let function): names += function.rawValue
            case .normalise(let scale, let shift, let epsilon): numbers += scale + shift + [epsilon]
            case .scaled(let scale, let shift): numbers += scale + shift
            case .sum(let factors): numbers += factors
            }
        }
        return SHA256.hexadecimal(of: numbers.withUnsafeBytes { Array($0) } + Array(names.utf8))
    }

    /// Bytes that bounds of several boxes at once take.
    package var memory: Int {
        let numbers = nodes.reduce(0) { sum, node in
            var weights = 0
            if case .affine(let map) = node.operation { weights = map.rows * map.columns }
            return sum + node.width * (2 * (inputs + 1) + BoxBounds.rowsAtOnce + 16) + weights
        }
        return 8 * ParallelBounds.parts * numbers
    }

    /// The outputs at a point, in `Double` with its usual rounding: to look for counter-examples, not to prove anything.
    ///
    /// - Parameter x: `inputs` numbers.
    /// - Returns: `outputs` numbers.
    public func outputs(at x: [Double]) -> [Double] {
        precondition(x.count == inputs, "a network of \(inputs) inputs is given \(x.count)")
        var values: [[Double]] = [x]
        values.reserveCapacity(nodes.count)
        for node in nodes.dropFirst() { values.append(Self.value(of: node, values)) }
        return values[nodes.count - 1]
    }

    private static func value(of node: NetworkNode, _ values: [[Double]]) -> [Double] {
        let x = values[node.inputs[0]]
        switch node.operation {
        case .input: return x
        case .affine(let map):
            return map.weight.withUnsafeBufferPointer { weight in
                x.withUnsafeBufferPointer { x in
                    (0..<map.rows).map { row in
                        guard let w = weight.baseAddress, let p = x.baseAddress else { return map.bias[row] }
                        return map.bias[row] + Kernels.dot(w + row * map.columns, p, map.columns)
                    }
                }
            }
        case .activation(let function): return x.map(function.value)
        case .gate(let function):
            let v = values[node.inputs[1]]
            return x.indices.map { function.slope(x[$0]) * v[$0] }
        case .centre:
            let mean = x.reduce(0, +) / Double(x.count)
            return x.map { $0 - mean }
        case .normalise(let scale, let shift, let epsilon):
            let variance = x.reduce(0) { $0 + $1 * $1 } / Double(x.count)
            let inverse = 1 / (variance + epsilon).squareRoot()
            return x.indices.map { scale[$0] * x[$0] * inverse + shift[$0] }
        case .scaled(let scale, let shift): return x.indices.map { scale[$0] * x[$0] + shift[$0] }
        case .sum(let factors):
            return x.indices.map { place in
                zip(factors, node.inputs).reduce(0) { $0 + $1.0 * values[$1.1][place] }
            }
        case .concatenation: return node.inputs.flatMap { values[$0] }
        }
    }
}
