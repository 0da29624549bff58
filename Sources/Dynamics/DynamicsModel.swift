import Tensors

/// What a model says comes after a batch of states and actions.
public struct ModelStep: Equatable, Sendable {
    /// States reached, `[n, S]`; the state acted in where `isKnown` is false.
    public var nextStates: Matrix
    /// Whether the episode ends by itself with this transition.
    public var isTerminated: [Bool]
    /// Whether the model has a successor at all.
    public var isKnown: [Bool]
    /// The recorded transition that each successor was read from; nil for models that record none.
    public var provenance: [Int]?
    /// How much the members of an ensemble disagree; nil for models without members.
    public var disagreement: [Double]?
    /// Further predictions, `[n, heads]`, in the order of the model's `heads`; nil where there are none.
    public var heads: Matrix?

    /// Puts a step together; every successor is known unless said otherwise.
    public init(
        nextStates: Matrix, isTerminated: [Bool], isKnown: [Bool]? = nil, provenance: [Int]? = nil,
        disagreement: [Double]? = nil, heads: Matrix? = nil
    ) {
        (self.nextStates, self.isTerminated) = (nextStates, isTerminated)
        self.isKnown = isKnown ?? [Bool](repeating: true, count: nextStates.rows)
        (self.provenance, self.disagreement, self.heads) = (provenance, disagreement, heads)
        precondition(
            isTerminated.count == nextStates.rows && self.isKnown.count == nextStates.rows,
            "\(isTerminated.count) endings for \(nextStates.rows) states")
    }
}

/// A model of how an environment goes on, fitted on recorded transitions.
///
/// A row's successor depends on its state, its action and its random stream alone: not on the rows beside it, nor on
/// the number of threads.
public protocol DynamicsModel {
    /// Names and order of the columns that it takes and gives.
    var variables: ModelVariables { get }
    /// Names of its further predictions, such as `reward`.
    var heads: [String] { get }

    /// Whether the model has a successor for each pair.
    ///
    /// - Throws: `DynamicsError.divergedInput`.
    func isKnown(_ states: Matrix, _ actions: Matrix) throws -> [Bool]

    /// Draws one successor for each row.
    ///
    /// - Parameters:
    ///   - states: `[n, S]`, finite.
    ///   - actions: `[n, A]`, finite.
    ///   - streams: one a row; each row draws from its own.
    /// - Returns: one successor a row.
    /// - Throws: `DynamicsError.divergedInput` for what is asked, `divergedPrediction` for what is answered.
    func sample(_ states: Matrix, _ actions: Matrix, using streams: inout [RandomStream]) throws -> ModelStep

    /// The mean of the successors of each row, `[n, S]`; the state itself where there is none.
    ///
    /// - Throws: as `sample`.
    func expectedNextStates(_ states: Matrix, _ actions: Matrix) throws -> Matrix
}

extension DynamicsModel {
    /// None.
    public var heads: [String] { [] }

    /// Always.
    public func isKnown(_ states: Matrix, _ actions: Matrix) throws -> [Bool] {
        [Bool](repeating: true, count: states.rows)
    }

    func check(_ states: Matrix, _ actions: Matrix, _ streams: [RandomStream]) throws(DynamicsError) {
        try variables.check(states, actions)
        precondition(streams.count == states.rows, "\(streams.count) random streams for \(states.rows) rows")
    }
}
