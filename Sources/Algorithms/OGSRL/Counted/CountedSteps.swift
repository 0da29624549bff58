import PolicyOptimisation

/// Steps within a trust region by exact advantages, until they lead nowhere.
final class CountedSteps: CountedImprover {
    private let critic: CountedCritic
    private let learner: TrustRegionLearner
    private(set) var isSettled = false

    init(_ critic: CountedCritic, _ learner: TrustRegionLearner) {
        (self.critic, self.learner) = (critic, learner)
    }

    var parameters: [Double] { learner.parameters }

    /// False: bounds are held against budgets one by one.
    var keepsBudgets: Bool { false }

    func figures() throws -> PlannedFigures? { try critic.judge(parameters).figures }

    func update() throws -> PolicyUpdate {
        let (figures, batch) = try critic.judge(parameters)
        let done = try learner.update(batch)
        // Nothing is drawn: where no step is accepted, or none is left to gain, the next update would be this one again.
        let gain = done.search.attempts.last?.values.rewardChange ?? 0
        isSettled =
            !done.isAccepted
            || (gain < 1e-6 * max(1, abs(figures.value)) && batch.excess.allSatisfy { $0 <= 1e-6 })
        return PolicyUpdate(figures, PolicyStep(done))
    }

    // MARK: Storing

    var state: LearnerState {
        var state = learner.state
        state.counts["settled"] = isSettled ? 1 : 0
        return state
    }

    func restore(_ state: LearnerState) throws(LearnerStateError) {
        try learner.restore(state)
        isSettled = state.counts["settled"] == 1
    }
}
