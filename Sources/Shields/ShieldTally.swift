import Rules
import SafeRL
import Tensors

/// What a shield did in one episode.
public struct ShieldTally: Sendable {
    /// The episode's number.
    public private(set) var episode: Int
    /// Decisions.
    public private(set) var steps = 0
    /// Outcomes other than `allowed`, by their names.
    public private(set) var outcomes: [ShieldEntry.Outcome: Int] = [:]
    /// Proposals that could not be judged.
    public internal(set) var notJudged = 0
    /// Steps in which every reaction was refused.
    public internal(set) var deadEnds = 0
    /// Steps in a state that the certificate does not cover, and steps in a covered one in which every reaction was refused.
    public internal(set) var (uncovered, coveredDeadEnds) = (0, 0)
    /// Steps done in which an enforced rule was false.
    public internal(set) var brokenSteps = 0
    /// Distances of projections, summed.
    public private(set) var distance = 0.0
    /// Questions that a solver did not answer in time.
    public internal(set) var solverTimeouts = 0
    /// For each rule: proposals that it refused, steps done in which it was false, alarms, smallest margin.
    public internal(set) var refused, broken, alarms: [Int]
    /// For each rule, the smallest margin of a step that was done.
    public internal(set) var margins: [Double]
    /// Interventions and alarms, or all steps.
    public private(set) var entries: [ShieldEntry] = []
    /// Nanoseconds of each decision; empty where nothing is logged.
    public private(set) var times: [Int64] = []
    /// What a step monitor did.
    public private(set) var watch = WatchTally()
    /// What a router did; nothing without one.
    public private(set) var routing: RoutingTally?
    /// How often the episode went back, and how many steps were undone by that.
    public private(set) var rollBacks = 0
    /// See `rollBacks`.
    public private(set) var undone = 0
    /// The step that is decided on.
    private var step = 0

    init(episode: Int, of plan: ShieldPlan) {
        self.episode = episode
        let none = [Int](repeating: 0, count: plan.rules.rules.count)
        (refused, broken, alarms) = (none, none, none)
        margins = [Double](repeating: .infinity, count: plan.rules.rules.count)
        routing = plan.router.map { RoutingTally(episode: episode, seed: $0.seed, horizon: $0.horizon) }
    }

    /// Whether nothing was refused.
    public var isUntouched: Bool { outcomes.isEmpty }

    /// Begins an episode of another number, nothing having been done yet.
    mutating func begin(_ number: Int, of plan: ShieldPlan) {
        episode = number
        routing = plan.router.map { RoutingTally(episode: number, seed: $0.seed, horizon: $0.horizon) }
    }

    mutating func begin(_ proposal: ActionProposal) {
        (steps, step) = (steps + 1, proposal.step)
        watch.see(proposal)
    }

    /// Counts steps that were done as proposed and settled without a cost, up to the latest.
    mutating func pass(_ count: Int, to last: Int) {
        (steps, step) = (steps + count, last)
        watch.settle(last, isViolation: false)
    }

    mutating func close(_ entry: ShieldEntry, logging: ShieldLogging) {
        if entry.outcome != .allowed { outcomes[entry.outcome, default: 0] += 1 }
        uncovered += entry.isCovered ? 0 : 1
        if entry.outcome == .projected { distance += entry.distance ?? 0 }
        guard logging != .nothing else { return }
        times.append(entry.nanoseconds)
        if logging == .everyStep || entry.isNoteworthy { entries.append(entry) }
    }

    mutating func settle(isViolation: Bool) {
        watch.settle(step, isViolation: isViolation)
        if isViolation { routing?.noteViolation(at: step) }
    }

    mutating func flag(_ isFlagged: Bool?, isAlarm: Bool) { watch.flag(step, isFlagged, isAlarm: isAlarm) }

    mutating func take(_ route: ProposalRoute) { routing?.take(route, at: step) }

    mutating func ask(_ answer: AskAnswer, isNew: Bool) {
        if isNew { routing?.asked += 1 }
        if answer == .yes { routing?.granted += 1 }
    }

