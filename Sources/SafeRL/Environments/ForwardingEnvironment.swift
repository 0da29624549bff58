/// An environment around another, which does what that one does; what is put between them overrides `reset` and `step`.
///
/// What it keeps of an episode is no part of the other's state, so nobody goes back in it: `copiesStates` is false.
open class ForwardingEnvironment: VectorEnvironment {
    /// The environment inside.
    public let base: any VectorEnvironment

    /// Puts it around an environment.
    public init(_ base: any VectorEnvironment) { self.base = base }

    /// As the environment inside.
    open var name: String { base.name }
    /// As the environment inside.
    open var observationSpace: Space { base.observationSpace }
    /// As the environment inside.
    open var actionSpace: Space { base.actionSpace }
    /// As the environment inside.
    open var timeLimit: Int { base.timeLimit }
    /// As the environment inside.
    open var costNames: [String] { base.costNames }
    /// As the environment inside.
    open var largestCosts: [Float]? { base.largestCosts }
    /// As the environment inside.
    open var slots: Int { base.slots }
    /// As the environment inside.
    open var versions: [String: String] { base.versions }
    /// As the environment inside.
    open var frameRate: Int? { base.frameRate }

    /// Starts episodes inside.
    open func reset(_ slots: [Int], seeds: [UInt64], observations: inout MutableSpan<Float>) throws {
        try base.reset(slots, seeds: seeds, observations: &observations)
    }

    /// Takes steps inside.
    open func step(
        _ slots: [Int], actions: Span<Float>, observations: inout MutableSpan<Float>
    ) throws -> [StepOutcome] {
        try base.step(slots, actions: actions, observations: &observations)
    }

    /// As the environment inside.
    open func replacement(in slot: Int) -> [Float]? { base.replacement(in: slot) }
    /// As the environment inside.
    open func isAtGoal(_ slot: Int) -> Bool? { base.isAtGoal(slot) }
    /// As the environment inside.
    open func canStaySafe(_ slot: Int) -> Bool? { base.canStaySafe(slot) }
    /// No.
    open var copiesStates: Bool { false }
    /// As the environment inside.
    open func frame(of slot: Int) throws -> Frame? { try base.frame(of: slot) }
    /// As the environment inside.
    open func recover(from error: any Error) throws { try base.recover(from: error) }
}
