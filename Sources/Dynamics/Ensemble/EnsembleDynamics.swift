import Foundation
import Networks
import Tensors

/// Whether an episode ends by itself with a transition, by formula, in the model's order of columns.
public typealias TransitionCondition = (_ state: Span<Double>, _ action: Span<Double>, _ next: Span<Double>)
    -> Bool

/// How the disagreement of an ensemble is measured, over the state's numbers in units of their deviation in the data.
public enum Disagreement: String, Codable, Sendable {
    /// max over elites of ‖σ(s, a)‖, the norm of the predicted standard deviations: MOPO's.
    ///
    /// It tells where the task is noisy. Off the data a predicted deviation is an extrapolation like any other: where noise is
    /// the same everywhere it was seen to fall, so it does not tell what the data cover.
    case largestDeviation
    /// max over pairs of elites of ‖μᵢ(s, a) − μⱼ(s, a)‖: MOReL's, large only where the members do not know.
    case largestMeanDifference
}

/// An ensemble of Gaussian networks: a draw picks one of the elites for each row and draws from its normal law.
///
/// It predicts the change of the state and the heads. A head is the mean of the elite picked, without noise.
///
/// - SeeAlso: Chua et al. 2018, arXiv:1805.12114; Yu et al. 2020, arXiv:2005.13239; Kidambi et al. 2020, arXiv:2005.05951.
public final class EnsembleDynamics: DynamicsModel {
    /// How the disagreement is measured.
    public let disagreement: Disagreement
    /// Numbers of the elites among the members.
    public let eliteNumbers: [Int]
    /// What it must know beside its weights.
    public let description: EnsembleDescription
    private let elites: [Network<GaussianNetwork>]
    private let termination: TransitionCondition?
    private let tape = Tape()

    /// Puts an ensemble together from trained networks, such as those of a checkpoint.
    ///
    /// - Parameters:
    ///   - description: of the training.
    ///   - elites: numbers of the members that predict, at least one.
    ///   - termination: when an episode ends by itself; never where nil.
    ///   - disagreement: how it is measured.
    ///   - network: gives the member of a number, stored by the training as target of `model.` and that number.
    public init(
        _ description: EnsembleDescription, elites: [Int], ending termination: TransitionCondition? = nil,
        disagreement: Disagreement = .largestMeanDifference,
        network: (_ member: Int, _ build: (inout Layout) -> GaussianNetwork) throws -> Network<
            GaussianNetwork
        >
    ) rethrows {
        precondition(!elites.isEmpty, "an ensemble of no elites")
        (self.description, eliteNumbers) = (description, elites)
        (self.termination, self.disagreement) = (termination, disagreement)
        self.elites = try elites.map { try network($0) { GaussianNetwork(description.sizes, in: &$0) } }
    }

    /// Names and order of the columns.
    public var variables: ModelVariables { description.variables }
    /// Names of what is predicted beside the next state.
    public var heads: [String] { description.heads }

    /// Draws an elite for each row, then one normal number for each number of the state.
    public func sample(_ states: Matrix, _ actions: Matrix, using streams: inout [RandomStream]) throws
        -> ModelStep
    {
        try check(states, actions, streams)
        let laws = try predict(states, actions)
        let s = states.columns
        var (next, heads) = (states, Matrix(states.rows, description.heads.count))
        for row in 0..<states.rows {
            let law = laws[streams[row].nextInteger(below: laws.count)]
            for column in 0..<description.sizes.outputs {
                let mean = law.means[row, column]
                if column < s {
                    let deviation = exp(law.logVariances[row, column] / 2)
                    next[row, column] += unscaled(
                        mean + deviation * Double(streams[row].nextNormal()), column)
                } else {
                    heads[row, column - s] = unscaled(mean, column)
                }
            }
        }
        return ModelStep(
            nextStates: next, isTerminated: endings(states, actions, next),
            disagreement: disagreements(laws, s), heads: description.heads.isEmpty ? nil : heads)
    }

    /// The mean of the elites' means.
    public func expectedNextStates(_ states: Matrix, _ actions: Matrix) throws -> Matrix {
        try variables.check(states, actions)
        let laws = try predict(states, actions)
        var next = states
        for row in 0..<states.rows {
            for column in 0..<states.columns {
                let mean = laws.reduce(0) { $0 + $1.means[row, column] } / Double(laws.count)
                next[row, column] += unscaled(mean, column)
            }
        }
        return next
    }

    /// How much the elites disagree on each pair.
    ///
    /// - Parameters:
    ///   - states: `[n, S]`.
    ///   - actions: `[n, A]`.
    /// - Returns: one a row, at least 0.
    /// - Throws: as `sample`.
    public func disagreement(_ states: Matrix, _ actions: Matrix) throws -> [Double] {
        try variables.check(states, actions)
        return disagreements(try predict(states, actions), states.columns)
    }

