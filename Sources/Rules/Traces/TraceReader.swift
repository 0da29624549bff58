import Storage

/// Reads steps of a trace for the rules of a file: JSON objects with `signals`, `events`, `state` and `end`, all strict.
///
/// A state function's answers stay as they were where a step says nothing of it.
public struct TraceReader: Sendable {
    /// The largest line, and the largest table, that is read, in bytes.
    public static let largestLine = 1 << 23

    let rules: RuleFile
    let file: String
    private var answers: [[String: RuleValue]]
    private var isOver = false

    /// Reads a trace that is called by a name in messages.
    public init(_ rules: RuleFile, name: String) {
        (self.rules, file) = (rules, name)
        answers = [[String: RuleValue]](repeating: [:], count: rules.states.count)
    }

    /// The next step.
    ///
    /// - Parameters:
    ///   - bytes: a line.
    ///   - line: its number, from 1.
    /// - Returns: the step.
    /// - Throws: `TraceError`.
    public mutating func step(_ bytes: [UInt8], line: Int) throws(TraceError) -> TraceStep {
        let value: JSONValue
        do {
            value = try JSONValue(parsing: bytes, limits: JSONLimits(bytes: Self.largestLine, depth: 16))
        } catch {
            throw TraceError(
                file, line,
                "column \(error.position.column): \(error.message). Write each step as one JSON object in one line."
            )
        }
        return try step(value, line: line)
    }

    /// The next step, as an object that was read.
    ///
    /// - Throws: `TraceError`.
    public mutating func step(_ value: JSONValue, line: Int) throws(TraceError) -> TraceStep {
        if isOver {
            throw TraceError(
                file, line, "a step behind one with \"end\". Remove it, or put it into a trace of its own.")
        }
        guard let members = value.members else {
            throw TraceError(file, line, "\(value.kind) where a step belongs. Write an object.")
        }
        var step = TraceStep(for: rules)
        for member in members {
            switch member.key {
            case "signals": try readSignals(member.value, into: &step, line)
            case "events": step.events = try readEvents(member.value, line)
            case "state": try readState(member.value, line)
            case "end":
                guard let end = member.value.bool else {
                    throw TraceError(file, line, "\"end\" is \(member.value.kind). Write true or false.")
                }
                step.isEnd = end
            default:
                let known = suggestion(
                    for: member.key, among: ["signals", "events", "state", "end"], called: "members")
                throw TraceError(file, line, "\"\(oneLine(member.key))\": unknown member. \(known)")
            }
        }
        step.answers = answers
        isOver = step.isEnd
        return step
    }

    private func readSignals(_ value: JSONValue, into step: inout TraceStep, _ line: Int) throws(TraceError) {
        guard let members = value.members else {
            throw TraceError(file, line, "\"signals\" is \(value.kind). Write an object.")
        }
        for member in members {
            // A column that no rule reads may be there.
            guard let number = rules.signals.firstIndex(where: { $0.name == member.key }) else { continue }
            guard let found = member.value.number?.double, found.isFinite else {
                throw TraceError(
                    file, line, "signal \"\(member.key)\" is \(member.value.kind). Write a finite number.")
            }
            step.signals[number] = found
        }
    }

    private func readEvents(_ value: JSONValue, _ line: Int) throws(TraceError) -> [TraceEvent] {
        guard let elements = value.elements else {
            throw TraceError(file, line, "\"events\" is \(value.kind). Write a list.")
        }
        var found: [TraceEvent] = []
        for element in elements { found.append(try event(element, line)) }
        return found
    }

    /// An event of the form `{"name": …, "args": {…}}`.
    ///
    /// - Throws: `TraceError`.
    public func event(_ value: JSONValue, _ line: Int) throws(TraceError) -> TraceEvent {
        guard let name = value["name"]?.string else {
            throw TraceError(file, line, "an event without a \"name\". Write {\"name\": …, \"args\": {…}}.")
        }
        guard let number = rules.events.firstIndex(where: { $0.name == name }) else {
            throw TraceError(
                file, line,
                "\"\(oneLine(name))\": no event and no call of the rules. "
                    + suggestion(for: name, among: rules.events.map(\.name), called: "events"))
        }
        let parameters = rules.events[number].parameters
        let given = value["args"]?.members ?? []
        if let extra = given.first(where: { member in !parameters.contains { $0.name == member.key } }) {
            throw TraceError(file, line, "\(name) has no parameter \"\(oneLine(extra.key))\". Remove it.")
        }
        var arguments: [RuleValue] = []
        for parameter in parameters {
            guard let member = given.first(where: { $0.key == parameter.name }) else {
                throw TraceError(
                    file, line, "\(name) lacks \"\(parameter.name)\". Give \(parameter.type.described).")
            }
            guard let argument = Self.value(member.value, parameter.type) else {
                throw TraceError(
                    file, line,
                    "\(name)'s \"\(parameter.name)\" is \(member.value.kind). Give \(parameter.type.described)."
                )
            }
            arguments.append(argument)
        }
        return TraceEvent(number, arguments)
    }

    /// A value of a type; nothing for one of another.
    private static func value(_ value: JSONValue, _ type: ValueType) -> RuleValue? {
        switch type {
        case .number: value.number.flatMap { $0.double.isFinite ? .number($0.double) : nil }
        case .text: value.string.map { .text($0) }
        case .flag: value.bool.map { .flag($0) }
        }
    }

    private mutating func readState(_ value: JSONValue, _ line: Int) throws(TraceError) {
        guard let members = value.members else {
            throw TraceError(file, line, "\"state\" is \(value.kind). Write an object.")
        }
        for member in members {
            // A function that no rule asks may be there.
            guard let number = rules.states.firstIndex(where: { $0.name == member.key }) else { continue }
            guard let found = member.value.members else {
                throw TraceError(
                    file, line,
                    "the answers of \(member.key) are \(member.value.kind). Write an object by arguments.")
            }
            var own: [String: RuleValue] = [:]
            for answer in found {
                guard let value = Self.value(answer.value, rules.states[number].type) else {
                    throw TraceError(
                        file, line,
                        "the answer of \(member.key)(\(oneLine(answer.key))) is \(answer.value.kind). "
                            + "Give \(rules.states[number].type.described).")
                }
                own[answer.key] = value
            }
            answers[number] = own
        }
    }
}
