import Storage

// Functions of numbers, and of the past.
extension Parser {
    /// `min(a, b, …)`, `abs(a)` and their like.
    mutating func call(of function: NumberFunction) throws(RuleError) -> RuleExpression {
        let place = advance().position
        var terms: [RuleExpression] = []
        try expect("(")
        repeat { terms.append(try term()) } while accept(",")
        try expect(")")
        let isUnary = function == .abs || function == .sqrt
        guard isUnary ? terms.count == 1 : terms.count >= 2 else {
            throw error(
                place, .arguments,
                "\(function.rawValue) of \(terms.count). It takes \(isUnary ? "one argument" : "two or more")."
            )
        }
        return .function(function, terms)
    }

    mutating func sequence() throws(RuleError) -> RuleExpression {
        let place = advance().position
        var parts: [RuleExpression] = []
        try expect("(")
        repeat { parts.append(try formula()) } while accept(",")
        try expect(")")
        guard parts.count >= 2 else {
            throw error(place, .arguments, "seq of \(parts.count). It takes two or more.")
        }
        return .seq(parts)
    }

    /// `count`, `sum`, `maximum`, `minimum`, `total`, `age` or `before`.
    mutating func aggregate(_ word: String) throws(RuleError) -> RuleExpression {
        switch word {
        case "count", "sum", "maximum", "minimum", "total":
            let place = advance().position
            let window = try window()
            guard window.upper != nil || word == "count" || word == "total" else {
                throw error(place, .window, "\(word) needs a window with an end. Write \(word)[0..9](…).")
            }
            return try parenthesised { (parser) throws(RuleError) in try parser.aggregate(word, window) }
        case "age":
            advance()
            return try parenthesised { (parser) throws(RuleError) in .age(try parser.formula()) }
        case "before":
            advance()
            return try parenthesised { (parser) throws(RuleError) in
                let term = try parser.term()
                try parser.expect(",")
                return .before(term, try parser.signedNumber())
            }
        default: throw unexpected("a formula or a term")
        }
    }

    private mutating func parenthesised(
        _ inside: (inout Self) throws(RuleError) -> RuleExpression
    ) throws(RuleError) -> RuleExpression {
        try expect("(")
        let found = try inside(&self)
        try expect(")")
        return found
    }

    private mutating func aggregate(_ word: String, _ window: Window) throws(RuleError) -> RuleExpression {
        switch word {
        case "count": return .count(window, try formula())
        case "sum": return .sum(window, try term())
        case "maximum": return .maximum(window, try term())
        case "minimum": return .minimum(window, try term())
        default:
            let outer = scope
            defer { scope = outer }
            let pattern = try pattern(binds: true)
            try expect(":")
            return .total(window, pattern, try term())
        }
    }
}
