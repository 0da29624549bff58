import Tensors

/// What a policy amounts to in a model, exactly.
public struct PolicyEvaluation: Sendable, Equatable {
    /// Expected return.
    public let reward: Double
    /// Expected total of every cost channel.
    public let costs: [Double]
    /// Expected visits.
    public let occupancy: Occupancy
}

extension TabularCMDP {
    /// The exact value of a policy: one linear equation, or one pass over the horizon.
    ///
    /// - Parameter policy: stationary, or with one stage for each step of the horizon.
    /// - Returns: return and costs as expected from the start law.
    /// - Throws: `notTransient`, `illConditioned`, `algebra`.
    public func evaluation(of policy: TabularPolicy) throws(TabularModelError) -> PolicyEvaluation {
        evaluation(of: try occupancy(of: policy))
    }

    /// Return and costs of an occupancy.
    func evaluation(of occupancy: Occupancy) -> PolicyEvaluation {
        PolicyEvaluation(
            reward: occupancy.total(of: rewards), costs: costs.map { occupancy.total(of: $0) },
            occupancy: occupancy)
    }

    /// Expected visits of every pair under a policy.
    ///
    /// - Parameter policy: stationary, or with one stage for each step of the horizon.
    /// - Returns: as many stages as the policy has.
    /// - Throws: `notTransient`, `illConditioned`, `algebra`.
    public func occupancy(of policy: TabularPolicy) throws(TabularModelError) -> Occupancy {
        check(policy)
        if let horizon { return occupancy(of: policy, steps: horizon) }
        let live = reachableStates(under: policy)
        try mustEnd(from: live, under: policy)
        let flow = try solve(
            TransitionEquation(self, policy, among: live).transposedSystem, live.map { start[$0] })
        var visits = [Double](repeating: 0, count: pairs)
        for (row, state) in live.enumerated() {
            for action in 0..<actions {
                visits[state * actions + action] = flow[row] * policy.probability(of: action, in: state)
            }
        }
        try checkBalance(of: visits)
        return Occupancy(states: states, actions: actions, stages: 1, visits: visits)
    }

    /// Every episode that begins either ends or is discounted away; where rounding spoils that, it spoils all totals.
    private func checkBalance(of visits: [Double]) throws(TabularModelError) {
        var ending = zip(start, isTerminal).reduce(0) { $1.1 ? $0 + $1.0 : $0 }
        for pair in 0..<pairs where visits[pair] != 0 {
            let end = row(pair).reduce(0.0) {
                isTerminal[Int(successorStates[$1])] ? $0 + successorProbabilities[$1] : $0
            }
            ending += visits[pair] * (1 - discount + discount * end)
        }
        guard abs(ending - 1) <= 1e-8 else { throw .illConditioned(endingProbability: ending) }
    }

    private func occupancy(of policy: TabularPolicy, steps: Int) -> Occupancy {
        var visits = [Double](repeating: 0, count: policy.stages * pairs)
        var mass = start
        var factor = 1.0
        for step in 0..<steps {
            var next = [Double](repeating: 0, count: states)
            let offset = policy.stages == 1 ? 0 : step * pairs
            for state in 0..<states where mass[state] > 0 && !isTerminal[state] {
                for action in 0..<actions {
                    let share = mass[state] * policy.probability(of: action, in: state, at: step)
                    guard share > 0 else { continue }
                    let pair = state * actions + action
                    visits[offset + pair] += factor * share
                    for index in row(pair) {
                        next[Int(successorStates[index])] += share * successorProbabilities[index]
                    }
                }
            }
            (mass, factor) = (next, factor * discount)
        }
        return Occupancy(states: states, actions: actions, stages: policy.stages, visits: visits)
    }

    /// The expected total of a quantity from every state on, under a stationary policy without a horizon.
    ///
    /// - Parameters:
    ///   - policy: stationary.
    ///   - values: the quantity of every pair, `[states, actions]`, such as `rewards` or `costs[0]`.
    /// - Returns: `[states]`; 0 in terminal states.
    /// - Throws: `notTransient`, `algebra`.
    public func stateValues(
        of policy: TabularPolicy, for values: [Double]
    ) throws(TabularModelError) -> [Double] {
        check(policy)
        precondition(horizon == nil && policy.stages == 1, "values from a state on need no horizon")
        precondition(values.count == pairs, "\(values.count) values for \(states) × \(actions)")
        let live = (0..<states).filter { !isTerminal[$0] }
        try mustEnd(from: live, under: policy)
        let gains = live.map { state in
            (0..<actions).reduce(0) {
                $0 + policy.probability(of: $1, in: state) * values[state * actions + $1]
            }
        }
        let solution = try solve(TransitionEquation(self, policy, among: live).system, gains)
        var result = [Double](repeating: 0, count: states)
        for (row, state) in live.enumerated() { result[state] = solution[row] }
        return result
    }

    /// The expected total of a quantity from every pair on.
    ///
    /// - Parameters:
    ///   - values: the quantity of every pair, `[states, actions]`.
    ///   - ahead: its expected total from every state on, as `stateValues` gives it.
    /// - Returns: value + γ·E[ahead of the successor], `[states, actions]`; 0 in terminal states.
    public func actionValues(for values: [Double], ahead: [Double]) -> [Double] {
        precondition(
            values.count == pairs && ahead.count == states,
            "\(values.count) values and \(ahead.count) ahead for \(states) × \(actions)")
        return (0..<pairs).map { values[$0] + discount * expectation(of: ahead, after: $0) }
    }

    private func check(_ policy: TabularPolicy) {
        precondition(
            policy.states == states && policy.actions == actions,
            "a policy for \(policy.states) × \(policy.actions) in a model of \(states) × \(actions)")
        precondition(
            policy.stages == 1 || policy.stages == horizon,
            "a policy of \(policy.stages) stages for \(horizon.map { "\($0) steps" } ?? "no horizon")")
    }

    private func solve(_ system: Matrix, _ right: [Double]) throws(TabularModelError) -> [Double] {
        do { return try system.solve(Matrix(right.count, 1, right)).elements } catch {
            throw .algebra(error)
        }
    }
}

/// 1 − γP for a stationary policy, over states that it does not leave except to end.
private struct TransitionEquation {
    private let order: Int
    private var entries: [(from: Int, to: Int, value: Double)] = []

    init(_ model: TabularCMDP, _ policy: TabularPolicy, among live: [Int]) {
        order = live.count
        var place = [Int](repeating: -1, count: model.states)
        for (row, state) in live.enumerated() { place[state] = row }
        for (row, state) in live.enumerated() {
            entries.append((row, row, 1))
            for action in 0..<model.actions {
                let share = model.discount * policy.probability(of: action, in: state)
                guard share > 0 else { continue }
                for index in model.row(state * model.actions + action) {
                    let column = place[Int(model.successorStates[index])]
                    if column >= 0 {
                        entries.append((row, column, -share * model.successorProbabilities[index]))
                    }
                }
            }
        }
    }

    /// For values: row = state, column = successor.
    var system: Matrix {
        var matrix = Matrix(order, order)
        for entry in entries { matrix.elements[entry.from * order + entry.to] += entry.value }
        return matrix
    }

    /// For visits: row = successor, column = state.
    var transposedSystem: Matrix {
        var matrix = Matrix(order, order)
        for entry in entries { matrix.elements[entry.to * order + entry.from] += entry.value }
        return matrix
    }
}
