import Replay

/// Recorded experience in memory, one row a transition, episode after episode.
///
/// Row t holds s_t, a_t, s_{t+1}, the reward and the cost of that step, and h(s_t): the constraint of the state *in
/// which the action is taken*. The cost is the environment's own, which may be judged at s_{t+1}.
public struct CollectedTransitions: Sendable, Equatable {
    /// Floats in an observation.
    public let observationSize: Int
    /// Floats in an action.
    public let actionSize: Int
    /// How many choices an action is one of; nil where actions are real numbers.
    public let actionChoices: Int?
    /// Observations s_t, `[count, observationSize]`, row-major.
    public private(set) var observations: [Float] = []
    /// Observations s_{t+1}, `[count, observationSize]`, row-major.
    public private(set) var nextObservations: [Float] = []
    /// Actions as executed, `[count, actionSize]`, row-major, each in [−1, 1], or numbers of choices.
    public private(set) var actions: [Float] = []
    /// Rewards, `[count]`.
    public private(set) var rewards: [Float] = []
    /// Costs, the sum over the channels, `[count]`.
    public private(set) var costs: [Float] = []
    /// The names of the cost channels.
    public let costNames: [String]
    /// The cost of each channel, `[costNames.count][count]`.
    public private(set) var channelCosts: [[Float]]
    /// Whether the task ended with this transition, `[count]`.
    public private(set) var terminals: [Bool] = []
    /// Whether a limit cut the episode after this transition, `[count]`; never together with a terminal.
    public private(set) var timeouts: [Bool] = []
    /// The constraint h(s_t), `[count]`; empty when the environment has none.
    public private(set) var constraintValues: [Float] = []

    /// Makes an empty record.
    ///
    /// - Parameters:
    ///   - observationSize: floats in an observation.
    ///   - actionSize: floats in an action.
    ///   - actionChoices: how many choices an action is one of, where it is.
    ///   - costNames: the environment's.
    public init(
        observationSize: Int, actionSize: Int, actionChoices: Int? = nil,
        costNames: [String] = CostChannels.single
    ) {
        if let fault = CostChannels.fault(in: costNames) { preconditionFailure("cost channels: \(fault)") }
        (self.observationSize, self.actionSize) = (observationSize, actionSize)
        (self.actionChoices, self.costNames) = (actionChoices, costNames)
        channelCosts = .init(repeating: [], count: costNames.count)
    }

    /// Number of transitions.
    public var count: Int { rewards.count }
    /// Number of episodes that have ended.
    public var episodes: Int { terminals.count { $0 } + timeouts.count { $0 } }

    /// Adds one transition.
    ///
    /// - Parameters:
    ///   - observation: s_t, `observationSize` values.
    ///   - action: a_t, `actionSize` values.
    ///   - constraint: h(s_t), for an environment that has one: always or never.
    ///   - outcome: what the step returned.
    ///   - next: s_{t+1}, `observationSize` values.
    public mutating func append(
        _ observation: [Float], _ action: [Float], constraint: Float? = nil, _ outcome: StepOutcome,
        next: [Float]
    ) {
        precondition(
            observation.count == observationSize && next.count == observationSize
                && action.count == actionSize,
            "a transition of \(observation.count), \(action.count), \(next.count) values does not fit")
        precondition(
            outcome.costs.count == costNames.count,
            "\(outcome.costs.count) costs for the channels \(costNames)")
        precondition(
            (constraint == nil) == constraintValues.isEmpty || count == 0,
            "a constraint is recorded always or never")
        observations += observation
        actions += action
        nextObservations += next
        rewards.append(outcome.reward)
        costs.append(outcome.cost)
        for (channel, cost) in outcome.costs.enumerated() { channelCosts[channel].append(cost) }
        terminals.append(outcome.end == .terminated)
        timeouts.append(outcome.end == .truncated)
        if let constraint { constraintValues.append(constraint) }
    }
}
