import Tensors

extension Fallback {
    /// Refuses actions of other variables and tables without actions.
    func check(_ expected: [String]) throws(DynamicsError) {
        guard variables == expected else {
            throw .otherVariables(of: "fallback \"\(name)\"", given: variables, expected: expected)
        }
        switch source {
        case .leastOutside(let table):
            if table.rows == 0 { throw .emptyFallback(name: name) }
            try checkSize(table, expected.count)
        case .fixed(let action): try checkSize(Matrix(1, action.count, action), expected.count)
        case .policy: return
        }
        if case .terminate(let reward) = whenOutside, !reward.isFinite {
            throw .outOfRange(option: "penalty", value: reward, range: "(−∞, ∞)")
        }
    }

    private func checkSize(_ actions: Matrix, _ expected: Int) throws(DynamicsError) {
        guard actions.columns == expected else {
            throw .fallbackSize(name: name, given: actions.columns, expected: expected)
        }
        if let bad = actions.firstNotFinite {
            throw .notFinite(column: "fallback \(name): \(variables[bad.column])", row: bad.row)
        }
    }

    /// The action for each state, and whether that pair is outside too.
    func actions(in states: Matrix, of model: GuardedModel) throws -> (actions: Matrix, isOutside: [Bool]) {
        let n = states.rows
        switch source {
        case .leastOutside(let table): return try leastOutside(of: table, in: states, of: model)
        case .fixed(let action):
            let actions = Matrix(n, action.count, [[Double]](repeating: action, count: n).flatMap(\.self))
            return (actions, try model.outside(states, actions))
        case .policy(let policy):
            let actions = try policy(states)
            precondition(actions.rows == n, "fallback \(name): \(actions.rows) actions for \(n) states")
            try checkSize(actions, variables.count)
            return (actions, try model.outside(states, actions))
        }
    }

    /// Every action of the table is judged in every state at once.
    private func leastOutside(of table: Matrix, in states: Matrix, of model: GuardedModel) throws -> (
        actions: Matrix, isOutside: [Bool]
    ) {
        let (n, k) = (states.rows, table.rows)
        let judged = try model.judge(
            states.rows(at: (0..<n * k).map { $0 / k }), table.rows(at: (0..<n * k).map { $0 % k }))
        let chosen = (0..<n).map { state in
            (1..<max(k, 2)).reduce(0) { best, action in
                action < k && judged.scores[state * k + action] < judged.scores[state * k + best]
                    ? action : best
            }
        }
        return (
            table.rows(at: chosen), chosen.enumerated().map { judged.isOutside[$0.offset * k + $0.element] }
        )
    }
}
