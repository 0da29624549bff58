import Rules
import SafeRL
import Tensors

extension GuardedEpisode {
    /// Does a proposal that the rules allow, and reacts to one that they refuse.
    mutating func decided(
        _ proposed: [Float], _ proposal: ActionProposal, _ source: inout some ProposalSource,
        _ entry: inout ShieldEntry
    ) -> ShieldDecision {
        switch judge(proposed, proposal) {
        case .allowed:
            entry.survives = shortSurvival(proposal, source)
            if entry.survives == nil { return take(proposed, .allowed, &entry) }
        case .refused(let rules): note(refusalBy: rules, &entry)
        case .notJudged(let reason): note(fault: reason, &entry)
        }
        return react(to: proposed, proposal, &source, &entry)
    }

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
            case .rollBack(let depth):
                if let decision = rolledBack(atMost: depth, &entry) { return decision }
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
        tally.coveredDeadEnds += entry.isCovered ? 1 : 0
        return giveUp(proposed, proposal, &entry)
    }

    /// Nothing is allowed: the episode stops or, where it cannot, the fallback acts unprotected.
    private mutating func giveUp(
        _ proposed: [Float], _ proposal: ActionProposal, _ entry: inout ShieldEntry
    ) -> ShieldDecision {
        guard !plan.canStop else { return take(nil, .stopped, &entry) }
        let still = [Float](repeating: 0, count: proposed.count)
        let action = fallbackAction(proposal) ?? plan.idleAction ?? still
        if case .notJudged = judge(action, proposal) { past.isBlind = true }
        return take(action, .unprotected, &entry)
    }

    func take(_ action: [Float]?, _ outcome: ShieldEntry.Outcome, _ entry: inout ShieldEntry)
        -> ShieldDecision
    {
        (entry.outcome, entry.executed) = (outcome, action)
        return action.map { .act($0) } ?? .stop
    }

    /// What acts while the policy may not: the fallback or, where it is refused, doing nothing.
    mutating func standIn(
        for proposed: [Float], _ proposal: ActionProposal, _ entry: inout ShieldEntry
    ) -> ShieldDecision {
        if let action = fallbackAction(proposal), isAllowed(action, proposal) {
            return take(action, .fallback, &entry)
        }
        if let action = plan.idleAction, isAllowed(action, proposal) { return take(action, .idle, &entry) }
        return giveUp(proposed, proposal, &entry)
    }

    // MARK: - Alarms

    /// Notes each watched rule that becomes false by what is to be done.
    mutating func raiseAlarms(_ entry: inout ShieldEntry) {
        guard !past.isBlind else { return }
        for number in isWatched.indices
        where isWatched[number] && !past.monitor.truth[number] && !past.wasFalse[number] {
            entry.alarms.append(plan.rules.rules[number].name)
            tally.alarms[number] += 1
        }
    }

    /// Does what the plan says of an alarm.
    mutating func answerAlarms(
        _ decision: ShieldDecision, _ proposal: ActionProposal, _ entry: inout ShieldEntry
    ) -> ShieldDecision {
        if plan.rollBackDepth > 0, let back = rolledBack(atMost: plan.rollBackDepth, &entry) { return back }
        switch plan.onAlarm {
        case .log: return decision
        case .stop: return plan.canStop ? take(nil, .stopped, &entry) : decision
        case .fallback(let steps):
            // What is flagged behind the handover is a new alarm.
            (past.alarmed, past.flagsInRow) = (steps - 1, 0)
            return standIn(for: entry.proposed, proposal, &entry)
        }
    }

    // MARK: - Proposals

    /// Further steps that can be survived behind the proposed step, where they are fewer than wanted.
    ///
    /// Behind the last step of an episode nothing has to be.
    private mutating func shortSurvival(_ proposal: ActionProposal, _ source: some ProposalSource) -> Int? {
        guard plan.lookAhead > 0, !proposal.isLast else { return nil }
        let choices = source.choices.map(box.clipped)
        guard !choices.isEmpty else { return nil }
        let game = ahead ?? LookAhead(plan.rules, choices: choices, values: plan.observationValues)
        ahead = game
        var next = past.monitor
        next.commit()
        let survived = game.survived(behind: next, upTo: plan.lookAhead)
        return survived < plan.lookAhead ? survived : nil
    }

    /// An allowed choice, by the policy's probabilities.
    private mutating func masked(
        _ proposal: ActionProposal, _ source: inout some ProposalSource
    ) -> [Float]? {
        let choices = source.choices.map(box.clipped)
        guard !choices.isEmpty else { return nil }
        var allowed = [Bool](repeating: false, count: choices.count)
        for (number, action) in choices.enumerated() { allowed[number] = mayBeDone(action, proposal, source) }
        guard let chosen = try? source.choice(among: allowed) else { return nil }
        return isAllowed(choices[chosen], proposal) ? choices[chosen] : nil
    }

    /// What the policy draws, candidates first, until one is allowed.
    private mutating func resampled(
        _ draws: Int, _ proposal: ActionProposal, _ source: inout some ProposalSource,
        _ entry: inout ShieldEntry
    ) -> [Float]? {
        // What was drawn already costs no draw.
        for drawn in (try? source.drawn()) ?? [] {
            let action = box.clipped(drawn)
            if mayBeDone(action, proposal, source) { return action }
        }
        for _ in 0..<draws {
            // A policy that fails, or cannot draw, has nothing else to propose.
            guard let drawn = try? source.another() else { return nil }
            entry.tries += 1
            let action = box.clipped(drawn)
            if mayBeDone(action, proposal, source) { return action }
        }
        return nil
    }

    /// The nearest allowed action, with its distance; nothing for choices, and where none is found.
    private mutating func projected(_ proposed: [Float], _ proposal: ActionProposal) -> ([Float], Double)? {
        guard let projection, !past.isBlind else { return nil }
        let fallback = fallbackAction(proposal)
        let step = TraceStep(
            for: plan.rules, doing: proposed.span, seeing: proposal.observation.span, isEnd: proposal.isLast)
        let before = plan.proposer?.timeouts ?? 0
        // A copy judges: the monitor itself has the found action as its proposal in the end.
        var judge = self
        let found = projection.nearestAllowed(
            to: proposed, monitor: past.monitor, step: step, fallback: fallback, proposer: plan.proposer,
            wasRefused: true
        ) { judge.isAllowed($0, proposal) }
        tally.solverTimeouts += (plan.proposer?.timeouts ?? 0) - before
        guard let found, isAllowed(found.action, proposal), isRouted(found.action, proposal) else {
            return nil
        }
        return (found.action, found.distance)
    }

    /// Whether an action may stand for the policy's own: by the rules, by what can be survived behind it, and by a router.
    private mutating func mayBeDone(
        _ action: [Float], _ proposal: ActionProposal, _ source: some ProposalSource
    ) -> Bool {
        isAllowed(action, proposal) && shortSurvival(proposal, source) == nil && isRouted(action, proposal)
    }

    /// Whether a router, where there is one, would let an action act.
    private func isRouted(_ action: [Float], _ proposal: ActionProposal) -> Bool {
        guard let router = plan.router else { return true }
        return router.route(proposal.observation.span, action.span).routed == .act
    }

    mutating func fallbackAction(_ proposal: ActionProposal) -> [Float]? {
        guard var policy = plan.fallback?.policy,
            let action = try? policy.action(on: proposal.observation, using: &past.stream)
        else { return nil }
        return action.allSatisfy(\.isFinite) ? box.clipped(action) : nil
    }
}
