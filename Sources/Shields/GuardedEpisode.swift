import Rules
import SafeRL
import Tensors

/// One episode behind a shield: its monitor, and what was done in it.
///
/// It decides by `ShieldPlan` what is done in each step; an action that is allowed is done as it was proposed. A value: a copy goes
/// on by itself.
public struct GuardedEpisode {
    let plan: ShieldPlan
    /// The episode's number.
    public private(set) var number: Int
    var past: EpisodePast
    /// What the past was before each of the latest steps, the last of them now; empty where nothing goes back.
    var moments: [EpisodePast] = []
    private let choices: Int?
    let box: ActionBox
    let projection: ActionProjection?
    /// What is known of steps ahead, for choices; made when they are first seen.
    var ahead: LookAhead?
    /// Whether each rule is watched, which the monitor asks in every step.
    let isWatched: [Bool]
    /// Whether a person has to let the policy act again.
    private var isHeld = false
    /// Whether a judged action was handed out that nobody has settled yet.
    private var isPending = false
    /// What was done so far.
    public internal(set) var tally: ShieldTally
    /// What is to be done in every episode: nothing yet.
    private let blank: ShieldTally
    /// The latest decision.
    public private(set) var entry: ShieldEntry?

    /// Begins an episode.
    ///
    /// - Parameters:
    ///   - plan: was checked against the environment.
    ///   - number: of the episode.
    ///   - actions: what the environment takes.
    public init(_ plan: ShieldPlan, number: Int, actions: Space) {
        (self.plan, self.number) = (plan, number)
        past = EpisodePast(plan, number: number)
        (choices, box) = (actions.choices, ActionBox(actions))
        projection =
            choices == nil && plan.reactions.contains(.project)
            ? ActionProjection(
                for: plan.rules, low: box.low.map(Double.init), high: box.high.map(Double.init))
            : nil
        isWatched = plan.rules.rules.map(\.isWatched)
        blank = ShieldTally(episode: number, of: plan)
        tally = blank
    }

    /// Goes back to the beginning, as another episode.
    mutating func begin(_ number: Int) {
        // Whoever held the policy back has not let it go by an episode's end.
        if past.isAsking { plan.asker?.withdraw() }
        self.number = number
        past.begin(number)
        moments.removeAll(keepingCapacity: true)
        (isPending, entry) = (false, nil)
        tally = blank
        tally.begin(number, of: plan)
    }

    /// Whether what rules allow is done: nobody holds the policy back, and the past is known.
    var isFree: Bool { !isHeld && past.alarmed == 0 && !past.isBlind }

    /// Takes steps into the past of which a `StraightJudge` said yes, each of them settled without a cost.
    ///
    /// - Parameters:
    ///   - steps: how many, one after the other.
    ///   - last: the latest of them.
    mutating func pass(_ steps: Int, to last: Int) {
        guard steps > 0 else { return }
        past.pass(steps)
        tally.pass(steps, to: last)
        isPending = false
    }

    /// Decides what is done in a step.
    public mutating func review(
        _ proposal: ActionProposal, of source: inout some ProposalSource
    ) -> ShieldDecision {
        let start = ContinuousClock.now
        tally.begin(proposal)
        let proposed = box.clipped(proposal.action)
        var entry = ShieldEntry(episode: number, step: proposal.step, proposed: proposal.action)
        entry.isCovered = plan.certificate?.covers(proposal.observation) ?? true
        var decision: ShieldDecision
        if plan.rollBackDepth > 0 { remember() }
        if plan.looksOn {
            decision = lookOn(proposed, proposal, &entry)
        } else if isHeld || past.alarmed > 0 {
            past.alarmed -= past.alarmed > 0 ? 1 : 0
            decision = standIn(for: proposed, proposal, &entry)
            if case .act = decision { raiseAlarms(&entry) }
        } else {
            decision =
                plan.router.map { routed(proposed, proposal, by: $0, &source, &entry) }
                ?? decided(proposed, proposal, &source, &entry)
            if case .act(let action) = decision {
                raiseAlarms(&entry)
                watch(action, proposal, &entry)
                if !entry.alarms.isEmpty { decision = answerAlarms(decision, proposal, &entry) }
            }
        }
        if case .act(let action) = decision { proposeTightly(action, proposal) }
        entry.time = ContinuousClock.now - start
        tally.close(entry, logging: plan.logging)
        if case .act = decision { isPending = !past.isBlind } else { isPending = false }
        self.entry = entry
        return decision
    }

