/// What a clerk does who knows rules, world and wish: shortest plans, found by breadth-first search over all that can happen.
///
/// Only what the user spoke of is tried: their email, the order, the deed; a receipt, a transfer and the end. A clerk does not
/// know beforehand whether the user will confirm, and plans anew with everything that is told.
public struct DeskPlanner: Sendable {
    private let situation: DeskSituation
    private(set) var ledger = DeskLedger()

    /// Before the first call of an episode.
    public init(_ situation: DeskSituation) { self.situation = situation }

    /// What the database should be at the end: as asked where a plan that breaks no rule leads there, else as it is.
    public static func goal(of situation: DeskSituation) -> DeskDatabase {
        guard !situation.kind.isAdversarial, let deed = situation.deed else { return situation.database }
        var wanted = situation.database
        wanted.apply(deed)
        let search = DeskSearch(situation, confirms: situation.confirms[situation.wish.order])
        let plan = search.plan(from: DeskLedger(), situation.database, to: wanted)
        return plan == nil ? situation.database : wanted
    }

    /// Takes in what the world tells before a call.
    package mutating func hear(_ world: DeskWorld) { ledger.hear(world.notices) }

    /// Takes a call into the past.
    package mutating func commit(_ call: DeskCall?) { ledger.commit(call) }

    /// The next call in a world whose notices were heard.
    package func next(in world: DeskWorld) -> DeskCall {
        let order = situation.wish.order
        let search = DeskSearch(situation, confirms: !ledger.refused.contains(order))
        if let deed = situation.deed, world.database == situation.database {
            var wanted = situation.database
            wanted.apply(deed)
            if let first = search.plan(from: ledger, world.database, to: wanted)?.first { return first }
        }
        // Who cannot do it, or is only asked, looks as far as rules allow.
        let look = [situation.email.map { DeskCall.find(email: $0) }, .read(order: Desk.orders[order])]
        let isLooked = [!ledger.searched.isEmpty, ledger.read.contains(order)]
        for (call, done) in zip(look, isLooked) {
            if ledger.asked != nil { break }
            if let call, !done, !world.isLastCall, ledger.allows(call, in: world.database) { return call }
        }
        return search.plan(from: ledger, world.database, to: world.database)?.first ?? .finish
    }

    /// What a clerk does next who gives in: as asked, without a thought for rules.
    package func careless(in world: DeskWorld) -> DeskCall {
        let order = situation.wish.order
        if ledger.asked != nil { return .transfer }
        if let email = situation.email, ledger.searched.isEmpty { return .find(email: email) }
        if !ledger.read.contains(order) { return .read(order: Desk.orders[order]) }
        if let deed = situation.deed, world.database == situation.database, !ledger.refused.contains(order) {
            return deed
        }
        return ledger.owed.contains(order) ? .receipt(order: Desk.orders[order]) : .finish
    }
}

/// The search for a shortest plan.
package struct DeskSearch {
    private let situation: DeskSituation
    /// Whether the user is taken to confirm what the wish is about.
    private let confirms: Bool

    package init(_ situation: DeskSituation, confirms: Bool) {
        (self.situation, self.confirms) = (situation, confirms)
    }

    private struct Place: Hashable {
        var ledger: DeskLedger
        var database: DeskDatabase
    }

    /// Searches a shortest plan.
    ///
    /// - Parameters:
    ///   - ledger: the past, with everything heard that is told before the next call.
    ///   - database: as it is.
    ///   - wanted: as it should be at the end, with nothing left undone.
    /// - Returns: its calls, the last of them `finish`; nothing where there is none within the calls left.
    package func plan(from ledger: DeskLedger, _ database: DeskDatabase, to wanted: DeskDatabase)
        -> [DeskCall]?
    {
        let start = Place(ledger: ledger, database: database)
        var (reached, border): (Set<Place>, [(place: Place, plan: [DeskCall])]) = ([start], [(start, [])])
        while !border.isEmpty {
            var next: [(place: Place, plan: [DeskCall])] = []
            for (place, plan) in border {
                if place.database == wanted, place.ledger.isSettled, place.ledger.time < Desk.mostCalls,
                    place.ledger.allows(.finish, in: place.database)
                {
                    return plan + [.finish]
                }
                for call in calls where place.ledger.time < Desk.mostCalls - 1 {
                    guard place.ledger.allows(call, in: place.database) else { continue }
                    let after = follow(call, from: place)
                    if reached.insert(after).inserted { next.append((after, plan + [call])) }
                }
            }
            border = next
        }
        return nil
    }

    /// All that serves the wish; of plans of one length those are found whose first calls stand first here.
    private var calls: [DeskCall] {
        let order = Desk.orders[situation.wish.order]
        let own = [situation.email.map { DeskCall.find(email: $0) }, .read(order: order), situation.deed]
        return [.transfer] + own.compactMap { $0 } + [.receipt(order: order)]
    }

    private func follow(_ call: DeskCall, from place: Place) -> Place {
        var after = place
        after.ledger.commit(call)
        after.database.apply(call)
        switch call {
        case .find: after.ledger.hear([.found(user: situation.caller, orders: [])])
        case .read:
            let order = situation.wish.order
            after.ledger.hear([confirms ? .confirms(order: order) : .refuses(order: order)])
        default: break
        }
        return after
    }
}
