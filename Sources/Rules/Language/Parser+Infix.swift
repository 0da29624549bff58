// Operators between two expressions, by how tightly they bind: 1 implies, 2 or, 3 and, 4 since, 5 comparisons, 6 + -, 7 * /.
extension Parser {
    private static let arithmeticLevels: [String: Int] = ["+": 6, "-": 6, "*": 7, "/": 7]
    private static let wordLevels: [String: Int] = ["implies": 1, "or": 2, "and": 3, "since": 4]

    /// The operator that comes next, with its level.
    private var operation: (spelling: String, level: Int)? {
        switch token.kind {
        case .name(let word): Self.wordLevels[word].map { (word, $0) }
        case .mark(let mark):
            if Comparison(rawValue: mark) != nil {
                (mark, 5)
            } else {
                Self.arithmeticLevels[mark].map { (mark, $0) }
            }
        default: nil
        }
    }

    /// An expression that binds at least as tightly as a level.
    mutating func expression(_ level: Int) throws(RuleError) -> Typed {
        try nested { (parser) throws(RuleError) in
            var left = try parser.prefix()
            while let (spelling, own) = parser.operation, own >= level {
                left = try parser.infix(left, spelling, own)
            }
            return left
        }
    }

    private mutating func infix(_ left: Typed, _ spelling: String, _ level: Int) throws(RuleError) -> Typed {
        if let comparison = Comparison(rawValue: spelling) { return try compare(left, comparison) }
        if let arithmetic = Arithmetic(rawValue: spelling) {
            try check(left, is: .number)
            advance()
            let right = try term(level + 1)
            return Typed(
                expression: .arithmetic(arithmetic, left.expression, right), type: .number,
                position: left.position)
        }
        try check(left, is: .flag)
        advance()
        let window = spelling == "since" ? try window() : .all
        let found = try expression(spelling == "implies" ? 1 : level + 1)
        try check(found, is: .flag)
        let (a, b) = (left.expression, found.expression)
        let joined: RuleExpression =
            switch spelling {
            case "implies": .implies(a, b)
            case "or": .or(a, b)
            case "and": .and(a, b)
            default: .since(window, a, b)
            }
        return Typed(expression: joined, type: .flag, position: left.position)
    }

    private mutating func compare(_ left: Typed, _ comparison: Comparison) throws(RuleError) -> Typed {
        let place = advance().position
        let right = try expression(6)
        guard left.type == right.type else {
            throw error(
                place, .compare,
                "\(left.type.described) compared with \(right.type.described). Compare like with like.")
        }
        guard left.type == .number || comparison == .equal || comparison == .unequal else {
            throw error(
                place, .compare,
                "\(comparison.rawValue) compares numbers, not \(left.type.rawValue)s. Write == or !=.")
        }
        if let operation, operation.level == 5 {
            throw error(
                token.position, .chain,
                "comparisons do not chain, but \"\(operation.spelling)\" follows one. Write \"a < b and b < c\"."
            )
        }
        return Typed(
            expression: .compare(comparison, left.expression, right.expression), type: .flag,
            position: left.position)
    }

    /// `[a..b]`, `[a..]`, or everything where there is no bracket.
    mutating func window() throws(RuleError) -> Window {
        guard token.isMark("[") else { return .all }
        let place = advance().position
        let lower = try bound()
        try expect("..")
        let upper: Int? = token.isMark("]") ? nil : try bound()
        try expect("]")
        if let upper, upper < lower {
            throw error(
                place, .window, "an empty window [\(lower)..\(upper)]. Write the smaller bound first.")
        }
        guard max(lower, upper ?? 0) <= Window.limit else {
            throw error(place, .window, "a window beyond \(Window.limit) steps. Write a smaller bound.")
        }
        return Window(lower: lower, upper: upper)
    }

    /// Steps, or seconds that are so many steps.
    private mutating func bound() throws(RuleError) -> Int {
        guard case .number(let value, _) = token.kind, following.isWord("s") else { return try integer() }
        let place = token.position
        guard let stepDuration else {
            throw error(
                place, .window,
                "seconds, but how long a step is, is not known. Write steps, or name the environment.")
        }
        let steps = (value / stepDuration).rounded()
        guard steps <= Double(Window.limit),
            abs(steps * stepDuration - value) <= 1e-9 * max(value, stepDuration)
        else {
            throw error(
                place, .window,
                "\(value) s is no multiple of a step of \(stepDuration) s. Nearest is \(steps * stepDuration) s."
            )
        }
        advance()
        advance()
        return Int(steps)
    }
}
