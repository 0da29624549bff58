import Networks
import Tensors

/// Fits a policy to recorded actions by maximum likelihood: Adam on the mean of −log π(a|s).
public final class LikelihoodLearner {
    /// The policy that is fitted.
    public let policy: StochasticPolicy
    /// Adam's step size.
    public let rate: Double
    private let learner: PolicyLearner
    private let tape = TapeOf<Double>()

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
        learner = policy.learner(AdamOf(rate: .constant(rate)), using: &weights)
    }

    /// The policy's parameters, a flat vector.
    public var parameters: [Double] { Array(learner.numbers(.weights)) }

    /// Starts from given parameters.
    ///
    /// - Parameter parameters: as many as the policy has, all finite.
    public func replaceParameters(_ parameters: [Double]) {
        policy.check(parameters)
        _ = learner.numbers(.weights).update(fromContentsOf: parameters)
    }

    /// Makes one step.
    ///
    /// - Parameters:
    ///   - inputs: what was seen.
    ///   - actions: what was done there; allowed where inputs say what is.
    /// - Returns: the mean of −log π(a|s) before the step.
    /// - Throws: `NonFiniteError`; nothing is changed then.
    public func update(_ inputs: PolicyInputs, _ actions: PolicyActions) throws -> Double {
        policy.check(inputs)
        policy.distribution.check(actions)
        let before = learner.remembered()
        tape.reset()
        do {
            return try learner.descend(on: tape) {
                let head = policy.head(
                    tape.constant(inputs.observations), allowed: inputs.allowed, learner.weights(on: tape))
                let likelihood = policy.distribution.logProbability(of: actions, at: head).mean()
                guard likelihood.scalar.isFinite else {
                    throw NonFiniteError("log-probability of a recorded action")
                }
                return -likelihood
            }
        } catch {
            learner.restore(before)
            throw error
        }
    }

    // MARK: - Storing

    /// Everything that the next step depends on.
    public var state: LearnerState {
        var state = LearnerState()
        state.store(learner)
        return state
    }

    /// Continues from a stored state.
    ///
    /// - Throws: `LearnerStateError`; nothing is changed then.
    public func restore(_ state: LearnerState) throws(LearnerStateError) {
        learner.restore(try state.memory(of: learner))
    }
}
