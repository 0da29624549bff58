/// Reads formulas by recursive descent.
///
/// In an arithmetic step names are quantities and `${…}` is a place in the evidence; elsewhere names are such places.
struct PredicateParser {
    /// Levels of brackets and signs.
    static let mostLevels = 64
    /// Names that mean something else than evidence.
    static let reserved = ["true", "false"] + Expression.Function.allCases.map(\.rawValue)

    private var scanner: PredicateScanner
    private var token: PredicateToken
    private var column: Int
    private let isStep: Bool
    private var level = 0

    private init(_ text: String, isStep: Bool) throws(PredicateTextError) {
        scanner = try PredicateScanner(text)
        (token, column) = try scanner.scan()
        self.isStep = isStep
    }

    /// Reads a whole text.
    ///
    /// - Throws: `PredicateTextError`.
    static func expression(_ text: String, isStep: Bool) throws(PredicateTextError) -> Expression {
        var parser = try PredicateParser(text, isStep: isStep)
        let expression = try parser.alternatives()
        guard parser.token == .end else { throw parser.unexpected("the end or a sign that joins") }
        return expression
    }

    private func unexpected(_ wanted: String) -> PredicateTextError {
        PredicateTextError(column: column, message: "\(token.phrase) where \(wanted) should stand")
    }

    private mutating func advance() throws(PredicateTextError) { (token, column) = try scanner.scan() }

    private mutating func takes(_ sign: String) throws(PredicateTextError) -> Bool {
        guard token == .sign(sign) else { return false }
        try advance()
        return true
    }

    private mutating func require(_ sign: String) throws(PredicateTextError) {
        guard try takes(sign) else { throw unexpected("\"\(sign)\"") }
    }

    private mutating func deeper(
        _ read: (inout PredicateParser) throws(PredicateTextError) -> Expression
    ) throws(PredicateTextError) -> Expression {
        guard level < Self.mostLevels else {
            throw PredicateTextError(column: column, message: "nested deeper than \(Self.mostLevels) levels")
        }
        level += 1
        defer { level -= 1 }
        return try read(&self)
    }

    private mutating func alternatives() throws(PredicateTextError) -> Expression {
        var left = try conjunction()
        while try takes("||") { left = .or(left, try conjunction()) }
        return left
    }

    private mutating func conjunction() throws(PredicateTextError) -> Expression {
        var left = try negation()
        while try takes("&&") { left = .and(left, try negation()) }
        return left
    }

    private mutating func negation() throws(PredicateTextError) -> Expression {
        guard try takes("!") else { return try comparison() }
        return .not(try deeper { parser throws(PredicateTextError) in try parser.negation() })
    }

    private mutating func comparison() throws(PredicateTextError) -> Expression {
        let left = try sum()
        guard case .sign(let sign) = token, let comparison = Expression.Comparison(rawValue: sign) else {
            return left
        }
        try advance()
        return .comparison(comparison, left, try sum())
    }

    private mutating func sum() throws(PredicateTextError) -> Expression {
        var left = try term()
        while case .sign(let sign) = token, sign == "+" || sign == "-" {
            try advance()
            left = .arithmetic(sign == "+" ? .plus : .minus, left, try term())
        }
        return left
    }

    private mutating func term() throws(PredicateTextError) -> Expression {
        var left = try factor()
        while case .sign(let sign) = token, sign == "*" || sign == "/" {
            try advance()
            left = .arithmetic(sign == "*" ? .times : .over, left, try factor())
        }
        return left
    }

    private mutating func factor() throws(PredicateTextError) -> Expression {
        switch token {
        case .number(let value, _):
            try advance()
            return .number(value)
        case .text(let text):
            try advance()
            return .text(text)
        case .name(let name): return try named(name)
        case .sign("-"):
            try advance()
            return .negative(try deeper { parser throws(PredicateTextError) in try parser.factor() })
        case .sign("("):
            try advance()
            let inner = try deeper { parser throws(PredicateTextError) in try parser.alternatives() }
            try require(")")
            return inner
        case .sign("${") where isStep:
            try advance()
            guard case .name(let name) = token else { throw unexpected("the name of evidence") }
            let place = try reference(name)
            try require("}")
            return place
        default: throw unexpected("a value")
        }
    }

    private mutating func named(_ name: String) throws(PredicateTextError) -> Expression {
        if name == "true" || name == "false" {
            try advance()
            return .truth(name == "true")
        }
        let start = column
        guard isStep else {
            let place = try reference(name)
            return token == .sign("(") ? try call(name, at: start) : place
        }
        try advance()
        switch token {
        case .sign("("): return try call(name, at: start)
        case .sign("."), .sign("["):
            throw PredicateTextError(
                column: start, message: "in a step, a place in the evidence is written ${\(name)…}")
        default: return .quantity(name)
        }
    }

    private mutating func reference(_ name: String) throws(PredicateTextError) -> Expression {
        try advance()
        var steps: [Reference.Step] = []
        while true {
            if try takes(".") {
                guard case .name(let member) = token else { throw unexpected("the name of a member") }
                steps.append(.member(member))
                try advance()
            } else if try takes("[") {
                switch token {
                case .text(let member): steps.append(.member(member))
                case .number(let value, isWhole: true) where value.bits <= 40:
                    steps.append(.index(Int(value.description) ?? 0))
                default: throw unexpected("a whole number or a name in quotation marks")
                }
                try advance()
                try require("]")
            } else {
                return .reference(Reference(evidence: name, steps: steps))
            }
        }
    }

    private mutating func call(_ name: String, at start: Int) throws(PredicateTextError) -> Expression {
        guard let function = Expression.Function(rawValue: name) else {
            let known = Expression.Function.allCases.map(\.rawValue).joined(separator: ", ")
            throw PredicateTextError(column: start, message: "\(name): unknown function. There are \(known)")
        }
        try require("(")
        var arguments: [Expression] = []
        repeat {
            arguments.append(try deeper { parser throws(PredicateTextError) in try parser.alternatives() })
        } while try takes(",")
        try require(")")
        let isOne = function == .abs || function.takesReference
        guard !isOne || arguments.count == 1 else {
            throw PredicateTextError(column: start, message: "\(name) takes one argument")
        }
        if function.takesReference, case .reference(let place) = arguments[0] {
            guard function != .digest || place.steps.isEmpty else {
                throw PredicateTextError(
                    column: start, message: "\(name) takes the name of evidence, a whole file")
            }
        } else if function.takesReference {
            throw PredicateTextError(column: start, message: "\(name) takes a place in the evidence")
        }
        return .call(function, arguments)
    }
}
