import Tensors

/// How value networks are fitted.
public struct ValueFitting: Codable, Equatable, Sendable {
    /// Widths of the hidden layers.
    public var hidden: [Int] = [64, 64]
    /// Adam's step size.
    public var rate = 1e-3
    /// Passes over the rows of a batch, at least 0.
    public var passes = 10
    /// Rows of a step of Adam; 0 for all at once.
    public var rows = 256
    /// How fast the mean and spread of the targets follow those of new batches; in (0, 1].
    public var followRate = 0.1

    /// The defaults.
    public init() {}
}

/// A network that predicts returns, fitted by least squares.
///
/// It works on returns less their mean, in units of their spread, both of which follow the batches slowly; where they
/// move, the last layer is rescaled so that no prediction changes. So a return of −250 is learned as fast as one of 1, and
/// targets are returns, never standardised advantages.
///
/// - SeeAlso: van Hasselt et al. 2016, "Learning values across many orders of magnitude", arXiv:1602.07714.
public struct ValueFunction: Sendable {
    /// Used in errors and in stored states.
    public let name: String
    let network: DenseNetwork
    private(set) var parameters: [Double]
    private var adam: AdamDescent
    private var centre = 0.0, spread = 1.0, batches = 0
    private let fitting: ValueFitting

    /// Makes a network whose predictions start near 0.
    ///
    /// - Parameters:
    ///   - name: used in errors and in stored states.
    ///   - observation: numbers in an observation.
    ///   - fitting: how it is fitted.
    ///   - stream: where the weights come from.
    public init(
        _ name: String, observation: Int, fitting: ValueFitting, using stream: inout RandomStream
    ) {
        precondition(
            fitting.rate > 0 && fitting.passes >= 0 && fitting.rows >= 0 && fitting.followRate > 0
                && fitting.followRate <= 1, "\(name): \(fitting)")
        (self.name, self.fitting) = (name, fitting)
        network = DenseNetwork(observation, hidden: fitting.hidden, outputs: 1)
        parameters = [Double](repeating: 0, count: network.parameterCount)
        network.initialise(&parameters, outputGain: 0.1, using: &stream)
        adam = AdamDescent(count: network.parameterCount)
    }

    /// Predicted returns, one a row.
    ///
    /// - Parameter observations: `[rows, observation]`.
    /// - Returns: in the unit of the returns.
    public func callAsFunction(_ observations: Matrix) -> [Double] {
        guard observations.rows > 0 else { return [] }
        let pass = DensePass(network, capacity: observations.rows)
        forward(observations, on: pass)
        return pass.outputs.map { centre + spread * $0 }
    }

    private func forward(_ observations: Matrix, on pass: DensePass) {
        precondition(
            observations.columns == network.inputs,
            "\(name): observations of \(observations.columns) numbers, not \(network.inputs)")
        observations.elements.withUnsafeBufferPointer {
            guard let base = $0.baseAddress else { return }
            pass.forward(base, rows: observations.rows, parameters: parameters)
        }
    }

    /// Fits the network to returns.
    ///
    /// - Parameters:
    ///   - observations: `[rows, observation]`, at least one row.
    ///   - returns: one a row.
    ///   - sampling: shuffles the rows of each pass where not all are taken at once.
    /// - Returns: the mean squared error before the first step, in the unit of the returns squared.
    /// - Throws: `NonFiniteError`; the network is unchanged then.
    public mutating func fit(
        _ observations: Matrix, to returns: [Double], using sampling: inout RandomStream
    ) throws -> Double {
        precondition(
            returns.count == observations.rows && !returns.isEmpty,
            "\(name): \(returns.count) returns for \(observations.rows) rows")
        guard returns.allSatisfy(\.isFinite) else { throw NonFiniteError("returns of \(name)") }
        let before = self
        do {
            follow(returns)
            guard (centre * centre + spread * spread).isFinite else {
                throw NonFiniteError("square of the returns of \(name)")
            }
            return try descend(observations, returns, &sampling)
        } catch {
            self = before
            throw error
        }
    }

