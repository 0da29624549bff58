import Dynamics
import Foundation
import PolicyOptimisation
import SafeRL

/// What a policy of OGSRL is without its parameters: how it sees states and which actions it has.
struct PolicyForm: StoredValue, Equatable {
    /// How observations become inputs of the network.
    enum View: Codable, Equatable {
        /// Each number less its mean, over its deviation.
        case standardised(means: [Double], deviations: [Double])
        /// One input for each distinct recorded observation, 1 where it is that one; `[states, S]` row by row.
        case states([Double])
    }

    let view: View
    let observationSize: Int, actionSize: Int
    /// How many choices the environment has, `actionSize` numbers each here; absent where actions are real numbers.
    let choices: Int?
    /// Distinct recorded actions, `[actions, A]` row by row; nil for a Gaussian.
    let actions: [Double]?
    let widths: [Int]
    let samples: Bool

    init(_ options: OGSRL.Configuration, _ data: ModelData, choices: Int? = nil) {
        self.choices = choices
        (observationSize, actionSize) = (data.observations.columns, data.actions.columns)
        switch options.inputs {
        case .table:
            view = .states(DistinctRows(of: data.observations).rows.elements)
            widths = []
        case .features:
            view = Self.standardised(data.observations)
            widths = options.widths
        }
        actions = options.actions == .finite ? DistinctRows(of: data.actions).rows.elements : nil
        samples = options.samples
    }

    private static func standardised(_ observations: Matrix) -> View {
        let (n, size) = (Double(observations.rows), observations.columns)
        var (means, squares) = ([Double](repeating: 0, count: size), [Double](repeating: 0, count: size))
        for row in 0..<observations.rows {
            for column in 0..<size { means[column] += observations[row, column] / n }
        }
        for row in 0..<observations.rows {
            for column in 0..<size {
                let difference = observations[row, column] - means[column]
                squares[column] += difference * difference / n
            }
        }
        // A number that never varies stays at 0 where it is as recorded.
        return .standardised(
            means: means, deviations: squares.map { $0 > 0 ? $0.squareRoot() : 1 })
    }

    func check() throws(UnsoundValue) {
        try Sound.check(observationSize, "observationSize", in: Sound.size)
        try Sound.check(actionSize, "actionSize", in: Sound.size)
        try Sound.check(widths: widths)
        switch view {
        case .standardised(let means, let deviations):
            guard means.count == observationSize && deviations.count == observationSize else {
                throw UnsoundValue(
                    "\(means.count) means and \(deviations.count) deviations for \(observationSize) numbers")
            }
            try Sound.check(finite: means + deviations, "the scale of observations")
            guard deviations.allSatisfy({ $0 > 0 }) else {
                throw UnsoundValue("a deviation is not above 0")
            }
        case .states(let rows): try Self.check(rows, "states", width: observationSize)
        }
        if let actions { try Self.check(actions, "actions", width: actionSize) }
    }

    /// Checks that numbers are a table of distinct rows.
    private static func check(_ table: [Double], _ name: String, width: Int) throws(UnsoundValue) {
        try Sound.check(finite: table, "the table of \(name)")
        guard !table.isEmpty && table.count.isMultiple(of: width),
            DistinctRows(of: Matrix(table.count / width, width, table)).count == table.count / width
        else { throw UnsoundValue("the table of \(name) does not consist of distinct rows of \(width)") }
    }

    /// Actions as a table.
    var actionTable: Matrix? { actions.map { Matrix($0.count / actionSize, actionSize, $0) } }

    /// Turns observations into inputs.
    func viewer() -> PolicyViewer { PolicyViewer(self) }

    /// The policy.
    func policy() -> StochasticPolicy {
        let inputs =
            switch view {
            case .standardised(let means, _): means.count
            case .states(let rows): rows.count / observationSize
            }
        guard let actionTable else {
            return .gaussian(observation: inputs, hidden: widths, actions: actionSize)
        }
        return .categorical(observation: inputs, hidden: widths, actions: actionTable)
    }
}

/// Inputs of the network for observations.
struct PolicyViewer {
    private let form: PolicyForm
    private let states: DistinctRows?

    init(_ form: PolicyForm) {
        self.form = form
        if case .states(let rows) = form.view {
            states = DistinctRows(
                of: Matrix(rows.count / form.observationSize, form.observationSize, rows))
        } else {
            states = nil
        }
    }

