import Guardians
import Replay
import Tensors

/// What was recorded to be done where: what a guard replaces an action by.
public struct RecordedActions: Sendable {
    /// Recorded actions near a state among which the fallback is chosen.
    static let candidates = 64
    /// Recorded pairs that are searched, evenly spread over all.
    private static let mostPairs = 1 << 16

    /// How many choices there are; nothing where actions are real numbers.
    let choices: Int?
    private let scaling: FeatureScaling
    private let search: ReferenceRows
    private let actions: Matrix

    /// Takes recorded pairs.
    ///
    /// - Parameters:
    ///   - observations: `[n, S]`, finite, at least one row.
    ///   - actions: `[n, A]`; of choices their numbers, `[n, 1]`.
    ///   - choices: how many there are; nothing where actions are real numbers.
    /// - Throws: `GuardianError` for observations whose ranges cannot be scaled.
    public init(observations: Matrix, actions: Matrix, choices: Int? = nil) throws(GuardianError) {
        precondition(
            observations.rows == actions.rows, "\(observations.rows) observations, \(actions.rows) actions")
        scaling = try FeatureScaling(of: observations, constantFeatures: .raw)
        let stride = max(1, (observations.rows + Self.mostPairs - 1) / Self.mostPairs)
        let rows = Array(Swift.stride(from: 0, to: observations.rows, by: stride))
        search = ReferenceRows(scaling.scaled(observations.rows(at: rows)))
        (self.actions, self.choices) = (actions.rows(at: rows), choices)
    }

    /// Actions that were recorded in the states nearest to one, nearest first; of choices all.
    ///
    /// - Parameter state: `[1, S]`, finite.
    /// - Returns: `[k, A]`, at least one row.
    func near(_ state: Matrix) -> Matrix {
        if let choices { return Matrix(choices, 1, (0..<choices).map(Double.init)) }
        let nearest = search.nearest(min(Self.candidates, search.count), to: scaling.scaled(state))
        return actions.rows(at: nearest.rows)
    }
}

extension RecordedActions {
    /// Actions as the guardian sees them: one column for each choice, 1 where it is that one.
    ///
    /// - Parameters:
    ///   - actions: `[n, A]`.
    ///   - choices: how many there are; nothing where actions are real numbers.
    /// - Returns: `[n, A]` or `[n, choices]`.
    static func seen(_ actions: Matrix, choices: Int?) -> Matrix {
        guard let choices else { return actions }
        var result = Matrix(actions.rows, choices)
        for row in 0..<actions.rows {
            let choice = actions[row, 0]
            if choice >= 0 && choice < Double(choices) { result[row, Int(choice)] = 1 }
        }
        return result
    }
}