    /// ln p(s' | s, a) of each row under the even mixture of the elites, in nats, in the units of the data.
    ///
    /// - Parameters:
    ///   - next: states reached, `[n, S]`.
    ///   - states: `[n, S]`.
    ///   - actions: `[n, A]`.
    /// - Returns: one a row.
    /// - Throws: as `sample`.
    public func logDensity(of next: Matrix, from states: Matrix, _ actions: Matrix) throws -> [Double] {
        try variables.check(states, actions)
        let (laws, s) = (try predict(states, actions), states.columns)
        let widths = (0..<s).reduce(0) { $0 + log(description.targetScale.widths[$1]) }
        return (0..<states.rows).map { row in
            let logs = laws.map { law in
                (0..<s).reduce(-widths) { sum, column in
                    let change = next[row, column] - states[row, column]
                    let y =
                        (change - description.targetScale.centres[column])
                        / description.targetScale.widths[column]
                    let (error, variance) = (y - law.means[row, column], law.logVariances[row, column])
                    return sum - 0.5 * (error * error * exp(-variance) + variance + log(2 * Double.pi))
                }
            }
            let largest = logs.reduce(-Double.infinity, max)
            return largest + log(logs.reduce(0) { $0 + exp($1 - largest) } / Double(logs.count))
        }
    }

    /// How far draws are from what was recorded: for each number of the state, what nine of ten rows stay within.
    ///
    /// - Parameter data: recorded transitions, of which at most 4,096 evenly spread ones are looked at.
    /// - Returns: roots of the mean squared error of a draw of a row, in the units of the data; zeros where no successor was recorded.
    /// - Throws: as `sample`.
    public func stepErrors(in data: ModelData) throws -> [Double] {
        let known = (0..<data.count).filter { data.hasSuccessor[$0] }
        let step = max(1, known.count / 4096)
        let rows = stride(from: 0, to: known.count, by: step).map { known[$0] }
        guard !rows.isEmpty else { return [Double](repeating: 0, count: variables.observations.count) }
        let (states, actions) = (data.observations.rows(at: rows), data.actions.rows(at: rows))
        let laws = try predict(states, actions)
        return (0..<states.columns).map { column in
            let squares = rows.indices.map { row in
                let change = data.nextObservations[rows[row], column] - states[row, column]
                return laws.reduce(0) { sum, law in
                    let error = unscaled(law.means[row, column], column) - change
                    let width = description.targetScale.widths[column]
                    return sum + error * error + width * width * exp(law.logVariances[row, column])
                } / Double(laws.count)
            }
            return squares.sorted()[squares.count * 9 / 10].squareRoot()
        }
    }

    private func unscaled(_ value: Double, _ column: Int) -> Double {
        description.targetScale.centres[column] + description.targetScale.widths[column] * value
    }

    private func endings(_ states: Matrix, _ actions: Matrix, _ next: Matrix) -> [Bool] {
        guard let termination else { return [Bool](repeating: false, count: states.rows) }
        let (s, a, n) = (states.elements.span, actions.elements.span, next.elements.span)
        return (0..<states.rows).map { row in
            termination(
                s.extracting(row * states.columns..<(row + 1) * states.columns),
                a.extracting(row * actions.columns..<(row + 1) * actions.columns),
                n.extracting(row * next.columns..<(row + 1) * next.columns))
        }
    }

    private func disagreements(_ laws: [Law], _ s: Int) -> [Double] {
        guard let rows = laws.first?.means.rows else { return [] }
        return (0..<rows).map { row in
            switch disagreement {
            case .largestDeviation:
                return laws.reduce(0) { largest, law in
                    max(largest, (0..<s).reduce(0) { $0 + exp(law.logVariances[row, $1]) }.squareRoot())
                }
            case .largestMeanDifference:
                var largest = 0.0
                for (number, law) in laws.enumerated() {
                    for other in laws[..<number] {
                        let squares = (0..<s).reduce(0) { sum, column in
                            let difference = law.means[row, column] - other.means[row, column]
                            return sum + difference * difference
                        }
                        largest = max(largest, squares.squareRoot())
                    }
                }
                return largest
            }
        }
    }
}

/// What one member predicts, in scaled units, `[n, outputs]` each.
private struct Law {
    var means, logVariances: Matrix
}

extension EnsembleDynamics {
    /// The elites' laws for every row.
    private func predict(_ states: Matrix, _ actions: Matrix) throws -> [Law] {
        let (n, outputs) = (states.rows, description.sizes.outputs)
        var laws = elites.map { _ in Law(means: Matrix(n, outputs), logVariances: Matrix(n, outputs)) }
        RowBlocks(hidden: description.sizes.hidden).forEach(
            of: description.inputScale(states.joined(actions)), on: tape
        ) { x, rows in
            for (number, elite) in elites.enumerated() {
                let (mean, logVariance) = elite.body(x, elite.weights(on: tape))
                for at in 0..<rows.count * outputs {
                    let place = rows.lowerBound * outputs + at
                    laws[number].means.elements[place] = Double(mean.values[at])
                    laws[number].logVariances.elements[place] = Double(logVariance.values[at])
                }
            }
        }
        for law in laws {
            guard let bad = law.means.firstNotFinite ?? law.logVariances.firstNotFinite else { continue }
            throw DynamicsError.divergedPrediction(of: "the model", row: bad.row)
        }
        return laws
    }
}
