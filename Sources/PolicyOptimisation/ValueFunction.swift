import Networks
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
public final class ValueFunction {
    /// Used in errors and in stored states.
    public let name: String
    private let learner: LearnerOf<MLP, Double>
    private let tape = TapeOf<Double>()
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
                && fitting.followRate <= 1 && observation >= 1 && fitting.hidden.allSatisfy { $0 >= 1 },
            "\(name): \(fitting)")
        (self.name, self.fitting) = (name, fitting)
        learner = LearnerOf(name, optimizer: AdamOf(rate: .constant(fitting.rate)), using: &stream) {
            layout in
            layout = Layout(alignment: 1)
            return MLP(
                "", observation, hidden: fitting.hidden, activation: .tanh,
                lastWeights: .scaledXavierUniform(0.1),
                isTransposed: true, in: &layout)
        }
    }

    /// Predicted returns, one a row.
    ///
    /// - Parameter observations: `[rows, observation]`.
    /// - Returns: in the unit of the returns.
    public func callAsFunction(_ observations: Matrix) -> [Double] {
        guard observations.rows > 0 else { return [] }
        check(observations)
        tape.reset()
        return predict(tape.constant(observations)).values.map { centre + spread * $0 }
    }

    private func predict(_ observations: VariableOf<Double>) -> VariableOf<Double> {
        learner.body(observations, learner.weights(on: tape))
    }

    private func check(_ observations: Matrix) {
        precondition(
            observations.columns == learner.body.inputs,
            "\(name): observations of \(observations.columns) numbers, not \(learner.body.inputs)")
    }

    /// Fits the network to returns.
    ///
    /// - Parameters:
    ///   - observations: `[rows, observation]`, at least one row.
    ///   - returns: one a row.
    ///   - sampling: shuffles the rows of each pass where not all are taken at once.
    /// - Returns: the mean squared error before the first step, in the unit of the returns squared.
    /// - Throws: `NonFiniteError`; the network is unchanged then.
    public func fit(
        _ observations: Matrix, to returns: [Double], using sampling: inout RandomStream
    ) throws -> Double {
        precondition(
            returns.count == observations.rows && !returns.isEmpty,
            "\(name): \(returns.count) returns for \(observations.rows) rows")
        guard returns.allSatisfy(\.isFinite) else { throw NonFiniteError("returns of \(name)") }
        let before = remembered()
        do {
            follow(returns)
            guard (centre * centre + spread * spread).isFinite else {
                throw NonFiniteError("square of the returns of \(name)")
            }
            let error = zip(self(observations), returns).reduce(0) {
                $0 + ($1.0 - $1.1) * ($1.0 - $1.1)
            }
            try descend(observations, returns, &sampling)
            return error / Double(returns.count)
        } catch {
            restore(before)
            throw error
        }
    }

    private func descend(_ observations: Matrix, _ returns: [Double], _ sampling: inout RandomStream) throws {
        let size = fitting.rows == 0 ? returns.count : min(fitting.rows, returns.count)
        for _ in 0..<fitting.passes {
            for rows in minibatches(returns.count, of: size, using: &sampling) {
                tape.reset()
                let x = tape.constant(observations, rowsAt: rows)
                let target = tape.constant(0, rows.count, 1)
                for (place, row) in rows.enumerated() {
                    target.mutableValues[place] = (returns[row] - centre) / spread
                }
                try learner.descend(on: tape) { meanSquaredError(predict(x), target) }
            }
        }
    }

    /// Moves mean and spread toward those of the returns, and the last layer against them.
    private func follow(_ returns: [Double]) {
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
        guard batches > 1 else { return }
        // The last layer's weight and bias are the last two parameters.
        let last = learner.layout.entries.suffix(2).map { learner.elements($0, .weights) }
        for index in last[0].indices { last[0][index] *= oldSpread / spread }
        last[1][0] = (oldSpread * last[1][0] + oldCentre - centre) / spread
    }

    // MARK: - Storing

    /// Everything that predictions and the next fit depend on.
    struct Memory {
        fileprivate var learner: LearnerOf<MLP, Double>.Memory
        fileprivate var centre, spread: Double
        fileprivate var batches: Int
    }

    func remembered() -> Memory {
        Memory(learner: learner.remembered(), centre: centre, spread: spread, batches: batches)
    }

    func restore(_ memory: Memory) {
        learner.restore(memory.learner)
        (centre, spread, batches) = (memory.centre, memory.spread, memory.batches)
    }

    /// Adds everything to a state, under names that begin with this one's.
    public func save(to state: inout LearnerState) {
        state.store(learner)
        state.vectors["\(name).scale"] = [centre, spread]
        state.counts["\(name).batches"] = batches
    }

    /// What `save` added, for `restore`.
    func memory(in state: LearnerState) throws(LearnerStateError) -> Memory {
        let scale = try state.vector("\(name).scale", count: 2)
        guard scale[1] > 0 else {
            throw .outOfRange("\(name).scale", expected: "a centre and a spread above 0")
        }
        return Memory(
            learner: try state.memory(of: learner), centre: scale[0], spread: scale[1],
            batches: try state.count("\(name).batches"))
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
