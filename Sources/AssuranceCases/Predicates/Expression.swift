/// A place in an evidence file, such as `assess.robustness.within_limit[1]`.
package struct Reference: Hashable, Sendable {
    /// One step down.
    package enum Step: Hashable, Sendable {
        /// To what a key holds.
        case member(String)
        /// To an element of a list, counted from 0.
        case index(Int)
    }

    /// The name of the evidence.
    package let evidence: String
    /// From the whole file down.
    package let steps: [Step]
}

/// A formula of the predicate language.
indirect enum Expression: Sendable {
    /// What joins two numbers.
    enum Operation: String, Sendable { case plus = "+", minus = "-", times = "*", over = "/" }
    /// What compares two values.
    enum Comparison: String, Sendable {
        case atMost = "<=", below = "<", atLeast = ">=", above = ">", equal = "==", unequal = "!="
    }
    /// What has arguments.
    enum Function: String, CaseIterable, Sendable {
        case present, length, min, max, abs, digest

        /// Whether it asks about a place instead of a value.
        var takesReference: Bool { [.present, .length, .digest].contains(self) }
    }

    case number(Rational)
    case text(String)
    case truth(Bool)
    case reference(Reference)
    /// A named quantity of an arithmetic step.
    case quantity(String)
    case negative(Expression)
    case arithmetic(Operation, Expression, Expression)
    case comparison(Comparison, Expression, Expression)
    case call(Function, [Expression])
    case not(Expression)
    case and(Expression, Expression)
    case or(Expression, Expression)

    /// The formulas that it consists of.
    var parts: [Expression] {
        switch self {
        case .number, .text, .truth, .reference, .quantity: []
        case .negative(let a), .not(let a): [a]
        case .arithmetic(_, let a, let b), .comparison(_, let a, let b), .and(let a, let b),
            .or(let a, let b):
            [a, b]
        case .call(_, let arguments): arguments
        }
    }

    /// Places that it mentions, as they stand.
    var references: [Reference] {
        if case .reference(let reference) = self { [reference] } else { parts.flatMap(\.references) }
    }
}
