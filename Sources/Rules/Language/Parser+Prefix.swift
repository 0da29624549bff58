import Storage

// What an expression begins with.
extension Parser {
    /// An expression without an operator behind it.
    mutating func prefix() throws(RuleError) -> Typed {
        let place = token.position
        func typed(_ expression: RuleExpression, _ type: ValueType) -> Typed {
            Typed(expression: expression, type: type, position: place)
        }
        switch token.kind {
        case .number(let value, _):
            advance()
            return typed(.number(value), .number)
        case .text(let value):
            advance()
            return typed(.text(value), .text)
        case .mark("("):
            advance()
            let inside = try expression(1)
            try expect(")")
            return typed(inside.expression, inside.type)
        case .mark("-"):
            advance()
            return typed(.negate(try term(8)), .number)
        case .name(let word) where Self.reserved.contains(word): return try reserved(word, typed)
        case .name: return try named(typed)
        default: throw unexpected("a formula or a term")
        }
    }

    private mutating func reserved(
        _ word: String, _ typed: (RuleExpression, ValueType) -> Typed
    ) throws(RuleError) -> Typed {
        switch word {
        case "true", "false":
            advance()
            return typed(.flag(word == "true"), .flag)
        case "not", "previous", "started", "once", "historically":
            advance()
            let window = word == "once" || word == "historically" ? try window() : .all
            let found = try expression(5)
            try check(found, is: .flag)
            return typed(Self.unary(word, window, found.expression), .flag)
        case "each", "some", "with": return typed(try binding(word), .flag)
        default:
            if let function = NumberFunction(rawValue: word) {
                return typed(try call(of: function), .number)
            }
            if word == "seq" { return typed(try sequence(), .flag) }
            return typed(try aggregate(word), .number)
        }
    }

    private static func unary(_ word: String, _ window: Window, _ inside: RuleExpression) -> RuleExpression {
        switch word {
        case "not": .not(inside)
        case "previous": .previous(inside)
        case "started": .started(inside)
        case "once": .once(window, inside)
        default: .historically(window, inside)
        }
    }

    /// `each p: φ`, `some p where φ` or `with v = τ: φ`.
    private mutating func binding(_ word: String) throws(RuleError) -> RuleExpression {
        advance()
        let outer = scope
        defer { scope = outer }
        if word == "with" {
            let name = try newVariable()
            try expect("=")
            let found = try expression(6)
            let slot = bind(name, found.type)
            try expect(":")
            return .with(slot, found.expression, try formula())
        }
        let pattern = try pattern(binds: true)
        try expect(word == "each" ? ":" : "where")
        let inside = try formula()
        return word == "each" ? .each(pattern, inside) : .some(pattern, inside)
    }

    private mutating func newVariable() throws(RuleError) -> String {
        let (name, place) = try newName("a name")
        guard !scope.contains(where: { $0.name == name }) else {
            throw error(place, .twice, "\"\(name)\" is bound twice. Rename one of the two.")
        }
        return name
    }

    private mutating func bind(_ name: String, _ type: ValueType) -> Int {
        scope.append((name, slots, type))
        slots += 1
        return slots - 1
    }

    /// `e(p: x, …)`; unknown names that stand alone become variables where that is allowed.
    mutating func pattern(binds: Bool) throws(RuleError) -> Pattern {
        let (name, place) = try name("an event or a call")
        guard let meaning = meanings[name] else {
            throw error(place, .unknown, "unknown name \"\(name)\". Declare it by \"event\" or \"call\".")
        }
        guard case .event(let event) = meaning else {
            throw error(place, .event, "\"\(name)\" is no event and no call.")
        }
        let parameters = content.events[event].parameters
        var constraints: [Pattern.Constraint] = []
        try expect("(")
        while !token.isMark(")") {
            if !constraints.isEmpty { try expect(",") }
            constraints.append(try constraint(of: name, parameters, constraints, binds: binds))
        }
        advance()
        return Pattern(event: event, arguments: constraints)
    }

    private mutating func constraint(
        of event: String, _ parameters: [Parameter], _ earlier: [Pattern.Constraint], binds: Bool
    ) throws(RuleError) -> Pattern.Constraint {
        guard case .name(let name) = token.kind else { throw unexpected("a parameter of \(event)") }
        let place = advance().position
        guard let number = parameters.firstIndex(where: { $0.name == name }) else {
            throw error(place, .parameter, "\(event) has no parameter \"\(name)\".")
        }
        guard !earlier.contains(where: { $0.parameter == number }) else {
            throw error(place, .twice, "\"\(name)\" is given twice.")
        }
        try expect(":")
        if binds, case .name(let variable) = token.kind, isNew(variable),
            following.isMark(",") || following.isMark(")")
        {
            advance()
            return .init(parameter: number, argument: .bind(bind(variable, parameters[number].type)))
        }
        let found = try expression(6)
        try check(found, is: parameters[number].type)
        return .init(parameter: number, argument: .equals(found.expression))
    }

    private func isNew(_ name: String) -> Bool {
        meanings[name] == nil && !Self.reserved.contains(name) && !scope.contains { $0.name == name }
    }

    /// A variable, or what was declared.
    private mutating func named(_ typed: (RuleExpression, ValueType) -> Typed) throws(RuleError) -> Typed {
        let spelling = token.spelling
        if let variable = scope.last(where: { $0.name == spelling }) {
            advance()
            return typed(.variable(variable.slot, variable.type), variable.type)
        }
        switch meanings[spelling] {
        case .signal(let number):
            advance()
            return typed(.signal(number), .number)
        case .constant(let value):
            advance()
            return typed(.number(value), .number)
        case .definition(let expression, let type):
            advance()
            return typed(expression, type)
        case .event: return typed(.event(try pattern(binds: false)), .flag)
        case .state(let number): return typed(try answer(of: number), content.states[number].type)
        case nil:
            throw error(
                token.position, .unknown,
                "unknown name \"\(spelling)\". Declare it above, or bind it by \"each\".")
        }
    }

    private mutating func answer(of number: Int) throws(RuleError) -> RuleExpression {
        let place = advance().position
        let state = content.states[number]
        var terms: [RuleExpression] = []
        try expect("(")
        while !token.isMark(")") {
            if !terms.isEmpty { try expect(",") }
            let found = try expression(6)
            if terms.count < state.parameters.count {
                try check(found, is: state.parameters[terms.count].type)
            }
            terms.append(found.expression)
        }
        advance()
        guard terms.count == state.parameters.count else {
            throw error(
                place, .arguments,
                "\(state.name) with \(terms.count) arguments. It has \(state.parameters.count).")
        }
        return .state(number, terms)
    }
}
