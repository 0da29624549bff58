/// Dantzig and Wolfe's method over the deterministic policies of a model.
struct ColumnGeneration {
    /// A deterministic policy, by what it amounts to.
    private struct Column {
        let reward: Double
        /// Expected totals of the budgeted costs.
        let costs: [Double]
        let occupancy: Occupancy
    }

    /// What a small programme over the columns has come to.
    private struct Master {
        let shares: [Double]
        let value: Double
        /// Prices of the budgets.
        let prices: [Double]
    }

    /// Largest gap at which a solution counts as exact, relative to the size of what is compared.
    private static let tolerance = 1e-9
    /// Columns at which something is wrong: each one is another vertex, and tens are usual.
    private static let mostColumns = 5_000

    private let model: TabularCMDP
    private let allowed: ActionSet
    private let channels: [Int]
    private let limits: [Double]
    private var columns: [Column] = []
    /// The policy found last, from which the search for the next begins.
    private var choices: [Int]?

    init(model: TabularCMDP, allowed: ActionSet, channels: [Int], limits: [Double]) {
        (self.model, self.allowed, self.channels, self.limits) = (model, allowed, channels, limits)
    }

    mutating func solve() throws(TabularModelError) -> ConstrainedSolution {
        let free = try addColumn(rewardWeight: 1, prices: [Double](repeating: 0, count: limits.count))
        if violation(of: columns[0].costs) <= 0 {
            return .optimal(
                try optimum(shares: [1], prices: limits.map { _ in 0 }, upperBound: free, budgets: limits))
        }
        // Budgets that can just be kept are met up to rounding; the optimum is sought within what was reached.
        switch try smallestViolation() {
        case .left(let infeasibility): return .infeasible(infeasibility)
        case .reached(let rest): return .optimal(try bestWithin(limits.map { $0 + max(0, rest) }))
        }
    }

    private func violation(of costs: [Double]) -> Double {
        zip(costs, limits).reduce(-.infinity) { max($0, $1.0 - $1.1) }
    }

    /// Finds the policy that is best for Σ visits·(weight·reward − Σ price·cost), and adds it.
    ///
    /// - Returns: that total: no policy has a larger one.
    private mutating func addColumn(
        rewardWeight: Double, prices: [Double]
    ) throws(TabularModelError) -> Double {
        var values = model.rewards.map { rewardWeight * $0 }
        for (channel, price) in zip(channels, prices) where price != 0 {
            for (pair, cost) in model.costs[channel].enumerated() { values[pair] -= price * cost }
        }
        let best = try model.exactOptimum(for: values, within: allowed, from: choices)
        choices = best.choices
        let evaluation = try model.evaluation(of: best.policy)
        columns.append(
            Column(
                reward: evaluation.reward, costs: channels.map { evaluation.costs[$0] },
                occupancy: evaluation.occupancy))
        return best.value
    }

    // MARK: Keeping to the budgets at all

    private enum Reached {
        /// The smallest violation is no violation, up to rounding.
        case reached(Double)
        case left(BudgetInfeasibility)
    }

    /// Mixes policies until the worst excess over a budget is 0, or until it is proved that it cannot be.
    private mutating func smallestViolation() throws(TabularModelError) -> Reached {
        let scale = Self.tolerance * limits.reduce(1) { max($0, abs($1)) }
        var lowerBound = -Double.infinity
        while columns.count < Self.mostColumns {
            let master = try leastViolationMaster()
            if -master.value <= 0 { return .reached(-master.value) }
            let least = -(try addColumn(rewardWeight: 0, prices: master.prices))
            lowerBound = max(lowerBound, least - zip(master.prices, limits).reduce(0) { $0 + $1.0 * $1.1 })
            let gap = -master.value - lowerBound
            if gap > scale && isRepeated {
                throw .notConverged(what: "the search for the smallest violation", gap: gap)
            }
            guard gap <= scale else { continue }
            if -master.value <= scale { return .reached(-master.value) }
            let (policy, evaluation) = try mixture(master.shares)
            return .left(
                BudgetInfeasibility(
                    smallestViolation: violation(of: channels.map { evaluation.costs[$0] }),
                    lowerBound: lowerBound, policy: policy, evaluation: evaluation, weights: master.prices))
        }
        throw .notConverged(what: "the search for the smallest violation", gap: .infinity)
    }

