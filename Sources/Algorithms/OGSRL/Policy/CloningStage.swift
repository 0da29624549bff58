import Dynamics
import Foundation
import PolicyOptimisation
import SafeRL

/// The policy's start: a clone of the recorded behaviour by maximum likelihood.
///
/// A table is cloned in closed form: a choice that n of a state's records took has n + 1/k of the weight, k being the number of
/// choices that the mask leaves (Perks' prior), so that a state without records starts even. A network, or a Gaussian, is fitted
/// by Adam on minibatches. Records that the guardian calls outside are left out where the mask forbids them.
final class CloningStage {
    private let form: PolicySpaces
    private let data: ModelData
    private let updates: Int
    private let learner: LikelihoodLearner
    private let viewer: PolicyViewer
    private let choices: DistinctRows?
    private var sampling: RandomStream
    private var done = 0
    /// Rows of a minibatch, and Adam's step size.
    private static let (rows, rate) = (256, 1e-3)

    init(_ options: OGSRL.Configuration, _ form: PolicySpaces, _ data: ModelData, seed: UInt64) {
        (self.form, self.data, updates) = (form, data, Self.updates(options))
        learner = LikelihoodLearner(form.policy(), rate: Self.rate, seed: seed)
        viewer = form.viewer()
        choices = form.actionTable.map { DistinctRows(of: $0) }
        sampling = RandomStream(seed: seed, for: .sampling, index: 2)
    }

    /// Updates that the stage takes.
    static func updates(_ options: OGSRL.Configuration) -> Int {
        guard case .cloning(let own) = options.warmStart else { return 0 }
        return options.inputs == .table && options.actions == .finite ? 1 : own.updates
    }

    /// Whether nothing is left to fit.
    var isComplete: Bool { done >= updates }

    /// The policy's parameters as fitted so far.
    var parameters: [Double] { learner.parameters }

    /// One minibatch; of a table, all.
    ///
    /// - Parameter mask: what the policy may propose; nil for everything.
    /// - Returns: the mean of −log π(a|s) over the minibatch before; of a table, over the data afterwards.
    /// - Throws: `NonFiniteError`, `GuardianError`.
    func update(_ mask: ProposalMask?) throws -> Double {
        var drawing = sampling
        let loss: Double
        if case .states(let states) = form.view, let choices {
            loss = try fillTable(
                Matrix(states.count / form.observationSize, form.observationSize, states), choices, mask)
        } else {
            loss = try descend(mask, &drawing)
        }
        (sampling, done) = (drawing, done + 1)
        return loss
    }

    private func descend(_ mask: ProposalMask?, _ drawing: inout RandomStream) throws -> Double {
        let drawn = (0..<Self.rows).map { _ in drawing.nextInteger(below: data.count) }
        let taken = data.actions.rows(at: drawn)
        guard let choices else {
            return try learner.update(
                PolicyInputs(viewer(data.observations.rows(at: drawn))), .vectors(taken))
        }
        let numbers = choices.numbers(of: taken).map { $0 ?? 0 }
        guard let marks = try mask?.allowed(in: data.observations.rows(at: drawn)) else {
            return try learner.update(
                PolicyInputs(viewer(data.observations.rows(at: drawn))), .choices(numbers))
        }
        let kept = drawn.indices.filter { marks[$0 * choices.count + numbers[$0]] }
        guard !kept.isEmpty else { return 0 }
        let allowed = kept.flatMap { marks[$0 * choices.count..<($0 + 1) * choices.count] }
        return try learner.update(
            PolicyInputs(viewer(data.observations.rows(at: kept.map { drawn[$0] })), allowed: allowed),
            .choices(kept.map { numbers[$0] }))
    }

    /// The closed form: logits are logarithms of weights.
    private func fillTable(_ states: Matrix, _ choices: DistinctRows, _ mask: ProposalMask?) throws -> Double
    {
        let (n, k) = (states.rows, choices.count)
        let marks = try mask?.allowed(in: states) ?? [Bool](repeating: true, count: n * k)
        var counts = [Double](repeating: 0, count: n * k)
        let seen = DistinctRows(of: states).numbers(of: data.observations)
        for (state, choice) in zip(seen, choices.numbers(of: data.actions)) {
            if let state, let choice, marks[state * k + choice] { counts[state * k + choice] += 1 }
        }
        // A table has a weight for each choice and state, and biases, which stay 0.
        var table = [Double](repeating: 0, count: learner.policy.parameterCount)
        var (loss, records) = (0.0, 0.0)
        for state in 0..<n {
            let own = state * k..<(state + 1) * k
            let share = 1 / Double(own.count { marks[$0] })
            let total = counts[own].reduce(0, +)
            for (choice, pair) in own.enumerated() {
                table[choice * n + state] = log(counts[pair] + share)
                loss -= counts[pair] * log((counts[pair] + share) / (total + 1))
            }
            records += total
        }
        learner.replaceParameters(table)
        return records > 0 ? loss / records : 0
    }

    // MARK: Storing

    /// Stores what the next update depends on.
    func save(to checkpoint: inout CheckpointWriter) throws {
        let state = learner.state
        try checkpoint.store(
            "cloning.position",
            LearnerPosition(
                sampling: sampling, done: done, counts: state.counts,
                vectors: state.storeVectors(of: "cloning", in: &checkpoint)))
    }

    /// Restores what `save` stored.
    ///
    /// - Throws: `CheckpointError`.
    func load(from checkpoint: CheckpointReader) throws {
        let position = try checkpoint.value("cloning.position", as: LearnerPosition.self)
        let done = try position.required(\.done, "done", of: "cloning", in: checkpoint)
        try position.state(of: "cloning", in: checkpoint)
            .restore(of: "cloning", in: checkpoint, learner.restore)
        (sampling, self.done) = (position.sampling, done)
    }
}
