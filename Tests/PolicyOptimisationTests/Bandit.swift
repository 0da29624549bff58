import Foundation
import PolicyOptimisation
import Tensors

/// A choice of arms in each of some equally likely contexts, with known reward and cost: every figure of a policy is exact.
struct Bandit {
    /// Rows are contexts, columns arms.
    let reward: Matrix
    let costs: [Matrix]
    let budgets: [Double]

    /// Two contexts.
    ///
    /// Pulling earns 1 or ½ and costs 1; the budget of 0.6 pays for all of the first and a fifth of the second.
    static let oneBudget = Bandit(
        reward: Matrix(2, 2, [0, 1, 0, 0.5]), costs: [Matrix(2, 2, [0, 1, 0, 1])], budgets: [0.6])

    /// One context, three arms.
    ///
    /// A mix of all three uses both budgets up: p = (0.5, 0.3, 0.2).
    static let twoBudgets = Bandit(
        reward: Matrix(1, 3, [0, 1, 2]), costs: [Matrix(1, 3, [0, 1, 1]), Matrix(1, 3, [0, 0, 1])],
        budgets: [0.5, 0.2])

    /// One context, two arms, a budget for a quarter of the pulls.
    static let quarter = Bandit(
        reward: Matrix(1, 2, [0, 1]), costs: [Matrix(1, 2, [0, 1])], budgets: [0.25])

    var contexts: Int { reward.rows }
    var arms: Int { reward.columns }
    /// A table of logits: the observation marks the context.
    var policy: StochasticPolicy {
        .categorical(observation: contexts, hidden: [], choices: arms)
    }

    /// Mean of a table under a policy.
    func mean(_ table: Matrix, _ parameters: [Double]) -> Double {
        let point = policy.point(at: PolicyInputs(Matrix.identity(contexts)), parameters: parameters)
        return zip(table.elements, point.rows.elements).reduce(0) { $0 + $1.0 * exp($1.1) } / Double(contexts)
    }

    /// Mean cost less budget, of each cost.
    func excess(_ parameters: [Double]) -> [Double] {
        zip(costs, budgets).map { mean($0, parameters) - $1 }
    }

    /// Draws of the policy: episodes of one step.
    func batch(_ parameters: [Double], rows: Int, number: UInt64) -> PolicyBatch {
        var observations = Matrix(rows, contexts)
        for row in 0..<rows { observations[row, row % contexts] = 1 }
        let inputs = PolicyInputs(observations)
        var streams = (0..<rows).map { RandomStream(seed: number, for: .action, index: UInt32($0)) }
        let actions = policy.sample(inputs, parameters: parameters, using: &streams)
        guard case .choices(let choices) = actions else { preconditionFailure("not a choice") }
        func column(_ table: Matrix) -> [Double] {
            choices.enumerated().map { table[$0.offset % contexts, $0.element] }
        }
        let (returns, costReturns) = (column(reward), costs.map(column))
        return PolicyBatch(
            inputs: inputs, actions: actions, advantages: returns, returns: returns,
            costAdvantages: costReturns, costReturns: costReturns, excess: excess(parameters),
            rowsPerEpisode: 1)
    }
}
