import Networks
import Tensors

/// Improves a policy by trust-region steps up the advantages of the reward less those of one cost, weighted by a multiplier
/// that follows the excess.
///
/// The multiplier moves first, as in `PPOLagrangian`. The reward's advantages are scaled as `AdvantageScaling` says before they are
/// weighed against the cost's, and their sum is not scaled again.
///
/// - SeeAlso: Ray, Achiam and Amodei 2019, "Benchmarking safe exploration in deep reinforcement learning".
public final class TRPOLagrangian {
    /// The value network of the cost.
    public let costValue: ValueFunction
    private let learner: TrustRegionLearner
    private let scaling: AdvantageScaling
    private var multipliers: LagrangeMultipliers
    private var sampling: RandomStream

    /// Starts with fresh weights.
    ///
    /// - Parameters:
    ///   - policy: the policy that is improved.
    ///   - rule: how the multiplier follows the excess.
    ///   - largest: limit of the multiplier, positive.
    ///   - configuration: of the step.
    ///   - seed: of the run.
    public init(
        _ policy: StochasticPolicy, rule: MultiplierRule, largest: Double,
        configuration: TrustRegionLearner.Configuration, seed: UInt64
    ) {
        var own = configuration
        (own.scaling.standardisesReward, own.scaling.centresCosts) = (false, false)
        learner = TrustRegionLearner(policy, constraints: 0, configuration: own, seed: seed)
        scaling = configuration.scaling
        multipliers = LagrangeMultipliers(1, rule: rule, largest: largest)
        var weights = RandomStream(seed: seed, for: .weights, index: 1)
        costValue = ValueFunction(
            "value.cost0", observation: policy.network.inputs, fitting: configuration.values, using: &weights)
        sampling = RandomStream(seed: seed, for: .sampling, index: 1)
    }

    /// The policy that is improved.
    public var policy: StochasticPolicy { learner.policy }
    /// Its parameters.
    public var parameters: [Double] { learner.parameters }
    /// The value network of the reward.
    public var rewardValue: ValueFunction { learner.rewardValue }
    /// λ that the last update used.
    public var multiplier: Double { multipliers.values[0] }

    /// Makes one update.
    ///
    /// - Parameter batch: rows that the present policy produced, with one cost.
    /// - Returns: what was done and why.
    /// - Throws: `NonFiniteError` naming the quantity; nothing is changed then.
    public func update(_ batch: PolicyBatch) throws -> TrustRegionLearner.UpdateReport {
        try batch.check(constraints: 1)
        var (moved, draws) = (multipliers, sampling)
        moved.follow(batch.excess)
        var weighed = batch
        weighed.advantages = moved.combined(
            scaling.reward(batch.advantages), batch.costAdvantages.map(scaling.cost))
        (weighed.costAdvantages, weighed.costReturns, weighed.excess) = ([], [], [])
        let before = costValue.remembered()
        let error = try costValue.fit(batch.inputs.observations, to: batch.costReturns[0], using: &draws)
        do {
            var report = try learner.update(weighed)
            report.excess = batch.excess
            report.valueErrors.append(error)
            (multipliers, sampling) = (moved, draws)
            return report
        } catch {
            costValue.restore(before)
            throw error
        }
    }

    /// Everything that the next update depends on.
    public var state: LearnerState {
        var state = learner.state
        multipliers.save(to: &state)
        costValue.save(to: &state)
        state.streams["sampling.cost"] = sampling
        return state
    }

    /// Continues from a stored state.
    ///
    /// - Throws: `LearnerStateError`; nothing is changed then.
    public func restore(_ state: LearnerState) throws(LearnerStateError) {
        let (multipliers, memory) = (try multipliers.loaded(from: state), try costValue.memory(in: state))
        let sampling = try state.stream("sampling.cost")
        try learner.restore(state)
        costValue.restore(memory)
        (self.multipliers, self.sampling) = (multipliers, sampling)
    }
}
