/// The best that any behaviour can do in a model without constraints.
public struct TabularOptimum: Sendable, Equatable {
    /// The best action of every state, `[stages, states]`; of equally good ones the lowest number.
    public let choices: [Int]
    /// The choices as a policy.
    public let policy: TabularPolicy
    /// Expected total from every state on, at the first step; 0 in terminal states.
    public let stateValues: [Double]
    /// Expected total from the start law.
    public let value: Double
}

extension TabularCMDP {
    /// The best behaviour: policy iteration, or backward induction over the horizon.
    ///
    /// Actions whose totals differ by at most 10⁻⁹ of the largest total count as equally good.
    ///
    /// - Parameters:
    ///   - values: what to maximise, `[states, actions]`; the rewards unless said otherwise.
    ///   - allowed: what may be chosen from; everything unless said otherwise.
    /// - Returns: a stationary policy, or one stage for each step of the horizon.
    /// - Throws: `noAction`, `notTransient`, `notConverged`, `algebra`.
    public func optimum(
        for values: [Double]? = nil, within allowed: ActionSet? = nil
    ) throws(TabularModelError) -> TabularOptimum {
        let (values, allowed) = (values ?? rewards, allowed ?? allActions)
        precondition(values.count == pairs, "\(values.count) values for \(states) × \(actions)")
        try check(allowed)
        try mustEnd(within: allowed)
        if let horizon { return backwardInduction(values, allowed, horizon, slack: 1e-9) }
        let best = try policyIteration(values, allowed, from: nil)
        // Equally good actions differ by rounding; the lowest number makes the choice repeatable.
        let choices = bestChoices(for: values, given: best.stateValues, allowed, slack: 1e-9)
        return optimum(choices, try stateValues(of: policy(choices), for: values))
    }

    /// The optimum without slack between equally good actions, sought from stationary choices that the set allows: for
    /// prices, which must not give anything away.
    func exactOptimum(
        for values: [Double], within allowed: ActionSet, from first: [Int]?
    ) throws(TabularModelError) -> TabularOptimum {
        if let horizon { return backwardInduction(values, allowed, horizon, slack: 0) }
        return try policyIteration(values, allowed, from: first)
    }

    /// Values by iterating the optimality equation: without any equation to solve, for models too large for one.
    ///
    /// - Parameters:
    ///   - values: what to maximise, `[states, actions]`; the rewards unless said otherwise.
    ///   - allowed: what may be chosen from; everything unless said otherwise.
    ///   - tolerance: largest change in the last pass, times γ/(1 − γ) where the discount γ is below 1, which then bounds
    ///     the error.
    /// - Returns: `[states]`; 0 in terminal states.
    /// - Throws: `noAction`, `notTransient`, `notConverged` after a million passes.
    public func valueIteration(
        for values: [Double]? = nil, within allowed: ActionSet? = nil, tolerance: Double = 1e-10
    ) throws(TabularModelError) -> [Double] {
        precondition(horizon == nil, "with a horizon, backward induction is exact")
        let (values, allowed) = (values ?? rewards, allowed ?? allActions)
        try check(allowed)
        try mustEnd(within: allowed)
        let factor = discount < 1 ? discount / (1 - discount) : 1
        var (now, error) = ([Double](repeating: 0, count: states), Double.infinity)
        for _ in 0..<1_000_000 {
            let next = (0..<states).map { state in
                isTerminal[state]
                    ? 0
                    : allowed.actions(in: state).map { total(values, now, state, $0) }.max() ?? 0
            }
            error = factor * zip(now, next).reduce(0) { max($0, abs($1.0 - $1.1)) }
            now = next
            if error <= tolerance { return now }
        }
        throw .notConverged(what: "value iteration", gap: error)
    }
}

extension TabularCMDP {
    private func policy(_ choices: [Int]) -> TabularPolicy {
        TabularPolicy(choosing: choices, of: actions, stages: choices.count / states)
    }

    private func optimum(_ choices: [Int], _ stateValues: [Double]) -> TabularOptimum {
        TabularOptimum(
            choices: choices, policy: policy(choices), stateValues: stateValues,
            value: zip(start, stateValues).reduce(0) { $0 + $1.0 * $1.1 })
    }

    /// Total of taking an action now and what the given values promise afterwards.
    private func total(_ values: [Double], _ after: [Double], _ state: Int, _ action: Int) -> Double {
        let pair = state * actions + action
        return values[pair] + discount * expectation(of: after, after: pair)
    }

    /// The lowest allowed action of each state whose total is within a slack of the best, relative to the largest total.
    private func bestChoices(
        for values: [Double], given after: [Double], _ allowed: ActionSet, slack: Double
    ) -> [Int] {
        let margin = slack * after.reduce(1) { max($0, abs($1)) }
        return (0..<states).map { state in
            let possible = allowed.actions(in: state)
            let totals = possible.map { isTerminal[state] ? 0 : total(values, after, state, $0) }
            guard let best = totals.max() else { return 0 }
            return zip(possible, totals).first { $0.1 >= best - margin }?.0 ?? possible[0]
        }
    }

    /// Howard's iteration: solve for the values of the choices, improve wherever that helps, until it helps nowhere.
    private func policyIteration(
        _ values: [Double], _ allowed: ActionSet, from first: [Int]?
    ) throws(TabularModelError) -> TabularOptimum {
        var choices = first ?? (0..<states).map { allowed.actions(in: $0).first ?? 0 }
        var largestGain = 0.0
        for _ in 0..<1_000 {
            let now = try stateValues(of: policy(choices), for: values)
            let better = bestChoices(for: values, given: now, allowed, slack: 0)
            // Gains that rounding may have made would let the iteration go round in circles.
            let margin = 1e-13 * now.reduce(1) { max($0, abs($1)) }
            largestGain = 0
            for state in 0..<states where !isTerminal[state] && better[state] != choices[state] {
                let gain =
                    total(values, now, state, better[state]) - total(values, now, state, choices[state])
                guard gain > margin else { continue }
                choices[state] = better[state]
                largestGain = max(largestGain, gain)
            }
            if largestGain == 0 { return optimum(choices, now) }
        }
        throw .notConverged(what: "policy iteration", gap: largestGain)
    }

    /// From the last step to the first, the best action given what follows.
    private func backwardInduction(
        _ values: [Double], _ allowed: ActionSet, _ horizon: Int, slack: Double
    ) -> TabularOptimum {
        var after = [Double](repeating: 0, count: states)
        var stages: [[Int]] = []
        for _ in 0..<horizon {
            let choices = bestChoices(for: values, given: after, allowed, slack: slack)
            after = (0..<states).map { isTerminal[$0] ? 0 : total(values, after, $0, choices[$0]) }
            stages.append(choices)
        }
        return optimum(stages.reversed().flatMap { $0 }, after)
    }
}
