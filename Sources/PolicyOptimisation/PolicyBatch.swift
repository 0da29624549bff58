import Foundation
import Tensors

/// What one update learns from: rows that the present policy produced, reward and costs apart.
///
/// A cost channel has a budget d; J is the mean cost return of an episode under the present policy, and its excess J − d
/// is positive where the budget is broken. Advantages and returns come from elsewhere and are taken as they are.
public struct PolicyBatch: Equatable, Sendable {
    /// What the policy saw, N rows.
    public var inputs: PolicyInputs
    /// What it did there, N rows.
    public var actions: PolicyActions
    /// Advantages of the reward, N, neither centred nor scaled.
    public var advantages: [Double]
    /// Returns of the reward, N: what the value network is fitted to.
    public var returns: [Double]
    /// Advantages of each cost, k × N, in the unit of the cost.
    public var costAdvantages: [[Double]]
    /// Returns of each cost, k × N.
    public var costReturns: [[Double]]
    /// Excess J − d of each cost, k.
    public var excess: [Double]
    /// Rows that an episode has in the mean: it turns a mean advantage of a row into a change of J.
    ///
    /// For a discounted J the advantages of step t are to be multiplied by γᵗ.
    public var rowsPerEpisode: Double

    /// Puts a batch together.
    ///
    /// - Parameters:
    ///   - inputs: what the policy saw, N rows.
    ///   - actions: what it did there; those that the inputs do not allow make the update throw.
    ///   - advantages: of the reward, N.
    ///   - returns: of the reward, N.
    ///   - costAdvantages: of each cost, k × N.
    ///   - costReturns: of each cost, k × N.
    ///   - excess: J − d of each cost, k.
    ///   - rowsPerEpisode: mean length of the episodes that the rows are from, positive.
    public init(
        inputs: PolicyInputs, actions: PolicyActions, advantages: [Double], returns: [Double],
        costAdvantages: [[Double]], costReturns: [[Double]], excess: [Double], rowsPerEpisode: Double
    ) {
        (self.inputs, self.actions) = (inputs, actions)
        (self.advantages, self.returns) = (advantages, returns)
        (self.costAdvantages, self.costReturns) = (costAdvantages, costReturns)
        (self.excess, self.rowsPerEpisode) = (excess, rowsPerEpisode)
    }

    /// Traps where sizes do not fit, throws where a number is not finite.
    func check(constraints: Int) throws {
        let rows = inputs.rows
        precondition(
            costAdvantages.count == constraints && costReturns.count == constraints
                && excess.count == constraints,
            "a batch with advantages of \(costAdvantages.count), returns of \(costReturns.count) and excesses of "
                + "\(excess.count) costs for \(constraints) constraints")
        precondition(
            ([actions.rows, advantages.count, returns.count] + (costAdvantages + costReturns).map(\.count))
                .allSatisfy { $0 == rows }, "a batch whose columns have not all \(rows) rows")
        precondition(
            rowsPerEpisode > 0 && rowsPerEpisode.isFinite, "episodes of \(rowsPerEpisode) rows")
        try mustBeFinite(inputs.observations.elements, "observations")
        if case .vectors(let vectors) = actions { try mustBeFinite(vectors.elements, "actions") }
        try mustBeFinite(advantages, "advantages of the reward")
        try mustBeFinite(returns, "returns of the reward")
        for cost in 0..<constraints {
            try mustBeFinite(costAdvantages[cost], "advantages of cost \(cost)")
            try mustBeFinite(costReturns[cost], "returns of cost \(cost)")
            try mustBeFinite([excess[cost]], "excess of cost \(cost)")
        }
    }

    private func mustBeFinite(_ values: [Double], _ name: String) throws {
        guard values.allSatisfy(\.isFinite) else { throw NonFiniteError(name) }
    }
}

/// Whether advantages are centred and scaled before an update: only the reward's may be scaled, since a cost is held
/// against a budget in its own unit.
public struct AdvantageScaling: Codable, Equatable, Sendable {
    /// The reward's get mean 0 and standard deviation 1.
    public var standardisesReward = true
    /// The costs' get mean 0.
    public var centresCosts = true

    /// The defaults.
    public init() {}

    /// (A − mean)/deviation; all 0 where they do not differ.
    func reward(_ advantages: [Double]) -> [Double] {
        guard standardisesReward else { return advantages }
        let centred = Self.centred(advantages)
        let deviation = (dot(centred, centred) / Double(centred.count)).squareRoot()
        let scale = advantages.reduce(0) { max($0, abs($1)) }
        return centred.map { deviation > 1e-12 * scale ? $0 / deviation : 0 }
    }

    func cost(_ advantages: [Double]) -> [Double] { centresCosts ? Self.centred(advantages) : advantages }

    private static func centred(_ values: [Double]) -> [Double] {
        let mean = values.reduce(0, +) / Double(values.count)
        return values.map { $0 - mean }
    }
}
