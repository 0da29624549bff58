import Networks
import Tensors

/// Trains a `SignalNetwork`, one small step at a time.
///
/// Least squares of scaled values, and logistic regression of those that are one of two, by Adam; what predicts is the moving average of
/// the weights. Training ends when the held-out error has not fallen for some looks.
public final class SignalTraining {
    /// Everything but the learner that the next update depends on.
    public struct State: Codable, Equatable, Sendable {
        /// Updates made.
        public var updates = 0
        /// Looks since the held-out error last fell.
        public var stale = 0
        /// Lowest held-out error: the mean loss of a head; infinite before the first look.
        public var error = Double.infinity
        /// Where the batches come from.
        public var stream: RandomStream
        /// Whether training has stopped.
        public var isFinished = false

        /// What no training leaves behind, as half a sentence; nil for a sound state.
        public var fault: String? {
            if error.isNaN { return "a held-out error is not a number" }
            let counts = [updates, stale]
            return counts.allSatisfy { 0...(1 << 53) ~= $0 } ? nil : "the counts \(counts) count nothing"
        }
    }

    /// Widths of the hidden layers.
    private static let hidden = [128, 128]
    /// Rows of an update, Adam's step size, and the share of the weights that their moving average takes.
    private static let (rows, rate, average): (Int, Float, Float) = (256, 1e-3, 0.01)
    /// Updates between two looks at the held-out rows, and looks without a better one after which training stops.
    private static let (interval, patience) = (500, 5)
    /// By which share the held-out error must fall to count as better.
    private static let improvement = 0.01

    /// The learner, called `signals`, to be stored with `state`.
    public let learner: Learner<MLP>
    /// What the network must know beside its weights.
    public let description: SignalDescription
    private(set) var stored: State
    private let training: Rows, heldOut: Rows
    private let tape = Tape()

    /// Makes a fresh network for recorded transitions.
    ///
    /// - Parameters:
    ///   - data: recorded transitions.
    ///   - split: training and held-out rows, at least one usable of each; only rows with a successor are used.
    ///   - heads: what is predicted, at least one.
    ///   - seed: of the run.
    /// - Throws: `DynamicsError.noRows`, `notFinite`.
    public init(
        _ data: ModelData, _ split: ModelSplit, heads: [EnsembleHead], seed: UInt64
    ) throws(DynamicsError) {
        let rows = split.training.filter { data.hasSuccessor[$0] }
        let others = split.heldOut.filter { data.hasSuccessor[$0] }
        guard !rows.isEmpty && !others.isEmpty else { throw .noRows }
        for head in heads {
            if let row = head.values.firstIndex(where: { !$0.isFinite }) {
                throw .notFinite(column: head.name, row: row)
            }
        }
        let description = SignalDescription(data, rows: rows, heads: heads, hidden: Self.hidden)
        self.description = description
        training = Rows(description, data, rows, heads)
        heldOut = Rows(description, data, others, heads)
        var stream = RandomStream(seed: seed, for: .modelFit, index: 1 << 20)
        learner = Learner(
            "signals", optimizer: Adam(rate: .constant(Self.rate)), hasTarget: true, using: &stream
        ) { description.network(in: &$0) }
        stored = State(stream: stream)
    }

    /// Whether training has ended.
    public var isFinished: Bool { stored.isFinished }

    /// Everything but the learner that the next update depends on.
    public var state: State { stored }

    /// Restores what `state` gave; the learner is restored by the caller.
    ///
    /// - Throws: `DynamicsError.otherTraining` for counts that count nothing.
    public func restore(_ state: State) throws(DynamicsError) {
        if let fault = state.fault { throw .otherTraining(reason: fault) }
        stored = state
    }

    /// One step, and now and then a look at the held-out rows.
    ///
    /// - Returns: the loss before.
    /// - Throws: `NonFiniteError`.
    @discardableResult
    public func update() throws -> Double {
        precondition(!isFinished, "an update of a finished training")
        tape.reset()
        let drawn = (0..<Self.rows).map { _ in Int32(stored.stream.nextInteger(below: training.count)) }
        let (x, y) = drawn.withUnsafeBufferPointer {
            (tape.constant(training.inputs, rowsAt: $0), tape.constant(training.targets, rowsAt: $0))
        }
        let loss = try learner.descend(on: tape, movingTargetBy: Self.average) {
            error(x, y, learner.weights(on: tape))
        }
        stored.updates += 1
        if stored.updates.isMultiple(of: Self.interval) { try judge() }
        return Double(loss)
    }

    /// Mean over rows and heads of (z − y)², of those that are one of two of ln(1 + eᶻ) − y·z; `[1, 1]`.
    private func error(_ x: Variable, _ y: Variable, _ w: Weights) -> Variable {
        let z = learner.body(x, w)
        let (means, heads) = (description.means, description.heads.count)
        var sum: Variable?
        if means > 0 {
            sum = squaredError(z.columns(0..<means), y.columns(0..<means)).mean() * Float(means)
        }
        if means < heads {
            let (logits, marks) = (z.columns(means..<heads), y.columns(means..<heads))
            let loss = (logits.softplus() - marks * logits).mean() * Float(heads - means)
            sum = sum.map { $0 + loss } ?? loss
        }
        guard let sum else { preconditionFailure("nothing to predict") }
        return sum * (1 / Float(heads))
    }

    private func judge() throws {
        var sum = 0.0
        let block = 1024
        for first in stride(from: 0, to: heldOut.count, by: block) {
            tape.reset()
            let rows = first..<min(first + block, heldOut.count)
            let found = error(
                tape.constant(heldOut.inputs, rows: rows), tape.constant(heldOut.targets, rows: rows),
                learner.targetWeights(on: tape))
            sum += Double(found.scalar) * Double(rows.count)
        }
        guard sum.isFinite else { throw NonFiniteError("held-out error of \(learner.name)") }
        let error = sum / Double(heldOut.count)
        let isBetter = error < stored.error * (1 - Self.improvement)
        stored.stale = isBetter ? 0 : stored.stale + 1
        stored.error = min(stored.error, error)
        stored.isFinished = stored.stale >= Self.patience
    }

    /// The network as trained so far; it does not change when training goes on.
    public func network() -> SignalNetwork {
        SignalNetwork(description, learner.snapshot(.target) { description.network(in: &$0) })
    }
}

/// Scaled inputs and targets as the network reads them.
private final class Rows {
    let inputs, targets: Tensor
    let count: Int

    init(_ description: SignalDescription, _ data: ModelData, _ rows: [Int], _ heads: [EnsembleHead]) {
        let x = description.scaled(SignalDescription.inputs(data, rows))
        let y = description.targets(rows, heads)
        inputs = Tensor(x.rows, x.columns, x.elements.map(Float.init))
        targets = Tensor(y.rows, y.columns, y.elements.map(Float.init))
        count = rows.count
    }
}
