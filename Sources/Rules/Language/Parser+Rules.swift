import Storage

// Rules, with what is checked of them when they are read.
extension Parser {
    mutating func rule(isWatched: Bool) throws(RuleError) {
        advance()
        let (name, place) = try name("a rule's name")
        guard ruleNames.insert(name).inserted, meanings[name] == nil else {
            throw error(place, .twice, "\"\(name)\" is declared twice. Rename one of the two.")
        }
        guard content.rules.count < Self.ruleLimit else {
            throw error(place, .limit, "more than \(Self.ruleLimit) rules. Split the file.")
        }
        var text: String?
        if case .text(let said) = token.kind {
            text = said
            advance()
        }
        try expect(":")
        scope = []
        let body = try body()
        try checkMemory(of: body, name, place)
        let kind = content.kind(of: body)
        if kind == .observed && !isWatched {
            throw error(
                place, .preventable,
                "rule \(name): nothing in it is chosen by the policy, so no action can keep it. Write watch instead of rule."
            )
        }
        content.rules.append(Rule(name: name, text: text, isWatched: isWatched, kind: kind, body: body))
    }

    private mutating func body() throws(RuleError) -> RuleBody {
        if accept("never") { return .always(.not(try formula())) }
        guard token.isWord("each") else {
            let formula = try formula()
            guard accept("leads") else { return .always(formula) }
            try expect("to")
            return .response(.formula(formula), try self.formula(), within: try deadline())
        }
        advance()
        let pattern = try pattern(binds: true)
        if accept("leads") {
            try expect("to")
            return .response(.eachEvent(pattern), try formula(), within: try deadline())
        }
        try expect(":")
        let inside = try formula()
        let each = RuleExpression.each(pattern, inside)
        guard accept("leads") else { return .always(each) }
        try expect("to")
        scope = []
        return .response(.formula(each), try formula(), within: try deadline())
    }

    private mutating func deadline() throws(RuleError) -> Int? {
        if accept("within") {
            let place = token.position
            let steps = try integer()
            guard steps <= Window.limit else {
                throw error(place, .window, "a deadline beyond \(Window.limit) steps. Write a smaller one.")
            }
            return steps
        }
        guard accept("before") else { throw unexpected("\"within\" or \"before\"") }
        try expect("end")
        return nil
    }

    /// Checks that what is remembered is pinned by events, and that next signals have models.
    private func checkMemory(of body: RuleBody, _ name: String, _ place: TextPosition) throws(RuleError) {
        for expression in body.expressions {
            if let operation = expression.unguarded {
                throw error(
                    place, .unguarded,
                    "rule \(name): what \(operation) remembers has a variable that no event pins, so that memory has no "
                        + "bound. Bind it by an event inside, or carry a value of now by \"with\".")
            }
        }
        for expression in body.expressions {
            if let signal = expression.signals.first(where: {
                content.signals[$0].source == .next && !content.modelled.contains(content.signals[$0].name)
            }) {
                let next = content.signals[signal].name
                throw error(
                    place, .model,
                    "rule \(name): \"\(next)\" has no model. Declare one: model \(next) = … within 0.001.")
            }
        }
    }
}

extension RuleBody {
    /// Its formulas; a trigger by events as the formula that such an event is there.
    var expressions: [RuleExpression] {
        switch self {
        case .always(let formula): [formula]
        case .response(.formula(let trigger), let formula, _): [trigger, formula]
        case .response(.eachEvent(let pattern), let formula, _): [.some(pattern, .flag(true)), formula]
        }
    }
}
