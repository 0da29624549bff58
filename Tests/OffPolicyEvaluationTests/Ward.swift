import OffPolicyEvaluation
import Replay
import Tensors

/// A tiny decision process whose episodes can all be listed: two states, two actions, at most three steps.
///
/// An observation is `[step, state]`, an action `[0]` or `[1]`. Every probability is a multiple of 1/4, so that 4⁶ episodes
/// can have exactly the frequencies that they should have. Action 1 in state 1 ends the episode at once.
struct Ward: Sendable {
    /// Whether the same pair always leads to the same state, from the same start.
    var isDeterministic = false
    var discount = 0.5
    let horizon = 3

    /// π(1|s) of the policy that is evaluated.
    static let policyShares = [0.75, 0.5]
    /// μ(1|s) of the policy that recorded.
    static let behaviourShares = [0.25, 0.25]

    static func law(_ shares: [Double]) -> FinitePolicy {
        FinitePolicy { observation in
            let share = shares[Int(observation[1])]
            return [WeightedAction([0], weight: 1 - share), WeightedAction([1], weight: share)]
        }
    }
    static let policy = law(policyShares)
    static let behaviour = law(behaviourShares)

    func starts() -> [(state: Int, probability: Double)] {
        isDeterministic ? [(0, 1)] : [(0, 0.75), (1, 0.25)]
    }

    /// Where a pair leads; nothing at the end.
    func successors(_ step: Int, _ state: Int, _ action: Int) -> [(state: Int?, probability: Double)] {
        if step + 1 == horizon || (state == 1 && action == 1) { return [(nil, 1)] }
        if isDeterministic { return [(1 - state, 1)] }
        return action == 0 ? [(0, 0.5), (1, 0.5)] : [(1, 0.75), (0, 0.25)]
    }

    func signal(_ signal: Signal, _ step: Int, _ state: Int, _ action: Int) -> Double {
        signal == .reward ? Double(1 + 2 * state - 3 * action + step) : Double(state * (2 - action))
    }

    /// Q of a policy with the given shares, by going back from the end.
    func exactQ(_ what: Signal, _ shares: [Double], _ step: Int, _ state: Int, _ action: Int) -> Double {
        successors(step, state, action).reduce(signal(what, step, state, action)) { sum, next in
            guard let following = next.state else { return sum }
            return sum + discount * next.probability * exactV(what, shares, step + 1, following)
        }
    }

    func exactV(_ what: Signal, _ shares: [Double], _ step: Int, _ state: Int) -> Double {
        (1 - shares[state]) * exactQ(what, shares, step, state, 0) + shares[state]
            * exactQ(what, shares, step, state, 1)
    }

    /// The policy's value.
    func exactValue(_ what: Signal, _ shares: [Double] = Ward.policyShares) -> Double {
        starts().reduce(0) { $0 + $1.probability * exactV(what, shares, 0, $1.state) }
    }

    /// Every episode that the behaviour can record, with its probability.
    func everyEpisode() -> [(episode: Trajectory, probability: Double)] {
        starts().flatMap { start in
            extend(
                Trajectory(
                    observations: [[0, Double(start.state)]], actions: [], rewards: [], costs: ["harm": []],
                    end: .terminated, behaviour: []), start.probability, 0, start.state)
        }
    }

    private func extend(_ episode: Trajectory, _ probability: Double, _ step: Int, _ state: Int)
        -> [(episode: Trajectory, probability: Double)]
    {
        [0, 1].flatMap { action in
            let share = action == 1 ? Self.behaviourShares[state] : 1 - Self.behaviourShares[state]
            var longer = episode
            longer.actions.append([Double(action)])
            longer.rewards.append(signal(.reward, step, state, action))
            longer.costs["harm"]?.append(signal(.cost("harm"), step, state, action))
            longer.behaviour?.append(share)
            return successors(step, state, action).flatMap { next in
                var reached = longer
                reached.observations.append([Double(step + 1), Double(next.state ?? 0)])
                let chance = probability * share * next.probability
                guard let following = next.state else { return [(reached, chance)] }
                return extend(reached, chance, step + 1, following)
            }
        }
    }

    /// Episodes with exactly the frequencies that they have in infinitely many.
    func perfectData() throws -> TrajectorySet {
        try TrajectorySet(
            everyEpisode().flatMap { entry in
                Array(repeating: entry.episode, count: Int((entry.probability * 4096).rounded()))
            })
    }

    /// Episodes drawn from the behaviour.
    func sample(_ count: Int, seed: UInt64) throws -> TrajectorySet {
        let all = everyEpisode()
        var stream = RandomStream(seed: seed, for: .testing)
        return try TrajectorySet(
            (0..<count).map { _ in
                var rest = Double(stream.nextUniform())
                return
                    (all.first {
                        rest -= $0.probability
                        return rest < 0
                    } ?? all[0]).episode
            })
    }
}

/// Values by a formula.
struct FormulaValues: ActionValues, Sendable {
    let q: @Sendable (_ observation: [Double], _ action: [Double]) -> Double

    func value(of action: [Double], at observation: [Double]) throws(OffPolicyError) -> Double {
        q(observation, action)
    }

    /// The true values.
    static func exact(_ ward: Ward, _ signal: Signal, _ shares: [Double] = Ward.policyShares) -> Self {
        FormulaValues { ward.exactQ(signal, shares, Int($0[0]), Int($0[1]), Int($1[0])) }
    }

    /// Values that are wrong everywhere.
    static let wrong = FormulaValues { 5 * $0[0] - 2 * $0[1] * $1[0] + 0.75 * $1[0] - 3 }
}

extension OffPolicyInputs {
    /// Inputs from recorded probabilities.
    init(
        _ data: TrajectorySet, _ signal: Signal, _ ward: Ward, _ fit: some ActionValues = FormulaValues.wrong
    )
        throws
    {
        self.init(
            signal: data.values(of: signal),
            ratios: try ImportanceRatios(data, of: Ward.policy, over: .recorded),
            values: try RecordedValues(data, of: Ward.policy, by: fit), discount: ward.discount)
    }
}
