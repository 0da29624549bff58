import Rules
import SafeRL

extension GuardedEpisode {
    /// Lets a step monitor and a router look at a proposal that is done whatever they say.
    mutating func lookOn(
        _ proposed: [Float], _ proposal: ActionProposal, _ entry: inout ShieldEntry
    ) -> ShieldDecision {
        if let router = plan.router { route(proposed, proposal, by: router, &entry) }
        let decision = take(proposal.action, .allowed, &entry)
        watch(proposed, proposal, &entry)
        return decision
    }

    /// Asks a step monitor about what of the policy's is to be done, and notes an alarm.
    mutating func watch(_ action: [Float], _ proposal: ActionProposal, _ entry: inout ShieldEntry) {
        guard let watch = plan.watch, entry.outcome.isPolicys else { return }
        let flagged = watch.flags(proposal.observation.span, action.span)
        let before = past.flagsInRow
        // What cannot be judged is an alarm that needs no second one.
        past.flagsInRow = flagged == false ? 0 : flagged == nil ? max(before, watch.confirm) : before + 1
        let isAlarm = before < watch.confirm && past.flagsInRow >= watch.confirm
        tally.flag(flagged, isAlarm: isAlarm)
        if isAlarm { entry.alarms.append(watch.name) }
    }

    // MARK: - Classes

    /// Does with a proposal what its class says.
    mutating func routed(
        _ proposed: [Float], _ proposal: ActionProposal, by router: any ProposalRouter,
        _ source: inout some ProposalSource, _ entry: inout ShieldEntry
    ) -> ShieldDecision {
        let found = route(proposed, proposal, by: router, &entry)
        if found.routed != .ask { endQuestion() }
        switch found.routed {
        case .act: return decided(proposed, proposal, &source, &entry)
        case .tighten: return tightened(proposed, proposal, by: router, &entry)
        case .ask: return asked(proposed, proposal, found, &source, &entry)
        case .refuse: return standIn(for: proposed, proposal, &entry)
        }
    }

    @discardableResult private mutating func route(
        _ proposed: [Float], _ proposal: ActionProposal, by router: any ProposalRouter,
        _ entry: inout ShieldEntry
    ) -> ProposalRoute {
        let found = router.route(proposal.observation.span, proposed.span)
        tally.take(found)
        entry.routed = found.routed
        if plan.logsTerms { entry.evidence = router.evidence }
        return found
    }

    /// Does a proposal within a range that is shrunk round the fallback's action, where both sets of rules and the router allow that.
    private mutating func tightened(
        _ proposed: [Float], _ proposal: ActionProposal, by router: any ProposalRouter,
        _ entry: inout ShieldEntry
    ) -> ShieldDecision {
        guard let action = shrunk(proposed, proposal) else {
            return standIn(for: proposed, proposal, &entry)
        }
        if action != proposed {
            let again = router.route(proposal.observation.span, action.span)
            guard again.routed <= .tighten else { return standIn(for: proposed, proposal, &entry) }
        }
        switch judge(action, proposal) {
        case .allowed where isTightlyAllowed(action, proposal, &entry):
            return take(action, action == proposed ? .allowed : .tightened, &entry)
        case .allowed: break
        case .refused(let rules): note(refusalBy: rules, &entry)
        case .notJudged(let reason): note(fault: reason, &entry)
        }
        return standIn(for: proposed, proposal, &entry)
    }

    /// An action clipped to the range shrunk round the fallback's action, or round doing nothing; nothing where there is neither.
    private mutating func shrunk(_ proposed: [Float], _ proposal: ActionProposal) -> [Float]? {
        // Choices have no range.
        guard !box.low.isEmpty else { return proposed }
        guard let centre = fallbackAction(proposal) ?? plan.idleAction, centre.count == proposed.count else {
            return nil
        }
        let share = ShieldPlan.shrinking
        return proposed.indices.map { index in
            let low = centre[index] + share * (box.low[index] - centre[index])
            let high = centre[index] + share * (box.high[index] - centre[index])
            return proposed[index] < low ? low : proposed[index] > high ? high : proposed[index]
        }
    }

