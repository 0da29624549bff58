import Foundation
import Tensors

/// How much each of the k nearest recorded transitions counts.
public enum NeighbourKernel: Sendable, Equatable {
    /// All the same.
    case uniform
    /// exp(−d²/2h²), d the distance in scaled units.
    case gaussian(bandwidth: Double)
}

/// The successor of a pair is that of a recorded pair near to it.
///
/// Keys are the scaled pairs (s, a) of transitions whose successor is known or that ended their episode. A draw picks one of
/// the k nearest with a probability proportional to the kernel and hands on its number, so that reward, cost and ending can be
/// read from that very row. With k = 1, the paper's model, there is nothing to draw. At equal distance the row
/// with the smaller number is nearer.
///
/// - SeeAlso: OGSRL, arXiv:2505.16242, section 4; the specification's section 4.1.
public struct NearestNeighbourDynamics: DynamicsModel, Sendable {
    /// Names and order of the columns.
    public let variables: ModelVariables
    /// How the pairs were scaled.
    public let scale: ColumnScale
    /// How many recorded transitions a draw chooses from.
    public let neighbours: Int
    /// How much each of them counts.
    public let kernel: NeighbourKernel
    private let data: ModelData
    private let keys: RecordedPoints

    /// Keeps recorded transitions.
    ///
    /// - Parameters:
    ///   - data: recorded transitions; provenance is a row of these.
    ///   - rows: those to use, in rising order, such as those of training; all where nil.
    ///   - neighbours: k, at least 1 and at most the usable rows.
    ///   - kernel: how much each of them counts.
    ///   - scaling: how pairs are made comparable, fitted on the rows used.
    /// - Throws: `DynamicsError.noRows`, `outOfRange`.
    public init(
        _ data: ModelData, rows: [Int]? = nil, neighbours: Int = 1, kernel: NeighbourKernel = .uniform,
        scaling: Scaling = .range
    ) throws(DynamicsError) {
        let usable = (rows ?? Array(0..<data.count)).filter(data.isFollowable)
        guard !usable.isEmpty else { throw .noRows }
        guard neighbours >= 1 && neighbours <= usable.count else {
            throw .outOfRange(
                option: "number of neighbours", value: Double(neighbours), range: "1 to \(usable.count)")
        }
        if case .gaussian(let bandwidth) = kernel, !(bandwidth > 0 && bandwidth.isFinite) {
            throw .outOfRange(option: "kernel bandwidth", value: bandwidth, range: "(0, ∞)")
        }
        let pairs = data.observations.rows(at: usable).joined(data.actions.rows(at: usable))
        (self.data, variables, self.neighbours, self.kernel) = (data, data.variables, neighbours, kernel)
        scale = ColumnScale(scaling, of: pairs)
        keys = RecordedPoints(scale(pairs), rows: usable)
    }

    /// Draws one of the nearest recorded transitions for each row; nothing is drawn for k = 1.
    public func sample(_ states: Matrix, _ actions: Matrix, using streams: inout [RandomStream]) throws
        -> ModelStep
    {
        try check(states, actions, streams)
        let found = try keys.nearest(neighbours, to: scale(states.joined(actions)))
        var rows: [Int] = []
        for (point, near) in found.enumerated() {
            rows.append(near[neighbours == 1 ? 0 : drawn(near, using: &streams[point])].row)
        }
        return ModelStep(
            nextStates: data.nextObservations.rows(at: rows),
            isTerminated: rows.map { data.isTerminated[$0] },
            provenance: rows)
    }

    /// The successors of the nearest transitions, weighted by the kernel.
    public func expectedNextStates(_ states: Matrix, _ actions: Matrix) throws -> Matrix {
        try variables.check(states, actions)
        var result = Matrix(states.rows, states.columns)
        for (point, near) in try keys.nearest(neighbours, to: scale(states.joined(actions))).enumerated() {
            let weights = weights(of: near)
            let total = weights.reduce(0, +)
            for (weight, neighbour) in zip(weights, near) {
                for column in 0..<states.columns {
                    result[point, column] +=
                        weight / total * data.nextObservations[neighbour.row, column]
                }
            }
        }
        return result
    }

    /// Not normalised; the nearest has weight 1, so that far points do not underflow.
    private func weights(of near: [RecordedPoints.Neighbour]) -> [Double] {
        switch kernel {
        case .uniform: return near.map { _ in 1 }
        case .gaussian(let bandwidth):
            return near.map {
                exp((near[0].squaredDistance - $0.squaredDistance) / (2 * bandwidth * bandwidth))
            }
        }
    }

    private func drawn(_ near: [RecordedPoints.Neighbour], using stream: inout RandomStream) -> Int {
        let weights = weights(of: near)
        var rest = stream.nextPreciseUniform() * weights.reduce(0, +)
        for (place, weight) in weights.enumerated() {
            rest -= weight
            if rest < 0 { return place }
        }
        // Only rounding leads here.
        return weights.lastIndex { $0 > 0 } ?? 0
    }
}
