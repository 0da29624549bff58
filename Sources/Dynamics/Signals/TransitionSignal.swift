import Tensors

/// A number of a transition by formula: of the state, the action and the state reached, in the model's order of columns.
public typealias TransitionRule = (_ state: Span<Double>, _ action: Span<Double>, _ next: Span<Double>) throws
    -> Double

/// Where a number that belongs to a transition comes from, such as a reward or a cost.
public enum TransitionSignal {
    /// A formula.
    case rule(TransitionRule)
    /// The value of the recorded transition that the successor was read from, one a row of the model's data.
    case recorded([Double])
    /// A table over pairs of a state and an action.
    case table(PairTable)
    /// A regression on the state and the action.
    case regression(SignalRegression)
    /// A further prediction of the model itself, by its name.
    case head(String)

    /// The number of each transition.
    ///
    /// - Parameters:
    ///   - name: of what is asked for, for messages.
    ///   - states: `[n, S]`.
    ///   - actions: `[n, A]`.
    ///   - step: what the model said of them.
    ///   - heads: names of the model's further predictions.
    /// - Returns: n finite numbers.
    /// - Throws: `DynamicsError`; what a rule throws.
    func values(
        of name: String, _ states: Matrix, _ actions: Matrix, _ step: ModelStep, heads: [String]
    ) throws -> [Double] {
        let values: [Double]
        switch self {
        case .rule(let rule): values = try Self.apply(rule, states, actions, step.nextStates)
        case .recorded(let recorded): values = try Self.read(recorded, of: name, step.provenance)
        case .table(let table): values = try table.values(of: name, states, actions)
        case .regression(let regression): values = regression.predict(states, actions)
        case .head(let head):
            guard let column = heads.firstIndex(of: head), let predictions = step.heads else {
                throw DynamicsError.unknownName(head, present: heads)
            }
            values = predictions.columns(at: [column]).elements
        }
        if let row = values.firstIndex(where: { !$0.isFinite }) {
            throw DynamicsError.divergedPrediction(of: name, row: row)
        }
        return values
    }

    /// The columns that it was made for; nil where it does not depend on their order, or is code that looks them up.
    var variables: ModelVariables? {
        switch self {
        case .table(let table): table.variables
        case .regression(let regression): regression.variables
        case .rule, .recorded, .head: nil
        }
    }

    private static func apply(
        _ rule: TransitionRule, _ states: Matrix, _ actions: Matrix, _ next: Matrix
    ) throws -> [Double] {
        let (s, a, n) = (states.elements.span, actions.elements.span, next.elements.span)
        var values: [Double] = []
        values.reserveCapacity(states.rows)
        for row in 0..<states.rows {
            values.append(
                try rule(
                    s.extracting(row * states.columns..<(row + 1) * states.columns),
                    a.extracting(row * actions.columns..<(row + 1) * actions.columns),
                    n.extracting(row * next.columns..<(row + 1) * next.columns)))
        }
        return values
    }

    private static func read(_ recorded: [Double], of name: String, _ provenance: [Int]?) throws -> [Double] {
        guard let provenance else { throw DynamicsError.noProvenance(of: name) }
        return try provenance.map { row in
            guard row >= 0 else { throw DynamicsError.noProvenance(of: name) }
            guard row < recorded.count else {
                throw DynamicsError.rowOutside(of: name, row: row, rows: recorded.count)
            }
            return recorded[row]
        }
    }
}

/// Where a model's rewards come from; any sign.
public typealias RewardModel = TransitionSignal

/// A number for each pair of a state and an action of finite tables.
public struct PairTable: Sendable {
    /// Names and order of the columns of states and actions.
    public let variables: ModelVariables
    /// The states, one row of the table each.
    public let states: DistinctRows
    /// The actions, one column of the table each.
    public let actions: DistinctRows
    /// `[states, actions]`; NaN where a pair has no entry.
    public let entries: Matrix

    /// Names the entries of a table.
    public init(variables: ModelVariables, states: DistinctRows, actions: DistinctRows, entries: Matrix) {
        precondition(
            entries.rows == states.count && entries.columns == actions.count,
            "a table of \(entries.rows) × \(entries.columns) for \(states.count) × \(actions.count) pairs")
        (self.variables, self.states, self.actions) = (variables, states, actions)
        self.entries = entries
    }

    func values(of name: String, _ states: Matrix, _ actions: Matrix) throws -> [Double] {
        try zip(self.states.numbers(of: states), self.actions.numbers(of: actions)).enumerated().map {
            row, pair in
            guard let state = pair.0, let action = pair.1, !entries[state, action].isNaN else {
                throw DynamicsError.missingEntry(of: name, row: row)
            }
            return entries[state, action]
        }
    }
}
