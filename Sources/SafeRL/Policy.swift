import Tensors

/// Chooses actions, for one observation or for many at once.
///
/// Every row has a stream of its own, so what a row gets does not depend on which other rows are asked for together.
public protocol Policy {
    /// Floats in an observation.
    var observationSize: Int { get }
    /// Floats in an action.
    var actionSize: Int { get }
    /// How many choices there are where an action is one of them, its number in its one float; nil where actions are
    /// real numbers.
    var actionChoices: Int? { get }
    /// How many earlier observations and actions of its episode it sees beside an observation; mostly 0.
    var memory: Int { get }
    /// Itself where it chooses among finitely many actions and knows how probable each is; nil where it does not.
    var choosing: (any FiniteChoicePolicy)? { get }
    /// Writes one action for each observation.
    ///
    /// - Parameters:
    ///   - observations: `[streams.count, inputSize]`, row-major: of a policy with a memory the earlier observations, each
    ///     with its action, oldest first, zeros before the episode's start; then the observation as the environment gave it.
    ///   - actions: `[streams.count, actionSize]`, row-major, each in [−1, 1], or the number of a choice.
    ///   - streams: one for each row.
    /// - Throws: where it does not know what to do; nothing is done then.
    mutating func act(
        on observations: Span<Float>, actions: inout MutableSpan<Float>,
        using streams: inout MutableSpan<RandomStream>) throws
    /// The learned feasibility value of states, where it has learned one: a state is judged feasible, one that can be kept
    /// safe for ever, where it is at most 0.
    ///
    /// - Parameter observations: `[rows, observationSize]`, row-major, as the environment gave them.
    /// - Returns: `[rows]`; nil from a policy that judges no states.
    func feasibilityValues(of observations: Span<Float>) -> [Float]?
}

extension Policy {
    /// Nil: actions are real numbers.
    public var actionChoices: Int? { nil }
    /// Nil: it judges no states.
    public func feasibilityValues(of observations: Span<Float>) -> [Float]? { nil }
    /// 0: the observation is all it sees.
    public var memory: Int { 0 }
    /// Nil: it says no probabilities.
    public var choosing: (any FiniteChoicePolicy)? { nil }
    /// Floats of a row of observations that `act` is given.
    public var inputSize: Int { observationSize + memory * (observationSize + actionSize) }
}
