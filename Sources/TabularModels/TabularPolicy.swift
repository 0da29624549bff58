/// A stochastic policy as a table: the probability of every action in every state.
///
/// It is stationary, or has one table for each step of a horizon.
public struct TabularPolicy: Sendable, Equatable {
    /// Number of states.
    public let states: Int
    /// Number of actions.
    public let actions: Int
    /// Number of tables: 1 for a stationary policy, else one for each step.
    public let stages: Int
    /// Probabilities, `[stages, states, actions]`.
    public let probabilities: [Double]

    /// Makes a policy of a table.
    ///
    /// - Parameters:
    ///   - states: number of states.
    ///   - actions: number of actions.
    ///   - stages: number of tables.
    ///   - probabilities: `[stages, states, actions]`; every row is not negative and sums to 1 within 10⁻⁹.
    public init(states: Int, actions: Int, stages: Int = 1, probabilities: [Double]) {
        precondition(
            probabilities.count == stages * states * actions && stages >= 1,
            "\(probabilities.count) probabilities for \(stages) × \(states) × \(actions)")
        for row in 0..<stages * states {
            let values = probabilities[row * actions..<(row + 1) * actions]
            let sum = values.reduce(0, +)
            precondition(
                values.allSatisfy { $0 >= 0 } && abs(sum - 1) <= 1e-9,
                "stage \(row / states), state \(row % states): the probabilities \(Array(values)) are none")
        }
        (self.states, self.actions, self.stages) = (states, actions, stages)
        self.probabilities = probabilities
    }

    /// A stationary policy by asking for the weight of every pair; rows are normalised.
    ///
    /// - Parameters:
    ///   - states: number of states.
    ///   - actions: number of actions.
    ///   - weight: at least 0 and finite; a row of zeros becomes uniform.
    public init(states: Int, actions: Int, weight: (_ state: Int, _ action: Int) -> Double) {
        var table = [Double](repeating: 0, count: states * actions)
        for state in 0..<states {
            let weights = (0..<actions).map { weight(state, $0) }
            precondition(weights.allSatisfy { $0 >= 0 && $0.isFinite }, "state \(state): weights \(weights)")
            let sum = weights.reduce(0, +)
            for action in 0..<actions {
                table[state * actions + action] = sum > 0 ? weights[action] / sum : 1 / Double(actions)
            }
        }
        self.init(states: states, actions: actions, probabilities: table)
    }

    /// Every action of a set alike; in states without any, all actions alike.
    public init(uniformOver allowed: ActionSet) {
        self.init(states: allowed.states, actions: allowed.actions) { allowed.contains($0, $1) ? 1 : 0 }
    }

    /// Always the one action of each state.
    ///
    /// - Parameters:
    ///   - choices: `[stages, states]`, each in 0 ..< `actions`.
    ///   - actions: number of actions.
    ///   - stages: number of tables.
    public init(choosing choices: [Int], of actions: Int, stages: Int = 1) {
        var table = [Double](repeating: 0, count: choices.count * actions)
        for (row, choice) in choices.enumerated() {
            precondition(0..<actions ~= choice, "action \(choice) of \(actions)")
            table[row * actions + choice] = 1
        }
        self.init(
            states: choices.count / stages, actions: actions, stages: stages, probabilities: table)
    }

    /// The probability of an action in a state.
    ///
    /// - Parameters:
    ///   - action: in 0 ..< `actions`.
    ///   - state: in 0 ..< `states`.
    ///   - step: counted from 0; a stationary policy ignores it, another has no step beyond its last stage.
    /// - Returns: in [0, 1].
    public func probability(of action: Int, in state: Int, at step: Int = 0) -> Double {
        probabilities[((stages == 1 ? 0 : step) * states + state) * actions + action]
    }

    /// The action at which a number uniform in [0, 1) falls: the quantile of a state's row.
    public func action(in state: Int, at fraction: Double, step: Int = 0) -> Int {
        var (rest, last) = (fraction, 0)
        for action in 0..<actions {
            let probability = probability(of: action, in: state, at: step)
            guard probability > 0 else { continue }
            rest -= probability
            last = action
            if rest < 0 { break }
        }
        return last
    }

    /// This policy with the actions outside a set left out; where nothing is left, every action of the set alike.
    public func restricted(to allowed: ActionSet) -> TabularPolicy {
        precondition(stages == 1, "only stationary policies are restricted")
        return TabularPolicy(states: states, actions: actions) { state, action in
            guard allowed.contains(state, action) else { return 0 }
            let mass = allowed.actions(in: state).reduce(0) { $0 + probability(of: $1, in: state) }
            return mass > 0 ? probability(of: action, in: state) : 1
        }
    }

    /// With probability `share` an action of the other policy, else one of this.
    public func mixed(with other: TabularPolicy, share: Double) -> TabularPolicy {
        precondition(
            states == other.states && actions == other.actions && stages == other.stages && 0...1 ~= share,
            "policies of different shape, or a share of \(share)")
        return TabularPolicy(
            states: states, actions: actions, stages: stages,
            probabilities: zip(probabilities, other.probabilities).map { (1 - share) * $0 + share * $1 })
    }
}
