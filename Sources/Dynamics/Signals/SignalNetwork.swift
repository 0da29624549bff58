import Foundation
import Networks
import Tensors

/// What a `SignalNetwork` must know beside its weights: names, sizes, scales and ranges.
///
/// Numbers that took two values alone come last: they are predicted by their probabilities.
public struct SignalDescription: Codable, Equatable, Sendable {
    /// Names of what is predicted, at least one.
    public let heads: [String]
    /// How many of them are predicted as means; the others took two values alone.
    public let means: Int
    /// Widths of the hidden layers.
    public let hidden: [Int]
    /// Scale of (s, a, s').
    public let inputScale: ColumnScale
    /// Scale of what is predicted; two values become 0 and 1.
    public let targetCentres: [Double], targetWidths: [Double]
    /// Smallest and largest recorded value of each.
    public let lowest: [Double], highest: [Double]
    /// Inputs farther from the mean than this, in deviations, count as this far.
    static let farthest = 10.0

    init(_ data: ModelData, rows: [Int], heads: [EnsembleHead], hidden: [Int]) {
        let ordered = heads.filter { !Self.isBinary($0, rows) } + heads.filter { Self.isBinary($0, rows) }
        (self.heads, self.hidden) = (ordered.map(\.name), hidden)
        means = heads.count { !Self.isBinary($0, rows) }
        inputScale = ColumnScale(.standard, of: Self.inputs(data, rows))
        let columns = ordered.map { head in rows.map { head.values[$0] } }
        (lowest, highest) = (columns.map { $0.min() ?? 0 }, columns.map { $0.max() ?? 0 })
        let scales = columns.map { ColumnScale(.standard, of: Matrix(rows.count, 1, $0)) }
        let (low, high) = (lowest, highest)
        let binary = ordered.indices.suffix(from: means)
        targetCentres = scales.map { $0.centres[0] }.prefix(means) + binary.map { low[$0] }
        targetWidths = scales.map { $0.widths[0] }.prefix(means) + binary.map { high[$0] - low[$0] }
    }

    private static func isBinary(_ head: EnsembleHead, _ rows: [Int]) -> Bool {
        guard let first = rows.first.map({ head.values[$0] }),
            let other = rows.lazy.map({ head.values[$0] }).first(where: { $0 != first })
        else { return false }
        return rows.allSatisfy { head.values[$0] == first || head.values[$0] == other }
    }

    /// The network's shape; the last layer has at least 16 columns, those beyond one for each head are not used.
    func network(in layout: inout Layout) -> MLP {
        MLP(
            "", inputScale.centres.count, hidden: hidden, outputs: max(heads.count, RowBlocks.narrowest),
            activation: .silu, in: &layout)
    }

    /// Scaled inputs of raw ones, none farther out than `farthest`.
    func scaled(_ inputs: Matrix) -> Matrix {
        var result = inputScale(inputs)
        for at in result.elements.indices {
            result.elements[at] = min(max(result.elements[at], -Self.farthest), Self.farthest)
        }
        return result
    }

    static func inputs(_ data: ModelData, _ rows: [Int]) -> Matrix {
        data.observations.rows(at: rows).joined(data.actions.rows(at: rows))
            .joined(data.nextObservations.rows(at: rows))
    }

    /// Scaled targets of some rows, `[rows, heads]`, whatever the order of the heads given.
    func targets(_ rows: [Int], _ given: [EnsembleHead]) -> Matrix {
        var targets = Matrix(rows.count, heads.count)
        for head in given {
            guard let column = heads.firstIndex(of: head.name) else { continue }
            for (at, row) in rows.enumerated() {
                targets[at, column] = (head.values[row] - targetCentres[column]) / targetWidths[column]
            }
        }
        return targets
    }

    /// What an output of the network says of a head, within the recorded range.
    func value(_ output: Double, _ column: Int) -> Double {
        let scaled = column < means ? output : 1 / (1 + exp(-output))
        let value = targetCentres[column] + targetWidths[column] * scaled
        return min(max(value, lowest[column]), highest[column])
    }
}

/// A network that says what a transition earns and costs, of the state, the action and the state reached.
///
/// It estimates means by least squares, the probability of one of two values by logistic regression, and never says what is
/// beyond the recorded values. A cost such as "faster than allowed" is a
/// sharp function of the state reached, which heads of an ensemble neither see nor have much of a say in: where a member
/// predicts the state almost without error, its likelihood is all about that.
public final class SignalNetwork {
    /// What it must know beside its weights.
    public let description: SignalDescription
    private let network: Network<MLP>
    private let tape = Tape()

    /// Puts a trained network and its description together.
    init(_ description: SignalDescription, _ network: Network<MLP>) {
        (self.description, self.network) = (description, network)
    }

    /// What each transition gives.
    ///
    /// - Parameters:
    ///   - states: `[n, S]`.
    ///   - actions: `[n, A]`.
    ///   - next: states reached, `[n, S]`.
    /// - Returns: `[n, heads]`, within the recorded ranges.
    /// - Throws: `DynamicsError.divergedPrediction`.
    public func callAsFunction(_ states: Matrix, _ actions: Matrix, _ next: Matrix) throws -> Matrix {
        var result = Matrix(states.rows, description.heads.count)
        let width = max(description.heads.count, RowBlocks.narrowest)
        var bad: (row: Int, column: Int)?
        RowBlocks(hidden: description.hidden).forEach(
            of: description.scaled(states.joined(actions).joined(next)), on: tape
        ) { x, rows in
            let y = network.body(x, network.weights(on: tape))
            for row in rows {
                for column in description.heads.indices {
                    let output = Double(y.values[(row - rows.lowerBound) * width + column])
                    if !output.isFinite { bad = (row, column) }
                    result[row, column] = description.value(output, column)
                }
            }
        }
        if let bad {
            throw DynamicsError.divergedPrediction(of: description.heads[bad.column], row: bad.row)
        }
        return result
    }
}

/// An ensemble whose heads are said by a network of their own.
public struct SignallingEnsemble: DynamicsModel {
    private let ensemble: EnsembleDynamics
    private let signals: SignalNetwork

    /// Joins them; the ensemble's own heads are not handed on.
    public init(_ ensemble: EnsembleDynamics, _ signals: SignalNetwork) {
        (self.ensemble, self.signals) = (ensemble, signals)
    }

    /// Those of the ensemble.
    public var variables: ModelVariables { ensemble.variables }
    /// Those of the network.
    public var heads: [String] { signals.description.heads }

    /// The ensemble's successor, and what the network says of it.
    public func sample(_ states: Matrix, _ actions: Matrix, using streams: inout [RandomStream]) throws
        -> ModelStep
    {
        var step = try ensemble.sample(states, actions, using: &streams)
        step.heads = try signals(states, actions, step.nextStates)
        return step
    }

    /// That of the ensemble.
    public func expectedNextStates(_ states: Matrix, _ actions: Matrix) throws -> Matrix {
        try ensemble.expectedNextStates(states, actions)
    }
}
