import Assurance
import Dynamics
import Foundation
import Guardians
import PolicyOptimisation
import SafeRL

extension OGSRL.Configuration {
    /// z, the normal quantile of the confidence: by so many deviations an upper bound of a cost exceeds its expectation.
    var marginWidth: Double { StudentDistribution(degrees: 1e9).quantile(upperTail: 1 - confidence) }
}

/// Judges a policy in the counted model exactly: values by linear equations, nothing drawn.
///
/// A cost's excess is that of its upper bound, expectation plus z standard deviations (`CountedModel.deviations`), so that a budget
/// is kept with the margin that the planner of `exact` keeps.
final class CountedCritic {
    private let counted: CountedModel
    private let budgets: [Double]
    private let width: Double
    private let policy: StochasticPolicy
    private let inputs: PolicyInputs

    init(
        _ options: OGSRL.Configuration, _ form: PolicySpaces, _ data: ModelData, shrinkage: Double,
        guardian: (any SupportGuardian)?, _ constraints: [CostConstraint]
    ) throws {
        let counted = try CountedModel(
            data, shrinkage: shrinkage, discount: options.discount, guardian: guardian,
            choiceRecords: form.records, constraints: constraints.map(\.name))
        (self.counted, budgets, policy) = (counted, constraints.map(\.budget), form.policy())
        width = options.marginWidth
        let pairs = counted.observations.rows * counted.model.actions
        let allowed = (0..<pairs).map {
            counted.allowed.contains($0 / counted.model.actions, $0 % counted.model.actions)
        }
        inputs = PolicyInputs(form.viewer()(counted.observations), allowed: allowed)
    }

    /// What the policy amounts to, and what an update learns from that.
    ///
    /// - Parameter parameters: of the policy.
    /// - Returns: figures without prices; a batch of all states.
    /// - Throws: `TabularModelError`; `OptionIssue` where episodes need not end.
    func judge(_ parameters: [Double]) throws -> (figures: PlannedFigures, batch: ExpectedBatch) {
        do { return try judgement(of: law(parameters)) } catch TabularModelError.notTransient {
            throw OptionIssue("discount", "episodes of the model need not end. Lower it below 1.")
        }
    }

    /// The policy in every state, and any action in the end.
    private func law(_ parameters: [Double]) -> TabularPolicy {
        let (model, point) = (counted.model, policy.point(at: inputs, parameters: parameters))
        return TabularPolicy(states: model.states, actions: model.actions) { state, action in
            state < point.rows.rows ? exp(point.rows[state, action]) : 1
        }
    }

    private func judgement(of law: TabularPolicy) throws -> (PlannedFigures, ExpectedBatch) {
        let model = counted.model
        let found = try model.evaluation(of: law)
        let visits = found.occupancy
        let values = try model.costs.map { try model.stateValues(of: law, for: $0) }
        let bounds = zip(found.costs, counted.deviations(visits, values)).map { $0 + width * $1 }
        let figures = PlannedFigures(
            value: found.reward, length: visits.total,
            outsideShare: visits.total(of: counted.outsideNumbers) / max(visits.total, 1e-300),
            costs: found.costs, bounds: bounds, prices: [])
        let total = visits.total
        let batch = ExpectedBatch(
            inputs: inputs, weights: (0..<inputs.rows).map { visits.visits(of: $0) / total },
            advantages: advantages(
                model.rewards, try model.stateValues(of: law, for: model.rewards)),
            costAdvantages: zip(model.costs, values).map(advantages),
            excess: zip(bounds, budgets).map { $0 - $1 }, rowsPerEpisode: total)
        return (figures, batch)
    }

    /// Q − V of each allowed pair, `[states, choices]`.
    private func advantages(_ quantity: [Double], _ values: [Double]) -> Matrix {
        let (model, states) = (counted.model, inputs.rows)
        let ahead = model.actionValues(for: quantity, ahead: values)
        return Matrix(
            states, model.actions,
            (0..<states * model.actions).map {
                inputs.allowed?[$0] == false ? 0 : ahead[$0] - values[$0 / model.actions]
            })
    }
}
