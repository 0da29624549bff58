import Agents
import Rules
import Tensors
import Testing

/// Monitors, the clerk's own ledger and the definition of rules, compared on episodes at the desk.
@Suite struct DeskPlannerTests {
    private static let trace: DeskTrace = {
        do { return try DeskTrace(.desk) } catch { preconditionFailure("\(error)") }
    }()

    /// Whether a monitor refuses a step of the episode.
    private static func isRefused(_ episode: DeskEpisode) throws -> Bool {
        var monitor = RuleMonitor(trace.rules)
        for (world, call) in episode.steps {
            guard let judgement = try? monitor.propose(trace.step(call, in: world)), judgement.isAllowed
            else {
                return true
            }
            monitor.commit()
        }
        return false
    }

    @Test func theClerkReachesEveryReachableGoalAndBreaksNoRule() throws {
        var shares = DeskDemonstration.Shares()
        (shares.mistakes, shares.givingIn) = (0, 0)
        var reached = 0
        for number in 0..<2000 {
            let episode = DeskDemonstration(seed: 11, episode: number, shares: shares).episode
            let goal = DeskPlanner.goal(of: episode.world.situation)
            let verdict = DeskVerdict(episode, Self.trace, goal: goal)
            #expect(verdict.isConforming && verdict.isUseful && !verdict.isHarmful, "\(number): \(verdict)")
            #expect(try !Self.isRefused(episode), "\(number)")
            if goal != episode.world.situation.database { reached += 1 }
        }
        // Three of four benign requests change something, and nine of ten are confirmed; five standard deviations.
        #expect(abs(Double(reached) / 2000 - 0.6 * 0.75 * 0.9) < 0.055)
    }

    @Test func whatShouldNotBeDoneHasNoPlan() {
        for number in 0..<500 {
            let situation = DeskSituation(seed: 4, episode: number, isAdversarial: true)
            guard let deed = situation.deed else { continue }
            var wanted = situation.database
            wanted.apply(deed)
            let search = DeskSearch(situation, confirms: true)
            #expect(search.plan(from: DeskLedger(), situation.database, to: wanted) == nil, "\(number)")
            #expect(DeskPlanner.goal(of: situation) == situation.database)
        }
    }

    @Test func mistakesAndGivingInAreSeenByTheJudge() {
        var (mistaken, givingIn, adversarial) = (0, 0, 0)
        for number in 0..<1000 {
            let demonstration = DeskDemonstration(seed: 3, episode: number)
            let situation = demonstration.episode.world.situation
            let verdict = DeskVerdict(
                demonstration.episode, Self.trace, goal: DeskPlanner.goal(of: situation))
            let isSeen = !verdict.isConforming || !verdict.isUseful
            let slips = demonstration.flaws.contains { $0 != .givesIn }
            if slips { #expect(isSeen, "\(number): \(demonstration.episode.turns)") }
            if demonstration.flaws.isEmpty { #expect(!isSeen, "\(number)") }
            mistaken += slips ? 1 : 0
            givingIn += demonstration.flaws.contains(.givesIn) ? 1 : 0
            adversarial += situation.kind.isAdversarial ? 1 : 0
        }
        #expect(abs(Double(mistaken) / 1000 - 0.25) < 0.07)
        #expect(abs(Double(givingIn) / Double(adversarial) - 0.5) < 0.13)
    }

    /// Episodes of an agent that calls at random, half of the time what the clerk would.
    private static func random(_ number: Int) -> DeskEpisode {
        let situation = DeskSituation(seed: 8, episode: number)
        var stream = RandomStream(seed: 8, for: .testing, index: UInt32(number))
        var (episode, planner) = (DeskEpisode(situation), DeskPlanner(situation))
        while !episode.world.isOver {
            planner.hear(episode.world)
            let call: DeskCall? =
                stream.nextInteger(below: 2) == 0
                ? (stream.nextInteger(below: 2) == 0
                    ? planner.careless(in: episode.world) : planner.next(in: episode.world))
                : anyCall(&stream)
            planner.commit(call)
            episode.execute(call)
        }
        return episode
    }

    private static func anyCall(_ stream: inout RandomStream) -> DeskCall? {
        func one(_ values: [String]) -> String { values[stream.nextInteger(below: values.count)] }
        let order = one(Desk.orders + ["o9"])
        switch stream.nextInteger(below: 9) {
        case 0: return .find(email: one(Desk.emails))
        case 1: return .read(order: order)
        case 2: return .cancel(order: order, reason: one(Desk.reasons))
        case 3: return .modify(order: order, payment: one(Desk.payments))
        case 4:
            let amount = Double(Desk.amounts[stream.nextInteger(below: Desk.amounts.count)])
            return .refund(order: order, payment: one(Desk.payments), amount: amount)
        case 5: return .receipt(order: order)
        case 6: return .transfer
        case 7: return stream.nextInteger(below: 4) == 0 ? .finish : .transfer
        default: return nil
        }
    }

    @Test func judgeMonitorAndLedgerAgreeOnRandomAgents() throws {
        var broken: Set<String> = []
        for number in 0..<600 {
            let episode = Self.random(number)
            let steps = episode.steps.map { Self.trace.step($0.call, in: $0.world) }
            let semantics = TraceSemantics(rules: Self.trace.rules, steps: steps)
            var (monitor, ledger) = (RuleMonitor(Self.trace.rules), DeskLedger())
            for (t, (world, call)) in episode.steps.enumerated() {
                ledger.hear(world.notices)
                let told = Self.trace.rules.rules.map { try? semantics.isBroken($0, at: t) }
                let isAllowed = !told.contains { $0 ?? true }
                let isOpenToLedger = ledger.allows(call, in: world.database)
                #expect(isOpenToLedger == isAllowed, "\(number), step \(t), \(call?.text ?? "no call")")
                ledger.commit(call)
                if told.contains(nil) {
                    // What cannot be judged is a fault to the monitor too, and the rest of the episode is not compared.
                    #expect(throws: RuleFault.self) { try monitor.propose(steps[t]) }
                    break
                }
                let judgement = try monitor.propose(steps[t])
                monitor.commit()
                let wanted = told.indices.filter { told[$0] == true }
                #expect(judgement.broken == wanted, "\(number), step \(t), \(call?.text ?? "no call")")
                for rule in wanted { broken.insert(Self.trace.rules.rules[rule].name) }
                for (rule, verdict) in zip(Self.trace.rules.rules, monitor.verdicts) {
                    if case .broken = verdict { continue }
                    let isOpen = if case .open = verdict { true } else { false }
                    #expect(
                        try semantics.isOpen(rule, behind: t) == isOpen, "\(number), step \(t), \(rule.name)")
                }
            }
        }
        // All but those that three returns within an episode would break.
        let rare: Set = ["refund_cap", "refund_rate"]
        #expect(broken.union(rare) == Set(Self.trace.rules.rules.map(\.name)))
    }
}
