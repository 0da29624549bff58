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
    /// Whether it sees behind each observation how its episode went until then, as `EpisodeProgress` says; mostly not.
    var seesProgress: Bool { get }
    /// Numbers of its own that it carries from one step of an episode to the next, such as a budget that it spends; mostly 0.
    var carriedSize: Int { get }
    /// Itself where it chooses among finitely many actions and knows how probable each is; nil where it does not.
    var choosing: (any FiniteChoicePolicy)? { get }
    /// Itself where it draws several actions and takes one of them; nil where it does not.
    var proposing: (any CandidatePolicy)? { get }
    /// Writes one action for each observation.
    ///
    /// - Parameters:
    ///   - observations: `[streams.count, inputSize]`, row-major: of a policy with a memory the earlier observations, each
    ///     with its action, oldest first, zeros before the episode's start; then the observation as the environment gave it.
    ///     Of a policy that sees the progress, every observation has it behind it.
    ///   - actions: `[streams.count, actionSize]`, row-major, each in [−1, 1], or the number of a choice.
    ///   - streams: one for each row.
    /// - Throws: where it does not know what to do; nothing is done then.
    mutating func act(
        on observations: Span<Float>, actions: inout MutableSpan<Float>,
        using streams: inout MutableSpan<RandomStream>) throws
    /// Writes one action for each observation, and what it carries on to the next step.
    ///
    /// - Parameters:
    ///   - observations: as for `act` without `carried`.
    ///   - carried: `[streams.count, carriedSize]`, row-major: what it wrote at the step before in the same episode, zeros at
    ///     the first; overwritten.
    ///   - actions: as for `act` without `carried`.
    ///   - streams: one for each row.
    /// - Throws: where it does not know what to do; nothing is done then.
    mutating func act(
        on observations: Span<Float>, carrying carried: inout MutableSpan<Float>,
        actions: inout MutableSpan<Float>, using streams: inout MutableSpan<RandomStream>) throws
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
    /// No: it need not know what was.
    public var seesProgress: Bool { false }
    /// Nil: it draws one action.
    public var proposing: (any CandidatePolicy)? { nil }
    /// 0: it carries nothing.
    public var carriedSize: Int { 0 }
    /// Acts without it.
    public mutating func act(
        on observations: Span<Float>, carrying carried: inout MutableSpan<Float>,
        actions: inout MutableSpan<Float>, using streams: inout MutableSpan<RandomStream>
    ) throws {
        try act(on: observations, actions: &actions, using: &streams)
    }
    /// Nil: it says no probabilities.
    public var choosing: (any FiniteChoicePolicy)? { nil }
    /// One action, for one row.
    ///
    /// - Parameters:
    ///   - row: `[inputSize]`, as for the rows of `act`.
    ///   - carried: `[carriedSize]`; overwritten where there is an action.
    ///   - stream: the row's, advanced also where there is none.
    /// - Returns: `[actionSize]`.
    /// - Throws: as `act`.
    public mutating func action(
        on row: [Float], carrying carried: inout [Float], using stream: inout RandomStream
    ) throws -> [Float] {
        var (action, noted) = ([Float](repeating: .nan, count: actionSize), carried)
        var streams = [stream]
        defer { stream = streams[0] }
        // Local spans end before the arrays are read again.
        do {
            var actionSpan = action.mutableSpan, notedSpan = noted.mutableSpan
            var streamSpan = streams.mutableSpan
            try act(on: row.span, carrying: &notedSpan, actions: &actionSpan, using: &streamSpan)
        }
        carried = noted
        return action
    }
    /// One action of a policy that carries nothing, for one row.
    ///
    /// - Parameters:
    ///   - row: `[inputSize]`, as for the rows of `act`.
    ///   - stream: the row's, advanced also where there is no action.
    /// - Returns: `[actionSize]`.
    /// - Throws: as `act`.
    public mutating func action(on row: [Float], using stream: inout RandomStream) throws -> [Float] {
        var carried = [Float](repeating: 0, count: carriedSize)
        return try action(on: row, carrying: &carried, using: &stream)
    }
    /// Floats of an observation with what stands behind it.
    public var seenSize: Int { observationSize + (seesProgress ? EpisodeProgress.size : 0) }
    /// Floats of a row of observations that `act` is given.
    public var inputSize: Int { seenSize + memory * (seenSize + actionSize) }
    /// Whether what it does follows from an observation alone.
    public var needsNoPast: Bool { memory == 0 && !seesProgress && carriedSize == 0 }
}

/// How an episode went before an observation: what a policy needs that has a budget for the whole of it.
public struct EpisodeProgress: Sendable, Equatable {
    /// Floats that it takes behind an observation: steps taken, sum of rewards, sum of the costs of all channels.
    public static let size = 3

    /// Steps taken so far.
    public let steps: Int
    /// Sum of the rewards so far, undiscounted, as the environment gave them.
    public let totalReward: Float
    /// Sum of the costs of all channels so far, undiscounted.
    public let totalCost: Float

    /// Says how it went.
    public init(steps: Int, totalReward: Float, totalCost: Float) {
        (self.steps, self.totalReward, self.totalCost) = (steps, totalReward, totalCost)
    }

    /// Reads what stands behind an observation.
    ///
    /// - Parameters:
    ///   - observations: as `Policy.act` is given them.
    ///   - start: where the observation ends.
    public init(in observations: Span<Float>, at start: Int) {
        // A number of steps that is none would trap.
        steps = Int(exactly: observations[start].rounded()) ?? 0
        (totalReward, totalCost) = (observations[start + 1], observations[start + 2])
    }

    /// As it stands behind an observation.
    public var values: [Float] { [Float(steps), totalReward, totalCost] }
}
