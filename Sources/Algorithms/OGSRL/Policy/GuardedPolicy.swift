import Dynamics
import Foundation
import Guardians
import PolicyOptimisation
import SafeRL

/// A policy of OGSRL that acts in environments; with a guardian, what that calls outside is not proposed or is replaced.
struct GuardedPolicy: FiniteChoicePolicy {
    let form: PolicySpaces
    let parameters: [Double]
    /// Masks what it calls outside, or replaces it by the least outside of all actions.
    let guardian: (any SupportGuardian)?
    private let mask: ProposalMask?
    private let viewer: PolicyViewer
    private let policy: StochasticPolicy

    init(_ form: PolicySpaces, parameters: [Double], guardian: (any SupportGuardian)?) {
        (self.form, self.parameters, self.guardian) = (form, parameters, guardian)
        (viewer, policy, mask) = (form.viewer(), form.policy(), ProposalMask(form, guardian))
    }

    var observationSize: Int { form.seenSize }
    var memory: Int { form.history ?? 0 }
    var actionSize: Int { form.choices == nil ? form.actionSize : 1 }
    var actionChoices: Int? { form.choices }

    /// Draws an action for each row, or takes the most probable one, as configured.
    ///
    /// - Throws: what the guardian throws, as for an observation beyond what its numbers can score: an action that was not
    ///   judged is not done.
    func act(
        on observations: Span<Float>, actions: inout MutableSpan<Float>,
        using streams: inout MutableSpan<RandomStream>
    ) throws {
        let rows = streams.count
        precondition(
            observations.count == rows * form.observationSize && actions.count == rows * actionSize,
            "act: sizes do not fit")
        let states = Matrix(
            rows, form.observationSize, (0..<observations.count).map { Double(observations[$0]) })
        var own = (0..<rows).map { streams[$0] }
        let chosen = try self.actions(in: states, using: &own)
        for row in 0..<rows { streams[row] = own[row] }
        if form.choices != nil {
            for row in 0..<rows { actions[row] = choice(chosen, row) }
            return
        }
        for index in 0..<actions.count {
            let action = chosen.elements[index]
            actions[index] = action.isFinite ? Float(min(max(action, -1), 1)) : .nan
        }
    }

    /// The recorded actions, for a policy over them.
    var choices: [[Float]] {
        guard let table = form.actionTable else { return [] }
        if form.choices != nil { return (0..<table.rows).map { [choice(table, $0)] } }
        return (0..<table.rows).map { row in (0..<table.columns).map { Float(table[row, $0]) } }
    }

    /// The number of the choice that a row stands for; NaN where it stands for none.
    private func choice(_ actions: Matrix, _ row: Int) -> Float {
        (0..<actions.columns).first { actions[row, $0] == 1 }.map { Float($0) } ?? .nan
    }

    /// The distribution over the recorded actions after the guardian has moved what it calls outside.
    func probabilities(in observations: [Float]) throws -> [Double] {
        guard let table = form.actionTable else { preconditionFailure("a Gaussian has no finite choice") }
        let rows = observations.count / form.observationSize
        let states = Matrix(rows, form.observationSize, observations.map(Double.init))
        let inputs = PolicyInputs(viewer(states), allowed: try mask?.allowed(in: states))
        var result: [Double]
        if form.samples {
            result = policy.point(at: inputs, parameters: parameters).rows.elements.map { exp($0) }
        } else {
            result = [Double](repeating: 0, count: rows * table.rows)
            if case .choices(let modes) = policy.mode(inputs, parameters: parameters) {
                for (row, choice) in modes.enumerated() { result[row * table.rows + choice] = 1 }
            }
        }
        guard let guardian, mask == nil else { return result }
        let pairs = ProposalMask.pairs(of: states, table)
        let (outside, scores) = (try guardian.isOutside(pairs), try guardian.score(pairs))
        for row in 0..<rows {
            let own = row * table.rows..<(row + 1) * table.rows
            let least = own.lowerBound + ProposalMask.leastOutside(scores[own], nil)
            for pair in own where outside[pair] && pair != least {
                result[least] += result[pair]
                result[pair] = 0
            }
        }
        return result
    }

    private func actions(in states: Matrix, using streams: inout [RandomStream]) throws -> Matrix {
        let inputs = PolicyInputs(viewer(states), allowed: try mask?.allowed(in: states))
        let drawn =
            form.samples
            ? policy.sample(inputs, parameters: parameters, using: &streams)
            : policy.mode(inputs, parameters: parameters)
        var actions = policy.vectors(of: drawn)
        if mask == nil { try replace(&actions, in: states) }
        return actions
    }

    /// Replaces what the guardian calls outside.
    private func replace(_ actions: inout Matrix, in states: Matrix) throws {
        guard let guardian, let table = form.actionTable else { return }
        let outside = try guardian.isOutside(states.joined(actions))
        for row in 0..<states.rows where outside[row] {
            let scores = try guardian.score(ProposalMask.pairs(of: states.rows(at: [row]), table))
            actions.setRow(row, to: table, ProposalMask.leastOutside(scores[...], nil))
        }
    }
}