    /// - Parameter observations: `[n, S]`, at least one row.
    /// - Returns: `[n, inputs]`; in a table, zeros for an observation never recorded.
    func callAsFunction(_ observations: Matrix) -> Matrix {
        switch form.view {
        case .standardised(let means, let deviations):
            var result = observations
            for row in 0..<observations.rows {
                for column in means.indices {
                    result[row, column] = (observations[row, column] - means[column]) / deviations[column]
                }
            }
            return result
        case .states:
            guard let states else { preconditionFailure("a table without states") }
            var result = Matrix(observations.rows, states.count)
            for (row, number) in states.numbers(of: observations).enumerated() {
                if let number { result[row, number] = 1 }
            }
            return result
        }
    }
}

/// A policy of OGSRL that acts in environments; with a guardian, what that calls outside is replaced.
struct GuardedPolicy: FiniteChoicePolicy {
    let form: PolicyForm
    let parameters: [Double]
    /// Replaces what it calls outside by the least outside of all actions.
    let guardian: (any SupportGuardian)?
    private let viewer: PolicyViewer
    private let policy: StochasticPolicy

    init(_ form: PolicyForm, parameters: [Double], guardian: (any SupportGuardian)?) {
        (self.form, self.parameters, self.guardian) = (form, parameters, guardian)
        (viewer, policy) = (form.viewer(), form.policy())
    }

    var observationSize: Int { form.observationSize }
    var actionSize: Int { form.choices == nil ? form.actionSize : 1 }
    var actionChoices: Int? { form.choices }

    /// Draws an action for each row, or takes the most probable one, as configured.
    ///
    /// Where a guardian fails, as on an observation beyond what its numbers can score, there is no action but NaN, which
    /// nothing carries out: an action that was not judged is not done.
    func act(
        on observations: Span<Float>, actions: inout MutableSpan<Float>,
        using streams: inout MutableSpan<RandomStream>
    ) {
        let rows = streams.count
        precondition(
            observations.count == rows * observationSize && actions.count == rows * actionSize,
            "act: sizes do not fit")
        let states = Matrix(
            rows, observationSize, (0..<observations.count).map { Double(observations[$0]) })
        var own = (0..<rows).map { streams[$0] }
        let chosen = self.actions(in: states, using: &own)
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

    /// The number of the choice that a row stands for.
    private func choice(_ actions: Matrix, _ row: Int) -> Float {
        Float((0..<actions.columns).first { actions[row, $0] == 1 } ?? 0)
    }

    /// The distribution over the recorded actions after the guardian has moved what it calls outside.
    func probabilities(in observations: [Float]) throws -> [Double] {
        guard let table = form.actionTable else { preconditionFailure("a Gaussian has no finite choice") }
        let rows = observations.count / observationSize
        let states = Matrix(rows, observationSize, observations.map(Double.init))
        let inputs = PolicyInputs(viewer(states))
        var result: [Double]
        if form.samples {
            result = policy.point(at: inputs, parameters: parameters).rows.elements.map { exp($0) }
        } else {
            result = [Double](repeating: 0, count: rows * table.rows)
            if case .choices(let modes) = policy.mode(inputs, parameters: parameters) {
                for (row, choice) in modes.enumerated() { result[row * table.rows + choice] = 1 }
            }
        }
        guard let guardian else { return result }
        let pairs = states.rows(at: (0..<rows * table.rows).map { $0 / table.rows })
            .joined(table.rows(at: (0..<rows * table.rows).map { $0 % table.rows }))
        let (outside, scores) = (try guardian.isOutside(pairs), try guardian.score(pairs))
        for row in 0..<rows {
            let own = row * table.rows..<(row + 1) * table.rows
            let least = own.reduce(own.lowerBound) { scores[$1] < scores[$0] ? $1 : $0 }
            for pair in own where outside[pair] && pair != least {
                result[least] += result[pair]
                result[pair] = 0
            }
        }
        return result
    }

    private func actions(in states: Matrix, using streams: inout [RandomStream]) -> Matrix {
        let inputs = PolicyInputs(viewer(states))
        let drawn =
            form.samples
            ? policy.sample(inputs, parameters: parameters, using: &streams)
            : policy.mode(inputs, parameters: parameters)
        var actions = policy.vectors(of: drawn)
        guard let guardian, let table = form.actionTable else { return actions }
        do {
            let outside = try guardian.isOutside(states.joined(actions))
            for row in 0..<states.rows where outside[row] {
                let pairs = states.rows(at: [Int](repeating: row, count: table.rows)).joined(table)
                let scores = try guardian.score(pairs)
                let least = scores.indices.reduce(0) { scores[$1] < scores[$0] ? $1 : $0 }
                actions.setRow(row, to: table, least)
            }
        } catch {
            actions = Matrix(
                states.rows, actionSize, [Double](repeating: .nan, count: states.rows * actionSize))
        }
        return actions
    }
}