    /// Lets the fallback act from now on, until `release`: for a person to look first.
    public mutating func hold() { isHeld = true }

    /// Lets the policy act again.
    public mutating func release() { isHeld = false }

    /// Takes what was done into the past.
    ///
    /// - Parameters:
    ///   - isEnd: whether the episode ended with it.
    ///   - isViolation: whether the step had a cost, for figures.
    public mutating func settle(isEnd: Bool, isViolation: Bool = false) {
        tally.settle(isViolation: isViolation)
        guard isPending, !past.isBlind else { return }
        isPending = false
        if isEnd { past.monitor.proposeEnd() }
        var isBroken = false
        for (number, isTrue) in past.monitor.truth.enumerated() {
            past.note(number, isFalse: !isTrue)
            guard !isTrue, !isWatched[number] else { continue }
            tally.broken[number] += 1
            isBroken = true
        }
        if isBroken { tally.brokenSteps += 1 }
        if plan.measuresMargins {
            for number in plan.rules.rules.indices {
                guard let margin = past.monitor.predictedRobustness(of: number), margin.isFinite else {
                    continue
                }
                tally.margins[number] = min(tally.margins[number], margin)
            }
        }
        // Whoever only looks on has proposed nothing to the rules.
        if !plan.looksOn { past.monitor.commit() }
        settleTightly(isEnd: isEnd)
    }

    // MARK: - Judging

    /// What the rules say of an action.
    enum Answer {
        case allowed
        /// The rules that refuse it.
        case refused([Int])
        /// Why it cannot be judged, which is a refusal.
        case notJudged(String)
    }

    mutating func judge(_ action: [Float], _ proposal: ActionProposal) -> Answer {
        guard !past.isBlind else { return .notJudged("An earlier step could not be judged.") }
        guard action.allSatisfy(\.isFinite), isChoice(action) else {
            return .notJudged("The proposal is no action.")
        }
        do throws(RuleFault) {
            let judgement = try past.monitor.propose(
                action.span, seeing: proposal.observation.span, isEnd: proposal.isLast)
            return judgement.isAllowed ? .allowed : .refused(judgement.broken)
        } catch { return .notJudged(error.description) }
    }

    /// Whether an action may be done; the monitor then has it as the proposed step.
    mutating func isAllowed(_ action: [Float], _ proposal: ActionProposal) -> Bool {
        if case .allowed = judge(action, proposal) { true } else { false }
    }

    private func isChoice(_ action: [Float]) -> Bool {
        guard let choices else { return true }
        return action.allSatisfy { $0 >= 0 && $0 < Float(choices) && $0 == $0.rounded() }
    }

    /// Writes down which rules refused a proposal; the monitor has it as the proposed step.
    mutating func note(refusalBy rules: [Int], _ entry: inout ShieldEntry) {
        for number in rules where !plan.rules.rules[number].isWatched {
            tally.refused[number] += 1
            let margin = plan.measuresMargins ? past.monitor.predictedRobustness(of: number) : nil
            entry.broken.append(
                ShieldEntry.Refusal(
                    rule: plan.rules.rules[number].name, margin: margin.flatMap { $0.isFinite ? $0 : nil },
                    terms: plan.logsTerms ? terms(of: number) : [:]))
        }
    }

    private func terms(of rule: Int) -> [String: Double] {
        Dictionary(past.monitor.terms(of: rule).map { ($0.text, $0.value) }) { first, _ in first }
    }

    /// Writes down that a proposal could not be judged.
    mutating func note(fault reason: String, _ entry: inout ShieldEntry) {
        entry.fault = reason
        tally.notJudged += 1
    }
}
