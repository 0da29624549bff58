// Rules over whole traces: formulas in every step, and responses with what still waits.
extension TraceSemantics {
    /// Whether a rule is false at a step.
    ///
    /// - Throws: `RuleFault`.
    package func isBroken(_ rule: Rule, at t: Int) throws -> Bool {
        switch rule.body {
        case .always(let formula): return try !holds(formula, at: t)
        case .response(let trigger, let answer, let within?):
            guard t >= within else { return false }
            return try triggers(trigger, at: t - within).contains {
                try !isServed(answer, from: t - within, to: t, $0)
            }
        case .response(let trigger, let answer, nil):
            return try steps[t].isEnd && waits(trigger, answer, from: 0, to: t)
        }
    }

    /// Whether a response still has to follow behind a step, which broke nothing.
    ///
    /// - Throws: `RuleFault`.
    package func isOpen(_ rule: Rule, behind t: Int) throws -> Bool {
        guard case .response(let trigger, let answer, let within) = rule.body else { return false }
        return try waits(trigger, answer, from: within.map { max(t - $0 + 1, 0) } ?? 0, to: t)
    }

    private func waits(
        _ trigger: RuleBody.Trigger, _ answer: RuleExpression, from first: Int, to t: Int
    ) throws -> Bool {
        guard first <= t else { return false }
        return try (first...t).contains { start in
            try triggers(trigger, at: start).contains { try !isServed(answer, from: start, to: t, $0) }
        }
    }

    private func isServed(
        _ answer: RuleExpression, from start: Int, to t: Int, _ v: Valuation
    ) throws -> Bool { try (start...t).contains { try holds(answer, at: $0, v) } }

    private func triggers(_ trigger: RuleBody.Trigger, at t: Int) throws -> [Valuation] {
        switch trigger {
        case .formula(let formula): try holds(formula, at: t) ? [[:]] : []
        case .eachEvent(let pattern): try matching(pattern, t, [:])
        }
    }
}
