/// Transitions being gathered, one after the other, as by a data collection.
///
/// All columns but the optional one always have the same number of rows.
public struct TransitionColumns: Sendable {
    /// Values of one observation, at least 1.
    public let observationSize: Int
    /// Values of one action, at least 1.
    public let actionSize: Int
    /// Whether each transition carries a real-valued constraint h, positive where violated.
    public let hasConstraintValues: Bool
    /// States acted in, `[rows, observationSize]` row after row.
    public private(set) var observations: [Float] = []
    /// States reached, `[rows, observationSize]`; after the last step of an episode the true final state.
    public private(set) var nextObservations: [Float] = []
    /// Actions, `[rows, actionSize]`, in [-1, 1].
    public private(set) var actions: [Float] = []
    /// Rewards of the steps.
    public private(set) var rewards: [Float] = []
    /// Costs of the steps, at least 0.
    public private(set) var costs: [Float] = []
    /// Constraint values; empty unless `hasConstraintValues`.
    public private(set) var constraintValues: [Float] = []
    /// 1 where the episode ended by itself.
    public private(set) var terminals: [UInt8] = []
    /// 1 where the step limit cut the episode.
    public private(set) var timeouts: [UInt8] = []

    /// No transitions yet.
    public init(observationSize: Int, actionSize: Int, hasConstraintValues: Bool = false) {
        precondition(observationSize > 0 && actionSize > 0, "a transition needs an observation and an action")
        self.observationSize = observationSize
        self.actionSize = actionSize
        self.hasConstraintValues = hasConstraintValues
    }

    /// Number of transitions.
    public var count: Int { rewards.count }

    /// Makes room for that many transitions in all.
    public mutating func reserveCapacity(_ rows: Int) {
        observations.reserveCapacity(rows * observationSize)
        nextObservations.reserveCapacity(rows * observationSize)
        actions.reserveCapacity(rows * actionSize)
        rewards.reserveCapacity(rows)
        costs.reserveCapacity(rows)
        if hasConstraintValues { constraintValues.reserveCapacity(rows) }
        terminals.reserveCapacity(rows)
        timeouts.reserveCapacity(rows)
    }

    /// Adds one transition; the next one starts a new episode if this one is terminated or truncated.
    ///
    /// - Parameters:
    ///   - observation: `observationSize` values.
    ///   - action: `actionSize` values as given to the simulator, in [-1, 1].
    ///   - nextObservation: the state that the step returned, never the first state of the next episode.
    ///   - reward: of the step.
    ///   - cost: of the step, at least 0.
    ///   - constraintValue: h of the step; required exactly if `hasConstraintValues`.
    ///   - terminated: whether the episode ended by itself.
    ///   - truncated: whether the step limit cut it.
    public mutating func append(
        observation: some Collection<Float>, action: some Collection<Float>,
        nextObservation: some Collection<Float>, reward: Float, cost: Float, constraintValue: Float? = nil,
        terminated: Bool, truncated: Bool
    ) {
        precondition(
            observation.count == observationSize && nextObservation.count == observationSize
                && action.count == actionSize,
            "a transition of \(observation.count) + \(action.count) values does not fit \(observationSize) + \(actionSize)"
        )
        precondition(
            (constraintValue != nil) == hasConstraintValues, "constraint values: all transitions or none")
        observations.append(contentsOf: observation)
        nextObservations.append(contentsOf: nextObservation)
        actions.append(contentsOf: action)
        rewards.append(reward)
        costs.append(cost)
        if let constraintValue { constraintValues.append(constraintValue) }
        terminals.append(terminated ? 1 : 0)
        timeouts.append(truncated ? 1 : 0)
    }
}
