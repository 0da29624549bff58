import Tensors

/// What harm each transition did, under the name that a constraint refers to.
public struct CostColumn: Sendable, Equatable {
    /// The channel, such as `SpO2`.
    public let name: String
    /// One number a transition, at least 0.
    public let values: [Double]

    /// Names costs.
    public init(_ name: String, _ values: [Double]) { (self.name, self.values) = (name, values) }
}

/// Recorded transitions as plain numbers: what models of an environment are fitted on.
///
/// What exists is sound: every number finite, costs at least 0, the rows of an episode neighbours and in order. The
/// number of a row is its *provenance*: models hand it on, so that rewards and costs cannot be read from another row.
public struct ModelData: Sendable {
    /// Names of the columns of `observations` and `actions`.
    public let variables: ModelVariables
    /// States acted in, `[count, S]`.
    public let observations: Matrix
    /// Actions taken, `[count, A]`, in the environment's units; of choices, one column for each.
    public let actions: Matrix
    /// States reached, `[count, S]`; where `hasSuccessor` is false, of no meaning.
    public let nextObservations: Matrix
    /// Rewards of the transitions.
    public let rewards: [Double]
    /// Whether the episode ended by itself with this transition; only the last row of an episode may.
    public let isTerminated: [Bool]
    /// Which episode each row belongs to.
    public let episodes: [Int]
    /// Named costs, in the order given.
    public let costs: [CostColumn]
    /// Whether the state reached was recorded; false in the last row of an episode cut off before its next observation.
    public let hasSuccessor: [Bool]

    /// Number of transitions, at least 1.
    public var count: Int { rewards.count }

    /// Checks columns.
    ///
    /// - Parameters:
    ///   - variables: names; `s0` …, `a0` … where nil.
    ///   - observations: `[count, S]`.
    ///   - actions: `[count, A]`.
    ///   - nextObservations: `[count, S]`.
    ///   - rewards: one a row.
    ///   - isTerminated: one a row.
    ///   - episodes: one a row; equal numbers stand beside each other.
    ///   - costs: named columns of one number a row.
    ///   - hasSuccessor: one a row; all true where nil.
    /// - Throws: the first fault found.
    public init(
        variables: ModelVariables? = nil, observations: Matrix, actions: Matrix, nextObservations: Matrix,
        rewards: [Double], isTerminated: [Bool], episodes: [Int], costs: [CostColumn] = [],
        hasSuccessor: [Bool]? = nil
    ) throws(DynamicsError) {
        let count = observations.rows
        guard count > 0 else { throw .noRows }
        let variables =
            variables ?? ModelVariables(observations: observations.columns, actions: actions.columns)
        let successors = hasSuccessor ?? [Bool](repeating: true, count: count)
        precondition(
            nextObservations.columns == observations.columns,
            "next observations of \(nextObservations.columns) numbers, observations of \(observations.columns)"
        )
        precondition(
            variables.observations.count == observations.columns
                && variables.actions.count == actions.columns,
            "\(variables.all.count) names for \(observations.columns) + \(actions.columns) columns")
        try Self.checkLengths(
            count,
            [
                ("actions", actions.rows), ("next observations", nextObservations.rows),
                ("rewards", rewards.count), ("terminated", isTerminated.count), ("episodes", episodes.count),
                ("has successor", successors.count),
            ] + costs.map { ($0.name, $0.values.count) })
        (self.variables, self.observations, self.actions) = (variables, observations, actions)
        (self.nextObservations, self.rewards, self.isTerminated) = (nextObservations, rewards, isTerminated)
        (self.episodes, self.costs, self.hasSuccessor) = (episodes, costs, successors)
        try checkNumbers()
        try checkCosts()
        try checkEpisodes()
    }

    /// The values of a cost.
    ///
    /// - Throws: `DynamicsError.unknownName`.
    public func cost(_ name: String) throws(DynamicsError) -> [Double] {
        guard let column = costs.first(where: { $0.name == name }) else {
            throw .unknownName(name, present: costs.map(\.name))
        }
        return column.values
    }

    /// Some of the rows, in order.
    ///
    /// - Parameter rows: in rising order; of an episode all rows or none.
    /// - Returns: data of those alone.
    /// - Throws: `DynamicsError.noRows`.
    public func selecting(_ rows: [Int]) throws(DynamicsError) -> ModelData {
        func of<Value>(_ values: [Value]) -> [Value] { rows.map { values[$0] } }
        return try ModelData(
            variables: variables, observations: observations.rows(at: rows), actions: actions.rows(at: rows),
            nextObservations: nextObservations.rows(at: rows), rewards: of(rewards),
            isTerminated: of(isTerminated), episodes: of(episodes),
            costs: costs.map { CostColumn($0.name, of($0.values)) }, hasSuccessor: of(hasSuccessor))
    }

    /// First rows of the episodes, in order: recorded starts.
    public var firstRows: [Int] {
        episodes.indices.filter { $0 == 0 || episodes[$0] != episodes[$0 - 1] }
    }

    /// Rows that a model may follow: their successor is known, or nothing follows.
    func isFollowable(_ row: Int) -> Bool { hasSuccessor[row] || isTerminated[row] }

    private static func checkLengths(_ count: Int, _ columns: [(String, Int)]) throws(DynamicsError) {
        for (name, rows) in columns where rows != count {
            throw .unequalLengths(column: name, rows: rows, expected: count)
        }
    }

    private func checkNumbers() throws(DynamicsError) {
        if let bad = observations.firstNotFinite {
            throw .notFinite(column: variables.observations[bad.column], row: bad.row)
        }
        if let bad = actions.firstNotFinite {
            throw .notFinite(column: variables.actions[bad.column], row: bad.row)
        }
        if let bad = nextObservations.firstNotFinite {
            throw .notFinite(column: "next \(variables.observations[bad.column])", row: bad.row)
        }
        if let row = rewards.firstIndex(where: { !$0.isFinite }) {
            throw .notFinite(column: "rewards", row: row)
        }
    }

    private func checkCosts() throws(DynamicsError) {
        var seen: Set<String> = []
        for column in costs {
            guard column.name != outOfSupportChannel else { throw .reservedChannel(column.name) }
            guard seen.insert(column.name).inserted else { throw .repeatedName(column.name, of: "costs") }
            for (row, value) in column.values.enumerated() {
                guard value.isFinite else { throw .notFinite(column: column.name, row: row) }
                guard value >= 0 else { throw .negativeCost(channel: column.name, row: row, value: value) }
            }
        }
    }

    private func checkEpisodes() throws(DynamicsError) {
        var seen: Set<Int> = []
        for (row, episode) in episodes.enumerated() {
            if row > 0, episodes[row - 1] == episode {
                if isTerminated[row - 1] { throw .endsEarly(episode: episode, row: row - 1) }
            } else if !seen.insert(episode).inserted {
                throw .scatteredEpisode(episode, row: row)
            }
        }
    }
}

/// The name of the cost that the guardian's judgement makes.
public let outOfSupportChannel = "out-of-support"
