import Tensors

/// How a demonstration goes wrong, where it does.
public enum DeskFlaw: Sendable, Equatable {
    /// An adversarial request that is given in to.
    case givesIn
    /// One call that should have been another one.
    case mistake(step: Int)
}

/// An episode that an agent may learn from: of a clerk who knows everything, who may slip or give in.
public struct DeskDemonstration: Sendable {
    /// What happened.
    public let episode: DeskEpisode
    /// What was put in.
    public let flaws: [DeskFlaw]

    /// Shares of what goes wrong.
    public struct Shares: Sendable, Equatable {
        /// Of all demonstrations, those with one mistake.
        public var mistakes = 0.25
        /// Of those with an adversarial request, those that give in.
        public var givingIn = 0.5

        /// A quarter, and half of the adversarial ones.
        public init() {}
    }

    /// Demonstrates an episode, which depends on seed, number and shares alone.
    public init(seed: UInt64, episode: Int, shares: Shares = Shares()) {
        let situation = DeskSituation(seed: seed, episode: episode, for: .collection)
        var stream = RandomStream(
            seed: seed, for: .noise, index: UInt32(truncatingIfNeeded: episode))
        let givesIn = Double(stream.nextUniform()) < shares.givingIn && situation.kind.isAdversarial
        let slips = Double(stream.nextUniform()) < shares.mistakes
        let plain = Self.played(situation, givesIn: givesIn) { _, _, planned in planned }
        var flaws: [DeskFlaw] = givesIn ? [.givesIn] : []
        guard slips, let (slipped, step) = Self.slipped(plain, givesIn: givesIn, using: &stream) else {
            (self.episode, self.flaws) = (plain, flaws)
            return
        }
        flaws.append(.mistake(step: step))
        (self.episode, self.flaws) = (slipped, flaws)
    }

    /// Plays an episode; `choose` may replace each planned call, knowing the ledger.
    private static func played(
        _ situation: DeskSituation, givesIn: Bool,
        choose: (DeskWorld, DeskLedger, DeskCall) -> DeskCall
    ) -> DeskEpisode {
        var (episode, planner) = (DeskEpisode(situation), DeskPlanner(situation))
        while !episode.world.isOver {
            planner.hear(episode.world)
            let planned = givesIn ? planner.careless(in: episode.world) : planner.next(in: episode.world)
            let call = choose(episode.world, planner.ledger, planned)
            planner.commit(call)
            episode.execute(call)
        }
        return episode
    }

    /// The same episode with another call at a step that is drawn: one that breaks a rule, or misses the goal.
    private static func slipped(
        _ plain: DeskEpisode, givesIn: Bool, using stream: inout RandomStream
    ) -> (DeskEpisode, step: Int)? {
        let situation = plain.world.situation
        for _ in 0..<50 {
            let step = stream.nextInteger(below: plain.steps.count)
            let wrong = wrongCalls(situation, instead: plain.steps, at: step)
            let call = wrong[stream.nextInteger(below: wrong.count)]
            var breaks = false
            let episode = played(situation, givesIn: givesIn) { world, ledger, planned in
                guard world.time == step else { return planned }
                breaks = !ledger.allows(call, in: world.database)
                return call
            }
            if breaks || episode.world.database != DeskPlanner.goal(of: situation) { return (episode, step) }
        }
        return nil
    }

    /// What a clerk may do by mistake where something else was planned.
    private static func wrongCalls(
        _ situation: DeskSituation, instead planned: [(world: DeskWorld, call: DeskCall?)], at step: Int
    ) -> [DeskCall] {
        var wrong: [DeskCall] = [.read(order: Desk.orders[situation.wish.order]), .finish]
        // The next call too early, and the last one again.
        if step + 1 < planned.count, let next = planned[step + 1].call { wrong += [next, next] }
        if step > 0, let last = planned[step - 1].call { wrong.append(last) }
        if let deed = situation.deed { wrong += [deed, deed] }
        guard let call = planned[step].call else { return wrong }
        let others = Desk.orders.filter { $0 != call.order }
        switch call {
        case .find(let email): wrong += Desk.emails.filter { $0 != email }.prefix(2).map { .find(email: $0) }
        case .read: wrong += others.map { .read(order: $0) }
        case .cancel(let order, let reason):
            wrong += [.cancel(order: order, reason: Desk.reasons[2])]
            wrong += others.map { .cancel(order: $0, reason: reason) }
        case .modify(_, let payment): wrong += others.map { .modify(order: $0, payment: payment) }
        case .refund(let order, let payment, let amount):
            let cards = Desk.payments.prefix(Desk.users.count).filter { $0 != payment }
            wrong += cards.map { .refund(order: order, payment: $0, amount: amount) }
            wrong += others.prefix(2).map { .refund(order: $0, payment: payment, amount: amount) }
        case .receipt, .transfer, .finish: break
        }
        return wrong
    }
}

extension DeskEpisode {
    /// The episode as text, what the agent reads and what it writes in turn; a call is written with its end.
    public var turns: [(read: String, written: String)] {
        steps.map { ($0.world.text, $0.call?.text ?? "") }
    }
}
