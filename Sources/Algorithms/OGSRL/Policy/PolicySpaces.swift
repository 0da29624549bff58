import Dynamics
import Foundation
import PolicyOptimisation
import SafeRL

/// What a policy of OGSRL is without its parameters: how it sees states and which actions it has.
struct PolicySpaces: StoredValue, Equatable {
    /// How observations become inputs of the network.
    enum View: Codable, Equatable {
        /// Each number less its mean, over its deviation.
        case standardised(means: [Double], deviations: [Double])
        /// One input for each distinct recorded observation, 1 where it is that one; `[states, S]` row by row.
        case states([Double])
    }

    let view: View
    /// Numbers of a state, its history among them, and of an action.
    let observationSize: Int, actionSize: Int
    /// Earlier observations and actions in a state; absent where there are none.
    let history: Int?
    /// How many choices the environment has, `actionSize` numbers each here; absent where actions are real numbers.
    let choices: Int?
    /// Distinct recorded actions, `[actions, A]` row by row; nil for a Gaussian.
    let actions: [Double]?
    /// How often each action was recorded, where the guardian masks what is proposed; nil where it does not.
    let records: [Int]?
    let widths: [Int]
    let samples: Bool

    init(_ options: OGSRL.Configuration, _ data: ModelData, choices: Int? = nil) {
        self.choices = choices
        history = options.history > 0 ? options.history : nil
        (observationSize, actionSize) = (data.observations.columns, data.actions.columns)
        switch options.inputs {
        case .table:
            view = .states(DistinctRows(of: data.observations).rows.elements)
            widths = []
        case .features:
            view = Self.standardised(data.observations)
            widths = options.widths
        }
        let distinct = options.actions == .finite ? DistinctRows(of: data.actions) : nil
        actions = distinct?.rows.elements
        records = options.masksProposals ? distinct.map { Self.records($0, data.actions) } : nil
        samples = options.samples
    }

    private static func records(_ distinct: DistinctRows, _ taken: Matrix) -> [Int] {
        distinct.numbers(of: taken).reduce(into: [Int](repeating: 0, count: distinct.count)) {
            counts, number in
            if let number { counts[number] += 1 }
        }
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
        if let history {
            try Sound.check(history, "history", in: 1...100)
            guard seenSize >= 1 && seenSize * (history + 1) + history * actionSize == observationSize else {
                throw UnsoundValue("a state of \(observationSize) numbers is no history of \(history)")
            }
        }
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
        guard let records else { return }
        guard records.count * actionSize == actions?.count else {
            throw UnsoundValue("\(records.count) numbers of records for its actions")
        }
        for count in records { try Sound.check(count, "records", in: Sound.count) }
    }

    /// Checks that numbers are a table of distinct rows.
    private static func check(_ table: [Double], _ name: String, width: Int) throws(UnsoundValue) {
        try Sound.check(finite: table, "the table of \(name)")
        guard !table.isEmpty && table.count.isMultiple(of: width),
            DistinctRows(of: Matrix(table.count / width, width, table)).count == table.count / width
        else { throw UnsoundValue("the table of \(name) does not consist of distinct rows of \(width)") }
    }

    /// Numbers of an observation as the environment gives it.
    var seenSize: Int {
        let length = history ?? 0
        return (observationSize - length * actionSize) / (length + 1)
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
    private let form: PolicySpaces
    private let states: DistinctRows?

    init(_ form: PolicySpaces) {
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
