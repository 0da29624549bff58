import Networks
import Tensors

/// Puts the steps of networks in memory together, with what is done before and behind them.
///
/// Step 0 is the input. What is added is what a kernel computes in single precision, which the semantics `float32` bounds.
public struct NetworkSteps {
    private(set) var builder: NetworkBuilder
    /// The numbers of the network whose layers are added.
    private var numbers: (Parameter) throws(VerificationError) -> [Double]

    init(inputs: Int) {
        builder = NetworkBuilder(inputs: inputs)
        numbers = { _ throws(VerificationError) in
            throw VerificationError("network", "a layer is added without its numbers. Add its network.")
        }
    }

    /// How many numbers a step has.
    public func width(_ step: Int) -> Int { builder.width(step) }

    /// Adds a network.
    ///
    /// - Parameters:
    ///   - network: with its numbers.
    ///   - x: the step that it reads.
    /// - Returns: its last step.
    /// - Throws: `VerificationError` for a step that is not verified.
    public mutating func add<Body: BoundableLayer>(_ network: Network<Body>, after x: Int)
        throws(VerificationError) -> Int
    {
        try add(network.body, after: x) { parameter throws(VerificationError) in
            guard let numbers = network.numbers(parameter) else {
                throw VerificationError("network", "its numbers stay in 16 bits, which is not verified.")
            }
            return numbers.map(Double.init)
        }
    }

    /// Adds a layer whose numbers lie elsewhere.
    package mutating func add(
        _ layer: some BoundableLayer, after x: Int,
        numbers own: @escaping (Parameter) throws(VerificationError) -> [Double]
    ) throws(VerificationError) -> Int {
        precondition(width(x) == layer.inputs, "\(layer.inputs) inputs meet \(width(x)) numbers")
        let before = numbers
        numbers = own
        defer { numbers = before }
        return try layer.add(after: x, to: &self)
    }

    /// W·x + b of a layer whose inputs stand in another order here.
    ///
    /// - Parameters:
    ///   - layer: its weight is not transposed.
    ///   - order: for each number of the step, the layer's input that it is.
    ///   - x: the step that it reads.
    /// - Returns: the step.
    /// - Throws: `VerificationError`.
    mutating func affine(_ layer: Linear, readingInputs order: [Int], _ x: Int) throws(VerificationError)
        -> Int
    {
        let (stored, shape) = (try numbers(layer.weight), layer.weight.shape)
        let (rows, columns) = (shape.columns, shape.rows)
        precondition(
            !layer.isTransposed && order.count == columns, "an order of \(order.count) inputs of \(columns)")
        let matrix = (0..<rows).flatMap { row in order.map { stored[$0 * rows + row] } }
        return builder.affine(AffineMap(rows, columns, weight: matrix, bias: try numbers(layer.bias)), x)
    }

    /// W·x + b.
    ///
    /// - Parameters:
    ///   - weight: `[inputs, outputs]`.
    ///   - bias: `[1, outputs]`.
    ///   - isTransposed: whether the weight is `[outputs, inputs]`.
    ///   - x: the step that it reads.
    /// - Returns: the step.
    /// - Throws: `VerificationError`.
    public mutating func affine(_ weight: Parameter, _ bias: Parameter, isTransposed: Bool = false, _ x: Int)
        throws(VerificationError) -> Int
    {
        let (stored, shape) = (try numbers(weight), weight.shape)
        let (rows, columns) =
            isTransposed ? (shape.rows, shape.columns) : (shape.columns, shape.rows)
        var matrix = stored
        if !isTransposed {
            for i in 0..<rows { for j in 0..<columns { matrix[i * columns + j] = stored[j * rows + i] } }
        }
        return builder.affine(AffineMap(rows, columns, weight: matrix, bias: try numbers(bias)), x)
    }

    /// Layer norm with the biased variance.
    ///
    /// - Throws: `VerificationError`.
    public mutating func layerNorm(scale: Parameter, shift: Parameter, epsilon: Double, _ x: Int)
        throws(VerificationError) -> Int
    {
        builder.layerNorm(scale: try numbers(scale), shift: try numbers(shift), epsilon: epsilon, x)
    }

    /// f(x), number by number.
    ///
    /// - Returns: the step; `x` itself for the identity.
    public mutating func activation(_ function: Activation, _ x: Int) -> Int {
        switch function {
        case .identity: x
        case .relu: builder.activation(.relu, x)
        case .tanh: builder.activation(.tanh, x)
        case .mish: builder.activation(.mish, x)
        case .silu: builder.activation(.silu, x)
        case .gelu: builder.activation(.gelu, x)
        }
    }

    /// Numbers behind each other.
    public mutating func concatenation(_ steps: [Int]) -> Int { builder.concatenation(steps) }

    /// Σ factor·x of steps of one width.
    public mutating func sum(_ factors: [Double], _ steps: [Int]) -> Int { builder.sum(factors, steps) }

    /// (x − mean) / deviation of the first numbers, as observations are normalised; those behind stay.
    ///
    /// - Parameters:
    ///   - mean: one number a column, finite.
    ///   - deviation: as many, above 0.
    ///   - x: the step that it reads, of at least as many numbers.
    /// - Returns: the step.
    public mutating func normalised(mean: [Double], deviation: [Double], _ x: Int) -> Int {
        let rest = width(x) - mean.count
        precondition(
            rest >= 0 && mean.count == deviation.count, "\(mean.count) means for \(width(x)) numbers")
        let scale = deviation.map { 1 / $0 } + [Double](repeating: 1, count: rest)
        let shift = zip(mean, deviation).map { -$0 / $1 } + [Double](repeating: 0, count: rest)
        return builder.scaled(scale, shift, x)
    }

    /// x + shift, number by number.
    public mutating func shifted(by shift: [Double], _ x: Int) -> Int {
        builder.scaled(shift.map { _ in 1 }, shift, x)
    }

    /// min(max(x, −limit), limit), by two ReLUs.
    public mutating func clipped(to limit: Double, _ x: Int) -> Int {
        let (count, ones) = (width(x), [Double](repeating: 1, count: width(x)))
        let limits = [Double](repeating: limit, count: count)
        let upper = builder.add(.scaled(scale: ones, shift: limits), [x], width: count)
        let lower = builder.add(.scaled(scale: ones, shift: limits.map { -$0 }), [x], width: count)
        let (above, below) = (builder.activation(.relu, upper), builder.activation(.relu, lower))
        let difference = builder.sum([1, -1], [above, below])
        return builder.add(.scaled(scale: ones, shift: limits.map { -$0 }), [difference], width: count)
    }
}

extension VerifiableNetwork {
    /// A network in memory, from its layers.
    ///
    /// - Throws: `VerificationError` for a step that is not verified.
    public init<Body: BoundableLayer>(_ network: Network<Body>) throws(VerificationError) {
        try self.init(inputs: network.body.inputs) { steps, x throws(VerificationError) in
            try steps.add(network, after: x)
        }
    }

    /// A network in memory, with what is done before and behind it.
    ///
    /// - Parameters:
    ///   - inputs: numbers that it reads, at least 1.
    ///   - build: adds steps behind the input, and returns the one that is the output.
    /// - Throws: `VerificationError`, as `build` does.
    public init(
        inputs: Int,
        _ build: (inout NetworkSteps, _ input: Int) throws(VerificationError) -> Int
    ) throws(VerificationError) {
        var steps = NetworkSteps(inputs: inputs)
        let last = try build(&steps, 0)
        self.init(Array(steps.builder.nodes[...last]))
    }
}
