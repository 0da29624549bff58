import PolicyOptimisation

/// What improves the policy, with everything that its next update depends on.
protocol PolicyImprover: AnyObject {
    /// Of the policy.
    var parameters: [Double] { get }
    /// Everything that the next update depends on.
    var state: LearnerState { get }
    /// Continues from a stored state.
    func restore(_ state: LearnerState) throws(LearnerStateError)
}

/// Learns from roll-outs, with a value network for the reward and each cost.
protocol PolicyLearner: PolicyImprover {
    /// What the reward and each cost are worth from a state on.
    var rewardValue: ValueFunction { get }
    var costValues: [ValueFunction] { get }
    /// One step.
    ///
    /// - Throws: `NonFiniteError`; nothing is changed then.
    func step(on batch: PolicyBatch) throws -> PolicyStep
}

/// Reads what a policy amounts to off the counted model; nothing is drawn.
protocol CountedImprover: PolicyImprover {
    /// Whether further updates would change nothing.
    var isSettled: Bool { get }
    /// Whether every bound of a cost was found to be within its budget.
    var keepsBudgets: Bool { get }
    /// One round.
    ///
    /// - Throws: `OptionIssue` where budgets cannot be kept, or episodes need not end; `TabularModelError`, `NonFiniteError`.
    func update() throws -> PolicyUpdate
    /// What the policy amounts to now; nil before the first round of planning.
    ///
    /// - Throws: as `update`.
    func figures() throws -> PlannedFigures?
}

/// What a step did to the policy.
struct PolicyStep {
    /// KL divergence of the step, and whether the policy moved; of planning, whether its bounds keep the budgets.
    var divergence = 0.0, isAccepted = true
    /// Entropy after the step.
    var entropy = 0.0
    /// Case of the step, −1 for PPO-Lagrangian and planning; multipliers of the budgets.
    var stepCase = -1, multipliers: [Double] = []
    /// Mean squared error of the reward's value network before it was fitted.
    var valueError = 0.0
}

/// What one update of the policy reports.
struct PolicyUpdate {
    /// Mean undiscounted return, and mean length, of the roll-outs or in expectation.
    var modelReturn: Double, length: Double
    /// Share of the policy's decisions outside the data.
    var outsideShare: Double
    /// Mean spending of each budget, in the order of the constraints.
    var spending: [Double]
    /// What the policy did.
    var step: PolicyStep
}

extension PolicyUpdate {
    init(_ plan: PlannedFigures, _ step: PolicyStep) {
        self.init(
            modelReturn: plan.value, length: plan.length, outsideShare: plan.outsideShare,
            spending: plan.costs, step: step)
    }
}

extension PolicyStep {
    /// What a step within the trust region did.
    init(_ done: TrustRegionLearner.UpdateReport) {
        divergence = done.isAccepted ? done.search.attempts.last?.values.divergence ?? 0 : 0
        (isAccepted, entropy) = (done.isAccepted, done.entropy)
        (stepCase, multipliers) = (done.step.stepCase.rawValue, done.step.costMultipliers)
        valueError = done.valueErrors.first ?? 0
    }
}

extension TrustRegionLearner: PolicyLearner {
    func step(on batch: PolicyBatch) throws -> PolicyStep { PolicyStep(try update(batch)) }
}

extension PPOLagrangian: PolicyLearner {
    func step(on batch: PolicyBatch) throws -> PolicyStep {
        let done = try update(batch)
        return PolicyStep(
            divergence: done.change.divergence, entropy: done.entropy, multipliers: done.multipliers,
            valueError: done.valueErrors.first ?? 0)
    }
}
