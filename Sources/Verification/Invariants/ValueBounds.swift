import Tensors

/// Bounds of a value over boxes of states.
struct ValueBounds<Environment: BoundableEnvironment> {
    /// Bounds, and how much of their width each number of the state is to blame for.
    struct Result {
        let bounds: ClosedInterval
        let pulls: [Double]
    }

    private let value: StateValue

    init(_ value: StateValue, _ type: Environment.Type) { self.value = value }

    /// V at states.
    func bounds(of state: [StateForm], _ reach: [Double]) -> Result {
        switch value {
        case .closedForm(let form): Self.bounds(of: form.value(of: state), reach)
        case .network(let network, let semantics):
            Self.bounds(of: [Self.observation(of: state)], [1], network, semantics, reach)
        }
    }

    /// V at the next states less V at these, from above.
    func rise(from state: [StateForm], to next: [StateForm], _ reach: [Double]) -> Result {
        switch value {
        case .closedForm(let form): Self.bounds(of: form.rise(from: state, to: next), reach)
        case .network(let network, let semantics):
            Self.bounds(
                of: [next, state].map(Self.observation), [1, -1], network, semantics, reach)
        }
    }

    private static func observation(of state: [StateForm]) -> [StateForm] {
        Environment.observation(of: state).map { form in
            let size = max(abs(form.range.low), abs(form.range.high))
            let rounding = size * 0x1.000002p-24 + 0x1p-149
            return form.widened(by: ClosedInterval(-rounding, rounding))
        }
    }

    private static func bounds(of form: StateForm, _ reach: [Double]) -> Result {
        let pulls = reach.indices.map { k in
            k < form.slopes.count
                ? max(abs(form.slopes[k].low), abs(form.slopes[k].high)) * reach[k] : 0
        }
        return Result(bounds: form.bounds(over: reach), pulls: pulls)
    }

    /// Σ factor·V over observations, by one network whose input is the state less the middle of the box, and what straight lines leave
    /// of each observation.
    private static func bounds(
        of observations: [[StateForm]], _ factors: [Double], _ network: VerifiableNetwork,
        _ semantics: Semantics, _ reach: [Double]
    ) -> Result {
        let (states, width) = (reach.count, network.inputs)
        let inputs = states + width * observations.count
        var builder = NetworkBuilder(inputs: inputs)
        var ends: [Int] = []
        var box = reach.map { ClosedInterval(-$0, $0) }
        // What of each rest a number of the state is to blame for.
        var blame: [[Double]] = []
        for (copy, forms) in observations.enumerated() {
            var weight = [Double](repeating: 0, count: width * inputs)
            var bias: [Double] = []
            for (row, form) in forms.enumerated() {
                let line = form.line(over: reach)
                for k in 0..<states { weight[row * inputs + k] = line.slopes[k] }
                weight[row * inputs + states + copy * width + row] = 1
                bias.append(line.constant)
                box.append(line.rest)
                blame.append(
                    reach.indices.map { k in
                        k < form.slopes.count ? form.slopes[k].width * reach[k] : reach[k]
                    })
            }
            let seen = builder.affine(AffineMap(width, inputs, weight: weight, bias: bias), 0)
            ends.append(builder.append(network, after: seen))
        }
        let last = ends.count == 1 ? ends[0] : builder.sum(factors, ends)
        precondition(builder.width(last) == 1, "a value of states is one number")
        let space = BoxBounds(VerifiableNetwork(builder.nodes, digest: ""), semantics)
        let sides = box.map(\.low) + box.map(\.high)
        var found = [0.0, 0]
        var gradient = [Double](repeating: 0, count: 2 * inputs)
        sides.withUnsafeBufferPointer { sides in
            guard let low = sides.baseAddress else { return }
            space.bound(low: low, high: low + inputs)
        }
        space.lowerBounds(of: [[1], [-1]], plus: [0, 0], into: &found, gradient: &gradient)
        let pulls = (0..<states).map { k in
            var pull = abs(gradient[inputs + k]) * reach[k]
            for (row, shares) in blame.enumerated() {
                pull += abs(gradient[inputs + states + row]) * shares[k]
            }
            return pull
        }
        return Result(bounds: ClosedInterval(found[0], -found[1]), pulls: pulls)
    }
}

extension NetworkBuilder {
    /// Adds another network's steps behind one.
    mutating func append(_ network: VerifiableNetwork, after x: Int) -> Int {
        precondition(width(x) == network.inputs, "\(network.inputs) inputs meet \(width(x)) numbers")
        var places = [x]
        for node in network.nodes.dropFirst() {
            places.append(add(node.operation, node.inputs.map { places[$0] }, width: node.width))
        }
        return places[places.count - 1]
    }
}
