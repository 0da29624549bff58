import LanguageModels
import Rules
import Storage

/// How a model's calls are guarded.
public enum GuardMode: String, Sendable, CaseIterable {
    /// Calls are kept to the tools alone.
    case none
    /// A call that is refused ends the reply.
    case check
    /// A call that is refused is drawn again.
    case resample
    /// Calls of finite domains are masked where they would be refused; others are drawn again.
    case mask
}

/// What is done where no call was found that is allowed.
public enum CallReaction: String, Sendable, CaseIterable {
    /// The reason is put into the context, and the model goes on.
    case explain
    /// A step without a call is taken.
    case idle
    /// The episode ends.
    case stop
}

/// How hard a call is looked for.
public struct CallLimits: Sendable, Equatable {
    /// How often a reply is drawn again.
    public var redraws = 8
    /// The number of the draw, from 1, from which on calls that were refused are masked; nothing for never.
    public var tabooFrom: Int? = 5
    /// Calls of a tool that are listed for a mask; a tool with more is drawn again instead.
    public var mostCalls = 4096

    /// The defaults.
    public init() {}
}

/// Ties the tools of a grammar to the rules of a file: which calls may be made in a step.
///
/// A call that rules declare belongs to the tool of its name, and its parameters to those of the tool: text to a string, number
/// to a number or integer, flag to a boolean, each required. A tool may have more parameters than rules name, and there may be
/// tools of which no rule speaks; calls of these are judged as steps without a call.
public struct CallGuard: Sendable {
    /// The rules.
    public let rules: RuleFile
    /// The tools.
    public let grammar: ToolGrammar
    /// How calls are guarded.
    public let mode: GuardMode
    /// How hard a call is looked for.
    public let limits: CallLimits
    /// What is done where none was found, in this order.
    public let reactions: [CallReaction]
    /// Tools whose call ends the episode, so that rules of its end are judged with it.
    public let ending: Set<String>
    /// The number of the declaration of each tool that rules speak of.
    private let events: [String: Int]
    /// Calls that were listed for a mask.
    let listing = CallListing()

    /// Ties tools and rules together.
    ///
    /// - Parameters:
    ///   - rules: about calls; signals of theirs are the caller's to give.
    ///   - grammar: of the tools.
    ///   - mode: how calls are guarded.
    ///   - limits: how hard a call is looked for.
    ///   - reactions: what is done where none was found, in this order; behind the last comes `stop`.
    ///   - ending: names of tools whose call ends the episode.
    /// - Throws: `CallGuardError` for the first call that does not fit.
    public init(
        _ rules: RuleFile, _ grammar: ToolGrammar, mode: GuardMode, limits: CallLimits = CallLimits(),
        reactions: [CallReaction] = [.explain, .idle, .stop], ending: Set<String> = []
    ) throws(CallGuardError) {
        (self.rules, self.grammar, self.mode) = (rules, grammar, mode)
        (self.limits, self.reactions, self.ending) = (limits, reactions, ending)
        var events: [String: Int] = [:]
        for (number, event) in rules.events.enumerated() {
            if event.isCall {
                try Self.check(event, of: rules, grammar.schema)
                events[event.name] = number
            } else if grammar.schema.tool(event.name) != nil {
                throw CallGuardError(
                    rules, event,
                    "\"\(event.name)\" is a tool and declared as an event. Declare it by \"call\", or rename it."
                )
            }
        }
        self.events = events
    }

    private static func check(
        _ event: EventDeclaration, of rules: RuleFile, _ schema: ToolSchema
    ) throws(CallGuardError) {
        guard let tool = schema.tool(event.name) else {
            let near = suggestion(for: event.name, among: schema.tools.map(\.name), called: "tools")
            throw CallGuardError(rules, event, "no tool \"\(event.name)\". \(near)")
        }
        for parameter in event.parameters {
            guard let own = tool.parameters.first(where: { $0.name == parameter.name }) else {
                let near = suggestion(
                    for: parameter.name, among: tool.parameters.map(\.name), called: "parameters")
                throw CallGuardError(
                    rules, event, "the tool \"\(event.name)\" has no parameter \"\(parameter.name)\". \(near)"
                )
            }
            let type = own.type.ruleType
            guard type == parameter.type else {
                let remedy = type.map { "Declare it as \($0.rawValue)." } ?? "Leave it out of the rules."
                throw CallGuardError(
                    rules, event,
                    "\(event.name)'s \"\(parameter.name)\" is \(own.type.described) to the tool and "
                        + "\(parameter.type.rawValue) to the rules. \(remedy)")
            }
            guard own.isRequired else {
                throw CallGuardError(
                    rules, event,
                    "\(event.name)'s \"\(parameter.name)\" may be left out of a call, which could not be judged then. "
                        + "Require it in the tools, or leave it out of the rules.")
            }
        }
    }

