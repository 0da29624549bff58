import Tensors

/// What a table answers for a pair that was never recorded.
public enum UnseenPairs: Sendable, Equatable {
    /// The law of the recorded pair nearest to it, in scaled units; the first row's at equal distance.
    case nearest(Scaling)
    /// Nothing: the successor is not known.
    case unknown
}

/// The maximum-likelihood model of a task with finitely many states and actions: the law of a pair is the relative
/// frequency of what followed it.
///
/// States are the distinct observations, bit for bit; actions the distinct actions. Drawing one of the recorded transitions
/// of a pair uniformly draws from that law, so every draw has its row as provenance.
public struct TabularDynamics: DynamicsModel, Sendable {
    /// Names and order of the columns.
    public let variables: ModelVariables
    /// The distinct observations, recorded before or after a transition, in the order first seen.
    public let states: DistinctRows
    /// The distinct actions, in the order first seen.
    public let actions: DistinctRows
    /// What is answered for pairs never recorded.
    public let unseen: UnseenPairs
    private let data: ModelData
    /// The state after each row of the data; of no meaning for rows that are not used.
    private let nextState: [Int]
    /// Rows of each pair, numbered state · actions + action.
    private let members: Groups
    private let completion: (scale: ColumnScale, keys: RecordedPoints)?

    /// Counts recorded transitions.
    ///
    /// - Parameters:
    ///   - data: recorded transitions; provenance is a row of these.
    ///   - rows: those to use, in rising order; all where nil.
    ///   - unseen: what to answer for pairs never recorded.
    /// - Throws: `DynamicsError.noRows`; `outOfRange` for more than 2²⁸ pairs of a state and an action.
    public init(_ data: ModelData, rows: [Int]? = nil, unseen: UnseenPairs) throws(DynamicsError) {
        let usable = (rows ?? Array(0..<data.count)).filter(data.isFollowable)
        guard !usable.isEmpty else { throw .noRows }
        var states = DistinctRows(columns: data.observations.columns)
        var actions = DistinctRows(columns: data.actions.columns)
        let before = states.insert(data.observations.rows(at: usable))
        let after = states.insert(data.nextObservations.rows(at: usable))
        let taken = actions.insert(data.actions.rows(at: usable))
        guard states.count <= (1 << 28) / actions.count else {
            throw .outOfRange(
                option: "number of pairs", value: Double(states.count) * Double(actions.count),
                range: "1 to 268435456, for a table")
        }
        let pairs = zip(before, taken).map { $0 * actions.count + $1 }
        var nextState = [Int](repeating: -1, count: data.count)
        for (row, state) in zip(usable, after) { nextState[row] = state }
        members = Groups(states.count * actions.count, numbers: pairs, elements: usable)
        if case .nearest(let scaling) = unseen {
            let points = data.observations.rows(at: usable).joined(data.actions.rows(at: usable))
            let scale = ColumnScale(scaling, of: points)
            completion = (scale, RecordedPoints(scale(points), rows: usable))
        } else {
            completion = nil
        }
        (self.data, self.unseen, variables) = (data, unseen, data.variables)
        (self.states, self.actions, self.nextState) = (states, actions, nextState)
    }

    /// Whether a pair was recorded, or is completed.
    public func isKnown(_ states: Matrix, _ actions: Matrix) throws -> [Bool] {
        try variables.check(states, actions)
        if completion != nil { return [Bool](repeating: true, count: states.rows) }
        return try laws(of: states, actions).map { !$0.isEmpty }
    }

    /// Draws one of the recorded transitions of each pair.
    public func sample(_ states: Matrix, _ actions: Matrix, using streams: inout [RandomStream]) throws
        -> ModelStep
    {
        try check(states, actions, streams)
        var next = states
        var (rows, isKnown) = ([Int](repeating: -1, count: states.rows), [Bool]())
        for (point, members) in try laws(of: states, actions).enumerated() {
            isKnown.append(!members.isEmpty)
            guard let first = members.indices.first else { continue }
            let row = members[first + streams[point].nextInteger(below: members.count)]
            rows[point] = row
            next.setRow(point, to: data.nextObservations, row)
        }
        return ModelStep(
            nextStates: next, isTerminated: rows.map { $0 >= 0 && data.isTerminated[$0] }, isKnown: isKnown,
            provenance: rows)
    }

    /// The mean of the recorded successors of each pair.
    public func expectedNextStates(_ states: Matrix, _ actions: Matrix) throws -> Matrix {
        try variables.check(states, actions)
        var result = states
        for (point, members) in try laws(of: states, actions).enumerated() where !members.isEmpty {
            for column in 0..<states.columns {
                let sum = members.reduce(0) { $0 + data.nextObservations[$1, column] }
                result[point, column] = sum / Double(members.count)
            }
        }
        return result
    }

    /// How often a pair was recorded.
    ///
    /// - Parameters:
    ///   - state: a number of `states`.
    ///   - action: a number of `actions`.
    /// - Returns: 0 for pairs never recorded, completed or not.
    public func count(state: Int, action: Int) -> Int { rows(state: state, action: action).count }

    /// The recorded transitions of a pair, in rising order.
    public func rows(state: Int, action: Int) -> ArraySlice<Int> {
        precondition(
            state >= 0 && state < states.count && action >= 0 && action < actions.count,
            "pair (\(state), \(action)) of \(states.count) × \(actions.count)")
        return members[state * actions.count + action]
    }

    /// The law of every pair, for exact planning.
    ///
    /// - Throws: `DynamicsError.tooFar` where the distance of an unseen pair to the recorded ones overflows.
    public func transitions() throws(DynamicsError) -> TransitionTable {
        let (all, taken) = (states.rows, actions.rows)
        var table = TransitionTable(states: states.count, actions: actions.count)
        for state in 0..<states.count {
            // All actions of a state at once: unseen pairs are completed by one search.
            let own = Matrix(actions.count, all.columns).fillingRows(with: all, state)
            for members in try laws(of: own, taken) {
                table.append(members.map { (nextState[$0], data.isTerminated[$0], $0) })
            }
        }
        return table
    }

    /// The rows whose relative frequencies are each pair's law; none where there is no law.
    private func laws(of states: Matrix, _ actions: Matrix) throws(DynamicsError) -> [ArraySlice<Int>] {
        let pairs = zip(self.states.numbers(of: states), self.actions.numbers(of: actions)).map {
            (state, action) -> ArraySlice<Int> in
            guard let state, let action else { return [] }
            return members[state * self.actions.count + action]
        }
        let missing = pairs.indices.filter { pairs[$0].isEmpty }
        guard let completion, !missing.isEmpty else { return pairs }
        let points = completion.scale(states.rows(at: missing).joined(actions.rows(at: missing)))
        var completed = pairs
        for (point, near) in zip(missing, try completion.keys.nearest(1, to: points)) {
            completed[point] = pair(of: near[0].row)
        }
        return completed
    }

    /// All rows of the pair that a row records.
    private func pair(of row: Int) -> ArraySlice<Int> {
        let state = states.numbers(of: data.observations.rows(at: [row]))[0]
        let action = actions.numbers(of: data.actions.rows(at: [row]))[0]
        guard let state, let action else { preconditionFailure("row \(row) is not in the table") }
        return members[state * actions.count + action]
    }
}

extension Matrix {
    /// This matrix with every row replaced by one row of another.
    fileprivate func fillingRows(with other: Matrix, _ row: Int) -> Matrix {
        var result = self
        for own in 0..<rows { result.setRow(own, to: other, row) }
        return result
    }
}
