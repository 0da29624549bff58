import CHDF5Reader

/// Transitions being gathered, one after the other, as by a data collection.
///
/// All columns but the optional one always have the same number of rows.
public struct TransitionColumns: Sendable {
    /// Values of one observation, at least 1.
    public let observationSize: Int
    /// Values of one action, at least 1.
    public let actionSize: Int
    /// How many choices an action is one of, its number stored; nil where actions are real numbers.
    public let actionChoices: Int?
    /// Most choices that data can have.
    public static let maximumChoices = Int(CH5_CHOICES)
    /// Whether each transition carries a real-valued constraint h, positive where violated.
    public let hasConstraintValues: Bool
    /// The names of the cost channels.
    public let costNames: [String]
    /// Whether the channels get columns of their own, beside their sum: unless there is one that nobody named.
    public var isNamed: Bool { costNames != CostChannels.single }
    /// States acted in, `[rows, observationSize]` row after row.
    public private(set) var observations: [Float] = []
    /// States reached, `[rows, observationSize]`; after the last step of an episode the true final state.
    public private(set) var nextObservations: [Float] = []
    /// Actions, `[rows, actionSize]`, in [-1, 1]; numbers of choices where they are choices.
    public private(set) var actions: [Float] = []
    /// Rewards of the steps.
    public private(set) var rewards: [Float] = []
    /// Costs of the steps, at least 0, summed over the channels.
    public private(set) var costs: [Float] = []
    /// Costs of each channel, `[costNames.count][rows]`; empty unless `isNamed`.
    public private(set) var channelCosts: [[Float]]
    /// Constraint values; empty unless `hasConstraintValues`.
    public private(set) var constraintValues: [Float] = []
    /// 1 where the episode ended by itself.
    public private(set) var terminals: [UInt8] = []
    /// 1 where the step limit cut the episode.
    public private(set) var timeouts: [UInt8] = []

    /// No transitions yet.
    ///
    /// - Parameters:
    ///   - observationSize: at least 1.
    ///   - actionSize: at least 1.
    ///   - actionChoices: how many choices an action, then of one value, is one of: 1 to `maximumChoices`.
    ///   - hasConstraintValues: whether `append` gets them.
    ///   - costNames: names that `CostChannels` allows; `append` gets one cost for each.
    public init(
        observationSize: Int, actionSize: Int, actionChoices: Int? = nil, hasConstraintValues: Bool = false,
        costNames: [String] = CostChannels.single
    ) {
        if let fault = CostChannels.fault(in: costNames) { preconditionFailure("cost channels: \(fault)") }
        precondition(observationSize > 0 && actionSize > 0, "a transition needs an observation and an action")
        precondition(
            actionChoices.map { actionSize == 1 && 1...Self.maximumChoices ~= $0 } ?? true,
            "\(actionSize) actions of \(actionChoices ?? 0) choices")
        self.observationSize = observationSize
        self.actionChoices = actionChoices
        self.actionSize = actionSize
        self.hasConstraintValues = hasConstraintValues
        self.costNames = costNames
        channelCosts = .init(repeating: [], count: costNames == CostChannels.single ? 0 : costNames.count)
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
        for channel in channelCosts.indices { channelCosts[channel].reserveCapacity(rows) }
        if hasConstraintValues { constraintValues.reserveCapacity(rows) }
        terminals.reserveCapacity(rows)
        timeouts.reserveCapacity(rows)
    }

    /// Takes all transitions out, and keeps their room.
    mutating func removeAll() {
        observations.removeAll(keepingCapacity: true)
        nextObservations.removeAll(keepingCapacity: true)
        actions.removeAll(keepingCapacity: true)
        rewards.removeAll(keepingCapacity: true)
        costs.removeAll(keepingCapacity: true)
        for channel in channelCosts.indices { channelCosts[channel].removeAll(keepingCapacity: true) }
        constraintValues.removeAll(keepingCapacity: true)
        terminals.removeAll(keepingCapacity: true)
        timeouts.removeAll(keepingCapacity: true)
    }

    /// Adds one transition with one cost; the next one starts a new episode if this one is terminated or truncated.
    ///
    /// As the other `append`, for data with one channel.
    public mutating func append(
        observation: some Collection<Float>, action: some Collection<Float>,
        nextObservation: some Collection<Float>, reward: Float, cost: Float, constraintValue: Float? = nil,
        terminated: Bool, truncated: Bool
    ) {
        append(
            observation: observation, action: action, nextObservation: nextObservation, reward: reward,
            costs: CollectionOfOne(cost), constraintValue: constraintValue, terminated: terminated,
            truncated: truncated)
    }

    /// Adds one transition; the next one starts a new episode if this one is terminated or truncated.
    ///
    /// - Parameters:
    ///   - observation: `observationSize` values.
    ///   - action: `actionSize` values as given to the simulator, in [-1, 1], or the number of a choice.
    ///   - nextObservation: the state that the step returned, never the first state of the next episode.
    ///   - reward: of the step.
    ///   - stepCosts: of the step, each at least 0, in the order of `costNames`.
    ///   - total: the costs' sum as somebody else rounded it; summed here where nothing is given.
    ///   - constraintValue: h of the step; required exactly if `hasConstraintValues`.
    ///   - terminated: whether the episode ended by itself.
    ///   - truncated: whether the step limit cut it.
    public mutating func append(
        observation: some Collection<Float>, action: some Collection<Float>,
        nextObservation: some Collection<Float>, reward: Float, costs stepCosts: some Collection<Float>,
        total: Float? = nil, constraintValue: Float? = nil,
        terminated: Bool, truncated: Bool
    ) {
        precondition(
            observation.count == observationSize && nextObservation.count == observationSize
                && action.count == actionSize,
            "a transition of \(observation.count) + \(action.count) values does not fit \(observationSize) + \(actionSize)"
        )
        precondition(
            (constraintValue != nil) == hasConstraintValues, "constraint values: all transitions or none")
        precondition(
            stepCosts.count == costNames.count, "\(stepCosts.count) costs for the channels \(costNames)")
        observations.append(contentsOf: observation)
        nextObservations.append(contentsOf: nextObservation)
        actions.append(contentsOf: action)
        rewards.append(reward)
        costs.append(total ?? stepCosts.dropFirst().reduce(stepCosts.first ?? 0, +))
        if isNamed { for (channel, cost) in stepCosts.enumerated() { channelCosts[channel].append(cost) } }
        if let constraintValue { constraintValues.append(constraintValue) }
        terminals.append(terminated ? 1 : 0)
        timeouts.append(truncated ? 1 : 0)
    }

    /// Changes states acted in and states reached, in place and not in number.
    mutating func changeStates<Outcome>(
        _ change: (inout [Float], inout [Float]) -> Outcome
    ) -> Outcome {
        defer {
            precondition(
                observations.count == count * observationSize && nextObservations.count == observations.count,
                "states were added or removed")
        }
        return change(&observations, &nextObservations)
    }

    /// The costs of one channel of a named set.
    func costs(of name: String) -> [Float] {
        guard let channel = costNames.firstIndex(of: name) else {
            preconditionFailure("no channel \(name) among \(costNames)")
        }
        return channelCosts[channel]
    }
}
