import Networks
import Tensors

/// Improves a policy by clipped surrogates of reward minus weighted costs, with one Lagrange multiplier for each budget.
///
/// Each update first moves the multipliers by the excess, then makes epochs of Adam steps on minibatches, until they are
/// done or the policy has moved too far, and fits the value networks to the returns. Budgets are kept in the long run, not
/// in each update: `TrustRegionLearner` holds every step against them.
///
/// - SeeAlso: Schulman et al. 2017, arXiv:1707.06347; Ray, Achiam and Amodei 2019, "Benchmarking safe exploration in deep
///   reinforcement learning".
public final class PPOLagrangian {
    /// What may be chosen.
    public struct Configuration: Codable, Equatable, Sendable {
        /// The surrogate does not reward ratios outside 1 ± clip; in (0, 1).
        public var clip = 0.2
        /// Adam's step size for the policy.
        public var rate = 3e-4
        /// Passes over a batch, at least 1.
        public var epochs = 10
        /// Rows of a step of Adam; 0 for all at once.
        public var rows = 256
        /// Weight of the policy's entropy, at least 0.
        public var entropyWeight = 0.0
        /// Largest norm of the policy's gradient, positive.
        public var largestNorm = 0.5
        /// Epochs end once KL(old ‖ new), mean over states, is above this; positive.
        public var largestDivergence = 0.02
        /// How multipliers follow the excess.
        public var multipliers = MultiplierRule.plain(rate: 0.05)
        /// Limit of each multiplier, positive.
        public var largestMultiplier = 100.0
        /// What is done to advantages.
        public var scaling = AdvantageScaling()
        /// How the value networks are fitted.
        public var values = ValueFitting()

        /// The defaults.
        public init() {}

        fileprivate var isValid: Bool {
            clip > 0 && clip < 1 && rate > 0 && epochs >= 1 && rows >= 0 && entropyWeight >= 0
                && largestNorm > 0 && largestDivergence > 0
        }
    }

    /// What an update did; plain numbers, for the log.
    public struct UpdateReport: Codable, Equatable, Sendable {
        /// Excess of each cost before the update.
        public var excess: [Double]
        /// λⱼ that the update used.
        public var multipliers: [Double]
        /// Epochs made; fewer than asked for where the policy had moved far enough.
        public var epochs: Int
        /// Share of the last epoch's rows whose ratio was clipped.
        public var clippedShare: Double
        /// Divergence and changes of the surrogates, from before to after the update.
        public var change: LineSearch.Values
        /// Entropy of the policy after the update, mean over rows.
        public var entropy: Double
        /// Mean squared errors of the value networks before they were fitted: the reward's, then each cost's.
        public var valueErrors: [Double]
    }

    /// The policy that is improved.
    public let policy: StochasticPolicy
    /// Number of cost channels with a budget.
    public let constraints: Int
    /// What was chosen.
    public let configuration: Configuration
    /// The multipliers that the last update used.
    public private(set) var multipliers: LagrangeMultipliers
    /// Updates made so far.
    public private(set) var updates = 0
    private let learner: PolicyLearner
    private let values: LearnedValues
    private var sampling: RandomStream

    /// Starts with fresh weights.
    ///
    /// - Parameters:
    ///   - policy: the policy that is improved.
    ///   - constraints: number of cost channels with a budget, at least 0.
    ///   - configuration: what was chosen.
    ///   - seed: of the run.
    public init(
        _ policy: StochasticPolicy, constraints: Int, configuration: Configuration = Configuration(),
        seed: UInt64
    ) {
        precondition(
            constraints >= 0 && configuration.isValid, "\(constraints) constraints, \(configuration)")
        var weights = RandomStream(seed: seed, for: .weights)
        (self.policy, self.constraints, self.configuration) = (policy, constraints, configuration)
        var adam = AdamOf<Double>(rate: .constant(configuration.rate))
        adam.largestNorm = configuration.largestNorm
        learner = policy.learner(adam, using: &weights)
        multipliers = LagrangeMultipliers(
            constraints, rule: configuration.multipliers, largest: configuration.largestMultiplier)
        values = LearnedValues(
            observation: policy.network.inputs, constraints: constraints, fitting: configuration.values,
            using: &weights)
        sampling = RandomStream(seed: seed, for: .sampling)
    }

    /// The policy's parameters, a flat vector.
    public var parameters: [Double] { Array(learner.numbers(.weights)) }
    /// The value network of the reward.
    public var rewardValue: ValueFunction { values.reward }
    /// The value network of each cost.
    public var costValues: [ValueFunction] { values.costs }

    /// Starts from given parameters of the policy, such as those of a policy learned elsewhere.
    ///
    /// - Parameter parameters: as many as the policy has, all finite.
    public func replaceParameters(_ parameters: [Double]) {
        policy.check(parameters)
        _ = learner.numbers(.weights).update(fromContentsOf: parameters)
    }

