import Tensors

/// A part of a network that maps rows to rows: a value that holds shapes, never numbers.
public protocol Layer: Sendable {
    /// Applies the layer.
    ///
    /// - Parameters:
    ///   - x: `[B, in]`.
    ///   - w: the numbers.
    /// - Returns: `[B, out]`.
    func callAsFunction(_ x: Variable, _ w: Weights) -> Variable
}

/// `activation(x·W + b)`.
public struct Linear: Layer {
    package let weight, bias: Parameter
    package let activation: Activation
    package let isTransposed: Bool

    /// Adds `name.weight` and `name.bias` to a layout.
    ///
    /// - Parameters:
    ///   - name: put before both.
    ///   - inputs: columns of x.
    ///   - outputs: columns of the result.
    ///   - activation: of every element.
    ///   - weights: how the weight starts; the bias starts at 0, but for `fanInUniform`.
    ///   - isTransposed: whether the weight is `[outputs, inputs]`, not `[inputs, outputs]`.
    ///   - layout: where both go.
    public init(
        _ name: String, _ inputs: Int, _ outputs: Int, activation: Activation = .identity,
        weights: Initialization = .xavierUniform, isTransposed: Bool = false, in layout: inout Layout
    ) {
        let shape = isTransposed ? (outputs, inputs) : (inputs, outputs)
        let both = weights == .fanInUniform ? Initialization.uniform(1 / Double(inputs).squareRoot()) : nil
        weight = layout.add("\(name).weight", shape.0, shape.1, both ?? weights)
        bias = layout.add("\(name).bias", 1, outputs, both ?? .zeros)
        (self.activation, self.isTransposed) = (activation, isTransposed)
    }

    /// `[B, inputs]` → `[B, outputs]`.
    @specialized(where Scalar == Float)
    @specialized(where Scalar == Double)
    public func callAsFunction<Scalar: TapeScalar>(
        _ x: VariableOf<Scalar>, _ w: WeightsOf<Scalar>
    ) -> VariableOf<Scalar> {
        linear(x, w[weight], w[bias], activation, isTransposed: isTransposed)
    }

    /// Layers that follow each other, where their numbers and x are constants; nil where they are better applied one by one.
    ///
    /// - Parameters:
    ///   - x: `[B, inputs]` of the first.
    ///   - w: the numbers.
    ///   - layers: how many.
    ///   - layer: each of them; none is transposed.
    /// - Returns: `[B, outputs]` of the last.
    @inline(__always)
    static func constantPass<Scalar: TapeScalar>(
        _ x: VariableOf<Scalar>, _ w: WeightsOf<Scalar>, layers: Int, _ layer: (Int) -> Linear
    ) -> VariableOf<Scalar>? {
        guard w.isConstant else { return nil }
        return Scalar.constantPass(x, layers: layers) { number in
            let own = layer(number)
            return LinearStep(w[own.weight], w[own.bias], own.activation)
        }
    }
}

/// Layer normalisation with learned scale and shift.
public struct LayerNorm: Layer {
    package let scale, shift: Parameter
    package let epsilon: Float

    /// Adds `name.scale` (ones) and `name.bias` (zeros), each `[1, width]`, to a layout; `epsilon` is added to a variance.
    public init(_ name: String, _ width: Int, epsilon: Float = 1e-6, in layout: inout Layout) {
        self.epsilon = epsilon
        scale = layout.add("\(name).scale", 1, width, .ones)
        shift = layout.add("\(name).bias", 1, width, .zeros)
    }

    /// `[B, width]` → `[B, width]`.
    public func callAsFunction(_ x: Variable, _ w: Weights) -> Variable {
        layerNorm(x, scale: w[scale], shift: w[shift], epsilon: epsilon)
    }
}

/// Fully connected layers `l0`, `l1`, … and a last one, `out`, without an activation.
public struct MLP: Layer {
    package let hidden: [Linear]
    package let out: Linear
    /// Columns of x.
    public let inputs: Int
    /// Columns of the result.
    public let outputs: Int

