import Pictures
import Replay

/// What one step of an environment returned.
public struct StepOutcome: Sendable {
    /// Reward of the step.
    public var reward: Float
    /// Cost of the step, one value for each of the environment's `costNames`, never negative.
    public var costs: [Float]
    /// How the episode ended with this step, if it did.
    public var end: EpisodeEnd?

    /// The sum over the channels, in their order: what a reader of one cost is told.
    public var cost: Float { costs.reduce(0, +) }

    /// Makes an outcome with one cost channel.
    public init(reward: Float, cost: Float, end: EpisodeEnd? = nil) {
        (self.reward, self.costs, self.end) = (reward, [cost], end)
    }

    /// Makes an outcome with one value for each of several cost channels.
    public init(reward: Float, costs: [Float], end: EpisodeEnd? = nil) {
        (self.reward, self.costs, self.end) = (reward, costs, end)
    }
}

/// The set that observations or actions come from.
public enum Space: Sendable, Equatable {
    /// Vectors bounded element by element; infinite bounds are allowed for observations.
    case box(low: [Float], high: [Float])
    /// One of `count` choices, carried as a single float 0 … count−1.
    case discrete(count: Int)

    /// A box with the same bounds for every element.
    public static func box(_ size: Int, in range: ClosedRange<Float>) -> Space {
        .box(
            low: .init(repeating: range.lowerBound, count: size),
            high: .init(repeating: range.upperBound, count: size))
    }

    /// How many choices there are; nil for a box.
    public var choices: Int? { if case .discrete(let count) = self { count } else { nil } }

    /// Floats that an element of the space takes.
    public var size: Int {
        switch self {
        case .box(let low, _): low.count
        case .discrete: 1
        }
    }
}

/// A task that a policy acts in, written in Swift.
///
/// An environment is a value: copies are independent. It is deterministic: equal seeds and actions give equal
/// observations, rewards and costs. Actions are given in the policy's range [−1, 1] and scaled by the environment
/// to its own bounds where those differ; it clips what lies outside. Of choices, an action is the number.
///
/// What cannot be a value, because it holds a process, a library's memory or a file, is a `VectorEnvironment`.
public protocol Environment {
    /// The name used on the command line and in configuration files, such as `point-robot`.
    static var name: String { get }
    /// Makes an environment in an arbitrary state; `reset` comes before the first step.
    init()
    /// What `reset` and `step` write.
    var observationSpace: Space { get }
    /// What `step` accepts.
    var actionSpace: Space { get }
    /// Steps after which an episode is truncated by whoever runs it; the environment itself need not count.
    var timeLimit: Int { get }
    /// The names of the cost channels in the order of `StepOutcome.costs`; `["cost"]` unless said otherwise.
    ///
    /// One to 16 distinct names, as `CostChannels` allows them. Each is a constraint of its own, with a budget of its
    /// own: `["overdose", "underdose"]`.
    var costNames: [String] { get }
    /// The largest cost that a step can have in each channel, above 0; nothing where the task does not say.
    ///
    /// Times the time limit it is the largest cost of an episode, which bounds of safety tests rest on. A larger cost is a
    /// fault that ends an evaluation.
    var largestCosts: [Float]? { get }
    /// Starts an episode and writes its first observation.
    ///
    /// - Throws: when the environment failed.
    mutating func reset(seed: UInt64, observation: inout MutableSpan<Float>) throws
    /// Takes one step and writes the observation that follows, also after the last step of an episode.
    ///
    /// - Returns: reward, costs, and the ending if the episode terminated.
    /// - Throws: when the environment failed.
    mutating func step(_ action: Span<Float>, observation: inout MutableSpan<Float>) throws -> StepOutcome
    /// Puts it into a state, by the numbers that `boundable` names, and writes what it shows there.
    ///
    /// - Returns: false where the task does not say how, always or never; nothing is changed then.
    mutating func place(in state: [Double], observation: inout MutableSpan<Float>) -> Bool
    /// The constraint h of the current state where it is a real number and not only a cost: positive is a violation, at
    /// most 0 is allowed; nil where there is none, always or never.
    ///
    /// Read before a step, it belongs to the state in which the action is taken.
    var constraintValue: Float? { get }
    /// Whether the current state is at the goal that an episode reaches or misses; nil where the task has none.
    var isAtGoal: Bool? { get }
    /// The picture of the current state; nil where the task draws none, always or never.
    var scene: Scene? { get }
    /// A copy that goes on from the current state, with what it draws from here on coming from a seed; nil where the task does not
    /// say how. One that draws nothing in a step returns itself.
    func branch(seed: UInt64) -> Self?
    /// Whether some behaviour keeps clear of violations from the current state on, by an exact rule; nil where none is known,
    /// always or never.
    var canStaySafe: Bool? { get }
    /// Steps in a second of the task's own time, at least 1; nil where there is no such thing.
    static var frameRate: Int? { get }
    /// Whether it can be used here, or needs something to be set up first; quick, and starts no process.
    static var readiness: FamilyReadiness { get }
    /// Itself where states and actions are finitely many and its law is known; nil where they are not.
    static var tabular: (any TabularEnvironment.Type)? { get }
    /// The environment of whose states whole boxes can be bounded, for `saferl verify`; nil where there is none.
    static var boundable: (any BoundableEnvironment.Type)? { get }
    /// Itself where an episode is a response that is written token by token; nil where it is not.
    static var tokenTask: (any TokenTask.Type)? { get }
    /// Itself where an episode is an answer in text to a request; nil where it is not.
    static var textTask: (any TextTask.Type)? { get }
    /// The action that does nothing; nil where the task has no such thing.
    static var idleAction: [Float]? { get }
    /// Columns of the observation that take finitely many values, by their place; empty where none does.
    static var observationValues: [Int: [Float]] { get }
    /// The names of controllers that a shield can fall back on, distinct, of lower-case letters, digits and hyphens; none unless
    /// said otherwise.
    static var fallbacks: [String] { get }
    /// What a controller does that a shield can fall back on.
    ///
    /// - Parameters:
    ///   - observation: all that it sees.
    ///   - name: one of `fallbacks`; any other is a caller's mistake.
    /// - Returns: an action.
    static func fallbackAction(in observation: [Float], of name: String) -> [Float]
    /// How many transitions its standard data set has, at least 2; 10,000 unless said otherwise.
    static var standardTransitions: Int { get }
    /// The names of the behaviours that experience is recorded from, the default first: at least one, distinct, of
    /// lower-case letters, digits and hyphens. `random` unless said otherwise.
    static var behaviours: [String] { get }
    /// Records a behaviour; equal arguments give equal data.
    ///
    /// - Parameters:
    ///   - amount: how much; where it counts transitions, the last episode is cut to fit.
    ///   - behaviour: one of `behaviours`; any other is a caller's mistake.
    ///   - seed: the seed of every random choice.
    /// - Returns: exactly that many transitions or episodes, each episode ended.
    /// - Throws: when the environment failed.
    static func collect(
        _ amount: CollectionAmount, behaviour: String, seed: UInt64
    ) throws -> CollectedTransitions
}