    private mutating func descend(
        _ observations: Matrix, _ returns: [Double], _ sampling: inout RandomStream
    ) throws -> Double {
        let size = fitting.rows == 0 ? returns.count : min(fitting.rows, returns.count)
        let error = zip(self(observations), returns).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
        let pass = DensePass(network, capacity: size)
        var gradient = [Double](repeating: 0, count: parameters.count)
        for _ in 0..<fitting.passes {
            for rows in minibatches(returns.count, of: size, using: &sampling) {
                forward(observations.rows(at: Array(rows)), on: pass)
                let cotangents = pass.cotangents
                for (place, row) in rows.enumerated() {
                    let target = (returns[row] - centre) / spread
                    cotangents[place] = 2 * (pass.outputs[place] - target) / Double(rows.count)
                }
                pass.gradient(into: &gradient, parameters: parameters)
                guard dot(gradient, gradient).isFinite else { throw NonFiniteError("gradient of \(name)") }
                adam.step(&parameters, down: gradient, rate: fitting.rate)
            }
        }
        return error / Double(returns.count)
    }

    /// Moves mean and spread toward those of the returns, and the last layer against them.
    private mutating func follow(_ returns: [Double]) {
        let n = Double(returns.count)
        let mean = returns.reduce(0, +) / n
        let variance = returns.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / n
        let (oldCentre, oldSpread) = (centre, spread)
        if batches == 0 {
            (centre, spread) = (mean, variance.squareRoot())
        } else {
            let rate = fitting.followRate
            // The spread around the new centre of what was followed so far and of the batch, mixed.
            let mixed = (1 - rate) * (spread * spread + centre * centre) + rate * (variance + mean * mean)
            centre += rate * (mean - centre)
            spread = max(mixed - centre * centre, 0).squareRoot()
        }
        spread = max(spread, 1e-3 * max(abs(centre), 1))
        batches += 1
        guard batches > 1, let last = network.layers.last else { return }
        for index in 0..<last.inputs { parameters[last.weights + index] *= oldSpread / spread }
        parameters[last.biases] = (oldSpread * parameters[last.biases] + oldCentre - centre) / spread
    }

    // MARK: - Storing

    /// Adds everything to a state, under names that begin with this one's.
    public func save(to state: inout LearnerState) {
        state.vectors["\(name).parameters"] = parameters
        state.vectors["\(name).scale"] = [centre, spread]
        state.counts["\(name).batches"] = batches
        adam.save(name, to: &state)
    }

    /// Takes everything from a state.
    ///
    /// - Throws: `LearnerStateError`; nothing is changed then.
    public mutating func load(from state: LearnerState) throws(LearnerStateError) {
        let parameters = try state.vector("\(name).parameters", count: parameters.count)
        let scale = try state.vector("\(name).scale", count: 2)
        guard scale[1] > 0 else {
            throw .outOfRange("\(name).scale", expected: "a centre and a spread above 0")
        }
        let batches = try state.count("\(name).batches")
        adam = try AdamDescent(name, from: state, count: parameters.count)
        (self.parameters, centre, spread, self.batches) = (parameters, scale[0], scale[1], batches)
    }
}

/// Every row once, in a random order, in pieces of even size of at most `size`; all rows in order if they are one piece.
func minibatches(_ rows: Int, of size: Int, using stream: inout RandomStream) -> [ArraySlice<Int>] {
    var order = Array(0..<rows)
    guard size < rows else { return [order[...]] }
    for last in stride(from: rows - 1, to: 0, by: -1) {
        order.swapAt(last, stream.nextInteger(below: last + 1))
    }
    let pieces = (rows - 1) / size + 1
    return (0..<pieces).map { order[Shards.range($0, of: pieces, rows: rows)] }
}