    /// Adds the layers to a layout.
    ///
    /// - Parameters:
    ///   - prefix: put before every name, with its dot; empty for none.
    ///   - inputs: columns of x.
    ///   - widths: of the hidden layers.
    ///   - outputs: columns of the result.
    ///   - activation: of the hidden layers.
    ///   - weights: how the weights start.
    ///   - lastWeights: how the weight of the last layer starts, where it is otherwise.
    ///   - isTransposed: whether weights are `[outputs, inputs]`, not `[inputs, outputs]`.
    ///   - layout: where the parameters go.
    public init(
        _ prefix: String = "", _ inputs: Int, hidden widths: [Int], outputs: Int = 1,
        activation: Activation = .relu, weights: Initialization = .xavierUniform,
        lastWeights: Initialization? = nil, isTransposed: Bool = false, in layout: inout Layout
    ) {
        var hidden: [Linear] = []
        for (index, (from, to)) in zip([inputs] + widths, widths).enumerated() {
            hidden.append(
                Linear(
                    "\(prefix)l\(index)", from, to, activation: activation, weights: weights,
                    isTransposed: isTransposed, in: &layout))
        }
        (self.hidden, self.inputs, self.outputs) = (hidden, inputs, outputs)
        out = Linear(
            "\(prefix)out", widths.last ?? inputs, outputs, weights: lastWeights ?? weights,
            isTransposed: isTransposed, in: &layout)
    }

    /// `[B, inputs]` → `[B, outputs]`.
    @specialized(where Scalar == Float)
    @specialized(where Scalar == Double)
    public func callAsFunction<Scalar: TapeScalar>(
        _ x: VariableOf<Scalar>, _ w: WeightsOf<Scalar>
    ) -> VariableOf<Scalar> {
        if !out.isTransposed, let y = Linear.constantPass(x, w, layers: hidden.count + 1, { layer($0) }) {
            return y
        }
        var x = x
        for index in 0..<hidden.count { x = hidden[index](x, w) }
        return out(x, w)
    }

    private func layer(_ number: Int) -> Linear { number < hidden.count ? hidden[number] : out }

    /// `[B, inputs]` → `[B, outputs]`, with something done to what each hidden layer gives, such as dropout.
    ///
    /// - Parameters:
    ///   - x: `[B, inputs]`.
    ///   - w: the numbers.
    ///   - change: is given a hidden layer's number and its result, `[B, width]`, after the activation; dropout commutes
    ///     with ReLU, so that it may as well stand before it.
    /// - Returns: `[B, outputs]`.
    public func callAsFunction(
        _ x: Variable, _ w: Weights, changing change: (_ layer: Int, _ result: Variable) -> Variable
    ) -> Variable {
        var x = x
        for index in 0..<hidden.count { x = change(index, hidden[index](x, w)) }
        return out(x, w)
    }
}

/// Independent networks of one shape, side by side.
public struct Ensemble: Layer {
    package let members: [MLP]

    /// Adds `count` networks, `0.l0.weight` …, to a layout.
    ///
    /// - Parameters:
    ///   - count: how many, at least 1.
    ///   - inputs: columns of x.
    ///   - hidden: widths of the hidden layers of each.
    ///   - weights: how the weights start.
    ///   - prefix: put before every name, with its dot; empty for none.
    ///   - layout: where the parameters go.
    public init(
        _ count: Int, _ inputs: Int, hidden: [Int], weights: Initialization = .xavierUniform,
        prefix: String = "", in layout: inout Layout
    ) {
        precondition(count > 0, "an ensemble of no members")
        var members: [MLP] = []
        for member in 0..<count {
            members.append(
                MLP("\(prefix)\(member).", inputs, hidden: hidden, weights: weights, in: &layout))
        }
        self.members = members
    }

    /// `[B, inputs]` → `[B, members]`.
    public func callAsFunction(_ x: Variable, _ w: Weights) -> Variable {
        var joined = members[0](x, w)
        for index in 1..<members.count { joined = joined.joined(members[index](x, w)) }
        return joined
    }
}
