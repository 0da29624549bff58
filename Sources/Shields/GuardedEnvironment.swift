import SafeRL

/// An environment behind rules: what is asked for is done where they allow it, and a reaction else.
///
/// It serves training and loops of a user's own. It cannot ask a policy for another action, so `resample` and `mask` are skipped;
/// the evaluator, which can, puts a shield between policy and environment instead. A slot's `replacement` is what was done, for whoever
/// learns from it.
public final class GuardedEnvironment: ForwardingEnvironment {
    private let plan: ShieldPlan
    /// What happened so far, by the numbers of the episodes in the order in which they began.
    public let shield: RuleShield
    private var begun = 0
    private var episodes: [Int]
    private var lengths: [Int]
    /// What each slot's policy saw last, `[slots, observation]`.
    private var seen: [Float]
    private var replacements: [[Float]?]

    /// Puts rules around an environment.
    ///
    /// - Throws: as `ShieldPlan.check`.
    public init(_ inner: any VectorEnvironment, _ plan: ShieldPlan) throws {
        (self.plan, shield) = (plan, RuleShield(plan))
        try plan.mustNotGoBack("training does not")
        try shield.check(inner)
        episodes = [Int](repeating: -1, count: inner.slots)
        lengths = [Int](repeating: 0, count: inner.slots)
        seen = [Float](repeating: .nan, count: inner.slots * inner.observationSpace.size)
        replacements = [[Float]?](repeating: nil, count: inner.slots)
        super.init(inner)
    }

    /// Those of the environment inside, with what tells the shield from another.
    public override var versions: [String: String] {
        base.versions.merging(plan.settings) { first, _ in first }
    }

    /// Starts episodes, each with a monitor of its own.
    public override func reset(
        _ slots: [Int], seeds: [UInt64], observations: inout MutableSpan<Float>
    ) throws {
        try base.reset(slots, seeds: seeds, observations: &observations)
        for slot in slots {
            if episodes[slot] >= 0 { shield.forget(episodes[slot]) }
            (episodes[slot], lengths[slot], replacements[slot]) = (begun, 0, nil)
            shield.begin(begun)
            begun += 1
        }
        remember(slots, observations)
    }

    /// Takes the steps that rules allow; an episode that the shield stops is truncated, without a step.
    public override func step(
        _ slots: [Int], actions: Span<Float>, observations: inout MutableSpan<Float>
    ) throws -> [StepOutcome] {
        let (width, size) = (actionSpace.size, observationSpace.size)
        var (done, moving): ([Float], [Int]) = ([], [])
        for (row, slot) in slots.enumerated() {
            let asked = (0..<width).map { actions[row * width + $0] }
            let proposal = ActionProposal(
                episode: episodes[slot], step: lengths[slot],
                observation: Array(seen[slot * size..<(slot + 1) * size]), action: asked,
                isLast: lengths[slot] + 1 >= timeLimit)
            var source = NoSource()
            replacements[slot] = nil
            guard case .act(let action) = shield.review(proposal, of: &source) else { continue }
            if action != asked, !shield.isOnlyClipped(asked, to: action) { replacements[slot] = action }
            lengths[slot] += 1
            done += action
            moving.append(row)
        }
        return try step(slots, moving: moving, doing: done, &observations)
    }

    /// Steps the rows that move, and ends the episodes of the others where they are.
    private func step(
        _ slots: [Int], moving: [Int], doing done: [Float], _ observations: inout MutableSpan<Float>
    ) throws -> [StepOutcome] {
        let size = observationSpace.size
        var next = [Float](repeating: .nan, count: moving.count * size)
        var outcomes = [StepOutcome](
            repeating: StepOutcome(reward: 0, costs: costNames.map { _ in 0 }, end: .truncated),
            count: slots.count)
        if !moving.isEmpty {
            var span = next.mutableSpan
            let taken = try base.step(moving.map { slots[$0] }, actions: done.span, observations: &span)
            for (place, row) in moving.enumerated() { outcomes[row] = taken[place] }
        }
        for (row, slot) in slots.enumerated() {
            for column in 0..<size { observations[row * size + column] = seen[slot * size + column] }
        }
        for (place, row) in moving.enumerated() {
            for column in 0..<size { observations[row * size + column] = next[place * size + column] }
            let slot = slots[row]
            shield.settle(
                episodes[slot], isEnd: outcomes[row].end != nil || lengths[slot] >= timeLimit,
                isViolation: outcomes[row].cost > 0)
        }
        remember(slots, observations)
        return outcomes
    }

    private func remember(_ slots: [Int], _ observations: borrowing MutableSpan<Float>) {
        let size = observationSpace.size
        for (row, slot) in slots.enumerated() {
            for column in 0..<size { seen[slot * size + column] = observations[row * size + column] }
        }
    }

    /// What was done in place of what was asked for in a slot's last step.
    public override func replacement(in slot: Int) -> [Float]? { replacements[slot] }
}

/// Nobody to ask for another action.
private struct NoSource: ProposalSource {
    let choices: [[Float]] = []
    mutating func another() -> [Float]? { nil }
    mutating func choice(among allowed: [Bool]) -> Int? { nil }
}
