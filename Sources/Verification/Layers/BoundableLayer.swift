import Networks

/// A layer whose steps the verifier can bound.
public protocol BoundableLayer: Sendable {
    /// Columns of what it reads.
    var inputs: Int { get }
    /// Adds the layer's steps to a network.
    ///
    /// - Parameters:
    ///   - x: the step that it reads, of `inputs` numbers.
    ///   - steps: where its own go, with its numbers.
    /// - Returns: its last step.
    /// - Throws: `VerificationError` for a step that is not verified.
    func add(after x: Int, to steps: inout NetworkSteps) throws(VerificationError) -> Int
}

extension Linear: BoundableLayer {
    /// Rows of the weight as `x·W` reads them.
    public var inputs: Int { isTransposed ? weight.shape.columns : weight.shape.rows }

    /// W·x + b, and the activation.
    public func add(after x: Int, to steps: inout NetworkSteps) throws(VerificationError) -> Int {
        let sum = try steps.affine(weight, bias, isTransposed: isTransposed, x)
        return steps.activation(activation, sum)
    }
}

extension LayerNorm: BoundableLayer {
    /// Its width.
    public var inputs: Int { scale.shape.columns }

    /// Centring, then the quotient by the root.
    public func add(after x: Int, to steps: inout NetworkSteps) throws(VerificationError) -> Int {
        try steps.layerNorm(scale: scale, shift: shift, epsilon: Double(epsilon), x)
    }
}

extension MLP: BoundableLayer {
    /// Its layers one after the other.
    public func add(after x: Int, to steps: inout NetworkSteps) throws(VerificationError) -> Int {
        var x = x
        for layer in hidden { x = try layer.add(after: x, to: &steps) }
        return try out.add(after: x, to: &steps)
    }
}

extension NormalisedMLP: BoundableLayer {
    /// Columns of what its first layer reads.
    public var inputs: Int { hidden.first?.linear.inputs ?? out.inputs }

    /// Its layers one after the other, each normalised before ReLU.
    public func add(after x: Int, to steps: inout NetworkSteps) throws(VerificationError) -> Int {
        var x = x
        for layer in hidden {
            x = try layer.linear.add(after: x, to: &steps)
            x = try layer.norm.add(after: x, to: &steps)
            x = steps.activation(.relu, x)
        }
        return try out.add(after: x, to: &steps)
    }
}

extension Ensemble: BoundableLayer {
    /// Columns of what each member reads.
    public var inputs: Int { members[0].inputs }

    /// The members beside each other: one output each.
    public func add(after x: Int, to steps: inout NetworkSteps) throws(VerificationError) -> Int {
        var ends: [Int] = []
        for member in members { ends.append(try member.add(after: x, to: &steps)) }
        return ends.count == 1 ? ends[0] : steps.concatenation(ends)
    }
}

extension SquashedGaussian: BoundableLayer {
    /// Columns of an observation.
    public var inputs: Int { trunk.first?.inputs ?? mean.inputs }

    /// The mean before tanh; the deviation is left out.
    public func add(after x: Int, to steps: inout NetworkSteps) throws(VerificationError) -> Int {
        var x = x
        for layer in trunk { x = try layer.add(after: x, to: &steps) }
        return try mean.add(after: x, to: &steps)
    }
}
