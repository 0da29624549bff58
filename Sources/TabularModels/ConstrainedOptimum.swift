/// The most that the expected total of a cost may be.
public struct CostBudget: Sendable, Equatable {
    /// Name of the cost channel.
    public let cost: String
    /// Largest expected total, discounted as the model is.
    public let limit: Double

    /// Names a cost and its limit.
    public init(_ cost: String, atMost limit: Double) {
        precondition(limit.isFinite, "a budget of \(limit)")
        (self.cost, self.limit) = (cost, limit)
    }
}

/// What can be reached within budgets.
public enum ConstrainedSolution: Sendable, Equatable {
    /// The best behaviour within all budgets.
    case optimal(ConstrainedOptimum)
    /// No behaviour keeps to all budgets.
    case infeasible(BudgetInfeasibility)
}

/// The best behaviour within budgets, with the proof that there is none better.
public struct ConstrainedOptimum: Sendable, Equatable {
    /// A stochastic policy, stationary or with one stage for each step of the horizon.
    public let policy: TabularPolicy
    /// Its return, costs and visits, computed from the policy itself.
    public let evaluation: PolicyEvaluation
    /// How much return one more unit of each budget would bring, at least 0, in the order of the budgets.
    public let prices: [Double]
    /// No behaviour within the budgets has a larger return: the value of the Lagrangian at the prices.
    public let upperBound: Double
    /// Deterministic policies that were tried.
    public let columns: Int

    /// How far the policy's return may be below the best.
    public var gap: Double { upperBound - evaluation.reward }
}

/// The proof that budgets cannot be kept all at once.
public struct BudgetInfeasibility: Sendable, Equatable {
    /// By how much the worst budget is exceeded by the policy that exceeds it least.
    public let smallestViolation: Double
    /// No behaviour exceeds its worst budget by less: equal to `smallestViolation` up to rounding.
    public let lowerBound: Double
    /// A policy with the smallest violation.
    public let policy: TabularPolicy
    /// Its return, costs and visits.
    public let evaluation: PolicyEvaluation
    /// Weights of the budgets, at least 0 with sum 1: the weighted mean of the costs cannot reach that of the limits.
    public let weights: [Double]
}

extension TabularCMDP {
    /// The largest expected return within budgets for expected costs, exactly.
    ///
    /// The linear programme over occupancies is solved by Dantzig and Wolfe's column generation: a small programme mixes
    /// deterministic policies, and policy iteration (with a horizon: backward induction) at its prices finds the next
    /// policy, or proves that no other helps. The best mixture becomes one policy through its occupancy.
    ///
    /// - Parameters:
    ///   - budgets: limits of expected totals; none gives the optimum without constraints.
    ///   - allowed: what may be chosen from, such as the actions that data support; everything unless said otherwise.
    /// - Returns: the optimum with a gap of at most 10⁻⁹ (relative to the return where that is above 1), whose costs
    ///   exceed no budget by more than as much; or the smallest violation where the budgets cannot be kept.
    /// - Throws: `unknownCost`, `noAction`, `notTransient`, `notConverged`, `illConditioned`, `algebra`.
    /// - SeeAlso: Altman 1999, "Constrained Markov Decision Processes"; Dantzig and Wolfe 1960.
    public func constrainedOptimum(
        within budgets: [CostBudget], allowing allowed: ActionSet? = nil
    ) throws(TabularModelError) -> ConstrainedSolution {
        let allowed = allowed ?? allActions
        try check(allowed)
        try mustEnd(within: allowed)
        var generation = ColumnGeneration(
            model: self, allowed: allowed,
            channels: try budgets.map { budget throws(TabularModelError) in
                try channel(budget.cost)
            }, limits: budgets.map(\.limit))
        return try generation.solve()
    }
}
