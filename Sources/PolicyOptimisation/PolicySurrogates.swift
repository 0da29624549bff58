import Foundation
import Tensors

/// Surrogates of reward and costs around a policy, with the curvature of KL(old ‖ new) there.
protocol Surrogates: AnyObject {
    /// Entropy of the policy last evaluated, mean over rows.
    var entropy: Double { get }
    /// Gradients at the start: of the reward's surrogate and of each cost's.
    func gradients() -> (reward: [Double], costs: [[Double]])
    /// Multiplies by the damped Fisher matrix at the place last evaluated.
    func curvature(_ v: [Double], _ damping: Double, _ result: inout [Double])
    /// Moves to the start plus a share of a step, and returns that place.
    func move(to share: Double, of step: [Double]) -> [Double]
    /// Divergence and changes of the surrogates between the start and the place last evaluated.
    func values() -> LineSearch.Values
}

/// The surrogates of reward and costs around a policy: E[ρ·A] with ρ = π(a|s)/π_old(a|s), their gradients there, and the
/// curvature of KL(old ‖ new).
final class PolicySurrogates: Surrogates {
    private let pass: PolicyPass
    private let inputs: PolicyInputs, actions: PolicyActions
    private let reward: [Double]
    private let costs: [[Double]]  // times rows of an episode
    private let start: [Double]
    private let old: ActionPoint
    /// log π_old(a|s), one a row.
    let oldLogProbabilities: [Double]

    /// Evaluates the policy at the rows of a batch.
    ///
    /// - Throws: `NonFiniteError` for a policy whose output is not finite, or an action that it cannot have taken.
    init(
        _ policy: StochasticPolicy, at parameters: [Double], on batch: PolicyBatch,
        _ scaling: AdvantageScaling
    )
        throws
    {
        pass = PolicyPass(policy, capacity: batch.inputs.rows)
        (inputs, actions, start) = (batch.inputs, batch.actions, parameters)
        reward = scaling.reward(batch.advantages)
        costs = batch.costAdvantages.map { scaling.cost($0).map { $0 * batch.rowsPerEpisode } }
        pass.evaluate(inputs, at: parameters)
        old = pass.point
        oldLogProbabilities = pass.logProbabilities(of: actions)
        guard oldLogProbabilities.allSatisfy(\.isFinite) else {
            throw NonFiniteError("log-probability of a recorded action")
        }
    }

    /// Entropy of the policy last evaluated, mean over rows.
    var entropy: Double { pass.entropy }

    /// Gradients at the start: of the reward's surrogate and of each cost's.
    func gradients() -> (reward: [Double], costs: [[Double]]) {
        let weight = 1 / Double(inputs.rows)
        func gradient(_ advantages: [Double]) -> [Double] {
            pass.scoreGradient(of: actions, weights: advantages.map { $0 * weight })
        }
        return (gradient(reward), costs.map(gradient))
    }

    /// Multiplies by the damped Fisher matrix at the place last evaluated.
    func curvature(_ v: [Double], _ damping: Double, _ result: inout [Double]) {
        pass.fisherProduct(v, damping: damping, into: &result)
    }

    /// Moves to the start plus a share of a step.
    func move(to share: Double, of step: [Double]) -> [Double] {
        let place = zip(start, step).map { $0 + share * $1 }
        move(to: place)
        return place
    }

    /// Moves to given parameters.
    func move(to place: [Double]) { pass.evaluate(inputs, at: place) }

    /// Divergence and changes of the surrogates between the start and the place last evaluated.
    func values() -> LineSearch.Values {
        let change = zip(pass.logProbabilities(of: actions), oldLogProbabilities).map { expm1($0 - $1) }
        let rows = Double(inputs.rows)
        return LineSearch.Values(
            divergence: pass.divergence(from: old), rewardChange: dot(change, reward) / rows,
            costChanges: costs.map { dot(change, $0) / rows })
    }
}
