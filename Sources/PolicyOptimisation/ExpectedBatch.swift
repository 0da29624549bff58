import Foundation
import Tensors

/// What one update learns from where a model is known: all states with their visits, all choices with their advantages.
///
/// Nothing is drawn, so the gradients have no noise.
///
/// - SeeAlso: Kakade 2001, "A natural policy gradient"; Achiam et al. 2017, arXiv:1705.10528, equations 5 and 10.
public struct ExpectedBatch: Equatable, Sendable {
    /// What the policy sees of each state, N rows, and what it may choose there.
    public var inputs: PolicyInputs
    /// Share of all visits that each state has, at least 0, of sum 1.
    public var weights: [Double]
    /// Advantages of the reward, `[N, choices]`; 0 where a choice is not allowed.
    public var advantages: Matrix
    /// Advantages of each cost, k of `[N, choices]`, in the unit of the cost.
    public var costAdvantages: [Matrix]
    /// Excess J − d of each cost, k.
    public var excess: [Double]
    /// Visits that an episode has: it turns a mean advantage of a visit into a change of J.
    public var rowsPerEpisode: Double

    /// Puts a batch together.
    ///
    /// - Parameters:
    ///   - inputs: what the policy sees of each state, N rows.
    ///   - weights: share of all visits that each state has.
    ///   - advantages: of the reward, `[N, choices]`.
    ///   - costAdvantages: of each cost, k of `[N, choices]`.
    ///   - excess: J − d of each cost, k.
    ///   - rowsPerEpisode: visits that an episode has, positive.
    public init(
        inputs: PolicyInputs, weights: [Double], advantages: Matrix, costAdvantages: [Matrix],
        excess: [Double], rowsPerEpisode: Double
    ) {
        (self.inputs, self.weights, self.advantages) = (inputs, weights, advantages)
        (self.costAdvantages, self.excess, self.rowsPerEpisode) = (costAdvantages, excess, rowsPerEpisode)
    }

    /// Traps where sizes do not fit, throws where a number is not finite.
    func check(constraints: Int) throws {
        precondition(
            costAdvantages.count == constraints && excess.count == constraints,
            "a batch with advantages of \(costAdvantages.count) and excesses of \(excess.count) costs for "
                + "\(constraints) constraints")
        precondition(
            weights.count == inputs.rows && abs(weights.reduce(0, +) - 1) < 1e-9
                && weights.allSatisfy { $0 >= 0 }, "weights that are no shares of \(inputs.rows) states")
        precondition(
            ([advantages] + costAdvantages).allSatisfy { $0.rows == inputs.rows },
            "advantages whose rows are not the \(inputs.rows) states")
        precondition(
            rowsPerEpisode > 0 && rowsPerEpisode.isFinite, "episodes of \(rowsPerEpisode) rows")
        guard advantages.firstNotFinite == nil else { throw NonFiniteError("advantages of the reward") }
        for cost in 0..<constraints {
            guard costAdvantages[cost].firstNotFinite == nil else {
                throw NonFiniteError("advantages of cost \(cost)")
            }
            guard excess[cost].isFinite else { throw NonFiniteError("excess of cost \(cost)") }
        }
    }
}

/// The surrogates of an `ExpectedBatch`: Σₛ d(s)·Σₐ (π(a|s) − π_old(a|s))·A(s, a), in the unit of an episode's sum.
final class ExpectedSurrogates: Surrogates {
    private let pass: PolicyPass
    private let batch: ExpectedBatch
    private let start: [Double]
    private let old: ActionPoint
    /// Expectations at the start: of the reward's advantage, then of each cost's.
    private let expected: [Double]

    /// Evaluates the policy at the states of a batch.
    init(_ policy: StochasticPolicy, at parameters: [Double], on batch: ExpectedBatch) {
        pass = PolicyPass(policy, capacity: batch.inputs.rows)
        (self.batch, start) = (batch, parameters)
        pass.evaluate(batch.inputs, at: parameters, weights: batch.weights)
        old = pass.point
        expected = ([batch.advantages] + batch.costAdvantages).map { [pass] in pass.expectation(of: $0) }
    }

    var entropy: Double { pass.entropy }

    func gradients() -> (reward: [Double], costs: [[Double]]) {
        func gradient(_ advantages: Matrix) -> [Double] {
            pass.expectationGradient(of: advantages).map { batch.rowsPerEpisode * $0 }
        }
        return (gradient(batch.advantages), batch.costAdvantages.map(gradient))
    }

    func curvature(_ v: [Double], _ damping: Double, _ result: inout [Double]) {
        pass.fisherProduct(v, damping: damping, into: &result)
    }

    func move(to share: Double, of step: [Double]) -> [Double] {
        let place = zip(start, step).map { $0 + share * $1 }
        pass.evaluate(batch.inputs, at: place, weights: batch.weights)
        return place
    }

    func values() -> LineSearch.Values {
        let changes = zip([batch.advantages] + batch.costAdvantages, expected).map {
            batch.rowsPerEpisode * (pass.expectation(of: $0) - $1)
        }
        return LineSearch.Values(
            divergence: pass.divergence(from: old), rewardChange: changes[0],
            costChanges: Array(changes.dropFirst()))
    }
}
