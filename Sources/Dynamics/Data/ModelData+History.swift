import Tensors

extension ModelData {
    /// The same with a history as the state: the last observations and actions of the episode before the present observation.
    ///
    /// A state is o_{t−k}, a_{t−k}, …, o_{t−1}, a_{t−1}, o_t, row by row; zeros stand for what lies before the episode's start.
    /// Rewards, costs, endings and the numbers of the rows stay.
    ///
    /// - Parameter length: k, at least 0; with 0 nothing changes.
    /// - Returns: data of k·(S + A) + S columns a state.
    /// - Throws: `DynamicsError` for names that repeat.
    public func remembering(_ length: Int) throws(DynamicsError) -> ModelData {
        precondition(length >= 0, "a history of \(length)")
        guard length > 0 else { return self }
        let shift = HistoryShift(length, observations: observations.columns, actions: actions.columns)
        var (states, next) = (Matrix(count, shift.width), Matrix(count, shift.width))
        var memory = [Double](repeating: 0, count: shift.memory)
        for row in 0..<count {
            if row == 0 || episodes[row] != episodes[row - 1] {
                memory = [Double](repeating: 0, count: shift.memory)
            }
            states.replaceRow(row, with: memory + observations.values(ofRow: row))
            memory = shift.advanced(states, actions, row)
            next.replaceRow(row, with: memory + nextObservations.values(ofRow: row))
        }
        let names = (1...length).reversed().flatMap { back in
            (variables.observations + variables.actions).map { "\($0)-\(back)" }
        }
        return try ModelData(
            variables: try ModelVariables(
                observations: names + variables.observations, actions: variables.actions),
            observations: states, actions: actions, nextObservations: next, rewards: rewards,
            isTerminated: isTerminated, episodes: episodes, costs: costs, hasSuccessor: hasSuccessor)
    }
}

/// How a state that is a history goes on: the oldest observation and action are forgotten, the present ones remembered.
struct HistoryShift {
    /// Numbers of an observation with its action, of the memory, and of the state.
    let step: Int, memory: Int, width: Int

    init(_ length: Int, observations: Int, actions: Int) {
        step = observations + actions
        (memory, width) = (length * step, length * step + observations)
    }

    /// The memory after the state and the action of a row.
    func advanced(_ states: Matrix, _ actions: Matrix, _ row: Int) -> [Double] {
        Array((states.values(ofRow: row) + actions.values(ofRow: row)).dropFirst(step))
    }
}

/// A model of histories: what the inner one says of the next observation, after the history that really was.
///
/// A neighbour's successor has the neighbour's past, and a network predicts the past only roughly.
public struct RememberingDynamics: DynamicsModel {
    private let base: any DynamicsModel
    private let shift: HistoryShift

    /// Wraps a model whose states are histories.
    ///
    /// - Parameters:
    ///   - base: fitted on `ModelData.remembering(length)`.
    ///   - length: k, at least 1.
    public init(_ base: any DynamicsModel, length: Int) {
        let (states, actions) = (base.variables.observations.count, base.variables.actions.count)
        self.base = base
        shift = HistoryShift(
            length, observations: (states - length * actions) / (length + 1), actions: actions)
        precondition(length >= 1 && shift.width == states, "\(states) numbers are no history of \(length)")
    }

    /// As the inner model.
    public var variables: ModelVariables { base.variables }
    /// As the inner model.
    public var heads: [String] { base.heads }

    /// As the inner model.
    public func isKnown(_ states: Matrix, _ actions: Matrix) throws -> [Bool] {
        try base.isKnown(states, actions)
    }

    /// Draws from the inner model, and puts the history that was in front.
    public func sample(_ states: Matrix, _ actions: Matrix, using streams: inout [RandomStream]) throws
        -> ModelStep
    {
        var step = try base.sample(states, actions, using: &streams)
        for row in 0..<states.rows where step.isKnown[row] {
            remember(row, states, actions, in: &step.nextStates)
        }
        return step
    }

    /// The mean of the inner model, after the history that was.
    public func expectedNextStates(_ states: Matrix, _ actions: Matrix) throws -> Matrix {
        var next = try base.expectedNextStates(states, actions)
        for row in 0..<states.rows { remember(row, states, actions, in: &next) }
        return next
    }

    private func remember(_ row: Int, _ states: Matrix, _ actions: Matrix, in next: inout Matrix) {
        for (column, value) in shift.advanced(states, actions, row).enumerated() { next[row, column] = value }
    }
}

extension Matrix {
    fileprivate func values(ofRow row: Int) -> [Double] {
        Array(elements[row * columns..<(row + 1) * columns])
    }

    fileprivate mutating func replaceRow(_ row: Int, with values: [Double]) {
        for (column, value) in values.enumerated() { self[row, column] = value }
    }
}
