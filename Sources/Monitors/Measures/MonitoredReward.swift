import SafeRL

/// An environment that rewards episodes as a step monitor judges them, for training alone.
///
/// Rewards add up to what `HybridReward` says of the whole episode: what goes on where it is unsafe is brought to −10 s in that very step and
/// paid nothing behind it, and the rest of the difference is paid with the last step. An episode is *unsafe* where the monitor calls one of its steps unsafe, where a step costs anything, and where a step cannot be
/// judged; it is *stopped* where it ends safe and short of its goal, or, in a task without a goal, cut before its time limit. What a guard
/// inside did in place of what was asked for is what is judged.
public final class MonitoredReward: ForwardingEnvironment {
    private struct Course {
        var seen: [Float]
        var steps = 0
        var value = 0.0
        var paid = 0.0
        var isUnsafe = false
    }

    private let watch: MonitorWatch
    private let kind: GuardConfiguration.Reward
    private let hybrid: HybridReward
    private let settings: [String: String]
    private var courses: [Course]

    /// Puts a monitor's reward around an environment.
    ///
    /// - Parameters:
    ///   - base: where a policy is trained.
    ///   - watch: what flags unsafe steps; its monitor's digest tells this training from another's.
    ///   - kind: what an episode is worth: its return by `HybridReward`, or, for `safety`, nothing, and −10 s where it was unsafe.
    ///   - hybrid: s, the scale of returns.
    /// - Throws: `MonitorError.otherSize`.
    public init(
        _ base: any VectorEnvironment, _ watch: MonitorWatch, kind: GuardConfiguration.Reward,
        scale hybrid: HybridReward
    ) throws {
        try watch.check(
            observations: base.observationSpace.size, actions: base.actionSpace.size,
            choices: base.actionSpace.choices, of: base.name)
        (self.watch, self.kind, self.hybrid) = (watch, kind, hybrid)
        settings = [
            "monitor": watch.settings["monitor"] ?? "", "reward": kind.rawValue,
            "return deviation": "\(hybrid.scale)",
        ]
        courses = [Course](repeating: Course(seen: []), count: base.slots)
        super.init(base)
    }

    /// Those of the environment inside, with what tells this reward from another.
    public override var versions: [String: String] { base.versions.merging(settings) { first, _ in first } }

    /// Starts episodes.
    public override func reset(
        _ slots: [Int], seeds: [UInt64], observations: inout MutableSpan<Float>
    ) throws {
        try base.reset(slots, seeds: seeds, observations: &observations)
        for (row, slot) in slots.enumerated() { courses[slot] = Course(seen: observation(row, observations)) }
    }

    /// Takes steps, and pays for them.
    public override func step(
        _ slots: [Int], actions: Span<Float>, observations: inout MutableSpan<Float>
    ) throws -> [StepOutcome] {
        var outcomes = try base.step(slots, actions: actions, observations: &observations)
        let width = actionSpace.size
        for (row, slot) in slots.enumerated() {
            let asked = (0..<width).map { actions[row * width + $0] }
            outcomes[row].reward = pay(slot, base.replacement(in: slot) ?? asked, for: outcomes[row])
            courses[slot].seen = observation(row, observations)
        }
        return outcomes
    }

    /// What a step is paid.
    private func pay(_ slot: Int, _ action: [Float], for outcome: StepOutcome) -> Float {
        var course = courses[slot]
        course.steps += 1
        course.value += Double(outcome.reward)
        // Numbers that cannot be judged are unsafe: unsure is not safe.
        let isFlagged = watch.flags(course.seen.span, action.span) ?? true
        let wasUnsafe = course.isUnsafe
        if isFlagged || outcome.cost > 0 { course.isUnsafe = true }
        var reward = kind == .safety || wasUnsafe && kind == .hybrid ? 0 : Double(outcome.reward)
        let isLate = course.steps >= timeLimit
        if outcome.end != nil || isLate {
            let isCutEarly = outcome.end == .truncated && !isLate
            let isStopped = base.isAtGoal(slot).map { !$0 } ?? isCutEarly
            reward = worth(course, isStopped: isStopped) - course.paid
        } else if course.isUnsafe && !wasUnsafe && kind != .task {
            reward = -10 * hybrid.scale - course.paid
        }
        course.paid += reward
        courses[slot] = course
        return Float(reward)
    }

    private func worth(_ course: Course, isStopped: Bool) -> Double {
        switch kind {
        case .task: course.value
        case .hybrid:
            hybrid.reward(course.value, isUnsafe: course.isUnsafe, isStopped: isStopped && !course.isUnsafe)
        case .safety: course.isUnsafe ? hybrid.reward(0, isUnsafe: true, isStopped: false) : 0
        }
    }

    private func observation(_ row: Int, _ observations: borrowing MutableSpan<Float>) -> [Float] {
        let size = observationSpace.size
        return (0..<size).map { observations[row * size + $0] }
    }
}
