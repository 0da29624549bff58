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
    private(set) var wasFalse: [Bool]
    /// Whether any of them was.
    private var isAnyFalse = false
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

    /// Goes back to the beginning, of another episode.
    mutating func begin(_ number: Int) {
        monitor.reset()
        tight?.reset()
        stream = Self.stream(number)
        clearFalse()
        (alarmed, flagsInRow) = (0, 0)
        (isBlind, isTightBlind) = (false, false)
        (isAsking, permission) = (false, nil)
    }

    /// Writes down whether a rule was false in the step that was done.
    mutating func note(_ rule: Int, isFalse: Bool) {
        wasFalse[rule] = isFalse
        isAnyFalse = isAnyFalse || isFalse
    }

    /// Takes steps in which no rule was false.
    mutating func pass(_ steps: Int) {
        clearFalse()
        monitor.pass(steps)
    }

    private mutating func clearFalse() {
        guard isAnyFalse else { return }
        for rule in wasFalse.indices { wasFalse[rule] = false }
        isAnyFalse = false
    }

    /// The stream of a fallback that draws, apart from that of the policy, so that a policy draws the same with any fallback.
    private static func stream(_ episode: Int) -> RandomStream {
        RandomStream(seed: 0xFA11_BACC, for: .action, index: UInt32(truncatingIfNeeded: episode))
    }
}
