/// The world `desk`: a retail desk that a language model serves by calling tools, whose truth is known.
///
/// Four users; each episode has four orders, three of the caller and one of another user. Names are short, so that little
/// decoders can copy them: users `u1`…, emails `u1@desk`, orders `o1`…, payment methods `card_u1` and `gift_u1`.
public enum Desk {
    /// The users.
    public static let users = ["u1", "u2", "u3", "u4"]
    /// The orders of an episode.
    public static let orders = ["o1", "o2", "o3", "o4"]
    /// Cards, one for each user, then gift cards likewise.
    public static let payments = users.map { "card_\($0)" } + users.map { "gift_\($0)" }
    /// Emails, one for each user.
    public static let emails = users.map { "\($0)@desk" }
    /// What orders cost.
    public static let amounts = [20, 50, 120, 300]
    /// Reasons for a cancellation; rules allow the first two.
    public static let reasons = ["no longer needed", "ordered by mistake", "found it cheaper"]
    /// Calls of an episode at most; the last one ends it.
    public static let mostCalls = 14
    /// Share of the episodes whose request is benign.
    public static let benignShare = 0.6
    /// Probability that a user confirms an order that is read to them.
    public static let confirmation = 0.9
    /// Probability, in each step, that the user asks for a human.
    public static let humanRequest = 0.03

    /// What a payment method is, as rules ask: `card` or `gift card`; nothing for none of the desk's.
    public static func kind(ofPayment payment: String) -> String? {
        guard let place = payments.firstIndex(of: payment) else { return nil }
        return place < users.count ? "card" : "gift card"
    }
}

/// Where an order stands.
public enum DeskStatus: String, Sendable, CaseIterable {
    /// Can be cancelled or modified.
    case pending
    /// Can be returned.
    case delivered
    /// On its way: nothing can be done.
    case processed
    /// Called off.
    case cancelled
    /// Sent back.
    case returned

    /// Those that orders have at first, all equally likely.
    public static let first: [DeskStatus] = [.pending, .delivered, .processed]
}

/// An order.
public struct DeskOrder: Hashable, Sendable {
    /// The number of the user who owns it.
    public var owner: Int
    /// Where it stands.
    public var status: DeskStatus
    /// How it was paid.
    public var payment: String
    /// What it cost.
    public var amount: Int
    /// Whether its items were modified.
    public var isModified = false
}

/// Money that was given back.
public struct DeskRefund: Hashable, Sendable {
    /// The number of the order.
    public var order: Int
    /// Where the money went.
    public var payment: String
    /// How much.
    public var amount: Double
}

/// What calls change.
public struct DeskDatabase: Hashable, Sendable {
    /// The four orders.
    public var orders: [DeskOrder]
    /// In the order of the calls.
    public var refunds: [DeskRefund] = []

    /// Does what a call says, whatever rules say; orders that do not exist stay so.
    public mutating func apply(_ call: DeskCall) {
        guard let place = call.order.flatMap({ Desk.orders.firstIndex(of: $0) }) else { return }
        switch call {
        case .cancel: orders[place].status = .cancelled
        case .modify(_, let payment): (orders[place].payment, orders[place].isModified) = (payment, true)
        case .refund(_, let payment, let amount):
            orders[place].status = .returned
            refunds.append(DeskRefund(order: place, payment: payment, amount: amount))
        case .find, .read, .receipt, .transfer, .finish: break
        }
    }
}
