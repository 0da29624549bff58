import TabularModels
import Testing

@Suite struct ConstrainedOptimumTests {
    private func optimum(_ solution: ConstrainedSolution) throws -> ConstrainedOptimum {
        guard case .optimal(let optimum) = solution else {
            Issue.record("infeasible: \(solution)")
            throw TabularModelError.notConverged(what: "test", gap: .nan)
        }
        return optimum
    }

    private func infeasibility(_ solution: ConstrainedSolution) throws -> BudgetInfeasibility {
        guard case .infeasible(let infeasibility) = solution else {
            Issue.record("feasible: \(solution)")
            throw TabularModelError.notConverged(what: "test", gap: .nan)
        }
        return infeasibility
    }

    /// One decision: nothing, 1 for a cost of 1, or 3 for a cost of 2 and a second cost of 1.
    private func choice() throws -> TabularCMDP {
        try TabularCMDP(
            states: 2, actions: 3, start: [1, 0], costNames: ["a", "b"], isTerminal: [false, true]
        ) { _, action in
            .init(
                [.init(1, 1)], reward: [0, 1, 3][action],
                costs: [[0, 0], [1, 0], [2, 1]][action])
        }
    }

    @Test func aSingleDecisionIsMixedAsByHand() throws {
        let model = try choice()
        // Half the third action: 1.5 at a cost of 1; more than the second action alone.
        let half = try optimum(model.constrainedOptimum(within: [CostBudget("a", atMost: 1)]))
        #expect(abs(half.evaluation.reward - 1.5) <= 1e-12 && abs(half.prices[0] - 1.5) <= 1e-12)
        #expect(abs(half.policy.probability(of: 2, in: 0) - 0.5) <= 1e-12)
        #expect(half.gap <= 1e-12)
        // At most a quarter of the third; what is left of the first budget goes to the second action.
        let both = try optimum(
            model.constrainedOptimum(within: [CostBudget("a", atMost: 1), CostBudget("b", atMost: 0.25)]))
        #expect(abs(both.evaluation.reward - 1.25) <= 1e-12)
        #expect(zip(both.prices, [1, 1]).allSatisfy { abs($0 - $1) <= 1e-12 })
        let free = try optimum(model.constrainedOptimum(within: [CostBudget("a", atMost: 2)]))
        #expect(free.evaluation.reward == 3 && free.prices == [0] && free.columns == 1)
        let none = try optimum(model.constrainedOptimum(within: []))
        #expect(none.evaluation.reward == 3 && none.gap == 0)
    }

    @Test func budgetsOfExactlyTheSmallestCostAreKept() throws {
        let model = try choice()
        let zero = try optimum(
            model.constrainedOptimum(within: [CostBudget("a", atMost: 0), CostBudget("b", atMost: 0)]))
        #expect(zero.evaluation.reward == 0 && zero.evaluation.costs == [0, 0])
        let allowed = ActionSet(states: 2, actions: 3) { $1 > 0 }
        let one = try optimum(
            model.constrainedOptimum(within: [CostBudget("a", atMost: 1)], allowing: allowed))
        #expect(abs(one.evaluation.reward - 1) <= 1e-9 && one.evaluation.costs[0] <= 1 + 1e-9)
    }

    @Test func whatCannotBeKeptIsProvedWithTheSmallestViolation() throws {
        let model = try choice()
        let allowed = ActionSet(states: 2, actions: 3) { $1 > 0 }
        let single = try infeasibility(
            model.constrainedOptimum(within: [CostBudget("a", atMost: 0.25)], allowing: allowed))
        #expect(abs(single.smallestViolation - 0.75) <= 1e-12 && abs(single.lowerBound - 0.75) <= 1e-12)
        #expect(single.weights == [1])
        // x of the third action: a is 1 + x against 0.5, b is x against −0.25: worst excess 0.5 + x.
        let pair = try infeasibility(
            model.constrainedOptimum(
                within: [CostBudget("a", atMost: 0.5), CostBudget("b", atMost: -0.25)], allowing: allowed))
        #expect(abs(pair.smallestViolation - 0.5) <= 1e-12)
        #expect(abs(pair.evaluation.costs[0] - 1) <= 1e-12)
        #expect(abs(pair.weights.reduce(0, +) - 1) <= 1e-12)
    }

