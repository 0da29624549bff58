/// How often every pair of a state and an action is visited in an episode, in expectation.
///
/// A step counts with the model's discount to the power of its number, so that a total of rewards or costs is the sum
/// of visits times reward or cost.
public struct Occupancy: Sendable, Equatable {
    /// Number of states.
    public let states: Int
    /// Number of actions.
    public let actions: Int
    /// Number of tables: 1, or one for each step of a horizon.
    public let stages: Int
    /// Expected visits, `[stages, states, actions]`; 0 in terminal states.
    public let visits: [Double]

    /// Expected visits of a state.
    public func visits(of state: Int) -> Double {
        (0..<actions).reduce(0) { $0 + visits(of: state, action: $1) }
    }

    /// Expected visits of a pair.
    public func visits(of state: Int, action: Int) -> Double {
        (0..<stages).reduce(0) { $0 + visits[($1 * states + state) * actions + action] }
    }

    /// Expected number of steps, discounted as the model is.
    public var total: Double { visits.reduce(0, +) }

    /// The total of a quantity that every pair has, `[states, actions]`: Σ visits·value.
    public func total(of values: [Double]) -> Double {
        precondition(values.count == states * actions, "\(values.count) values for \(states) × \(actions)")
        var sum = 0.0
        for (index, visit) in visits.enumerated() { sum += visit * values[index % values.count] }
        return sum
    }

    /// The policy that has these visits; where nothing is visited, another decides.
    ///
    /// - Parameter fallback: stationary, or with as many stages.
    /// - Returns: a policy with as many stages as there are here.
    public func policy(elsewhere fallback: TabularPolicy) -> TabularPolicy {
        var table = [Double](repeating: 0, count: visits.count)
        for row in 0..<stages * states {
            let (stage, state) = (row / states, row % states)
            let range = row * actions..<(row + 1) * actions
            let sum = visits[range].reduce(0, +)
            for index in range {
                table[index] =
                    sum > 0
                    ? visits[index] / sum
                    : fallback.probability(of: index - range.lowerBound, in: state, at: stage)
            }
        }
        return TabularPolicy(states: states, actions: actions, stages: stages, probabilities: table)
    }

    /// The occupancy of drawing one of several policies before each episode; the weights sum to 1.
    static func mixture(_ parts: [(weight: Double, occupancy: Occupancy)]) -> Occupancy {
        let first = parts[0].occupancy
        var visits = [Double](repeating: 0, count: first.visits.count)
        for (weight, occupancy) in parts where weight != 0 {
            for (index, visit) in occupancy.visits.enumerated() { visits[index] += weight * visit }
        }
        return Occupancy(
            states: first.states, actions: first.actions, stages: first.stages, visits: visits)
    }
}
