import Tensors

/// Improves a policy within a trust region and within budgets: TRPO without constraints, CPO with one or several.
///
/// Each update takes gradients of the surrogates, finds the constrained step, searches along it until the true surrogates
/// agree, and fits the value networks to the returns. Where no share of the step is acceptable, the policy stays.
public final class TrustRegionLearner {
    /// What may be chosen.
    public struct Configuration: Codable, Equatable, Sendable {
        /// δ, the largest KL(old ‖ new), mean over states; positive.
        public var divergence = 0.01
        /// Added to the diagonal of the Fisher matrix; at least 0.
        public var damping = 0.1
        /// How systems with the Fisher matrix are solved.
        public var solver = ConjugateGradient()
        /// How the step is shortened.
        public var lineSearch = LineSearch()
        /// What is done to advantages.
        public var scaling = AdvantageScaling()
        /// How the value networks are fitted.
        public var values = ValueFitting()

        /// The defaults.
        public init() {}
    }

    /// What an update did; plain numbers, for the log.
    public struct UpdateReport: Codable, Equatable, Sendable {
        /// The step, its case, multipliers and predictions.
        public var step: ConstrainedStepReport
        /// The search along it.
        public var search: LineSearch.Trace
        /// Whether the policy moved; if not, no share of the step was acceptable.
        public var isAccepted: Bool
        /// Excess of each cost before the update.
        public var excess: [Double]
        /// Entropy of the policy after the update, mean over rows.
        public var entropy: Double
        /// Mean squared errors of the value networks before they were fitted: the reward's, then each cost's; none where
        /// advantages are exact.
        public var valueErrors: [Double]
    }

    /// The policy that is improved.
    public let policy: StochasticPolicy
    /// Number of cost channels with a budget.
    public let constraints: Int
    /// What was chosen.
    public let configuration: Configuration
    /// The policy's parameters, a flat vector.
    public private(set) var parameters: [Double]
    /// Updates made so far.
    public private(set) var updates = 0
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
        precondition(constraints >= 0, "\(constraints) constraints")
        precondition(
            configuration.divergence > 0 && configuration.damping >= 0,
            "divergence \(configuration.divergence), damping \(configuration.damping)")
        var weights = RandomStream(seed: seed, for: .weights)
        (self.policy, self.constraints, self.configuration) = (policy, constraints, configuration)
        parameters = policy.initialParameters(using: &weights)
        values = LearnedValues(
            observation: policy.network.inputs, constraints: constraints, fitting: configuration.values,
            using: &weights)
        sampling = RandomStream(seed: seed, for: .sampling)
    }

    /// The value network of the reward.
    public var rewardValue: ValueFunction { values.reward }
    /// The value network of each cost.
    public var costValues: [ValueFunction] { values.costs }

    /// Starts from given parameters of the policy, such as those of a policy learned elsewhere.
    ///
    /// - Parameter parameters: as many as the policy has, all finite.
    public func replaceParameters(_ parameters: [Double]) {
        policy.check(parameters)
        self.parameters = parameters
    }

    /// Makes one update.
    ///
    /// - Parameter batch: rows that the present policy produced.
    /// - Returns: what was done and why.
    /// - Throws: `NonFiniteError` naming the quantity; nothing is changed then.
    public func update(_ batch: PolicyBatch) throws -> UpdateReport {
        try batch.check(constraints: constraints)
        let surrogates = try PolicySurrogates(policy, at: parameters, on: batch, configuration.scaling)
        var (report, place) = try improvement(surrogates, batch.excess)
        // The value networks come last: only they can still fail, and what fails changes nothing.
        var draws = sampling
        report.valueErrors = try values.fit(batch, using: &draws)
        (parameters, sampling, updates) = (place, draws, updates + 1)
        return report
    }

    /// Makes one update from exact advantages; the value networks stay as they are.
    ///
    /// - Parameter batch: every state with its visits under the present policy.
    /// - Returns: what was done and why.
    /// - Throws: `NonFiniteError` naming the quantity; nothing is changed then.
    public func update(_ batch: ExpectedBatch) throws -> UpdateReport {
        try batch.check(constraints: constraints)
        let (report, place) = try improvement(
            ExpectedSurrogates(policy, at: parameters, on: batch), batch.excess)
        (parameters, updates) = (place, updates + 1)
        return report
    }

    /// The step, and where it leads.
    private func improvement(_ surrogates: some Surrogates, _ excess: [Double]) throws -> (
        UpdateReport, [Double]
    ) {
        let (gradient, costGradients) = surrogates.gradients()
        let finder = ConstrainedStep(divergence: configuration.divergence, solver: configuration.solver)
        let found = try finder(
            gradient: gradient, costGradients: costGradients, excess: excess
        ) { surrogates.curvature($0, configuration.damping, &$1) }
        var place = parameters
        let trace = configuration.lineSearch(
            found.stepCase, excess: excess, divergence: configuration.divergence
        ) { share in
            place = surrogates.move(to: share, of: found.step)
            return surrogates.values()
        }
        let isAccepted = trace.acceptedShare != nil
        if !isAccepted { place = surrogates.move(to: 0, of: found.step) }
        let report = UpdateReport(
            step: found, search: trace, isAccepted: isAccepted, excess: excess, entropy: surrogates.entropy,
            valueErrors: [])
        return (report, place)
    }

    // MARK: - Storing

    /// Everything that the next update depends on.
    public var state: LearnerState {
        var state = LearnerState()
        state.vectors["policy.parameters"] = parameters
        state.counts["updates"] = updates
        state.streams["sampling"] = sampling
        values.save(to: &state)
        return state
    }

    /// Continues from a stored state.
    ///
    /// - Throws: `LearnerStateError`; nothing is changed then.
    public func restore(_ state: LearnerState) throws(LearnerStateError) {
        let parameters = try state.vector("policy.parameters", count: policy.parameterCount)
        let (updates, sampling) = (try state.count("updates"), try state.stream("sampling"))
        values.restore(try values.memories(in: state))
        (self.parameters, self.updates, self.sampling) = (parameters, updates, sampling)
    }
}
