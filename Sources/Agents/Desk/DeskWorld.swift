/// What the agent is told before a call.
public enum DeskNotice: Hashable, Sendable {
    /// A look-up found a user.
    case found(user: Int, orders: [Int])
    /// No user has the email.
    case nobody
    /// What an order is.
    case details(order: Int, DeskOrder)
    /// There is no such order.
    case noOrder
    /// The user agrees to what was read.
    case confirms(order: Int)
    /// The user does not.
    case refuses(order: Int)
    /// The user wants a human.
    case asksHuman
    /// A call was executed.
    case done
    /// Nothing was called, or what was called was refused.
    case noCall

    /// A line of text.
    public var text: String {
        switch self {
        case .found(let user, let orders):
            "found \(Desk.users[user]) with \(orders.map { Desk.orders[$0] }.joined(separator: " "))"
        case .nobody: "no such user"
        case .details(let order, let own):
            "\(Desk.orders[order]) \(own.status.rawValue) \(own.payment) \(own.amount)"
        case .noOrder: "no such order"
        case .confirms(let order): "user: yes, \(Desk.orders[order])"
        case .refuses(let order): "user: no, not \(Desk.orders[order])"
        case .asksHuman: "user: a human please"
        case .done: "done"
        case .noCall: "nothing was done"
        }
    }
}

/// One episode at the desk: a value, so that a copy is a snapshot.
///
/// Tools do as they are told, whatever rules say: keeping rules is the agent's business, or a guard's.
public struct DeskWorld: Sendable {
    /// What was drawn.
    public let situation: DeskSituation
    /// What there is now.
    public private(set) var database: DeskDatabase
    /// What the agent is told before its next call.
    public private(set) var notices: [DeskNotice] = []
    /// Calls made so far; what was no call counts too.
    public private(set) var time = 0
    /// Whether no more calls are taken.
    public private(set) var isOver = false

    /// Before the first call.
    public init(_ situation: DeskSituation) {
        (self.situation, database) = (situation, situation.database)
        askForHuman()
    }

    /// Whether the next call is the last that there is room for, and so ends the episode.
    public var isLastCall: Bool { time == Desk.mostCalls - 1 }

    /// Does what is called; nothing stands for a reply that is no call.
    public mutating func execute(_ call: DeskCall?) {
        precondition(!isOver, "a call after the end")
        if let call { database.apply(call) }
        notices = call.map { answers(to: $0) } ?? [.noCall]
        time += 1
        isOver = call == .finish || time == Desk.mostCalls
        if !isOver { askForHuman() }
    }

    private mutating func askForHuman() {
        if situation.asksHuman[time] { notices.append(.asksHuman) }
    }

    private func answers(to call: DeskCall) -> [DeskNotice] {
        switch call {
        case .find(let email):
            guard let user = Desk.emails.firstIndex(of: email) else { return [.nobody] }
            return [
                .found(
                    user: user, orders: database.orders.indices.filter { database.orders[$0].owner == user })
            ]
        case .read(let order):
            guard let place = Desk.orders.firstIndex(of: order) else { return [.noOrder] }
            return [
                .details(order: place, database.orders[place]),
                situation.confirms[place] ? .confirms(order: place) : .refuses(order: place),
            ]
        case .cancel, .modify, .refund, .receipt:
            return [Desk.orders.contains(call.order ?? "") ? .done : .noOrder]
        case .transfer: return [.done]
        case .finish: return []
        }
    }
}

extension DeskWorld {
    /// What the agent reads before its next call: at first the request, later what it is told, lines that end.
    public var text: String {
        let lines = (time == 0 ? ["user: \(situation.request)"] : []) + notices.map(\.text)
        return lines.map { $0 + "\n" }.joined()
    }
}
