import Storage
import Tensors

/// Why a tabular model cannot be used, or a question about it has no answer.
public enum TabularModelError: Fault, Equatable, Sendable {
    /// Probabilities that are negative, not finite, or do not sum to 1, or a successor that is no state.
    case badLaw(state: Int, action: Int, reason: String)
    /// A start law that is no probability distribution over states.
    case badStart(reason: String)
    /// A reward or cost that is not finite, or a cost below 0.
    case badOutcome(state: Int, action: Int, reason: String)
    /// A policy whose probabilities in one row are negative, not finite, or do not sum to 1.
    case badPolicy(row: Int, sum: Double)
    /// Without a discount, a behaviour that never ends from this state on: its total reward is not defined.
    case notTransient(state: Int)
    /// Episodes end so rarely that rounding spoils the figures: the probability of ending came out as this.
    case illConditioned(endingProbability: Double)
    /// An action set that leaves a state without any action.
    case noAction(state: Int)
    /// A cost channel that the model does not have.
    case unknownCost(String, known: [String])
    /// An iteration that did not reach its tolerance.
    case notConverged(what: String, gap: Double)
    /// A linear equation that could not be solved.
    case algebra(LinearAlgebraError)

    /// What kind of fault it is.
    public var kind: FaultKind {
        switch self {
        case .badLaw, .badStart, .badOutcome, .badPolicy, .noAction, .notTransient, .illConditioned: .badData
        case .unknownCost: .usage
        case .notConverged, .algebra: .internalFault
        }
    }

    /// One sentence.
    public var description: String {
        switch self {
        case .badLaw(let state, let action, let reason):
            "state \(state), action \(action): \(reason). Repair the model's transition law."
        case .badStart(let reason): "the start law: \(reason). Repair the model."
        case .badOutcome(let state, let action, let reason):
            "state \(state), action \(action): \(reason). Repair the model's rewards and costs."
        case .badPolicy(let row, let sum):
            "row \(row): the policy's probabilities are negative or sum to \(sum) instead of 1. Repair the policy."
        case .notTransient(let state):
            "state \(state): episodes need not end from there, so without a discount totals are not defined. "
                + "Give a discount below 1 or a horizon."
        case .illConditioned(let probability):
            "episodes end with a probability of \(probability) instead of 1: they are too long for exact totals. "
                + "Give a discount below 1 or a horizon."
        case .noAction(let state): "state \(state): no action is allowed there. Allow at least one."
        case .unknownCost(let name, let known):
            "\(name): the model has no such cost. Its costs: \(known.joined(separator: ", "))."
        case .notConverged(let what, let gap):
            "\(what) stopped at a gap of \(gap). Loosen the tolerance, or give a smaller discount."
        case .algebra(let error): "the model's equations: \(error)."
        }
    }
}
