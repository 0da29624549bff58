import Tensors

/// Fitted values of a policy for one signal: Q(s, a) and V(s) = Σ_a π(a|s)·Q(s, a).
public protocol ActionValues {
    /// Q of an action.
    ///
    /// - Throws: `OffPolicyError` where the fit says nothing about the pair.
    func value(of action: [Double], at observation: [Double]) throws(OffPolicyError) -> Double
}

/// Fitted values at everything that was recorded.
public struct RecordedValues: Sendable, Hashable {
    /// Q of each recorded action, one a step.
    public let actions: [[Double]]
    /// V of each observation, one more than steps; 0 for the last one of a terminated episode.
    public let states: [[Double]]

    /// V of the first observations.
    var starts: [Double] { states.map { $0[0] } }

    /// Takes values: one more of states than of actions in each episode.
    public init(actions: [[Double]], states: [[Double]]) {
        precondition(
            actions.count == states.count && zip(actions, states).allSatisfy { $0.count + 1 == $1.count },
            "one value more of states than of actions")
        (self.actions, self.states) = (actions, states)
    }

    /// Asks fitted values for all of them.
    ///
    /// - Throws: what the fit throws.
    public init(_ data: TrajectorySet, of policy: some EvaluatedPolicy, by fit: some ActionValues)
        throws(OffPolicyError)
    {
        var (actions, states): ([[Double]], [[Double]]) = ([], [])
        for episode in data.episodes {
            var (q, v): ([Double], [Double]) = ([], [])
            for step in 0..<episode.length {
                q.append(try fit.value(of: episode.actions[step], at: episode.observations[step]))
            }
            for (step, observation) in episode.observations.enumerated() {
                let isOver = step == episode.length && episode.end == .terminated
                v.append(isOver ? 0 : try fit.value(of: policy, at: observation))
            }
            actions.append(q)
            states.append(v)
        }
        self.init(actions: actions, states: states)
    }

    /// Values of each episode by a fit to other episodes, so that doubly robust estimates stay unbiased.
    ///
    /// - Parameters:
    ///   - data: the recorded episodes, at least as many as folds.
    ///   - policy: what is evaluated.
    ///   - folds: into how many parts the episodes are split, at least 2.
    ///   - seed: of the split.
    ///   - fit: fits values to some of the episodes.
    /// - Throws: what the fits throw.
    public init<Fit: ActionValues>(
        _ data: TrajectorySet, of policy: some EvaluatedPolicy, folds: Int, seed: UInt64,
        fit: (TrajectorySet) throws(OffPolicyError) -> Fit
    ) throws(OffPolicyError) {
        let count = data.episodes.count
        precondition(folds >= 2, "\(folds) folds")
        guard count >= folds else { throw .noSolution("\(count) episodes do not fill \(folds) folds") }
        var order = Array(0..<count)
        var stream = RandomStream(seed: seed, for: .splitting)
        for place in stride(from: count - 1, to: 0, by: -1) {
            order.swapAt(place, stream.nextInteger(below: place + 1))
        }
        var actions = [[Double]](repeating: [], count: count)
        var states = actions
        for fold in 0..<folds {
            let own = order[count * fold / folds..<count * (fold + 1) / folds].sorted()
            let others = Set(0..<count).subtracting(own).sorted()
            let values = try RecordedValues(
                try data.subset(own), of: policy, by: try fit(try data.subset(others)))
            for (place, episode) in own.enumerated() {
                (actions[episode], states[episode]) = (values.actions[place], values.states[place])
            }
        }
        self.init(actions: actions, states: states)
    }
}

extension ActionValues {
    /// V of an observation: the mean of Q over the policy's actions.
    ///
    /// - Throws: as `value(of:at:)`.
    public func value(of policy: some EvaluatedPolicy, at observation: [Double]) throws(OffPolicyError)
        -> Double
    {
        var sum = 0.0
        for choice in policy.weightedActions(at: observation) where choice.weight > 0 {
            sum += choice.weight * (try value(of: choice.action, at: observation))
        }
        return sum
    }
}