extension Environment {
    /// One channel, named `cost`.
    public var costNames: [String] { CostChannels.single }
    /// Nothing: the task does not say.
    public var largestCosts: [Float]? { nil }
    /// No: nobody says how.
    public mutating func place(in state: [Double], observation: inout MutableSpan<Float>) -> Bool { false }
    /// Nil: costs are all there is.
    public var constraintValue: Float? { nil }
    /// Nil: the task has no goal.
    public var isAtGoal: Bool? { nil }
    /// Nil: it draws no pictures.
    public var scene: Scene? { nil }
    /// Nil: nobody says how it draws.
    public func branch(seed: UInt64) -> Self? { nil }
    /// Nil: no rule is known.
    public var canStaySafe: Bool? { nil }
    /// Nil: the task has no time of its own.
    public static var frameRate: Int? { nil }
    /// Ready: nothing is to be set up.
    public static var readiness: FamilyReadiness { .ready("built in") }
    /// Nil: no table says what it does.
    public static var tabular: (any TabularEnvironment.Type)? { nil }
    /// Nil: nothing bounds its steps.
    public static var boundable: (any BoundableEnvironment.Type)? { nil }
    /// Nil: no responses are written in it.
    public static var tokenTask: (any TokenTask.Type)? { nil }
    /// Nil: no requests are answered in it.
    public static var textTask: (any TextTask.Type)? { nil }
    /// Nil: nothing is done by no action.
    public static var idleAction: [Float]? { nil }
    /// None.
    public static var observationValues: [Int: [Float]] { [:] }
    /// None.
    public static var fallbacks: [String] { [] }
    /// None is there.
    public static func fallbackAction(in observation: [Float], of name: String) -> [Float] {
        preconditionFailure("\(Self.name) has no fallback \(name)")
    }
}

extension Environment {
    /// 10,000.
    public static var standardTransitions: Int { 10_000 }

    /// One behaviour: uniformly random actions.
    public static var behaviours: [String] { [RandomBehaviour.name] }

    /// Records uniformly random actions.
    public static func collect(
        _ amount: CollectionAmount, behaviour: String, seed: UInt64
    ) throws -> CollectedTransitions {
        try RandomBehaviour.collect(amount, in: Self.self, seed: seed)
    }

    /// Records transitions of the default behaviour.
    ///
    /// - Parameters:
    ///   - count: at least 2.
    ///   - seed: the seed of every random choice.
    /// - Returns: exactly `count` transitions.
    /// - Throws: when the environment failed.
    public static func collect(_ count: Int, seed: UInt64) throws -> CollectedTransitions {
        try collect(.transitions(count), behaviour: behaviours[0], seed: seed)
    }
}

/// How much to record.
public enum CollectionAmount: Sendable, Equatable, CustomStringConvertible {
    /// So many transitions, at least 2; the last episode is cut to fit.
    case transitions(Int)
    /// So many whole episodes, at least 1.
    case episodes(Int)

    /// Such as `100000 transitions` or `1 episode`.
    public var description: String {
        switch self {
        case .transitions(let count): "\(count) transitions"
        case .episodes(let count): count == 1 ? "1 episode" : "\(count) episodes"
        }
    }
}
