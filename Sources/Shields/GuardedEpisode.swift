import Rules
import SafeRL
import Tensors

/// One episode behind a shield: its monitor, and what was done in it.
///
/// It decides by the rules of `ShieldPlan` what is done in each step; an action that is allowed is done as it was proposed. A
/// value: a copy goes on by itself.
public struct GuardedEpisode {
    private let plan: ShieldPlan
    /// The episode's number.
    public let number: Int
    private var monitor: RuleMonitor
    /// What a policy that draws draws from as a fallback.
    private var stream: RandomStream
    private let choices: Int?
    private let box: ActionBox
    private let projection: ActionProjection?
    /// Steps for which the fallback still acts, after an alarm.
    private var alarmed = 0
    /// Whether each rule was false in the last step, so that an alarm is raised once.
    private var wasFalse: [Bool]
    /// Whether a step was done that could not be judged: nothing is known of the past since then, and nothing is allowed.
    private var isBlind = false
    /// Whether a person has to let the policy act again.
    private var isHeld = false
    /// Whether a judged action was handed out that nobody has settled yet.
    private var isPending = false
    /// What was done so far.
    public private(set) var tally: ShieldTally
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
        monitor = RuleMonitor(plan.rules)
        if plan.measuresMargins { monitor.measureRobustness() }
        (choices, box) = (actions.choices, ActionBox(actions))
        projection =
            choices == nil && plan.reactions.contains(.project)
            ? ActionProjection(
                for: plan.rules, low: box.low.map(Double.init), high: box.high.map(Double.init))
            : nil
        stream = Self.stream(number)
        wasFalse = [Bool](repeating: false, count: plan.rules.rules.count)
        tally = ShieldTally(episode: number, rules: plan.rules)
    }

    /// The stream of a fallback that draws, apart from that of the policy, so that a policy draws the same with any fallback.
    private static func stream(_ episode: Int) -> RandomStream {
        RandomStream(seed: 0xFA11_BACC, for: .action, index: UInt32(truncatingIfNeeded: episode))
    }

    /// The same episode from its beginning, as another number.
    func again(as number: Int) -> GuardedEpisode {
        GuardedEpisode(resetting: self, number: number)
    }

    private init(resetting used: GuardedEpisode, number: Int) {
        (plan, self.number) = (used.plan, number)
        (monitor, choices) = (used.monitor, used.choices)
        // Whoever held the policy back has not let it go by an episode's end.
        isHeld = used.isHeld
        (box, projection) = (used.box, used.projection)
        monitor.reset()
        stream = Self.stream(number)
        wasFalse = [Bool](repeating: false, count: used.wasFalse.count)
        tally = ShieldTally(episode: number, rules: used.plan.rules)
    }

    /// Decides what is done in a step.
    public mutating func review(
        _ proposal: ActionProposal, of source: inout some ProposalSource
    ) -> ShieldDecision {
        let start = ContinuousClock.now
        tally.steps += 1
        let proposed = box.clipped(proposal.action)
        var entry = ShieldEntry(episode: number, step: proposal.step, proposed: proposal.action)
        var decision: ShieldDecision
        if isHeld || alarmed > 0 {
            alarmed -= alarmed > 0 ? 1 : 0
            decision = standIn(for: proposed, proposal, &entry)
            if case .act = decision { raiseAlarms(&entry) }
        } else {
            switch judge(proposed, proposal) {
            case .allowed: decision = take(proposed, .allowed, &entry)
            case .refused(let rules):
                note(refusalBy: rules, &entry)
                decision = react(to: proposed, proposal, &source, &entry)
            case .notJudged(let reason):
                entry.fault = reason
                tally.notJudged += 1
                decision = react(to: proposed, proposal, &source, &entry)
            }
            if case .act = decision {
                raiseAlarms(&entry)
                if !entry.alarms.isEmpty { decision = answerAlarms(decision, proposal, &entry) }
            }
        }
        entry.time = ContinuousClock.now - start
        tally.close(entry, logging: plan.logging)
        isPending = decision != .stop && !isBlind
        self.entry = entry
        return decision
    }

    /// Lets the fallback act from now on, until `release`: for a person to look first.
    public mutating func hold() { isHeld = true }

    /// Lets the policy act again.
    public mutating func release() { isHeld = false }

    /// Takes what was done into the past.
    public mutating func settle(isEnd: Bool) {
        guard isPending, !isBlind else { return }
        isPending = false
        if isEnd { monitor.proposeEnd() }
        var isBroken = false
        for (number, isTrue) in monitor.truth.enumerated() {
            wasFalse[number] = !isTrue
            guard !isTrue, !plan.rules.rules[number].isWatched else { continue }
            tally.broken[number] += 1
            isBroken = true
        }
        if isBroken { tally.brokenSteps += 1 }
        if plan.measuresMargins {
            for number in plan.rules.rules.indices {
                guard let margin = monitor.predictedRobustness(of: number), margin.isFinite else { continue }
                tally.margins[number] = min(tally.margins[number], margin)
            }
        }
        monitor.commit()
    }

    // MARK: - Judging

    /// What the rules say of an action.
    private enum Answer {
        case allowed
        /// The rules that refuse it.
        case refused([Int])
        /// Why it cannot be judged, which is a refusal.
        case notJudged(String)
    }

    private mutating func judge(_ action: [Float], _ proposal: ActionProposal) -> Answer {
        guard !isBlind else { return .notJudged("An earlier step could not be judged.") }
        guard action.allSatisfy(\.isFinite), isChoice(action) else {
            return .notJudged("The proposal is no action.")
        }
        do throws(RuleFault) {
            let judgement = try monitor.propose(
                action.span, seeing: proposal.observation.span, isEnd: proposal.isLast)
            return judgement.isAllowed ? .allowed : .refused(judgement.broken)
        } catch { return .notJudged(error.description) }
    }

    /// Whether an action may be done; the monitor then has it as the proposed step.
    private mutating func isAllowed(_ action: [Float], _ proposal: ActionProposal) -> Bool {
        if case .allowed = judge(action, proposal) { true } else { false }
    }

    private func isChoice(_ action: [Float]) -> Bool {
        guard let choices else { return true }
        return action.allSatisfy { $0 >= 0 && $0 < Float(choices) && $0 == $0.rounded() }
    }

    /// Writes down which rules refused a proposal; the monitor has it as the proposed step.
    private mutating func note(refusalBy rules: [Int], _ entry: inout ShieldEntry) {
        for number in rules where !plan.rules.rules[number].isWatched {
            tally.refused[number] += 1
            let margin = plan.measuresMargins ? monitor.predictedRobustness(of: number) : nil
            entry.broken.append(
                ShieldEntry.Refusal(
                    rule: plan.rules.rules[number].name, margin: margin.flatMap { $0.isFinite ? $0 : nil },
                    terms: plan.logsTerms ? terms(of: number) : [:]))
        }
    }

    private func terms(of rule: Int) -> [String: Double] {
        Dictionary(monitor.terms(of: rule).map { ($0.text, $0.value) }) { first, _ in first }
    }

    // MARK: - Reacting

    private mutating func react(
        to proposed: [Float], _ proposal: ActionProposal, _ source: inout some ProposalSource,
        _ entry: inout ShieldEntry
    ) -> ShieldDecision {
        for reaction in plan.reactions {
            switch reaction {
            case .mask:
                if let action = masked(proposal, &source) { return take(action, .masked, &entry) }
            case .resample(let draws):
                if let action = resampled(draws, proposal, &source, &entry) {
                    return take(action, .resampled, &entry)
                }
            case .project:
                if let (action, distance) = projected(proposed, proposal) {
                    entry.distance = distance
                    return take(action, .projected, &entry)
                }
            case .idle:
                if let action = plan.idleAction, isAllowed(action, proposal) {
                    return take(action, .idle, &entry)
                }
            case .fallback:
                if let action = fallbackAction(proposal), isAllowed(action, proposal) {
                    return take(action, .fallback, &entry)
                }
            case .stop: break
            }
        }
        tally.deadEnds += 1
        return giveUp(proposed, proposal, &entry)
    }

    /// Nothing is allowed: the episode stops or, where it cannot, the fallback acts unprotected.
    private mutating func giveUp(
        _ proposed: [Float], _ proposal: ActionProposal, _ entry: inout ShieldEntry
    ) -> ShieldDecision {
        guard !plan.canStop else { return take(nil, .stopped, &entry) }
        let still = [Float](repeating: 0, count: proposed.count)
        let action = fallbackAction(proposal) ?? plan.idleAction ?? still
        if case .notJudged = judge(action, proposal) { isBlind = true }
        return take(action, .unprotected, &entry)
    }

    private func take(_ action: [Float]?, _ outcome: ShieldEntry.Outcome, _ entry: inout ShieldEntry)
        -> ShieldDecision
    {
        (entry.outcome, entry.executed) = (outcome, action)
        return action.map { .act($0) } ?? .stop
    }

    /// Notes each watched rule that becomes false by what is to be done.
    private mutating func raiseAlarms(_ entry: inout ShieldEntry) {
        guard !isBlind else { return }
        for (number, rule) in plan.rules.rules.enumerated()
        where rule.isWatched && !monitor.truth[number] && !wasFalse[number] {
            entry.alarms.append(rule.name)
            tally.alarms[number] += 1
        }
    }

    /// Does what the plan says of an alarm.
    private mutating func answerAlarms(
        _ decision: ShieldDecision, _ proposal: ActionProposal, _ entry: inout ShieldEntry
    ) -> ShieldDecision {
        switch plan.onAlarm {
        case .log: return decision
        case .stop: return plan.canStop ? take(nil, .stopped, &entry) : decision
        case .fallback(let steps):
            alarmed = steps - 1
            return standIn(for: entry.proposed, proposal, &entry)
        }
    }

    /// What acts while the policy may not: the fallback or, where it is refused, doing nothing.
    private mutating func standIn(
        for proposed: [Float], _ proposal: ActionProposal, _ entry: inout ShieldEntry
    ) -> ShieldDecision {
        if let action = fallbackAction(proposal), isAllowed(action, proposal) {
            return take(action, .fallback, &entry)
        }
        if let action = plan.idleAction, isAllowed(action, proposal) { return take(action, .idle, &entry) }
        return giveUp(proposed, proposal, &entry)
    }

    private mutating func masked(
        _ proposal: ActionProposal, _ source: inout some ProposalSource
    ) -> [Float]? {
        let choices = source.choices.map(box.clipped)
        guard !choices.isEmpty else { return nil }
        var allowed = [Bool](repeating: false, count: choices.count)
        for (number, action) in choices.enumerated() { allowed[number] = isAllowed(action, proposal) }
        guard let chosen = try? source.choice(among: allowed) else { return nil }
        return isAllowed(choices[chosen], proposal) ? choices[chosen] : nil
    }

    private mutating func resampled(
        _ draws: Int, _ proposal: ActionProposal, _ source: inout some ProposalSource,
        _ entry: inout ShieldEntry
    ) -> [Float]? {
        for _ in 0..<draws {
            // A policy that fails, or cannot draw, has nothing else to propose.
            guard let drawn = try? source.another() else { return nil }
            entry.tries += 1
            let action = box.clipped(drawn)
            if isAllowed(action, proposal) { return action }
        }
        return nil
    }

    private mutating func fallbackAction(_ proposal: ActionProposal) -> [Float]? {
        guard var policy = plan.fallback?.policy,
            let action = try? policy.action(on: proposal.observation, using: &stream)
        else { return nil }
        return action.allSatisfy(\.isFinite) ? box.clipped(action) : nil
    }
}

extension GuardedEpisode {
    /// The nearest allowed action, with its distance; nothing for choices, and where none is found.
    private mutating func projected(_ proposed: [Float], _ proposal: ActionProposal) -> ([Float], Double)? {
        guard let projection, !isBlind else { return nil }
        let fallback = fallbackAction(proposal)
        let step = TraceStep(
            for: plan.rules, doing: proposed.span, seeing: proposal.observation.span, isEnd: proposal.isLast)
        let before = plan.proposer?.timeouts ?? 0
        // A copy judges: the monitor itself has the found action as its proposal in the end.
        var judge = self
        let found = projection.nearestAllowed(
            to: proposed, monitor: monitor, step: step, fallback: fallback, proposer: plan.proposer
        ) { judge.isAllowed($0, proposal) }
        tally.solverTimeouts += (plan.proposer?.timeouts ?? 0) - before
        guard let found, isAllowed(found.action, proposal) else { return nil }
        return (found.action, found.distance)
    }
}
