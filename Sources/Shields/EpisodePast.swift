import Rules
import Tensors

/// What an episode's decisions depend on beside the present step: a copy is all that it takes to go back.
struct EpisodePast {
    /// The rules' past.
    var monitor: RuleMonitor
    /// The past of the rules of the class tighten; nothing without them.
    var tight: RuleMonitor?
    /// What a policy that draws draws from as a fallback.
    var stream: RandomStream
    /// Steps for which the fallback still acts, after an alarm.
    var alarmed = 0
    /// Whether each rule was false in the last step, so that an alarm is raised once.
    var wasFalse: [Bool]
    /// Whether a step was done that could not be judged: nothing is known of the past since then, and nothing is allowed.
    var isBlind = false
    /// The same of the tighter rules: nothing of the class tighten is done any more.
    var isTightBlind = false
    /// Steps that a step monitor flagged, up to the last one.
    var flagsInRow = 0
    /// Whether a question waits for its answer, and what the last one was while it holds.
    var isAsking = false
    /// See `isAsking`.
    var permission: AskAnswer?

    /// The beginning of an episode.
    init(_ plan: ShieldPlan, number: Int) {
        monitor = RuleMonitor(plan.rules)
        if plan.measuresMargins { monitor.measureRobustness() }
        tight = plan.tight.map { RuleMonitor($0) }
        stream = Self.stream(number)
        wasFalse = [Bool](repeating: false, count: plan.rules.rules.count)
    }

    /// The beginning of another episode, in the memory of this one.
    func again(as number: Int) -> EpisodePast {
        var fresh = self
        fresh.monitor.reset()
        fresh.tight?.reset()
        fresh.stream = Self.stream(number)
        for rule in fresh.wasFalse.indices { fresh.wasFalse[rule] = false }
        (fresh.alarmed, fresh.flagsInRow) = (0, 0)
        (fresh.isBlind, fresh.isTightBlind) = (false, false)
        (fresh.isAsking, fresh.permission) = (false, nil)
        return fresh
    }

    /// The stream of a fallback that draws, apart from that of the policy, so that a policy draws the same with any fallback.
    private static func stream(_ episode: Int) -> RandomStream {
        RandomStream(seed: 0xFA11_BACC, for: .action, index: UInt32(truncatingIfNeeded: episode))
    }
}