    /// Minimises t where the mixture exceeds no budget by more than t, which may be negative.
    private func leastViolationMaster() throws(TabularModelError) -> Master {
        let count = columns.count
        var rows = limits.indices.map { index in
            LinearProgram.Row(
                coefficients: columns.map { $0.costs[index] } + [-1, 1], relation: .atMost,
                bound: limits[index])
        }
        rows.append(
            .init(
                coefficients: [Double](repeating: 1, count: count) + [0, 0], relation: .equal, bound: 1))
        return try solve(
            LinearProgram(
                maximising: [Double](repeating: 0, count: count) + [-1, 1], subjectTo: rows))
    }

    // MARK: The best return

    private mutating func bestWithin(_ budgets: [Double]) throws(TabularModelError) -> ConstrainedOptimum {
        var (upperBound, prices) = (Double.infinity, [Double]())
        var gap = Double.infinity
        while columns.count < Self.mostColumns {
            let master = try returnMaster(budgets)
            let most = try addColumn(rewardWeight: 1, prices: master.prices)
            let bound = most + zip(master.prices, budgets).reduce(0) { $0 + $1.0 * $1.1 }
            if bound < upperBound { (upperBound, prices) = (bound, master.prices) }
            gap = upperBound - master.value
            if gap <= Self.tolerance * 0.1 * max(1, abs(master.value)) || isRepeated {
                return try optimum(
                    shares: master.shares, prices: prices, upperBound: upperBound, budgets: budgets)
            }
        }
        throw .notConverged(what: "column generation", gap: gap)
    }

    /// Whether the last policy amounts to what an earlier one did: prices can then not improve any more.
    private var isRepeated: Bool {
        guard let last = columns.last else { return false }
        return columns.dropLast().contains { $0.reward == last.reward && $0.costs == last.costs }
    }

    /// Maximises the return of a mixture within budgets.
    private func returnMaster(_ budgets: [Double]) throws(TabularModelError) -> Master {
        var rows = budgets.indices.map { index in
            LinearProgram.Row(
                coefficients: columns.map { $0.costs[index] }, relation: .atMost, bound: budgets[index])
        }
        rows.append(
            .init(coefficients: [Double](repeating: 1, count: columns.count), relation: .equal, bound: 1))
        return try solve(LinearProgram(maximising: columns.map(\.reward), subjectTo: rows))
    }

    private func solve(_ program: LinearProgram) throws(TabularModelError) -> Master {
        let result: LinearProgram.Result
        do { result = try program.solve() } catch { throw .algebra(error) }
        guard case .optimal(let x, let value, let prices) = result else {
            // A mixture that keeps to the budgets is known, so only rounding leads here.
            throw .notConverged(what: "the programme over mixtures", gap: .infinity)
        }
        return Master(
            shares: Array(x.prefix(columns.count)), value: value, prices: Array(prices.prefix(limits.count)))
    }

    // MARK: Mixtures

    /// The policy of a mixture of the first columns, and what it amounts to by itself.
    private func mixture(
        _ shares: [Double]
    ) throws(TabularModelError) -> (TabularPolicy, PolicyEvaluation) {
        let sum = shares.reduce(0, +)
        let parts = zip(shares, columns).map { (weight: $0.0 / sum, occupancy: $0.1.occupancy) }
        let fallback = TabularPolicy(
            choosing: choices ?? [], of: model.actions, stages: (choices ?? []).count / model.states)
        let policy = Occupancy.mixture(parts).policy(elsewhere: fallback)
        return (policy, try model.evaluation(of: policy))
    }

    private func optimum(
        shares: [Double], prices: [Double], upperBound: Double, budgets: [Double]
    ) throws(TabularModelError) -> ConstrainedOptimum {
        let (policy, evaluation) = try mixture(shares)
        let gap = upperBound - evaluation.reward
        guard gap <= Self.tolerance * max(1, abs(evaluation.reward)) else {
            throw .notConverged(what: "column generation", gap: gap)
        }
        for (index, channel) in channels.enumerated() {
            let excess = evaluation.costs[channel] - budgets[index]
            guard excess <= Self.tolerance * max(1, abs(budgets[index])) else {
                throw .notConverged(what: "the mixture's policy exceeds a budget and", gap: excess)
            }
        }
        return ConstrainedOptimum(
            policy: policy, evaluation: evaluation, prices: prices, upperBound: upperBound,
            columns: columns.count)
    }
}
