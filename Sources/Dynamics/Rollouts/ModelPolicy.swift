import Tensors

/// What acts in a model: actions for a batch of states, row by row.
///
/// Another name than `Policy`, which acts in environments on `Float`s one observation at a time.
public struct ModelPolicy {
    /// Names and order of the columns that it was made for; they must be the model's.
    public let variables: ModelVariables
    private let act: (_ states: Matrix, _ streams: inout [RandomStream]) throws -> Matrix

    /// Wraps a policy.
    ///
    /// - Parameters:
    ///   - variables: names and order of the columns that it was made for.
    ///   - act: `[n, S]` and one stream a row to `[n, A]`; a row's action must depend on its state and stream alone.
    public init(
        variables: ModelVariables,
        _ act: @escaping (_ states: Matrix, _ streams: inout [RandomStream]) throws -> Matrix
    ) {
        (self.variables, self.act) = (variables, act)
    }

    func actions(_ states: Matrix, using streams: inout [RandomStream]) throws -> Matrix {
        let actions = try act(states, &streams)
        precondition(
            actions.rows == states.rows && actions.columns == variables.actions.count,
            "a policy gave \(actions.rows) × \(actions.columns) actions for \(states.rows) states")
        return actions
    }
}
