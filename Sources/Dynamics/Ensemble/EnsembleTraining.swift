// Ensembles of Gaussian networks as models of an environment: Chua et al. 2018, arXiv:1805.12114 (PETS); members, elites,
// bootstrap and early stopping as in Yu et al. 2020, arXiv:2005.13239 (MOPO), after Janner et al. 2019, arXiv:1906.08253.
//
//   usual symbol             here
//   mu, Sigma                mean and log-variance of the scaled targets, one network each
//   s' − s, r                targets: the change of the state, then the heads
//   N, elites                members, elites
//   holdout loss             heldOutErrors: half the mean of (y − μ)²e^−λ + λ, in nats per predicted number, without its constant
//
// Deviations: the held-out error is the likelihood's and not the squared one, because roll-outs draw from the variance too;
// its improvement counts in nats, not as a share, since it may be negative; targets are scaled too; weight decay is
// decoupled and 0 by default.

import Networks
import Tensors

/// What an ensemble predicts beside the next state: named numbers of a transition, such as its reward.
public struct EnsembleHead: Sendable {
    /// The name, such as `reward`.
    public let name: String
    /// One number a row of the data.
    public let values: [Double]

    /// Names numbers to be predicted.
    public init(_ name: String, _ values: [Double]) { (self.name, self.values) = (name, values) }
}

/// Trains an ensemble, one small step at a time, so that whoever trains can stop, save and go on in between.
///
/// Every member sees a bootstrap of its own (as many training rows drawn with replacement) in batches drawn from it. After each
/// epoch a member whose held-out error has fallen keeps its weights; the weights kept are what predicts.
public final class EnsembleTraining {
    /// Everything but the learners that the next update depends on.
    public struct State: Codable, Equatable, Sendable {
        /// Updates made.
        public var updates = 0
        /// Epochs judged.
        public var epochs = 0
        /// Epochs since any member was better.
        public var stale = 0
        /// Lowest held-out error of each member, in nats per predicted number; infinite before the first epoch.
        public var errors: [Double]
        /// Where each member's batches come from.
        public var streams: [RandomStream]
        /// Whether training has stopped.
        public var isFinished = false

        /// What no training of so many members leaves behind, as half a sentence; nil for a sound state.
        public func fault(members: Int) -> String? {
            if errors.count != members || streams.count != members {
                return "\(errors.count) members stored, \(members) configured"
            }
            if errors.contains(where: \.isNaN) { return "a held-out error is not a number" }
            let counts = [updates, epochs, stale]
            return counts.allSatisfy { 0...(1 << 53) ~= $0 } ? nil : "the counts \(counts) count nothing"
        }

        /// The members of the lowest held-out errors, the first of equals.
        public func elites(_ count: Int) -> [Int] {
            let order = errors.indices.sorted { (errors[$0], $0) < (errors[$1], $1) }
            return Array(order.prefix(count))
        }
    }

    /// What one update reports.
    public struct Metrics: Equatable, Sendable {
        /// Mean of the members' losses.
        public var loss: Double
        /// Lowest held-out errors of the members so far.
        public var heldOutErrors: [Double]
    }

    /// How it is trained.
    public let options: EnsembleOptions
    /// One learner a member, called `model.0` and so on, to be stored with `state`.
    ///
    /// Their target holds the weights kept, those of the lowest held-out error.
    public let learners: [Learner<GaussianNetwork>]
    /// Updates in an epoch.
    public let updatesPerEpoch: Int
    /// What the models must know beside their weights.
    public let description: EnsembleDescription
    private(set) var stored: State
    private let bootstraps: [[Int32]]
    private let training: Rows, heldOut: Rows
    private let tape = Tape()

    /// Makes fresh members for recorded transitions.
    ///
    /// - Parameters:
    ///   - data: recorded transitions.
    ///   - split: training and held-out rows, at least one usable of each; only rows with a successor are used.
    ///   - heads: what is predicted beside the next state.
    ///   - options: how.
    ///   - seed: of the run.
    /// - Throws: `DynamicsError`.
    public init(
        _ data: ModelData, _ split: ModelSplit, heads: [EnsembleHead] = [],
        options: EnsembleOptions = .init(),
        seed: UInt64
    ) throws(DynamicsError) {
        try options.check()
        let rows = split.training.filter { data.hasSuccessor[$0] }
        let others = split.heldOut.filter { data.hasSuccessor[$0] }
        guard !rows.isEmpty && !others.isEmpty else { throw .noRows }
        description = try EnsembleDescription(data, rows: rows, heads: heads, hidden: options.hidden)
        training = Rows(try description.pairs(data, rows, heads))
        heldOut = Rows(try description.pairs(data, others, heads))
        var adam = Adam(rate: .constant(options.learningRate))
        adam.decay = options.decay
        let sizes = description.sizes
        var (learners, bootstraps, streams) = ([Learner<GaussianNetwork>](), [[Int32]](), [RandomStream]())
        for member in 0..<options.members {
            var stream = RandomStream(seed: seed, for: .modelFit, index: UInt32(member))
            learners.append(
                Learner("model.\(member)", optimizer: adam, hasTarget: true, using: &stream) {
                    GaussianNetwork(sizes, in: &$0)
                })
            bootstraps.append((0..<rows.count).map { _ in Int32(stream.nextInteger(below: rows.count)) })
            streams.append(stream)
        }
        (self.options, self.learners, self.bootstraps) = (options, learners, bootstraps)
        updatesPerEpoch = (rows.count + options.rows - 1) / options.rows
        stored = State(errors: [Double](repeating: .infinity, count: options.members), streams: streams)
    }

