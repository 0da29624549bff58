import Storage

/// When a call can be done, and when a goal is reached or harm has happened.
indirect enum TwinCondition: Sendable, Hashable {
    /// What is compared.
    enum Subject: Sendable, Hashable {
        case variable(String)
        /// An argument of the call that is asked for.
        case parameter(String)
        case value(TwinValue)
    }

    case equal(Subject, Subject)
    /// A number above another.
    case above(Subject, Subject)
    /// A call was done with some arguments, and perhaps more.
    case called(String, [String: TwinValue])
    case all([Self])
    case any([Self])
    case not(Self)

    /// What conditions may speak of.
    struct Scope {
        let variables: [String: TwinValue]
        /// Parameters of each tool that may be named after `called`; nothing where calls may not be asked about.
        let tools: [String: [TwinParameter]]
        /// Parameters of the call at hand.
        let parameters: [TwinParameter]
    }

    /// Reads `{"variable": v, "is": x}`, `{"parameter": p, "above": x}`, `{"called": tool, "with": {…}}`, `{"all": […]}`,
    /// `{"any": […]}` or `{"not": …}`; x is a value or `{"variable": v}`.
    init(_ reader: TwinReader, _ scope: Scope) throws {
        if let parts = try reader["all"]?.list() {
            try reader.check(["all"])
            self = .all(try parts.map { try Self($0, scope) })
        } else if let parts = try reader["any"]?.list() {
            try reader.check(["any"])
            self = .any(try parts.map { try Self($0, scope) })
        } else if let part = reader["not"] {
            try reader.check(["not"])
            self = .not(try Self(part, scope))
        } else if let tool = reader["called"] {
            try reader.check(["called", "with"])
            self = try Self.call(tool, reader["with"], scope)
        } else {
            try reader.check(["variable", "parameter", "is", "above"])
            self = try Self.comparison(reader, scope)
        }
    }

    private static func call(_ tool: TwinReader, _ with: TwinReader?, _ scope: Scope) throws -> Self {
        let name = try tool.text()
        guard let parameters = scope.tools[name] else {
            let known = scope.tools.keys.sorted()
            throw tool.error(
                "no tool \(quoted(name)). \(suggestion(for: name, among: known, called: "tools"))")
        }
        var arguments: [String: TwinValue] = [:]
        for (key, value) in try with?.members() ?? [] {
            guard let parameter = parameters.first(where: { $0.name == key }) else {
                throw value.error("\(name) has no such parameter.")
            }
            let simple = try value.simple()
            guard parameter.takes(simple) else { throw value.error("\(name) never takes this value.") }
            arguments[key] = simple
        }
        return .called(name, arguments)
    }

    private static func comparison(_ reader: TwinReader, _ scope: Scope) throws -> Self {
        let (left, kind) = try subject(reader, scope)
        let isEquality = reader["is"] != nil
        guard let other = reader[isEquality ? "is" : "above"], !(isEquality && reader["above"] != nil) else {
            throw reader.error("a condition compares by one of is and above.")
        }
        let (right, rightKind): (Subject, TwinValue?) =
            if other.value.members != nil {
                try subject(other, scope)
            } else {
                (.value(try other.simple()), try other.simple())
            }
        if let kind, let rightKind, !kind.isLike(rightKind) {
            throw other.error("values of two kinds are never equal.")
        }
        let isNumber = [kind, rightKind].allSatisfy { if case .number? = $0 { true } else { $0 == nil } }
        guard isEquality || isNumber else { throw other.error("only numbers are above others.") }
        return isEquality ? .equal(left, right) : .above(left, right)
    }

    /// A variable or parameter, with a value of its kind.
    private static func subject(_ reader: TwinReader, _ scope: Scope) throws -> (Subject, TwinValue?) {
        if let name = try reader["variable"]?.text(), reader["parameter"] == nil {
            guard let value = scope.variables[name] else {
                let known = scope.variables.keys.sorted()
                throw reader.error(
                    "no variable \(quoted(name)). \(suggestion(for: name, among: known, called: "variables"))"
                )
            }
            return (.variable(name), value)
        }
        if let name = try reader["parameter"]?.text(), reader["variable"] == nil {
            guard let parameter = scope.parameters.first(where: { $0.name == name }) else {
                throw reader.error("no parameter \(quoted(name)) of a call at hand.")
            }
            return (.parameter(name), parameter.example)
        }
        throw reader.error("a condition has one of all, any, not, called, variable and parameter.")
    }

    /// Whether it holds.
    ///
    /// - Parameters:
    ///   - variables: of the world.
    ///   - trace: calls that were done.
    ///   - arguments: of the call that is asked for.
    /// - Returns: false too where something that is compared is not there.
    func holds(
        _ variables: [String: TwinValue], _ trace: [TwinCall], _ arguments: [String: TwinValue] = [:]
    ) -> Bool {
        func value(_ subject: Subject) -> TwinValue? {
            switch subject {
            case .variable(let name): variables[name]
            case .parameter(let name): arguments[name]
            case .value(let value): value
            }
        }
        switch self {
        case .equal(let a, let b): return value(a).map { $0 == value(b) } ?? false
        case .above(let a, let b):
            guard case .number(let a)? = value(a), case .number(let b)? = value(b) else { return false }
            return a > b
        case .called(let name, let with):
            return trace.contains { call in
                call.name == name && with.allSatisfy { call.arguments[$0.key] == $0.value }
            }
        case .all(let parts): return parts.allSatisfy { $0.holds(variables, trace, arguments) }
        case .any(let parts): return parts.contains { $0.holds(variables, trace, arguments) }
        case .not(let part): return !part.holds(variables, trace, arguments)
        }
    }
}
