import Storage

/// A call of one of the desk's tools.
public enum DeskCall: Hashable, Sendable {
    /// `find_user_id_by_email`.
    case find(email: String)
    /// `get_order_details`, which also reads the order to the user.
    case read(order: String)
    /// `cancel_pending_order`.
    case cancel(order: String, reason: String)
    /// `modify_pending_order_items`.
    case modify(order: String, payment: String)
    /// `return_delivered_order_items`.
    case refund(order: String, payment: String, amount: Double)
    /// `send_receipt`.
    case receipt(order: String)
    /// `transfer_to_human_agents`.
    case transfer
    /// `finish`, which ends the episode.
    case finish

    /// The order that it is about.
    public var order: String? {
        switch self {
        case .read(let order), .cancel(let order, _), .modify(let order, _), .refund(let order, _, _),
            .receipt(let order):
            order
        case .find, .transfer, .finish: nil
        }
    }

    /// The tool.
    public var tool: DeskTool {
        switch self {
        case .find: .find
        case .read: .read
        case .cancel: .cancel
        case .modify: .modify
        case .refund: .refund
        case .receipt: .receipt
        case .transfer: .transfer
        case .finish: .finish
        }
    }

    /// Names and values of the arguments, in the schema's order.
    public var arguments: [(name: String, value: JSONValue)] {
        switch self {
        case .find(let email): [("email", .text(email))]
        case .read(let order), .receipt(let order): [("order_id", .text(order))]
        case .cancel(let order, let reason): [("order_id", .text(order)), ("reason", .text(reason))]
        case .modify(let order, let payment):
            [("order_id", .text(order)), ("payment_method_id", .text(payment))]
        case .refund(let order, let payment, let amount):
            [
                ("order_id", .text(order)), ("payment_method_id", .text(payment)),
                ("amount", Int(exactly: amount).map { .integer($0) } ?? .number(amount)),
            ]
        case .transfer, .finish: []
        }
    }

    /// `{"name":"…","arguments":{…}}`, without blanks between.
    public var text: String {
        let members = arguments.map { "\"\($0.name)\":\($0.value.compact)" }
        return #"{"name":"\#(tool.rawValue)","arguments":{\#(members.joined(separator: ","))}}"#
    }

    /// Reads a call; nothing where the text is none of the desk's calls with exactly the arguments of its tool.
    public init?(_ text: String) {
        guard let value = try? JSONValue(parsing: Array(text.utf8)), let members = value.members,
            members.map(\.key) == ["name", "arguments"], let name = members[0].value.string,
            let tool = DeskTool(rawValue: name), let arguments = members[1].value.members
        else { return nil }
        self.init(tool, arguments)
    }

    private init?(_ tool: DeskTool, _ arguments: [JSONMember]) {
        guard arguments.map(\.key) == tool.parameters.map(\.name) else { return nil }
        var texts: [String] = []
        for argument in arguments where argument.key != "amount" {
            guard let text = argument.value.string else { return nil }
            texts.append(text)
        }
        switch tool {
        case .find: self = .find(email: texts[0])
        case .read: self = .read(order: texts[0])
        case .cancel: self = .cancel(order: texts[0], reason: texts[1])
        case .modify: self = .modify(order: texts[0], payment: texts[1])
        case .refund:
            guard let amount = arguments[2].value.number?.double, amount.isFinite else { return nil }
            self = .refund(order: texts[0], payment: texts[1], amount: amount)
        case .receipt: self = .receipt(order: texts[0])
        case .transfer: self = .transfer
        case .finish: self = .finish
        }
    }
}

/// The tools of the desk, by the names that rules give them.
public enum DeskTool: String, Sendable, CaseIterable {
    /// Tells a user by their email.
    case find = "find_user_id_by_email"
    /// Shows an order, and reads it to the user.
    case read = "get_order_details"
    /// Calls an order off.
    case cancel = "cancel_pending_order"
    /// Changes how an order is paid.
    case modify = "modify_pending_order_items"
    /// Takes an order back and gives money back.
    case refund = "return_delivered_order_items"
    /// Sends a receipt of a return.
    case receipt = "send_receipt"
    /// Puts the user through to a human.
    case transfer = "transfer_to_human_agents"
    /// Ends the episode; no rule names it.
    case finish

    /// Names of the parameters, and the values that each may have: the desk's domains are finite.
    public var parameters: [(name: String, values: [JSONValue])] {
        func texts(_ name: String, _ values: [String]) -> (name: String, values: [JSONValue]) {
            (name, values.map { .text($0) })
        }
        let order = texts("order_id", Desk.orders)
        let payment = texts("payment_method_id", Desk.payments)
        return switch self {
        case .find: [texts("email", Desk.emails)]
        case .read, .receipt: [order]
        case .cancel: [order, texts("reason", Desk.reasons)]
        case .modify: [order, payment]
        case .refund: [order, payment, ("amount", Desk.amounts.map { .integer($0) })]
        case .transfer, .finish: []
        }
    }

    /// All tools as a JSON schema in the function-calling layout.
    public static var schema: JSONValue {
        .list(
            allCases.map { tool in
                let properties = tool.parameters.map { parameter in
                    (
                        parameter.name,
                        parameter.name == "amount"
                            ? JSONValue.object([("type", .text("number"))])
                            : .object([("type", .text("string")), ("enum", .list(parameter.values))])
                    )
                }
                return .object([
                    ("type", .text("function")),
                    (
                        "function",
                        .object([
                            ("name", .text(tool.rawValue)),
                            (
                                "parameters",
                                .object([
                                    ("type", .text("object")), ("properties", .object(properties)),
                                    ("required", .list(tool.parameters.map { .text($0.name) })),
                                ])
                            ),
                        ])
                    ),
                ])
            })
    }
}