    mutating func goBack(_ count: Int, from step: Int) {
        (rollBacks, undone) = (rollBacks + 1, undone + count)
        watch.forget(from: step - count)
        routing?.forget(from: step - count)
    }
}

/// What a step monitor did in one episode; steps count from 0.
public struct WatchTally: Sendable {
    /// Steps that were taken and not undone.
    public private(set) var length = 0
    /// Alarms, steps that were flagged, and steps that could not be judged.
    public private(set) var alarms = 0
    /// See `alarms`.
    public private(set) var flagged = 0
    /// See `alarms`.
    public private(set) var notJudged = 0
    /// The first alarm's step; nothing where there was none.
    public private(set) var firstFlag: Int?
    /// The first step with a cost that was not undone.
    public private(set) var firstViolation: Int?
    /// The first step from which no behaviour keeps clear of violations, by an exact rule.
    public private(set) var onset: Int?
    /// Whether the environment has such a rule.
    public private(set) var knowsOnset = false

    /// The episode as measures see it.
    public var episode: MonitoredEpisode {
        MonitoredEpisode(length: length, onset: onset, firstFlag: firstFlag, firstViolation: firstViolation)
    }

    mutating func see(_ proposal: ActionProposal) {
        guard let canStaySafe = proposal.canStaySafe else { return }
        knowsOnset = true
        // Nothing is to be foreseen behind a violation.
        if !canStaySafe, onset == nil, firstViolation == nil { onset = proposal.step }
    }

    mutating func settle(_ step: Int, isViolation: Bool) {
        length = step + 1
        if isViolation, firstViolation == nil { firstViolation = step }
    }

    mutating func flag(_ step: Int, _ isFlagged: Bool?, isAlarm: Bool) {
        if isFlagged != false { flagged += 1 }
        if isFlagged == nil { notJudged += 1 }
        guard isAlarm else { return }
        alarms += 1
        if firstFlag == nil { firstFlag = step }
    }

    mutating func forget(from step: Int) {
        length = step
        if let own = firstViolation, own >= step { firstViolation = nil }
        if let own = onset, own >= step { onset = nil }
    }
}

/// What a router did in one episode.
public struct RoutingTally: Sendable {
    /// Proposals of each class.
    public private(set) var steps: [RoutedClass: Int] = [:]
    /// Proposals near which nothing was recorded.
    public private(set) var ungrounded = 0
    /// Questions, and those that were answered with yes.
    public internal(set) var asked = 0
    /// See `asked`.
    public internal(set) var granted = 0
    private let episode, horizon: Int
    private var stream: RandomStream
    private var count = 0
    /// A step drawn uniformly among those so far.
    private var drawn: (route: ProposalRoute, step: Int, violation: Int?)?

    init(episode: Int, seed: UInt64, horizon: Int) {
        (self.episode, self.horizon) = (episode, horizon)
        stream = RandomStream(seed: seed, for: .splitting, index: UInt32(truncatingIfNeeded: episode))
    }

    /// One random step of the episode, with its class; nothing where no proposal was routed.
    public var sample: (step: RoutedStep, routed: RoutedClass)? {
        drawn.map { own in
            let step = RoutedStep(
                episode: episode, step: own.step, score: own.route.score, isViolated: own.violation != nil,
                isGrounded: own.route.isGrounded)
            return (step, own.route.routed)
        }
    }

    mutating func take(_ route: ProposalRoute, at step: Int) {
        steps[route.routed, default: 0] += 1
        if !route.isGrounded { ungrounded += 1 }
        count += 1
        if stream.nextInteger(below: count) == 0 { drawn = (route, step, nil) }
    }

    mutating func noteViolation(at step: Int) {
        guard let own = drawn, own.violation == nil, step - own.step < horizon else { return }
        drawn?.violation = step
    }

    mutating func forget(from step: Int) {
        if let violation = drawn?.violation, violation >= step { drawn?.violation = nil }
    }
}
