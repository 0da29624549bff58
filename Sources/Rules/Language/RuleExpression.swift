/// Steps back from now: k from `lower` to `upper`, without end where there is none.
public struct Window: Sendable, Hashable {
    /// Smallest k.
    public let lower: Int
    /// Largest k, at least `lower`.
    public let upper: Int?

    /// Largest bound that a window may have.
    public static let limit = 100_000
    /// From now back to the start.
    static let all = Window(lower: 0, upper: nil)
}

/// A comparison of two values.
package enum Comparison: String, Sendable, CaseIterable {
    case less = "<"
    case atMost = "<="
    case more = ">"
    case atLeast = ">="
    case equal = "=="
    case unequal = "!="
}

package enum Arithmetic: String, Sendable { case plus = "+", minus = "-", times = "*", over = "/" }

package enum NumberFunction: String, Sendable, CaseIterable {
    case minimum = "min"
    case maximum = "max"
    case norm, abs, sqrt
}

/// What an event must have to match.
package struct Pattern: Sendable, Hashable {
    package enum Argument: Sendable, Hashable {
        /// Gives a variable its value.
        case bind(Int)
        /// Has this value.
        case equals(RuleExpression)
    }

    /// The number of the event's declaration.
    package let event: Int
    /// Parameters by number, in the order written.
    package let arguments: [Constraint]

    package struct Constraint: Sendable, Hashable {
        package let parameter: Int
        package let argument: Argument
    }

    /// Variables that it binds.
    var bound: [Int] {
        arguments.compactMap { if case .bind(let slot) = $0.argument { slot } else { nil } }
    }

    /// Terms that it compares with.
    var terms: [RuleExpression] {
        arguments.compactMap { if case .equals(let term) = $0.argument { term } else { nil } }
    }
}

/// A formula or a term; definitions stand expanded, variables have the number of their place.
package indirect enum RuleExpression: Sendable, Hashable {
    case number(Double)
    case text(String)
    case flag(Bool)
    case signal(Int)
    case variable(Int, ValueType)
    case state(Int, [RuleExpression])
    case negate(RuleExpression)
    case arithmetic(Arithmetic, RuleExpression, RuleExpression)
    case function(NumberFunction, [RuleExpression])
    case count(Window, RuleExpression)
    case sum(Window, RuleExpression)
    case maximum(Window, RuleExpression)
    case minimum(Window, RuleExpression)
    case total(Window, Pattern, RuleExpression)
    case age(RuleExpression)
    case before(RuleExpression, Double)
    case compare(Comparison, RuleExpression, RuleExpression)
    case not(RuleExpression)
    case and(RuleExpression, RuleExpression)
    case or(RuleExpression, RuleExpression)
    case implies(RuleExpression, RuleExpression)
    case previous(RuleExpression)
    case started(RuleExpression)
    case once(Window, RuleExpression)
    case historically(Window, RuleExpression)
    case since(Window, RuleExpression, RuleExpression)
    case seq([RuleExpression])
    case event(Pattern)
    case each(Pattern, RuleExpression)
    case some(Pattern, RuleExpression)
    case with(Int, RuleExpression, RuleExpression)

    /// The expressions directly inside, those of a pattern's terms first.
    var parts: [RuleExpression] {
        switch self {
        case .number, .text, .flag, .signal, .variable: []
        case .state(_, let terms), .function(_, let terms), .seq(let terms): terms
        case .negate(let a), .count(_, let a), .sum(_, let a), .maximum(_, let a), .minimum(_, let a),
            .age(let a), .before(let a, _), .not(let a), .previous(let a), .started(let a), .once(_, let a),
            .historically(_, let a):
            [a]
        case .arithmetic(_, let a, let b), .compare(_, let a, let b), .and(let a, let b), .or(let a, let b),
            .implies(let a, let b), .since(_, let a, let b), .with(_, let a, let b):
            [a, b]
        case .event(let pattern): pattern.terms
        case .each(let pattern, let a), .some(let pattern, let a), .total(_, let pattern, let a):
            pattern.terms + [a]
        }
    }

    /// Variables that have their value from outside.
    var free: Set<Int> {
        switch self {
        case .variable(let slot, _): [slot]
        case .each(let pattern, let a), .some(let pattern, let a), .total(_, let pattern, let a):
            pattern.terms.reduce(into: a.free.subtracting(pattern.bound)) { $0.formUnion($1.free) }
        case .with(let slot, let term, let a): a.free.subtracting([slot]).union(term.free)
        default: parts.reduce(into: []) { $0.formUnion($1.free) }
        }
    }
}

/// What a rule asks of every step.
package enum RuleBody: Sendable, Hashable {
    case always(RuleExpression)
    /// A trigger, what must follow, and within how many steps; nothing for before the end.
    case response(Trigger, RuleExpression, within: Int?)

    package enum Trigger: Sendable, Hashable {
        case formula(RuleExpression)
        case eachEvent(Pattern)
    }
}
