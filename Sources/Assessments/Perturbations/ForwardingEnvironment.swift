import SafeRL

/// An environment around another, which does what that one does; what is put between them overrides `reset` and `step`.
package class ForwardingEnvironment: VectorEnvironment {
    package let base: any VectorEnvironment

    package init(_ base: any VectorEnvironment) { self.base = base }

    package var name: String { base.name }
    package var observationSpace: Space { base.observationSpace }
    package var actionSpace: Space { base.actionSpace }
    package var timeLimit: Int { base.timeLimit }
    package var costNames: [String] { base.costNames }
    package var largestCosts: [Float]? { base.largestCosts }
    package var slots: Int { base.slots }
    package var versions: [String: String] { base.versions }
    package var frameRate: Int? { base.frameRate }

    package func reset(_ slots: [Int], seeds: [UInt64], observations: inout MutableSpan<Float>) throws {
        try base.reset(slots, seeds: seeds, observations: &observations)
    }

    package func step(
        _ slots: [Int], actions: Span<Float>, observations: inout MutableSpan<Float>
    ) throws -> [StepOutcome] {
        try base.step(slots, actions: actions, observations: &observations)
    }

    package func replacement(in slot: Int) -> [Float]? { base.replacement(in: slot) }
    package func isAtGoal(_ slot: Int) -> Bool? { base.isAtGoal(slot) }
    package func canStaySafe(_ slot: Int) -> Bool? { base.canStaySafe(slot) }
    // What was recorded or delivered so far is no part of the other's state: nobody goes back.
    package var copiesStates: Bool { false }
    package func frame(of slot: Int) throws -> Frame? { try base.frame(of: slot) }
    package func recover(from error: any Error) throws { try base.recover(from: error) }
}