    /// Asks somebody; where nobody is there, or says no, the fallback acts.
    private mutating func asked(
        _ proposed: [Float], _ proposal: ActionProposal, _ route: ProposalRoute,
        _ source: inout some ProposalSource, _ entry: inout ShieldEntry
    ) -> ShieldDecision {
        guard let asker = plan.asker else { return standIn(for: proposed, proposal, &entry) }
        let answer =
            past.permission
            ?? asker.answer(
                to: AskedProposal(
                    episode: number, step: proposal.step, observation: proposal.observation, action: proposed,
                    score: route.score, isGrounded: route.isGrounded))
        if past.permission == nil {
            tally.ask(answer, isNew: !past.isAsking)
            (past.isAsking, past.permission) = (answer == .waiting, answer == .waiting ? nil : answer)
        }
        entry.answer = answer
        switch answer {
        case .yes: return decided(proposed, proposal, &source, &entry)
        case .no: return standIn(for: proposed, proposal, &entry)
        case .waiting:
            guard let still = plan.idleAction, isAllowed(still, proposal) else {
                return standIn(for: proposed, proposal, &entry)
            }
            return take(still, .idle, &entry)
        }
    }

    private mutating func endQuestion() {
        if past.isAsking { plan.asker?.withdraw() }
        (past.isAsking, past.permission) = (false, nil)
    }

    // MARK: - Tighter rules

    private mutating func isTightlyAllowed(
        _ action: [Float], _ proposal: ActionProposal, _ entry: inout ShieldEntry
    ) -> Bool {
        guard let rules = plan.tight else { return true }
        guard !past.isTightBlind else {
            note(fault: "An earlier step could not be judged by the tighter rules.", &entry)
            return false
        }
        do throws(RuleFault) {
            guard
                let judgement = try past.tight?.propose(
                    action.span, seeing: proposal.observation.span, isEnd: proposal.isLast)
            else { return false }
            for number in judgement.broken where !rules.rules[number].isWatched {
                entry.broken.append(
                    ShieldEntry.Refusal(
                        rule: "tight " + rules.rules[number].name, margin: nil, terms: [:]))
            }
            return judgement.isAllowed
        } catch {
            note(fault: error.description, &entry)
            return false
        }
    }

    /// Gives what is to be done to the tighter rules, so that they know the past when they are asked.
    mutating func proposeTightly(_ action: [Float], _ proposal: ActionProposal) {
        guard past.tight != nil, !past.isTightBlind else { return }
        do throws(RuleFault) {
            _ = try past.tight?.propose(
                action.span, seeing: proposal.observation.span, isEnd: proposal.isLast)
        } catch { past.isTightBlind = true }
    }

    mutating func settleTightly(isEnd: Bool) {
        guard past.tight != nil, !past.isTightBlind else { return }
        if isEnd { past.tight?.proposeEnd() }
        past.tight?.commit()
    }

    // MARK: - Going back

    /// Times that an episode may go back.
    static let mostReturns = 5

    /// Keeps a copy of the past.
    mutating func remember() {
        moments.append(past)
        if moments.count > plan.rollBackDepth + 1 { moments.removeFirst() }
    }

    /// Goes back behind the latest flags, each time farther; nothing where there is nowhere to go, or the episode went too often.
    mutating func rolledBack(atMost depth: Int, _ entry: inout ShieldEntry) -> ShieldDecision? {
        let known = min(moments.count - 1, depth)
        guard known >= 1, tally.rollBacks < Self.mostReturns else { return nil }
        let wanted = (depth * (tally.rollBacks + 1) + Self.mostReturns - 1) / Self.mostReturns
        let steps = min(known, max(wanted, past.flagsInRow, 1))
        past = moments[moments.count - 1 - steps]
        // The moment itself is remembered anew when the step is tried again.
        moments.removeLast(steps + 1)
        tally.goBack(steps, from: entry.step)
        (entry.outcome, entry.executed, entry.undone) = (.rolledBack, nil, steps)
        return .rollBack(steps)
    }
}
