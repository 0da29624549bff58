// What is known of a formula before anything runs.
extension RuleExpression {
    /// Every expression inside, itself included.
    func contains(where test: (RuleExpression) -> Bool) -> Bool {
        test(self) || parts.contains { $0.contains(where: test) }
    }

    /// Signals that it reads.
    var signals: Set<Int> {
        if case .signal(let number) = self { return [number] }
        return parts.reduce(into: []) { $0.formUnion($1.signals) }
    }

    func reads(_ source: Signal.Source, of content: RuleContent) -> Bool {
        signals.contains { content.signals[$0].source == source }
    }

    /// Whether its value depends on earlier steps.
    var remembers: Bool {
        contains {
            switch $0 {
            case .count, .sum, .maximum, .minimum, .total, .age, .before, .previous, .started, .once,
                .historically, .since, .seq:
                true
            default: false
            }
        }
    }

    /// Variables that can only have the values of an event that happened, where the formula holds.
    var pins: Set<Int> {
        switch self {
        case .event(let pattern): pattern.pinned
        case .and(let a, let b): a.pins.union(b.pins)
        case .seq(let parts): parts.reduce(into: []) { $0.formUnion($1.pins) }
        case .or(let a, let b): a.pins.intersection(b.pins)
        case .since(_, _, let b): b.pins
        case .once(_, let a), .previous(let a), .started(let a): a.pins
        case .with(let slot, _, let a): a.pins.subtracting([slot])
        case .some(let pattern, let a): a.pins.union(pattern.pinned).subtracting(pattern.bound)
        default: []
        }
    }

    /// The name of an operator inside whose memory would have no bound; nothing where there is none.
    var unguarded: String? {
        if let operation = ownUnguarded { return operation }
        for part in parts { if let operation = part.unguarded { return operation } }
        return nil
    }

    private var ownUnguarded: String? {
        switch self {
        case .once(_, let a): a.isPinned ? nil : "once"
        case .previous(let a): a.isPinned ? nil : "previous"
        case .started(let a): a.isPinned ? nil : "started"
        case .age(let a): a.isPinned ? nil : "age"
        case .count(_, let a): a.isPinned ? nil : "count"
        case .seq(let parts): parts.dropLast().allSatisfy(\.isPinned) ? nil : "seq"
        case .since(_, let a, let b): b.isPinned && a.free.isSubset(of: b.free) ? nil : "since"
        case .total(_, let pattern, _): free.isSubset(of: pattern.pinned) ? nil : "total"
        case .historically(_, let a): a.free.isEmpty ? nil : "historically"
        case .sum(_, let a): a.free.isEmpty ? nil : "sum"
        case .maximum(_, let a): a.free.isEmpty ? nil : "maximum"
        case .minimum(_, let a): a.free.isEmpty ? nil : "minimum"
        case .before(let a, _): a.free.isEmpty ? nil : "before"
        default: nil
        }
    }

    private var isPinned: Bool { free.isSubset(of: pins) }
}

extension Pattern {
    /// Variables that it equates with an argument.
    var pinned: Set<Int> {
        var found: Set<Int> = []
        for constraint in arguments {
            if case .equals(.variable(let slot, _)) = constraint.argument { found.insert(slot) }
        }
        return found
    }
}

extension RuleContent {
    /// Whether a formula can hold only in a step with a call.
    func needs(_ formula: RuleExpression) -> Bool {
        switch formula {
        case .event(let pattern): events[pattern.event].isCall
        case .and(let a, let b): needs(a) || needs(b)
        case .or(let a, let b): needs(a) && needs(b)
        case .seq(let parts): parts.last.map(needs) ?? false
        case .some(let pattern, let a): events[pattern.event].isCall || needs(a)
        case .started(let a), .with(_, _, let a): needs(a)
        case .flag(false): true
        default: false
        }
    }

    /// Whether a formula holds in every step without a call.
    func isTrueIdle(_ formula: RuleExpression) -> Bool {
        switch formula {
        case .each(let pattern, let a): events[pattern.event].isCall || isTrueIdle(a)
        case .not(let a): needs(a)
        case .implies(let a, let b): needs(a) || isTrueIdle(b)
        case .and(let a, let b): isTrueIdle(a) && isTrueIdle(b)
        case .or(let a, let b): isTrueIdle(a) || isTrueIdle(b)
        case .flag(let value): value
        default: false
        }
    }

    /// Whether a step without a call keeps a formula that held so far.
    func isKeptIdle(_ formula: RuleExpression) -> Bool {
        if isTrueIdle(formula) { return true }
        switch formula {
        case .and(let a, let b): return isKeptIdle(a) && isKeptIdle(b)
        case .compare(let comparison, let term, .number(let bound)):
            guard comparison == .atMost ? bound >= 0 : comparison == .less && bound > 0 else { return false }
            switch term {
            case .count(let window, let inside): return window.lower == 0 && needs(inside)
            case .total(let window, let pattern, _):
                return window.lower == 0 && events[pattern.event].isCall
            default: return false
            }
        default: return false
        }
    }

    /// Whether a formula speaks of what the policy does: of a call, an action, or what a model says will follow.
    ///
    /// - Parameters:
    ///   - formula: anywhere in it.
    ///   - isNow: only where it speaks of the present step.
    /// - Returns: whether it does.
    func mentionsDoing(_ formula: RuleExpression, now isNow: Bool = false) -> Bool {
        switch formula {
        case .signal(let number): return signals[number].source != .observation
        case .event(let pattern), .each(let pattern, _), .some(let pattern, _), .total(_, let pattern, _):
            if events[pattern.event].isCall { return true }
        case .previous, .before: if isNow { return false }
        case .once(let window, _), .historically(let window, _), .count(let window, _), .sum(let window, _),
            .maximum(let window, _), .minimum(let window, _), .since(let window, _, _):
            if isNow && window.lower > 0 { return false }
        case .seq(let parts): if isNow { return parts.last.map { mentionsDoing($0, now: true) } ?? false }
        default: break
        }
        return formula.parts.contains { mentionsDoing($0, now: isNow) }
    }

    /// What can be done about a rule.
    func kind(of body: RuleBody) -> RuleClass {
        if case .always(let formula) = body, isKeptIdle(formula) { return .guarded }
        if case .response(_, let formula, _) = body, mentionsDoing(formula, now: true) { return .due }
        if body.expressions.contains(where: { mentionsDoing($0) }) { return .steered }
        let read = body.expressions.reduce(into: Set<Int>()) { $0.formUnion($1.signals) }
        return !read.isEmpty && read.allSatisfy(isForeseen) ? .foreseen : .observed
    }
}
