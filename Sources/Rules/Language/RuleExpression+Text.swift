// Formulas as text of the language, in parentheses where that is needed to read them.
extension RuleContent {
    /// What a rule asks of every step.
    func text(_ body: RuleBody) -> String {
        switch body {
        case .always(.not(let formula)): return "never \(text(formula))"
        case .always(let formula): return text(formula)
        case .response(let trigger, let formula, let within):
            let first =
                switch trigger {
                case .formula(let trigger): text(trigger)
                case .eachEvent(let pattern): "each " + text(pattern)
                }
            return "\(first) leads to \(text(formula)) "
                + (within.map { "within " + span("\($0)", to: $0) } ?? "before end")
        }
    }

    private func text(_ pattern: Pattern) -> String {
        let event = events[pattern.event]
        let arguments = pattern.arguments.map { constraint in
            let value =
                switch constraint.argument {
                case .bind(let slot): variable(slot)
                case .equals(let term): text(term)
                }
            return "\(event.parameters[constraint.parameter].name): \(value)"
        }
        return "\(event.name)(\(arguments.joined(separator: ", ")))"
    }

    private func variable(_ slot: Int) -> String { "v\(slot)" }

    private func text(_ window: Window) -> String {
        guard window != .all else { return "" }
        guard let upper = window.upper else {
            return "[" + span("\(window.lower)..", from: window.lower) + "]"
        }
        return "[" + span("\(window.lower)..\(upper)", from: window.lower, to: upper) + "]"
    }

    /// A span of steps, with its seconds where a step's are shown.
    private func span(_ steps: String, from first: Int = 0, to last: Int? = nil) -> String {
        guard let shownStep, (last ?? first) > 0 else { return steps }
        func seconds(_ count: Int) -> String {
            let value = (1e6 * shownStep * Double(count)).rounded() / 1e6
            return value == value.rounded() ? "\(Int(value))" : "\(value)"
        }
        let begin = first > 0 ? (last == nil ? "from \(seconds(first))" : "\(seconds(first)) to ") : ""
        let end = last.map(seconds) ?? ""
        return "\(steps) step\(steps == "1" ? "" : "s") (\(begin)\(end) s)"
    }

    private func inner(_ expression: RuleExpression) -> String {
        switch expression {
        case .number, .text, .flag, .signal, .variable, .state, .function, .count, .sum, .maximum, .minimum,
            .total, .age, .before, .event, .seq:
            text(expression)
        default: "(\(text(expression)))"
        }
    }

    private func list(_ terms: [RuleExpression]) -> String { terms.map(text).joined(separator: ", ") }

    func text(_ expression: RuleExpression) -> String {
        switch expression {
        case .number(let value): value == value.rounded() && abs(value) < 1e15 ? "\(Int(value))" : "\(value)"
        case .text(let value): "\"\(value)\""
        case .flag(let value): "\(value)"
        case .signal(let number): signals[number].name
        case .variable(let slot, _): variable(slot)
        case .state(let number, let terms): "\(states[number].name)(\(list(terms)))"
        case .negate(let a): "-\(inner(a))"
        case .arithmetic(let operation, let a, let b): "\(inner(a)) \(operation.rawValue) \(inner(b))"
        case .function(let function, let terms): "\(function.rawValue)(\(list(terms)))"
        case .compare(let comparison, let a, let b): "\(text(a)) \(comparison.rawValue) \(text(b))"
        case .not(let a): "not \(inner(a))"
        case .and(let a, let b): "\(inner(a)) and \(inner(b))"
        case .or(let a, let b): "\(inner(a)) or \(inner(b))"
        case .implies(let a, let b): "\(inner(a)) implies \(inner(b))"
        case .since(let window, let a, let b): "\(inner(a)) since\(text(window)) \(inner(b))"
        case .event(let pattern): text(pattern)
        case .each(let pattern, let a): "each \(text(pattern)): \(text(a))"
        case .some(let pattern, let a): "some \(text(pattern)) where \(text(a))"
        case .with(let slot, let term, let a): "with \(variable(slot)) = \(text(term)): \(text(a))"
        default: past(expression)
        }
    }

    private func past(_ expression: RuleExpression) -> String {
        switch expression {
        case .count(let window, let a): "count\(text(window))(\(text(a)))"
        case .sum(let window, let a): "sum\(text(window))(\(text(a)))"
        case .maximum(let window, let a): "maximum\(text(window))(\(text(a)))"
        case .minimum(let window, let a): "minimum\(text(window))(\(text(a)))"
        case .total(let window, let pattern, let a): "total\(text(window))(\(text(pattern)): \(text(a)))"
        case .age(let a): "age(\(text(a)))"
        case .before(let a, let first): "before(\(text(a)), \(text(.number(first))))"
        case .previous(let a): "previous \(inner(a))"
        case .started(let a): "started \(inner(a))"
        case .once(let window, let a): "once\(text(window)) \(inner(a))"
        case .historically(let window, let a): "historically\(text(window)) \(inner(a))"
        case .seq(let parts): "seq(\(list(parts)))"
        default: ""
        }
    }
}

extension RuleFile {
    /// A rule as text of the language, definitions put in, variables numbered.
    ///
    /// Where the seconds of a step are known, spans of steps have theirs behind them: `within 40 steps (2 s)`.
    public func text(of rule: Int) -> String {
        var shown = content
        shown.shownStep = stepDuration
        return shown.text(rules[rule].body)
    }
}