    /// Whether early stopping, or the limit of epochs, has ended the training.
    public var isFinished: Bool { stored.isFinished }

    /// Everything but the learners that the next update depends on.
    public var state: State { stored }

    /// Restores what `state` gave; the learners are restored by the caller.
    ///
    /// - Throws: `DynamicsError.otherTraining` for another number of members, or counts that count nothing.
    public func restore(_ state: State) throws(DynamicsError) {
        if let fault = state.fault(members: options.members) { throw .otherTraining(reason: fault) }
        stored = state
    }

    /// One step of every member, and after the last one of an epoch a look at the held-out rows.
    ///
    /// - Throws: `NonFiniteError`.
    public func update() throws -> Metrics {
        precondition(!isFinished, "an update of a finished training")
        var total = 0.0
        for member in learners.indices { total += try descend(member) }
        stored.updates += 1
        if stored.updates.isMultiple(of: updatesPerEpoch) { try judge() }
        return Metrics(loss: total / Double(learners.count), heldOutErrors: stored.errors)
    }

    /// Updates until the training is finished.
    ///
    /// - Throws: `NonFiniteError`.
    public func run() throws { while !isFinished { _ = try update() } }

    private func descend(_ member: Int) throws -> Double {
        tape.reset()
        let (learner, bootstrap) = (learners[member], bootstraps[member])
        // Of an update in parts, this part's rows.
        var rows = [Int32](repeating: 0, count: options.rows / (DataShard.current?.count ?? 1))
        rows.withUnsafeMutableBufferPointer {
            stored.streams[member].fillIntegers($0, below: bootstrap.count)
        }
        rows = rows.map { bootstrap[Int($0)] }
        let (x, y) = rows.withUnsafeBufferPointer {
            (tape.constant(training.inputs, rowsAt: $0), tape.constant(training.targets, rowsAt: $0))
        }
        let loss = try learner.descend(on: tape) {
            learner.body.loss(x, y, bounds: options.bounds, learner.weights(on: tape))
        }
        return Double(loss)
    }

    /// Ends an epoch: keeps the weights of the members that got better.
    private func judge() throws {
        var anyBetter = false
        for (member, learner) in learners.enumerated() {
            let error = try heldOutError(of: learner)
            guard error < stored.errors[member] - (stored.epochs == 0 ? 0 : options.improvement) else {
                continue
            }
            stored.errors[member] = error
            learner.copyToTarget()
            anyBetter = true
        }
        stored.epochs += 1
        stored.stale = anyBetter ? 0 : stored.stale + 1
        stored.isFinished =
            stored.stale >= options.patience || options.epochs.map { stored.epochs >= $0 } == true
    }

    /// Half the mean over held-out rows and outputs of `(y − μ)²·e^−λ + λ`.
    private func heldOutError(of learner: Learner<GaussianNetwork>) throws -> Double {
        var sum = 0.0
        let (count, block) = (heldOut.inputs.shape.rows, 1024)
        for first in stride(from: 0, to: count, by: block) {
            tape.reset()
            let rows = first..<min(first + block, count)
            let y = tape.constant(heldOut.targets, rows: rows)
            let error = learner.body.loss(
                tape.constant(heldOut.inputs, rows: rows), y, bounds: 0, learner.weights(on: tape))
            sum += Double(error.scalar) * Double(rows.count)
        }
        guard sum.isFinite else { throw NonFiniteError("held-out error of \(learner.name)") }
        return sum / Double(count)
    }

    /// The members with the lowest held-out errors, the first of equals, with the weights they kept.
    ///
    /// - Parameters:
    ///   - termination: when an episode ends by itself; never where nil.
    ///   - disagreement: how it is measured.
    /// - Returns: a model that does not change when training goes on.
    public func dynamics(
        ending termination: TransitionCondition? = nil, disagreement: Disagreement = .largestMeanDifference
    ) -> EnsembleDynamics {
        EnsembleDynamics(
            description, elites: stored.elites(options.elites), ending: termination,
            disagreement: disagreement
        ) {
            learners[$0].snapshot(.target, $1)
        }
    }
}

/// Scaled inputs and targets as the networks read them.
private final class Rows {
    let inputs, targets: Tensor

    init(_ pairs: (inputs: Matrix, targets: Matrix)) {
        inputs = Tensor(pairs.inputs.rows, pairs.inputs.columns, pairs.inputs.elements.map(Float.init))
        targets = Tensor(pairs.targets.rows, pairs.targets.columns, pairs.targets.elements.map(Float.init))
    }
}
