import SafeRL

/// BCRL's policy: spends a budget, and takes the cheapest actions where it does not suffice.
///
/// It carries the budget from step to step, and sees how its episode went, so that it knows where one begins and what was spent.
package final class BudgetedPolicy: Policy {
    /// Floats in an observation.
    package var observationSize: Int { description.observation }
    /// Floats in an action.
    package var actionSize: Int { description.action }
    /// Yes: where an episode begins, and its costs.
    package let seesProgress = true
    /// The budget, and the episode's cost when it was set or, of an excess, what it began with.
    package let carriedSize = 2

    private let configuration: BCRL.Configuration
    private let description: BCRL.Description
    private let policies: Network<BudgetPolicies>
    private let costV: Network<NormalisedMLP>, costQ: Network<Ensemble>
    private let tape = Tape()

    init(
        _ configuration: BCRL.Configuration, _ description: BCRL.Description,
        policies: Network<BudgetPolicies>, costV: Network<NormalisedMLP>, costQ: Network<Ensemble>
    ) {
        (self.configuration, self.description) = (configuration, description)
        (self.policies, self.costV, self.costQ) = (policies, costV, costQ)
    }

    /// Acts as in an episode's first step, whatever its progress.
    package func act(
        on observations: Span<Float>, actions: inout MutableSpan<Float>,
        using streams: inout MutableSpan<RandomStream>
    ) {
        let rules = BudgetRule(configuration, description)
        let rows = streams.count
        let (seen, needed) = states(observations, rows)
        let budgets = Tensor(rows, 1)
        for row in 0..<rows { budgets[row, 0] = rules.start(needing: needed.values[row]).budget }
        _ = write(seen, needed, budgets, rules, to: &actions)
    }

    /// One forward pass of every network for all observations together.
    package func act(
        on observations: Span<Float>, carrying carried: inout MutableSpan<Float>,
        actions: inout MutableSpan<Float>, using streams: inout MutableSpan<RandomStream>
    ) {
        let rules = BudgetRule(configuration, description)
        let rows = streams.count
        precondition(carried.count == rows * carriedSize, "act: sizes do not fit")
        let (seen, needed) = states(observations, rows)
        let budgets = Tensor(rows, 1)
        var kept: [BudgetRule.Kept] = []
        for row in 0..<rows {
            let progress = EpisodeProgress(in: observations, at: row * inputSize + observationSize)
            let before = BudgetRule.Kept(
                budget: carried[row * carriedSize], other: carried[row * carriedSize + 1])
            let now =
                progress.steps == 0
                ? rules.start(needing: needed.values[row])
                : rules.going(on: before, after: progress, needing: needed.values[row])
            kept.append(now)
            budgets[row, 0] = now.budget
        }
        let costs = write(seen, needed, budgets, rules, to: &actions).values
        for row in 0..<rows {
            let next = rules.left(of: kept[row], needed: needed.values[row], byAction: costs[row])
            (carried[row * carriedSize], carried[row * carriedSize + 1]) = (next.budget, next.other)
        }
    }

    /// Observations as the networks know them, and V_c of each, `[rows, 1]`, on a tape that is emptied first.
    private func states(_ observations: Span<Float>, _ rows: Int) -> (Variable, needed: Variable) {
        precondition(observations.count == rows * inputSize, "act: sizes do not fit")
        tape.reset()
        let seen = tape.constant(0, rows, observationSize)
        for row in 0..<rows {
            for column in 0..<observationSize {
                seen.mutableValues[row * observationSize + column] = observations[row * inputSize + column]
            }
        }
        description.transforms.normalise(observations: seen.mutableValues)
        return (seen, configuration.nonNegative(costV(seen)))
    }

    /// Writes the actions of budgets.
    ///
    /// - Returns: Q_c of each, `[rows, 1]`.
    private func write(
        _ seen: Variable, _ needed: Variable, _ budgets: borrowing Tensor, _ rules: BudgetRule,
        to actions: inout MutableSpan<Float>
    ) -> Variable {
        precondition(actions.count == seen.shape.rows * actionSize, "act: sizes do not fit")
        let (body, w) = (policies.body, policies.weights(on: tape))
        let given = tape.constant(budgets)
        for row in 0..<seen.shape.rows {
            given.mutableValues[row] = rules.given(budgets[row, 0])
        }
        let spending = body.spending.mean(seen.joined(given), w), saving = body.saving.mean(seen, w)
        let chosen = tape.constant(0, seen.shape.rows, actionSize)
        for row in 0..<seen.shape.rows {
            let suffices = rules.suffices(budgets[row, 0], needing: needed.values[row])
            let source = suffices ? spending : saving
            for column in 0..<actionSize {
                let value = source.values[row * actionSize + column]
                chosen.mutableValues[row * actionSize + column] = value
                actions[row * actionSize + column] = value
            }
        }
        return configuration.nonNegative(costQ(seen.joined(chosen))).largest()
    }
}
