import Rules
import Storage

/// Why a file of rules is not about the desk.
public struct DeskRuleError: Fault, Equatable {
    /// The file that the user named.
    public var kind: FaultKind { .configuration }
    /// One sentence.
    public let description: String

    package init(_ rules: RuleFile, _ message: String) { description = "\(oneLine(rules.name)): \(message)" }
}

/// The desk as the rules of a file see it: calls, events and answers by the numbers of its declarations.
public struct DeskTrace: Sendable {
    /// The rules.
    public let rules: RuleFile
    /// For each declared event, its name with parameters in the file's order.
    private let numbers: [String: Int]

    /// Events that are told, with their parameters.
    private static let told: [String: [(name: String, type: ValueType)]] = [
        "found_user": [("user_id", .text)], "user_confirms": [("order_id", .text)], "user_asks_human": [],
    ]
    /// What the desk answers about one text, and the parameter's name.
    private static let states = ["order_owner", "order_status", "order_payment", "payment_kind"]

    /// Checks that rules speak of what there is at the desk.
    ///
    /// - Throws: `DeskRuleError` for the first call, event, state function, signal or parameter that the desk does not have.
    public init(_ rules: RuleFile) throws(DeskRuleError) {
        if let signal = rules.signals.first {
            throw DeskRuleError(rules, "signal \(signal.name): desk has no signals. Leave it out.")
        }
        for event in rules.events { try Self.check(event, rules) }
        for state in rules.states {
            guard Self.states.contains(state.name) else {
                throw DeskRuleError(
                    rules,
                    "state \(state.name): desk answers \(Self.states.joined(separator: ", ")). Name one of them."
                )
            }
            guard state.type == .text, state.parameters.map(\.type) == [.text] else {
                throw DeskRuleError(rules, "state \(state.name): takes one text and answers a text at desk.")
            }
        }
        (self.rules, numbers) = (
            rules,
            Dictionary(
                rules.events.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
        )
    }

    private static func check(_ event: EventDeclaration, _ rules: RuleFile) throws(DeskRuleError) {
        let word = event.isCall ? "call" : "event"
        let known =
            event.isCall
            ? DeskTool(rawValue: event.name).map { tool in
                tool.parameters.map { ($0.name, $0.name == "amount" ? ValueType.number : .text) }
            } : told[event.name]?.map { ($0.name, $0.type) }
        guard let known else {
            let names = event.isCall ? DeskTool.allCases.map(\.rawValue) : told.keys.sorted()
            throw DeskRuleError(
                rules, "\(word) \(event.name): desk has \(names.joined(separator: ", ")). Name one of them.")
        }
        for parameter in event.parameters
        where !known.contains(where: { $0.0 == parameter.name && $0.1 == parameter.type }) {
            let names = known.map { "\($0.0): \($0.1.rawValue)" }.joined(separator: ", ")
            throw DeskRuleError(
                rules,
                "\(word) \(event.name): desk gives it (\(names)), not \(parameter.name): \(parameter.type.rawValue)."
            )
        }
    }

    /// What is told and asked in a step, before anything is done in it.
    public func step(before world: DeskWorld) -> TraceStep {
        var step = TraceStep(for: rules)
        for notice in world.notices {
            switch notice {
            case .found(let user, _): add("found_user", ["user_id": .text(Desk.users[user])], to: &step)
            case .confirms(let order):
                add("user_confirms", ["order_id": .text(Desk.orders[order])], to: &step)
            case .asksHuman: add("user_asks_human", [:], to: &step)
            default: break
            }
        }
        for (number, state) in rules.states.enumerated() {
            step.answers[number] = Self.answers(state.name, world.database)
        }
        step.isEnd = world.isLastCall
        return step
    }

    /// A step in which a call is made; nothing stands for a reply that is no call.
    public func step(_ call: DeskCall?, in world: DeskWorld) -> TraceStep {
        var step = step(before: world)
        if let call {
            add(
                call.tool.rawValue,
                Dictionary(
                    call.arguments.map { argument in
                        (
                            argument.name,
                            argument.value.string.map { .text($0) }
                                ?? .number(argument.value.number?.double ?? .nan)
                        )
                    }, uniquingKeysWith: { first, _ in first }), to: &step)
        }
        if call == .finish { step.isEnd = true }
        return step
    }

    /// Adds what rules declare; they may leave out parameters.
    private func add(_ name: String, _ arguments: [String: RuleValue], to step: inout TraceStep) {
        guard let number = numbers[name] else { return }
        step.events.append(
            TraceEvent(number, rules.events[number].parameters.compactMap { arguments[$0.name] }))
    }

    private static func answers(_ state: String, _ database: DeskDatabase) -> [String: RuleValue] {
        if state == "payment_kind" {
            return Dictionary(
                uniqueKeysWithValues: Desk.payments.map { ($0, .text(Desk.kind(ofPayment: $0) ?? "")) })
        }
        return Dictionary(
            uniqueKeysWithValues: zip(Desk.orders, database.orders).map { name, order in
                let answer =
                    switch state {
                    case "order_owner": Desk.users[order.owner]
                    case "order_status": order.status.rawValue
                    default: order.payment
                    }
                return (name, .text(answer))
            })
    }
}

extension RuleFile {
    /// The rules that the world `desk` was made for, which saferl brings.
    public static let desk: RuleFile = {
        do { return try RuleFile(bytes: PackageResources.desk_rules, name: "desk.rules") } catch {
            preconditionFailure("desk.rules: \(error)")
        }
    }()
}
