import SafeRL

/// What becomes of a budget while an episode runs.
package struct BudgetRule {
    /// What is carried from step to step.
    package struct Kept: Equatable {
        /// δ, or its excess.
        package var budget: Float
        /// The cost of the episode before the step, or, of an excess, what it began with.
        package var other: Float

        package init(budget: Float, other: Float) { (self.budget, self.other) = (budget, other) }
    }

    private let configuration: BCRL.Configuration
    private let description: BCRL.Description

    package init(_ configuration: BCRL.Configuration, _ description: BCRL.Description) {
        (self.configuration, self.description) = (configuration, description)
    }

    private var discount: Float { configuration.discount }

    /// κ / ((1 − γ)·T): the limit spread over T steps, as if they went on for ever.
    private var discountedLimit: Float {
        let steps =
            configuration.episodeLength > 0 ? configuration.episodeLength : description.longestEpisode
        return configuration.costLimit / ((1 - discount) * Float(steps))
    }

    /// δ_0, within 1 … c_max.
    private var firstBudget: Float { min(max(discountedLimit, 1), description.largestBudget) }

    /// At an episode's first state, which needs V_c.
    package func start(needing needed: Float) -> Kept {
        switch (configuration.dynamics, configuration.spending) {
        case (.deterministic, _): return Kept(budget: firstBudget, other: 0)
        case (.stochastic, .published):
            // The state's need is subtracted anew in every step, in the first as well.
            let excess = max(configuration.costLimit - description.startCost + needed, 0) - needed
            return Kept(budget: excess, other: excess)
        case (.stochastic, .corrected):
            let excess = max(discountedLimit - description.startCost, 0)
            return Kept(budget: excess, other: excess)
        }
    }

    /// At a later state, which needs V_c.
    ///
    /// - Parameters:
    ///   - before: what the step before left.
    ///   - progress: of the episode.
    ///   - needed: V_c.
    /// - Returns: the budget now.
    package func going(on before: Kept, after progress: EpisodeProgress, needing needed: Float) -> Kept {
        switch (configuration.dynamics, configuration.spending) {
        case (.deterministic, _):
            let left = (before.budget - (progress.totalCost - before.other)) / discount
            return Kept(budget: min(max(left, 0), firstBudget), other: progress.totalCost)
        case (.stochastic, .published): return Kept(budget: before.budget - needed, other: before.other)
        case (.stochastic, .corrected): return before
        }
    }

    /// Behind an action, as the values judge it; costs that are received count in `going`.
    ///
    /// - Parameters:
    ///   - now: the budget before it.
    ///   - needed: V_c of the state.
    ///   - cost: Q_c of the action.
    /// - Returns: what is carried on.
    package func left(of now: Kept, needed: Float, byAction cost: Float) -> Kept {
        guard configuration.dynamics == .stochastic else { return now }
        let left = now.budget - (max(cost, needed) - needed)
        guard configuration.spending == .corrected else { return Kept(budget: left, other: now.other) }
        return Kept(budget: min(max(left / discount, 0), now.other), other: now.other)
    }

    /// What the spending policy is given.
    package func given(_ budget: Float) -> Float {
        configuration.dynamics == .deterministic
            ? budget : min(max(budget, 0), description.largestBudget)
    }

    /// Whether the budget suffices; one that is no number does not.
    package func suffices(_ budget: Float, needing needed: Float) -> Bool {
        configuration.dynamics == .deterministic
            ? budget > needed : budget >= configuration.leastExcess
    }
}