    /// What rules hear of a call; nothing where none speaks of its tool.
    ///
    /// - Throws: `ToolCallError` where an argument is missing or of another type, which no call of the grammar is.
    public func event(of call: ToolCall) throws(ToolCallError) -> TraceEvent? {
        guard let number = events[call.name] else { return nil }
        var arguments: [RuleValue] = []
        for parameter in rules.events[number].parameters {
            let given = call.arguments[parameter.name]
            guard let given, let value = Self.value(given), value.type == parameter.type else {
                throw ToolCallError(
                    "\(call.name)'s \"\(parameter.name)\" is \(given?.kind ?? "missing"), where "
                        + "\(parameter.type.rawValue) belongs.")
            }
            arguments.append(value)
        }
        return TraceEvent(number, arguments)
    }

    private static func value(_ value: JSONValue) -> RuleValue? {
        switch value.content {
        case .text(let text): .text(text)
        case .number(let number): .number(number.double)
        case .boolean(let flag): .flag(flag)
        default: nil
        }
    }

    /// Judges a step with a call; the monitor holds it as its proposal where it could be judged.
    ///
    /// - Parameters:
    ///   - call: of the grammar.
    ///   - monitor: behind the steps that were taken; `commit()` takes this one too.
    ///   - step: what is known of the step without the call.
    /// - Returns: why the call is refused; nothing where it is allowed.
    public func judge(
        _ call: ToolCall, _ monitor: inout RuleMonitor, in step: TraceStep
    ) -> CallRefusal? {
        let event: TraceEvent?
        do throws(ToolCallError) { event = try self.event(of: call) } catch {
            return CallRefusal(call: call, rules: [], reason: "\(call.name): \(error.description)")
        }
        return refusal(of: call, event, &monitor, in: step)
    }

    /// Judges a step without a call, as `judge` does one with it.
    ///
    /// - Parameters:
    ///   - monitor: behind the steps that were taken.
    ///   - step: what is known of the step.
    /// - Returns: why doing nothing is refused; nothing where it is allowed.
    public func judgeIdle(_ monitor: inout RuleMonitor, in step: TraceStep) -> CallRefusal? {
        refusal(of: nil, nil, &monitor, in: step)
    }

    private func refusal(
        of call: ToolCall?, _ event: TraceEvent?, _ monitor: inout RuleMonitor, in step: TraceStep
    ) -> CallRefusal? {
        var step = step
        if let event { step.events.append(event) }
        if let call, ending.contains(call.name) { step.isEnd = true }
        let name = call?.name ?? "a step without a call"
        do throws(RuleFault) {
            let judgement = try monitor.propose(step)
            if judgement.isAllowed { return nil }
            let broken = judgement.broken.filter { !rules.rules[$0].isWatched }
            let reasons = broken.map { rules.rules[$0].text ?? rules.rules[$0].name }
            return CallRefusal(
                call: call, rules: broken,
                reason: "\(name) was refused: \(oneLine(reasons.joined(separator: "; "))).")
        } catch {
            return CallRefusal(
                call: call, rules: [],
                reason: "\(name) was refused, because it cannot be judged: \(error.description)")
        }
    }

    /// What to do behind a reply that found no call: the first reaction that can be taken.
    ///
    /// - Parameters:
    ///   - explained: explanations that this step has had; one is given at most.
    ///   - monitor: behind the steps that were taken; it holds the step without a call where that is the reaction.
    ///   - step: what is known of the step.
    /// - Returns: the reaction; `idle` only where doing nothing is allowed.
    public func reaction(
        explained: Int, _ monitor: inout RuleMonitor, in step: TraceStep
    ) -> CallReaction {
        for reaction in reactions {
            switch reaction {
            case .explain: if explained == 0 { return .explain }
            case .idle: if judgeIdle(&monitor, in: step) == nil { return .idle }
            case .stop: return .stop
            }
        }
        return .stop
    }
}

extension ToolType {
    /// What a value of this type is to rules; nothing for one that they cannot name.
    var ruleType: ValueType? {
        switch self {
        case .text, .choice, .pattern: .text
        case .number, .integer: .number
        case .flag: .flag
        case .list, .object: nil
        }
    }

    var described: String {
        switch self {
        case .text, .choice, .pattern: "a string"
        case .number: "a number"
        case .integer: "an integer"
        case .flag: "a boolean"
        case .list: "an array"
        case .object: "an object"
        }
    }
}
