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
    /// Writes one action for each observation.
    ///
    /// - Parameters:
    ///   - observations: `[streams.count, observationSize]`, row-major, as the environment gave them.
    ///   - actions: `[streams.count, actionSize]`, row-major, each in [−1, 1], or the number of a choice.
    ///   - streams: one for each row.
    mutating func act(
        on observations: Span<Float>, actions: inout MutableSpan<Float>,
        using streams: inout MutableSpan<RandomStream>)
}

extension Policy {
    /// Nil: actions are real numbers.
    public var actionChoices: Int? { nil }
}
