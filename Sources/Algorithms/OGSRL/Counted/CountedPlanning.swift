// Planning within budgets in a counted model: an optimiser of OGSRL that learns nothing by steps.
//
//   symbol                   here
//   T-hat, r-hat, c-hat      counted                   relative frequencies of recorded pairs, shrunk by m pseudo-records
//   c-bar_j                  constraints               budgets
//   z sigma_j                width, deviations         what the counts leave open of a cost
//   N_wedge                  leastRecords              of SPIBB, below which a pair keeps the behaviour's probability
//
// - Yan et al. 2025, theorem 3: budgets tightened by the model's error keep the true ones.
// - `spibb`: Laroche, Trichelair, Tachet des Combes, "Safe Policy Improvement with Baseline Bootstrapping", ICML 2019,
//   arXiv:1712.06924: Pi_b-SPIBB, as a linear programme over the pairs with records enough.

import Dynamics
import Foundation
import Guardians
import PolicyOptimisation
import SafeRL

/// The exact optimum within budgets in the counted model, each budget less a margin for what the counts leave open; of
/// `spibb`, among the policies of the bootstrapped model.
///
/// A round solves the linear programme within the budgets less the margins, and bounds what the solution's costs may be in
/// truth: expectation plus z standard deviations (`CountedModel.deviations`). Where a bound exceeds its budget, the
/// margin becomes z deviations and another round follows; margins never shrink, so rounds end.
final class CountedPlanning: CountedImprover {
    private let form: PolicySpaces
    private let counted: CountedModel
    private let bootstrapped: BootstrappedModel?
    private let constraints: [CostConstraint]
    private let width: Double
    /// What each budget is lowered by.
    private var margins: [Double]
    /// What the last round came to; nothing before the first.
    private var plan: PlannedFigures?
    /// Of the policy; a table of logits and no biases.
    private(set) var parameters: [Double]
    /// Whether every bound is within its budget.
    private(set) var isSettled = false
    /// Likewise.
    var keepsBudgets: Bool { isSettled }
    /// The logit of an action that is never taken: its probability is below 10⁻³⁰⁰.
    private static let never = -700.0

    /// Plans with `shrinkage` pseudo-records; with `leastRecords`, a pair with fewer keeps the behaviour's probability.
    ///
    /// - Throws: as `CountedModel.init`.
    init(
        _ options: OGSRL.Configuration, _ form: PolicySpaces, _ data: ModelData, shrinkage: Double,
        leastRecords: Int? = nil, guardian: (any SupportGuardian)?, _ constraints: [CostConstraint]
    ) throws {
        (self.form, self.constraints) = (form, constraints)
        counted = try CountedModel(
            data, shrinkage: shrinkage, discount: options.discount, guardian: guardian,
            choiceRecords: form.records, constraints: constraints.map(\.name))
        let counted = counted
        bootstrapped = try leastRecords.map { try BootstrappedModel(counted, leastRecords: $0) }
        width = options.marginWidth
        margins = [Double](repeating: 0, count: constraints.count)
        parameters = [Double](repeating: 0, count: form.policy().parameterCount)
    }

    /// One round.
    ///
    /// - Throws: `OptionIssue` where the budgets less their margins cannot be kept, or episodes need not end;
    ///   `TabularModelError`.
    func update() throws -> PolicyUpdate {
        let found: (policy: TabularPolicy, evaluation: PolicyEvaluation, prices: [Double])
        do { found = try optimum() } catch TabularModelError.notTransient {
            throw OptionIssue("discount", "episodes of the model need not end. Lower it below 1.")
        }
        let (visits, costs) = (found.evaluation.occupancy, found.evaluation.costs)
        let widths = try counted.deviations(of: found.policy, visits).map { width * $0 }
        let bounds = zip(costs, widths).map { $0 + $1 }
        isSettled = zip(bounds, constraints).allSatisfy { $0 <= $1.budget + 1e-6 * max(1, $1.budget) }
        // A little more than needed, so that bounds do not approach their budgets for ever.
        if !isSettled { margins = zip(margins, widths).map { max($0, 1.02 * $1) } }
        parameters = logits(of: found.policy)
        let made = PlannedFigures(
            value: found.evaluation.reward, length: visits.total,
            outsideShare: visits.total(of: counted.outsideNumbers) / max(visits.total, 1e-300), costs: costs,
            bounds: bounds, prices: found.prices)
        plan = made
        return PolicyUpdate(made, PolicyStep(isAccepted: isSettled, multipliers: made.prices))
    }

