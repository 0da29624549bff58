@_exported import TabularModels

/// An environment of finitely many states and actions whose law is known, so that a policy can be evaluated exactly.
///
/// Observations and actions are vectors of floats all the same. The model may have states that look alike: what a policy
/// does then depends on the observation alone, while the model goes on to tell them apart.
public protocol TabularEnvironment: Environment {
    /// The environment as a model: equal transitions, rewards, costs and start, with `costNames` as its costs.
    ///
    /// - Throws: where what the environment is made of is not there.
    static func model() throws -> TabularCMDP
    /// Number of observations that can be told apart; the number of states where all can.
    static var observationCount: Int { get }
    /// What a policy sees in a state of the model.
    ///
    /// - Throws: as `model`.
    static func observation(inState state: Int) throws -> [Float]
    /// The number of an observation, the same for all states that look alike; nothing for values that are none.
    ///
    /// - Throws: as `model`.
    static func number(ofObservation observation: [Float]) throws -> Int?
    /// The number of the action that `step` takes these values for.
    static func number(ofAction action: Span<Float>) -> Int
    /// Values that `step` takes for an action.
    static func action(numbered number: Int) -> [Float]
    /// What one of the `behaviours` does in every state of the model; nil where no table says it, as by default.
    ///
    /// - Throws: as `model`.
    static func behaviourTable(named behaviour: String) throws -> TabularPolicy?
}

extension TabularEnvironment {
    /// Itself.
    public static var tabular: (any TabularEnvironment.Type)? { Self.self }

    /// Nil.
    public static func behaviourTable(named behaviour: String) throws -> TabularPolicy? { nil }

    /// What a policy does in every state of the model, as a table.
    ///
    /// Each state asks the policy `draws` times, with streams of its own. The table of a policy that draws nothing is
    /// exact from one draw on; that of a random one is its relative frequencies, and an exact value computed from them
    /// is that of the table.
    ///
    /// - Parameters:
    ///   - policy: copied, so that its own state does not change.
    ///   - draws: at least 1.
    ///   - seed: the seed of its random choices.
    /// - Returns: a stationary policy of the model.
    /// - Throws: `EvaluationError` where sizes differ, an action is not finite or the policy has a memory; as `model`.
    public static func table(
        of policy: any Policy, draws: Int = 1, seed: UInt64 = 0
    ) throws -> TabularPolicy {
        precondition(draws >= 1, "\(draws) draws")
        let (model, sample) = (try model(), Self())
        let (width, actionWidth) = (sample.observationSpace.size, sample.actionSpace.size)
        try EvaluationError.mustFit(policy, observation: width, action: actionWidth)
        if policy.memory > 0 { throw EvaluationError.remembers(policy.memory) }
        var policy = policy
        var counts = [Double](repeating: 0, count: model.pairs)
        for state in 0..<model.states {
            let observation = try observation(inState: state)
            let rows = (0..<draws).flatMap { _ in observation }
            var actions = [Float](repeating: .nan, count: draws * actionWidth)
            var streams = (0..<draws).map { draw in
                RandomStream(
                    seed: seed, for: .action, index: UInt32(truncatingIfNeeded: state * draws + draw))
            }
            do {
                var actionSpan = actions.mutableSpan
                var streamSpan = streams.mutableSpan
                try policy.act(on: rows.span, actions: &actionSpan, using: &streamSpan)
            }
            for draw in 0..<draws {
                let values = Array(actions[draw * actionWidth..<(draw + 1) * actionWidth])
                if let value = values.first(where: { !$0.isFinite }) {
                    throw EvaluationError.badAction(value, episode: state, step: draw)
                }
                counts[state * model.actions + number(ofAction: values.span)] += 1
            }
        }
        return TabularPolicy(states: model.states, actions: model.actions) {
            counts[$0 * model.actions + $1]
        }
    }

    /// The exact return and costs of a policy's table.
    ///
    /// - Throws: as `table` and `TabularCMDP.evaluation`.
    public static func exactEvaluation(
        of policy: any Policy, draws: Int = 1, seed: UInt64 = 0
    ) throws -> PolicyEvaluation {
        try model().evaluation(of: table(of: policy, draws: draws, seed: seed))
    }
}

/// A table as a policy that acts in a `TabularEnvironment`.
public struct TabularActor<Task: TabularEnvironment>: Policy {
    /// Floats in an observation.
    public let observationSize: Int
    /// Floats in an action.
    public let actionSize: Int
    /// As the environment's.
    public let actionChoices: Int?
    private let table: TabularPolicy
    private let choices: [[Float]]

    /// Makes a policy of a table that has a row for each observation, stationary.
    public init(_ table: TabularPolicy, in type: Task.Type) {
        precondition(
            table.states == Task.observationCount && table.stages == 1,
            "a table of \(table.stages) × \(table.states) rows for \(Task.observationCount) observations")
        let sample = Task()
        (observationSize, actionSize) = (sample.observationSpace.size, sample.actionSpace.size)
        actionChoices = sample.actionSpace.choices
        (self.table, choices) = (table, (0..<table.actions).map { Task.action(numbered: $0) })
    }

    /// Looks the observation up and draws an action from its row, one number of the row's stream.
    ///
    /// - Throws: `UnknownObservation`; as `model`.
    public mutating func act(
        on observations: Span<Float>, actions: inout MutableSpan<Float>,
        using streams: inout MutableSpan<RandomStream>
    ) throws {
        for row in 0..<streams.count {
            let observation = (0..<observationSize).map { observations[row * observationSize + $0] }
            guard let number = try Task.number(ofObservation: observation) else {
                throw UnknownObservation(observation, in: Task.name)
            }
            let chosen = choices[table.action(in: number, using: &streams[row])]
            for index in 0..<actionSize { actions[row * actionSize + index] = chosen[index] }
        }
    }
}

/// An observation that a table does not have.
public struct UnknownObservation: Fault, Equatable {
    /// What kind of fault it is.
    public var kind: FaultKind { .badData }
    /// One line.
    public let description: String

    init(_ observation: [Float], in name: String) {
        description =
            "\(oneLine(name)): has no observation \(observation). Name the environment of the table."
    }
}
