import Environments
import SafeRL
import TestSupport
import Testing

private func optimum(_ solution: ConstrainedSolution) throws -> ConstrainedOptimum {
    guard case .optimal(let optimum) = solution else {
        Issue.record("the budgets cannot be kept: \(solution)")
        throw TabularModelError.notConverged(what: "the test", gap: .nan)
    }
    return optimum
}

/// Optima within budgets in ICU-Sepsis, beside those that scipy 1.17.1 (linprog, HiGHS, tolerances of 10⁻¹⁰) found for
/// the programme over occupancies of admissible pairs.
@Suite(NeedsICUSepsis(), .withICUSepsis) struct ICUSepsisOptimumTests {
    struct Query: CustomTestStringConvertible, Sendable {
        let budgets: [CostBudget]
        let value: Double
        var testDescription: String { budgets.map { "\($0.cost) ≤ \($0.limit)" }.joined(separator: ", ") }
    }

    static let queries = [
        Query(budgets: [], value: 0.8751416996099464),
        Query(budgets: [CostBudget("spo2", atMost: 0.7)], value: 0.8535691763863723),
        Query(
            budgets: [CostBudget("urine", atMost: 0.85), CostBudget("map", atMost: 0.9)],
            value: 0.8684640898304234),
        Query(
            budgets: ["spo2", "urine", "map"].map { CostBudget($0, atMost: 0.8) }, value: 0.8463435973897361),
        // What docs/ogsrl-results.md measures against.
        Query(
            budgets: ["spo2", "urine", "map"].map { CostBudget($0, atMost: 0.9) }, value: 0.8708102876197213),
    ]

    @Test(arguments: queries) func theOptimumIsTheOneThatAnotherSolverFound(_ query: Query) throws {
        let (model, admissible) = (try ICUSepsisTerminating.model(), try ICUSepsis.admissibleActions())
        let found = try optimum(model.constrainedOptimum(within: query.budgets, allowing: admissible))
        #expect(abs(found.evaluation.reward - query.value) <= 1e-8)
        #expect(found.gap <= 1e-9)
        let exact = try ExactEvaluation(of: found.policy, in: ICUSepsisTerminating.self)
        #expect(exact.value == found.evaluation.reward && exact.cost("unsupported") == 0)
        for budget in query.budgets {
            #expect(try #require(exact.cost(budget.cost)) <= budget.limit + 1e-9)
        }
        // Forbidding inadmissible actions and a budget of none of them are the same.
        let none = query.budgets + [CostBudget("unsupported", atMost: 0)]
        let budgeted = try optimum(model.constrainedOptimum(within: none))
        #expect(abs(budgeted.evaluation.reward - query.value) <= 1e-8)
    }

    @Test func budgetsTooSmallAreProvedToBe() throws {
        let budgets = ["spo2", "urine", "map"].map { CostBudget($0, atMost: 0.6) }
        let solution = try ICUSepsis.model().constrainedOptimum(
            within: budgets, allowing: ICUSepsis.admissibleActions())
        guard case .infeasible(let proof) = solution else {
            Issue.record("three budgets of 0.6 are kept: \(solution)")
            return
        }
        #expect(abs(proof.smallestViolation - 0.15962262568764493) <= 1e-8)
        #expect(proof.smallestViolation - proof.lowerBound <= 1e-9)
        let costs = proof.evaluation.costs.prefix(3)
        #expect(abs((costs.max() ?? 0) - 0.6 - proof.smallestViolation) <= 1e-12)
    }
}

@Suite struct GumbelSepsisOptimumTests {
    @Test func supportedTreatmentsWithinBudgetsAreOptimalOverTwentySteps() throws {
        let model = try GumbelSepsis.model()
        let free = try model.optimum(within: GumbelSepsis.supported)
        let costs = try model.evaluation(of: free.policy).costs
        let budgets = [
            CostBudget("o2-low", atMost: 0.8 * costs[0]), CostBudget("sbp-low", atMost: 0.9 * costs[1]),
        ]
        let found = try optimum(model.constrainedOptimum(within: budgets, allowing: GumbelSepsis.supported))
        #expect(found.gap <= 1e-9 && found.evaluation.reward < free.value)
        #expect(found.policy.stages == GumbelSepsis.steps)
        let exact = try ExactEvaluation(of: found.policy, in: GumbelSepsis.self)
        #expect(abs(exact.value - found.evaluation.reward) <= 1e-12)
        #expect(exact.cost("unsupported") == 0)
        for budget in budgets { #expect(try #require(exact.cost(budget.cost)) <= budget.limit + 1e-9) }
        // The bound from the prices holds by itself: no policy has a larger Lagrangian.
        var values = model.rewards
        for (price, budget) in zip(found.prices, budgets) {
            let channel = try model.channel(budget.cost)
            for (pair, cost) in model.costs[channel].enumerated() { values[pair] -= price * cost }
        }
        let lagrangian = try model.optimum(for: values, within: GumbelSepsis.supported).value
        let bound = zip(found.prices, budgets).reduce(lagrangian) { $0 + $1.0 * $1.1.limit }
        #expect(abs(bound - found.upperBound) <= 1e-9 && bound - exact.value <= 1e-8)
    }

    @Test func aBudgetOfNoUnsupportedTreatmentIsTheSupportedOptimum() throws {
        let model = try GumbelSepsis.model()
        let budgeted = try optimum(
            model.constrainedOptimum(within: [CostBudget("unsupported", atMost: 0)]))
        let restricted = try model.optimum(within: GumbelSepsis.supported).value
        #expect(abs(budgeted.evaluation.reward - restricted) <= 1e-8)
    }

    @Test func lowOxygenCannotBeAvoidedAltogether() throws {
        let solution = try GumbelSepsis.model().constrainedOptimum(within: [
            CostBudget("o2-low", atMost: 0.05)
        ])
        guard case .infeasible(let proof) = solution else {
            Issue.record("patients begin with low oxygen, yet: \(solution)")
            return
        }
        // One in five or so begins so, whatever is done.
        #expect(proof.smallestViolation > 0.1 && proof.smallestViolation - proof.lowerBound <= 1e-9)
    }
}
