/// What rules mean, straight from their definition: a judge that shares nothing with monitors.
///
/// Every step looks at the whole trace again, in time that grows with its square at least.
package struct TraceSemantics {
    let rules: RuleFile
    let steps: [TraceStep]

    package typealias Valuation = [Int: RuleValue]

    /// Looks at a trace from its first step on.
    package init(rules: RuleFile, steps: [TraceStep]) { (self.rules, self.steps) = (rules, steps) }

    /// Whether a formula holds at a step.
    ///
    /// - Throws: `RuleFault` for an answer that is missing, or a value of another type than it must have.
    package func holds(_ formula: RuleExpression, at t: Int, _ v: Valuation = [:]) throws -> Bool {
        func inside(_ a: RuleExpression, _ t: Int) throws -> Bool { try holds(a, at: t, v) }
        switch formula {
        case .flag(let value): return value
        case .not(let a): return try !inside(a, t)
        case .and(let a, let b): return try inside(a, t) && inside(b, t)
        case .or(let a, let b): return try inside(a, t) || inside(b, t)
        case .implies(let a, let b): return try !inside(a, t) || inside(b, t)
        case .previous(let a): return try t >= 1 && inside(a, t - 1)
        case .started(let a): return try inside(a, t) && (t == 0 || !inside(a, t - 1))
        case .once(let window, let a): return try back(window, t).contains { try inside(a, t - $0) }
        case .historically(let window, let a): return try back(window, t).allSatisfy { try inside(a, t - $0) }
        case .since(let window, let a, let b):
            return try back(window, t).contains { k in
                try inside(b, t - k) && (0..<k).allSatisfy { try inside(a, t - $0) }
            }
        case .seq(let parts): return try sequence(parts, endingAt: t, v)
        case .compare(let comparison, let a, let b): return try compare(comparison, a, b, t, v)
        case .event(let pattern): return try !matching(pattern, t, v).isEmpty
        case .each(let pattern, let a):
            return try matching(pattern, t, v).allSatisfy { try holds(a, at: t, $0) }
        case .some(let pattern, let a):
            return try matching(pattern, t, v).contains { try holds(a, at: t, $0) }
        case .with(let slot, let term, let a):
            var inner = v
            inner[slot] = try value(term, t, v)
            return try holds(a, at: t, inner)
        default:
            guard case .flag(let flag) = try value(formula, t, v) else {
                throw RuleFault.otherType("a formula", wanted: .flag)
            }
            return flag
        }
    }

    private func back(_ window: Window, _ t: Int) -> [Int] {
        let last = min(window.upper ?? t, t)
        return window.lower <= last ? Array(window.lower...last) : []
    }

    private func sequence(_ parts: [RuleExpression], endingAt t: Int, _ v: Valuation) throws -> Bool {
        guard let last = parts.last, try holds(last, at: t, v) else { return false }
        let rest = Array(parts.dropLast())
        return try rest.isEmpty || (0..<t).contains { try sequence(rest, endingAt: $0, v) }
    }

    private func compare(
        _ comparison: Comparison, _ a: RuleExpression, _ b: RuleExpression, _ t: Int, _ v: Valuation
    ) throws -> Bool {
        let (x, y) = (try value(a, t, v), try value(b, t, v))
        switch comparison {
        case .equal: return x == y
        case .unequal: return x != y
        default: break
        }
        guard case .number(let x) = x, case .number(let y) = y else {
            throw RuleFault.otherType("a term", wanted: .number)
        }
        switch comparison {
        case .less: return x < y
        case .atMost: return x <= y
        case .more: return x > y
        default: return x >= y
        }
    }

    func matching(_ pattern: Pattern, _ t: Int, _ v: Valuation) throws -> [Valuation] {
        try steps[t].events.filter { $0.event == pattern.event }.compactMap { event in
            var inner = v
            for constraint in pattern.arguments {
                let argument = event.arguments[constraint.parameter]
                switch constraint.argument {
                case .bind(let slot): inner[slot] = argument
                case .equals(let term): if try value(term, t, v) != argument { return nil }
                }
            }
            return inner
        }
    }

    private func number(_ term: RuleExpression, _ t: Int, _ v: Valuation) throws -> Double {
        guard case .number(let number) = try value(term, t, v) else {
            throw RuleFault.otherType("a term", wanted: .number)
        }
        return number
    }

    private func value(_ term: RuleExpression, _ t: Int, _ v: Valuation) throws -> RuleValue {
        switch term {
        case .number(let value): return .number(value)
        case .text(let value): return .text(value)
        case .signal(let number): return .number(steps[t].signals[number])
        case .variable(let slot, _):
            guard let value = v[slot] else { preconditionFailure("a variable without a value") }
            return value
        case .negate(let a): return .number(-(try number(a, t, v)))
        case .arithmetic(let operation, let a, let b):
            let (x, y) = (try number(a, t, v), try number(b, t, v))
            switch operation {
            case .plus: return .number(x + y)
            case .minus: return .number(x - y)
            case .times: return .number(x * y)
            case .over: return .number(x / y)
            }
        case .function(let function, let terms):
            let values = try terms.map { try number($0, t, v) }
            switch function {
            case .minimum: return .number(values.min() ?? 0)
            case .maximum: return .number(values.max() ?? 0)
            case .abs: return .number(abs(values[0]))
            case .sqrt: return .number(values[0].squareRoot())
            case .norm: return .number(values.reduce(0) { $0 + $1 * $1 }.squareRoot())
            }
        case .count(let window, let a):
            return .number(Double(try back(window, t).count { try holds(a, at: t - $0, v) }))
        case .sum(let window, let a):
            return .number(try back(window, t).reversed().reduce(0) { try $0 + number(a, t - $1, v) })
        case .maximum(let window, let a):
            return .number(try back(window, t).map { try number(a, t - $0, v) }.max() ?? -.infinity)
        case .minimum(let window, let a):
            return .number(try back(window, t).map { try number(a, t - $0, v) }.min() ?? .infinity)
        case .total(let window, let pattern, let a):
            var sum = 0.0
            for k in back(window, t).reversed() {
                for inner in try matching(pattern, t - k, v) { sum += try number(a, t - k, inner) }
            }
            return .number(sum)
        case .age(let a):
            return .number(try (0...t).first { try holds(a, at: t - $0, v) }.map(Double.init) ?? .infinity)
        case .state(let state, let terms):
            let key = try terms.map { try value($0, t, v).key }.joined(separator: "|")
            guard let answer = steps[t].answers[state][key] else {
                throw RuleFault.unanswered(rules.states[state].name, with: key)
            }
            return answer
        case .before(let a, let first): return .number(t == 0 ? first : try number(a, t - 1, v))
        default: return .flag(try holds(term, at: t, v))
        }
    }
}