    /// What the last round came to.
    func figures() -> PlannedFigures? { plan }

    /// The best policy within the budgets less their margins, and what it amounts to in the counted model.
    private func optimum() throws -> (TabularPolicy, PolicyEvaluation, [Double]) {
        let limits = zip(constraints, margins).map { CostBudget($0.name, atMost: $0.budget - $1) }
        let (model, allowed) = (
            bootstrapped?.model ?? counted.model, bootstrapped?.allowed ?? counted.allowed
        )
        switch try model.constrainedOptimum(within: limits, allowing: allowed) {
        case .infeasible(let proof): throw infeasible(proof)
        case .optimal(let optimum):
            guard let bootstrapped else { return (optimum.policy, optimum.evaluation, optimum.prices) }
            let policy = bootstrapped.policy(optimum.policy)
            return (policy, try counted.model.evaluation(of: policy), optimum.prices)
        }
    }

    private func infeasible(_ proof: BudgetInfeasibility) -> OptionIssue {
        OptionIssue(
            "budgets",
            "no policy of the model keeps them less their margins for error: one is exceeded by "
                + String(format: "%.3g", proof.smallestViolation)
                + ". Raise them, lower confidence or shrinkage, or record more.")
    }

    private func logits(of policy: TabularPolicy) -> [Double] {
        let (states, actions) = (policy.states - 1, policy.actions)
        var result = [Double](repeating: 0, count: parameters.count)
        for state in 0..<states {
            for action in 0..<actions {
                let p = policy.probability(of: action, in: state)
                result[action * states + state] = p > 0 ? max(log(p), Self.never) : Self.never
            }
        }
        return result
    }

    // MARK: Storing

    private static let figures = ["costs", "bounds", "prices"]

    /// Everything the next round depends on.
    var state: LearnerState {
        var state = LearnerState()
        (state.vectors["parameters"], state.vectors["margins"]) = (parameters, margins)
        state.counts["settled"] = isSettled ? 1 : 0
        if let plan {
            state.vectors["sums"] = [plan.value, plan.length, plan.outsideShare]
            for (name, values) in zip(Self.figures, [plan.costs, plan.bounds, plan.prices]) {
                state.vectors[name] = values
            }
        }
        return state
    }

    /// Continues from a stored state.
    ///
    /// - Throws: `LearnerStateError`.
    func restore(_ state: LearnerState) throws(LearnerStateError) {
        func vector(_ name: String, _ count: Int) throws(LearnerStateError) -> [Double] {
            guard let values = state.vectors[name] else { throw .missing(name) }
            guard values.count == count else {
                throw .otherSize(name, stored: values.count, wanted: count)
            }
            guard values.allSatisfy(\.isFinite) else { throw .notFinite(name) }
            return values
        }
        let (parameters, margins) = (
            try vector("parameters", parameters.count), try vector("margins", constraints.count)
        )
        if state.vectors["sums"] != nil {
            let sums = try vector("sums", 3)
            plan = PlannedFigures(
                value: sums[0], length: sums[1], outsideShare: sums[2],
                costs: try vector("costs", constraints.count),
                bounds: try vector("bounds", constraints.count),
                prices: try vector("prices", constraints.count))
        }
        (self.parameters, self.margins) = (parameters, margins)
        isSettled = state.counts["settled"] == 1
    }
}
