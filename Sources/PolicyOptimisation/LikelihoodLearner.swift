import Foundation
import Tensors

/// Fits a policy to recorded actions by maximum likelihood: Adam on the mean of −log π(a|s).
public final class LikelihoodLearner {
    /// The policy that is fitted.
    public let policy: StochasticPolicy
    /// Adam's step size.
    public let rate: Double
    /// The policy's parameters, a flat vector.
    public private(set) var parameters: [Double]
    private var adam: AdamDescent

    /// Starts with fresh weights, those that a learner of the same policy and seed starts with.
    ///
    /// - Parameters:
    ///   - policy: the policy that is fitted.
    ///   - rate: Adam's step size, positive.
    ///   - seed: of the run.
    public init(_ policy: StochasticPolicy, rate: Double, seed: UInt64) {
        precondition(rate > 0, "a step size of \(rate)")
        var weights = RandomStream(seed: seed, for: .weights)
        (self.policy, self.rate) = (policy, rate)
        parameters = policy.initialParameters(using: &weights)
        adam = AdamDescent(count: policy.parameterCount)
    }

    /// Starts from given parameters.
    ///
    /// - Parameter parameters: as many as the policy has, all finite.
    public func replaceParameters(_ parameters: [Double]) {
        policy.check(parameters)
        self.parameters = parameters
    }

    /// Makes one step.
    ///
    /// - Parameters:
    ///   - inputs: what was seen.
    ///   - actions: what was done there; allowed where inputs say what is.
    /// - Returns: the mean of −log π(a|s) before the step.
    /// - Throws: `NonFiniteError`; nothing is changed then.
    public func update(_ inputs: PolicyInputs, _ actions: PolicyActions) throws -> Double {
        let pass = PolicyPass(policy, capacity: inputs.rows)
        pass.evaluate(inputs, at: parameters)
        let loss = -pass.logProbabilities(of: actions).reduce(0, +) / Double(inputs.rows)
        guard loss.isFinite else { throw NonFiniteError("log-probability of a recorded action") }
        let weight = -1 / Double(inputs.rows)
        let descent = pass.scoreGradient(
            of: actions, weights: [Double](repeating: weight, count: inputs.rows))
        guard dot(descent, descent).isFinite else { throw NonFiniteError("gradient of the likelihood") }
        adam.step(&parameters, down: descent, rate: rate)
        return loss
    }

    // MARK: - Storing

    /// Everything that the next step depends on.
    public var state: LearnerState {
        var state = LearnerState()
        state.vectors["policy.parameters"] = parameters
        adam.save("policy", to: &state)
        return state
    }

    /// Continues from a stored state.
    ///
    /// - Throws: `LearnerStateError`; nothing is changed then.
    public func restore(_ state: LearnerState) throws(LearnerStateError) {
        let parameters = try state.vector("policy.parameters", count: policy.parameterCount)
        adam = try AdamDescent("policy", from: state, count: policy.parameterCount)
        self.parameters = parameters
    }
}
