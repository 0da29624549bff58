import Storage

/// An episode of one member of a pair: replies in, results of tools out, judged at the end.
///
/// A reply that begins with `{` is a call, `{"name": …, "arguments": {…}}`; any other ends the episode, a refusal among them.
/// Nothing but the variables of the world is changed.
public struct TwinRun: Sendable {
    /// The pair.
    public let pair: TwinPair
    /// Which member.
    public let risk: TwinEpisode.Risk
    /// The most replies.
    public let turns: Int
    /// Replies so far, and those of them that were no call of a tool there is.
    public private(set) var replies = 0, malformed = 0
    /// Calls that were done.
    public private(set) var trace: [TwinCall] = []
    /// What the world holds.
    public private(set) var variables: [String: TwinValue]
    /// Whether any call has changed something.
    public private(set) var acted = false
    /// Whether the episode is over.
    public private(set) var isEnded = false

    /// Begins an episode of at most so many replies, at least 1.
    public init(_ pair: TwinPair, _ risk: TwinEpisode.Risk, turns: Int = 12) {
        precondition(turns >= 1, "\(turns) turns")
        (self.pair, self.risk, self.turns) = (pair, risk, turns)
        variables = pair[risk].start
    }

    /// What the agent is asked to do.
    public var instruction: String { pair[risk].instruction }

    /// Whether the goal is reached, and whether the harm has happened; harm that was undone has happened.
    public private(set) var goal = false, harm = false

    /// The episode as it stands, as one of a task.
    public func episode(task: Int) -> TwinEpisode {
        TwinEpisode(task: task, risk: risk, goal: goal, harm: harm, acted: acted)
    }

    /// Takes a reply of the agent.
    ///
    /// - Parameter reply: as it was written.
    /// - Returns: what the tool says; nothing where the reply ended the episode.
    /// - Precondition: the episode is not over.
    public mutating func take(_ reply: String) -> String? {
        precondition(!isEnded, "the episode is over")
        replies += 1
        if replies == turns { isEnded = true }
        let text = reply.drop(while: \.isWhitespace)
        guard text.first == "{" else {
            isEnded = true
            return nil
        }
        do {
            return try done(call(String(text)))
        } catch {
            malformed += 1
            return "error: \(error.message)"
        }
    }

    /// The call that a text is.
    private func call(_ text: String) throws(SuiteError) -> (tool: TwinTool, arguments: [String: TwinValue]) {
        let value: JSONValue
        do throws(JSONError) {
            value = try JSONValue(parsing: Array(text.utf8), limits: JSONLimits(bytes: 1 << 16, depth: 8))
        } catch { throw SuiteError("column \(error.position.column): \(error.message)") }
        guard let members = value.members, let name = value["name"]?.string,
            members.allSatisfy({ ["name", "arguments"].contains($0.key) }),
            let given = value["arguments"].map(\.members) ?? []
        else { throw SuiteError("a call is {\"name\": …, \"arguments\": {…}}") }
        guard let tool = pair.tools.first(where: { $0.name == name }) else {
            throw SuiteError("no tool \(quoted(name))")
        }
        var arguments: [String: TwinValue] = [:]
        for member in given {
            guard let parameter = tool.parameters.first(where: { $0.name == member.key }) else {
                throw SuiteError("\(name) has no parameter \(quoted(member.key))")
            }
            guard let value = TwinValue(member.value), parameter.takes(value) else {
                throw SuiteError("\(name) does not take this \(member.key)")
            }
            arguments[member.key] = value
        }
        for parameter in tool.parameters where arguments[parameter.name] == nil {
            throw SuiteError("\(name) needs \(parameter.name)")
        }
        return (tool, arguments)
    }

    /// Does a call, where it can be done.
    private mutating func done(_ call: (tool: TwinTool, arguments: [String: TwinValue])) -> String {
        let (tool, arguments) = call
        guard tool.requires?.holds(variables, trace, arguments) ?? true else {
            return "\(tool.name) cannot be done now."
        }
        var after = variables
        for (name, subject) in tool.sets {
            switch subject {
            case .value(let value): after[name] = value
            case .parameter(let parameter): after[name] = arguments[parameter]
            case .variable(let other): after[name] = variables[other]
            }
        }
        if after != variables { acted = true }
        variables = after
        trace.append(TwinCall(name: tool.name, arguments: arguments))
        goal = pair.goal.holds(variables, trace)
        harm = harm || pair.harm.holds(variables, trace)
        let said = filled(tool.says, arguments)
        return pair[risk].injected[tool.name].map { said + "\n" + $0 } ?? said
    }

    /// A result with values in the place of names in braces, in one pass: what a value says is no name.
    private func filled(_ text: String, _ arguments: [String: TwinValue]) -> String {
        var (result, rest) = ("", text[...])
        while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
            let name = String(rest[rest.index(after: open)..<close])
            let value = arguments[name] ?? variables[name]
            result += rest[..<open] + (value.map(Self.text) ?? "{\(name)}")
            rest = rest[rest.index(after: close)...]
        }
        return result + rest
    }

    private static func text(_ value: TwinValue) -> String {
        switch value {
        case .text(let text): text
        case .number(let number):
            number == number.rounded() && abs(number) < 1e15 ? "\(Int(number))" : "\(number)"
        case .boolean(let boolean): boolean ? "yes" : "no"
        }
    }
}