    /// Makes one update.
    ///
    /// - Parameter batch: rows that the present policy produced.
    /// - Returns: what was done.
    /// - Throws: `NonFiniteError` naming the quantity; nothing is changed then.
    public func update(_ batch: PolicyBatch) throws -> UpdateReport {
        try batch.check(constraints: constraints)
        let before = learner.remembered()
        do {
            return try improve(batch)
        } catch {
            learner.restore(before)
            throw error
        }
    }

    private func improve(_ batch: PolicyBatch) throws -> UpdateReport {
        let surrogates = try PolicySurrogates(policy, at: parameters, on: batch, configuration.scaling)
        var new = (multipliers: multipliers, sampling: sampling)
        new.multipliers.follow(batch.excess)
        let advantages = new.multipliers.combined(
            configuration.scaling.reward(batch.advantages),
            batch.costAdvantages.map(configuration.scaling.cost))
        let epoch = ClippedEpoch(
            policy, batch, advantages, old: surrogates.oldLogProbabilities, configuration)
        var (epochs, clipped) = (0, 0.0)
        var change: LineSearch.Values
        repeat {
            clipped = try epoch.run(learner, &new.sampling)
            surrogates.move(to: parameters)
            change = surrogates.values()
            guard change.divergence.isFinite else { throw NonFiniteError("divergence of the policy") }
            epochs += 1
        } while epochs < configuration.epochs && change.divergence <= configuration.largestDivergence
        let errors = try values.fit(batch, using: &new.sampling)
        (multipliers, sampling) = new
        updates += 1
        return UpdateReport(
            excess: batch.excess, multipliers: multipliers.values, epochs: epochs, clippedShare: clipped,
            change: change, entropy: surrogates.entropy, valueErrors: errors)
    }

    // MARK: - Storing

    /// Everything that the next update depends on.
    public var state: LearnerState {
        var state = LearnerState()
        state.counts["updates"] = updates
        state.streams["sampling"] = sampling
        state.store(learner)
        multipliers.save(to: &state)
        values.save(to: &state)
        return state
    }

    /// Continues from a stored state.
    ///
    /// - Throws: `LearnerStateError`; nothing is changed then.
    public func restore(_ state: LearnerState) throws(LearnerStateError) {
        let memory = try state.memory(of: learner)
        let (updates, sampling) = (try state.count("updates"), try state.stream("sampling"))
        let multipliers = try multipliers.loaded(from: state)
        values.restore(try values.memories(in: state))
        learner.restore(memory)
        (self.multipliers, self.updates, self.sampling) = (multipliers, updates, sampling)
    }
}

/// One pass of Adam steps over a batch, up the clipped surrogate min(ρA, clip(ρ)A) and the entropy.
private struct ClippedEpoch {
    private let policy: StochasticPolicy
    private let batch: PolicyBatch
    private let advantages, old: [Double]
    private let configuration: PPOLagrangian.Configuration
    private let size: Int
    private let tape = TapeOf<Double>()

    init(
        _ policy: StochasticPolicy, _ batch: PolicyBatch, _ advantages: [Double], old: [Double],
        _ configuration: PPOLagrangian.Configuration
    ) {
        (self.policy, self.batch, self.advantages, self.old) = (policy, batch, advantages, old)
        self.configuration = configuration
        let rows = batch.inputs.rows
        size = configuration.rows == 0 ? rows : min(configuration.rows, rows)
    }

    /// - Returns: the share of rows whose ratio was clipped.
    func run(_ learner: PolicyLearner, _ sampling: inout RandomStream) throws -> Double {
        var clipped = 0
        for rows in minibatches(advantages.count, of: size, using: &sampling) {
            tape.reset()
            try learner.descend(on: tape) {
                let (loss, ratios) = loss(rows, learner.weights(on: tape))
                for (ratio, row) in zip(ratios.values, rows) {
                    let isClipped =
                        advantages[row] > 0
                        ? ratio > 1 + configuration.clip : ratio < 1 - configuration.clip
                    if isClipped { clipped += 1 }
                }
                return loss
            }
        }
        return Double(clipped) / Double(advantages.count)
    }

    private func loss(
        _ rows: ArraySlice<Int>, _ w: WeightsOf<Double>
    ) -> (loss: VariableOf<Double>, ratios: VariableOf<Double>) {
        let inputs = batch.inputs.rows(rows)
        let head = policy.head(tape.constant(inputs.observations), allowed: inputs.allowed, w)
        let logProbabilities = policy.distribution.logProbability(of: batch.actions.rows(rows), at: head)
        let advantage = tape.column(rows.map { advantages[$0] })
        let ratio = (logProbabilities - tape.column(rows.map { old[$0] })).exp()
        let clip = configuration.clip
        let surrogate = minimum(ratio * advantage, ratio.clipped(1 - clip, 1 + clip) * advantage).mean()
        guard configuration.entropyWeight > 0 else { return (-surrogate, ratio) }
        let entropy = policy.distribution.entropy(at: head).mean()
        return (-surrogate - configuration.entropyWeight * entropy, ratio)
    }
}
