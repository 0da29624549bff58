import Tensors

/// The law of every pair of a state and an action, sparse, in plain arrays: what exact planning starts from.
///
/// Pair p is state · actions + action; its outcomes are `starts[p] ..< starts[p + 1]`. A pair without outcomes is not known.
public struct TransitionTable: Equatable, Sendable {
    /// Number of states.
    public let states: Int
    /// Number of actions.
    public let actions: Int
    /// Where the outcomes of each pair begin; one more than there are pairs.
    public private(set) var starts = [0]
    /// The state reached by each outcome.
    public private(set) var nextStates: [Int] = []
    /// Whether the episode ends with it.
    public private(set) var isTerminated: [Bool] = []
    /// Its probability; those of a known pair add up to 1.
    public private(set) var probabilities: [Double] = []
    /// The first recorded transition with this outcome, in the data of the model.
    public private(set) var rows: [Int] = []

    /// No pairs yet.
    init(states: Int, actions: Int) { (self.states, self.actions) = (states, actions) }

    /// Adds the next pair, whose law is the relative frequency of recorded outcomes.
    mutating func append(_ recorded: [(nextState: Int, isTerminated: Bool, row: Int)]) {
        let sorted = recorded.sorted {
            ($0.nextState, $0.isTerminated ? 1 : 0, $0.row) < ($1.nextState, $1.isTerminated ? 1 : 0, $1.row)
        }
        var count = 0
        for (at, outcome) in sorted.enumerated() {
            count += 1
            let isLast =
                at + 1 == sorted.count || sorted[at + 1].nextState != outcome.nextState
                || sorted[at + 1].isTerminated != outcome.isTerminated
            guard isLast else { continue }
            nextStates.append(outcome.nextState)
            isTerminated.append(outcome.isTerminated)
            probabilities.append(Double(count) / Double(sorted.count))
            rows.append(sorted[at + 1 - count].row)
            count = 0
        }
        starts.append(nextStates.count)
    }

    /// The outcomes of a pair.
    public func outcomes(state: Int, action: Int) -> Range<Int> {
        precondition(
            state >= 0 && state < states && action >= 0 && action < actions,
            "pair (\(state), \(action)) of \(states) × \(actions)")
        let pair = state * actions + action
        return starts[pair]..<starts[pair + 1]
    }

    /// Whether a pair has a law.
    public func isKnown(state: Int, action: Int) -> Bool { !outcomes(state: state, action: action).isEmpty }

    /// The probability that the episode ends with a pair's transition.
    public func terminationProbability(state: Int, action: Int) -> Double {
        outcomes(state: state, action: action).reduce(0) { $0 + (isTerminated[$1] ? probabilities[$1] : 0) }
    }

    /// The probabilities of going on, `[states · actions, states]`: a row adds up to 1 minus its termination probability, and
    /// to 0 where the pair is not known.
    public var matrix: Matrix {
        var result = Matrix(states * actions, states)
        for pair in 0..<states * actions {
            for outcome in starts[pair]..<starts[pair + 1] where !isTerminated[outcome] {
                result[pair, nextStates[outcome]] += probabilities[outcome]
            }
        }
        return result
    }

    /// The mean of a number over a pair's outcomes, such as of a reward that depends on the state reached.
    ///
    /// - Parameters:
    ///   - state: of the pair.
    ///   - action: of the pair.
    ///   - value: of each outcome, by its place in the arrays.
    /// - Returns: 0 where the pair is not known.
    public func mean(state: Int, action: Int, of value: (Int) throws -> Double) rethrows -> Double {
        try outcomes(state: state, action: action).reduce(0) { $0 + probabilities[$1] * (try value($1)) }
    }
}