    @Test func anUnknownCostIsNamed() throws {
        #expect(throws: TabularModelError.unknownCost("c", known: ["a", "b"])) {
            try choice().constrainedOptimum(within: [CostBudget("c", atMost: 1)])
        }
    }

    /// The best mixture of two deterministic policies, which is the optimum for one budget.
    private func bestOfPairs(_ totals: [[Double]], limit: Double) -> Double {
        var best = -Double.infinity
        for a in totals {
            if a[1] <= limit { best = max(best, a[0]) }
            for b in totals where a[1] <= limit && b[1] > limit {
                let share = (limit - a[1]) / (b[1] - a[1])
                best = max(best, a[0] + share * (b[0] - a[0]))
            }
        }
        return best
    }

    @Test(arguments: [UInt64](1...10)) func oneBudgetGivesTheBestMixtureOfTwoPolicies(seed: UInt64) throws {
        for (discount, horizon) in [(1, nil), (0.9, nil)] as [(Double, Int?)] {
            let model = try RandomModels.model(seed: seed, discount: discount, horizon: horizon)
            let totals = RandomModels.everyChoice(model).map {
                RandomModels.totals(of: TabularPolicy(choosing: $0, of: 3), in: model)
            }
            let costs = totals.map { $0[1] }
            let (low, high) = (costs.min() ?? 0, costs.max() ?? 0)
            for share in [0.02, 0.1, 0.3, 0.6] {
                let limit = low + share * (high - low)
                let found = try optimum(
                    model.constrainedOptimum(within: [CostBudget("cost-0", atMost: limit)]))
                #expect(abs(found.evaluation.reward - bestOfPairs(totals, limit: limit)) <= 1e-9)
                #expect(found.evaluation.costs[0] <= limit + 1e-9 && found.gap <= 1e-9)
                let simulated = RandomModels.totals(of: found.policy, in: model)
                #expect(abs(simulated[0] - found.evaluation.reward) <= 1e-11)
                #expect(abs(simulated[1] - found.evaluation.costs[0]) <= 1e-11)
            }
        }
    }

    @Test(arguments: [UInt64](1...4)) func aHorizonIsPlannedForStepByStep(seed: UInt64) throws {
        let model = try RandomModels.model(seed: seed, states: 3, actions: 2, horizon: 3)
        let choices = RandomModels.everyChoice(model)
        var totals: [[Double]] = []
        for a in choices {
            for b in choices {
                for c in choices {
                    let policy = TabularPolicy(choosing: a + b + c, of: 2, stages: 3)
                    totals.append(RandomModels.totals(of: policy, in: model))
                }
            }
        }
        let costs = totals.map { $0[1] }
        let limit = (2 * (costs.min() ?? 0) + (costs.max() ?? 0)) / 3
        let found = try optimum(model.constrainedOptimum(within: [CostBudget("cost-0", atMost: limit)]))
        #expect(abs(found.evaluation.reward - bestOfPairs(totals, limit: limit)) <= 1e-9)
        #expect(found.policy.stages == 3)
        #expect(abs(RandomModels.totals(of: found.policy, in: model)[0] - found.evaluation.reward) <= 1e-12)
    }

    /// The programme over occupancies itself, one variable a pair and one equation a state.
    private func occupancyProgramme(_ model: TabularCMDP, _ limits: [Double]) -> LinearProgram {
        var rows = limits.indices.map { index in
            LinearProgram.Row(coefficients: model.costs[index], relation: .atMost, bound: limits[index])
        }
        for state in 0..<model.states where !model.isTerminal[state] {
            var line = [Double](repeating: 0, count: model.pairs)
            for from in 0..<model.states {
                for action in 0..<model.actions {
                    if from == state { line[from * model.actions + action] += 1 }
                    for successor in model.successors(of: from, after: action)
                    where successor.state == state {
                        line[from * model.actions + action] -= model.discount * successor.probability
                    }
                }
            }
            rows.append(.init(coefficients: line, relation: .equal, bound: model.start[state]))
        }
        let objective = (0..<model.pairs).map {
            model.isTerminal[$0 / model.actions] ? -1 : model.rewards[$0]
        }
        return LinearProgram(maximising: objective, subjectTo: rows)
    }

    @Test(arguments: [UInt64](1...12)) func severalBudgetsGiveTheProgrammeOverOccupancies(seed: UInt64) throws
    {
        let model = try RandomModels.model(
            seed: seed, states: 6, actions: 4, costs: 3, discount: seed.isMultiple(of: 2) ? 1 : 0.95)
        let middle = try model.evaluation(of: RandomModels.policy(seed: seed, for: model))
        for factor in [0.5, 0.8, 1, 1.2] {
            let limits = middle.costs.map { factor * $0 }
            let budgets = limits.enumerated().map { CostBudget("cost-\($0)", atMost: $1) }
            let solution = try model.constrainedOptimum(within: budgets)
            switch try occupancyProgramme(model, limits).solve() {
            case .optimal(_, let value, _):
                let found = try optimum(solution)
                #expect(abs(found.evaluation.reward - value) <= 1e-9)
                #expect(found.gap <= 1e-9)
                #expect(zip(found.evaluation.costs, limits).allSatisfy { $0 <= $1 + 1e-9 })
                // Complementary slackness: what has a price is used up.
                for (index, price) in found.prices.enumerated() where price > 1e-6 {
                    #expect(abs(found.evaluation.costs[index] - limits[index]) <= 1e-7)
                }
            case .infeasible:
                let proof = try infeasibility(solution)
                #expect(proof.smallestViolation > 1e-9)
                #expect(proof.smallestViolation - proof.lowerBound <= 1e-9)
            case .unbounded: Issue.record("unbounded")
            }
        }
    }

    @Test(arguments: [UInt64](1...6)) func theViolationLeftIsTheSmallest(seed: UInt64) throws {
        let model = try RandomModels.model(seed: seed, states: 4, actions: 3)
        let totals = RandomModels.everyChoice(model).map {
            RandomModels.totals(of: TabularPolicy(choosing: $0, of: 3), in: model)
        }
        // Limits a little below what each cost can reach alone: no policy keeps both.
        let limits = (1...2).map { index in (totals.map { $0[index] }.min() ?? 0) - 0.05 }
        let proof = try infeasibility(
            model.constrainedOptimum(
                within: [CostBudget("cost-0", atMost: limits[0]), CostBudget("cost-1", atMost: limits[1])]))
        // The smallest largest excess over mixtures of two policies, on a fine grid.
        var smallest = Double.infinity
        for a in totals {
            for b in totals {
                for step in 0...200 {
                    let share = Double(step) / 200
                    let excess = (0..<2).map { share * a[$0 + 1] + (1 - share) * b[$0 + 1] - limits[$0] }
                    smallest = min(smallest, max(excess[0], excess[1]))
                }
            }
        }
        #expect(proof.smallestViolation <= smallest + 1e-12 && proof.smallestViolation >= smallest - 0.02)
        #expect(proof.smallestViolation - proof.lowerBound <= 1e-9 && proof.lowerBound >= 0.05 - 1e-12)
    }
}
