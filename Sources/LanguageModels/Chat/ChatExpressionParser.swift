/// Reads the expressions of one tag; what binds least comes first.
struct ChatExpressionParser {
    private let tokens: [(token: ChatToken, offset: Int)]
    private var place = 0
    private var depth = 0

    init(_ tokens: [(token: ChatToken, offset: Int)]) { self.tokens = tokens }

    var next: ChatToken { tokens[min(place, tokens.count - 1)].token }
    var offset: Int { tokens[min(place, tokens.count - 1)].offset }

    mutating func advance() -> ChatToken {
        defer { place += 1 }
        return next
    }

    mutating func takes(_ token: ChatToken) -> Bool {
        guard next == token else { return false }
        place += 1
        return true
    }

    mutating func expect(_ token: ChatToken) throws(ChatFault) {
        guard takes(token) else {
            throw .malformed("\(next.shown) stands where \(token.shown) is expected", offset)
        }
    }

    mutating func name() throws(ChatFault) -> String {
        guard case .name(let name) = next else {
            throw .malformed("\(next.shown) stands where a name is expected", offset)
        }
        place += 1
        return name
    }

    // MARK: - Operators

    /// An expression, with `… if … else …`.
    mutating func expression() throws(ChatFault) -> ChatExpression {
        depth += 1
        defer { depth -= 1 }
        guard depth <= ChatExpression.deepest else {
            throw .unsupported("an expression of more than \(ChatExpression.deepest) steps", offset)
        }
        var value = try either()
        while next == .name("if") {
            let place = offset
            _ = advance()
            let condition = try either()
            let other: ChatExpression? = takes(.name("else")) ? try expression() : nil
            value = try ChatExpression(.choice(value, if: condition, else: other), place)
        }
        return value
    }

    private mutating func either() throws(ChatFault) -> ChatExpression {
        var value = try both()
        while next == .name("or") {
            let place = offset
            _ = advance()
            value = try ChatExpression(.either(value, try both()), place)
        }
        return value
    }

    private mutating func both() throws(ChatFault) -> ChatExpression {
        var value = try negation()
        while next == .name("and") {
            let place = offset
            _ = advance()
            value = try ChatExpression(.both(value, try negation()), place)
        }
        return value
    }

    private mutating func negation() throws(ChatFault) -> ChatExpression {
        var places: [Int] = []
        while next == .name("not") {
            places.append(offset)
            _ = advance()
        }
        var value = try comparison()
        for place in places.reversed() { value = try ChatExpression(.not(value), place) }
        return value
    }

    private mutating func comparison() throws(ChatFault) -> ChatExpression {
        let (first, start) = (try sum(), offset)
        var rest: [(ChatExpression.Comparison, ChatExpression)] = []
        while let comparison = comparisonSign() { rest.append((comparison, try sum())) }
        return rest.isEmpty ? first : try ChatExpression(.comparison(first, rest), start)
    }

    private mutating func comparisonSign() -> ChatExpression.Comparison? {
        if takes(.name("in")) { return .among }
        if next == .name("not"), place + 1 < tokens.count, tokens[place + 1].token == .name("in") {
            place += 2
            return .notAmong
        }
        guard case .sign(let sign) = next, let comparison = ChatExpression.Comparison(rawValue: sign) else {
            return nil
        }
        place += 1
        return comparison
    }

    /// `+` and `-` bind less than `~`, and `~` less than products, as in Jinja.
    private mutating func sum() throws(ChatFault) -> ChatExpression {
        try chain(["+", "-"]) { parser throws(ChatFault) in
            try parser.chain(["~"]) { parser throws(ChatFault) in
                try parser.chain(["*", "//", "%"]) { parser throws(ChatFault) in try parser.signed() }
            }
        }
    }

    private mutating func chain(
        _ signs: Set<String>, _ part: (inout Self) throws(ChatFault) -> ChatExpression
    ) throws(ChatFault) -> ChatExpression {
        var value = try part(&self)
        while case .sign(let sign) = next, signs.contains(sign),
            let operation = ChatExpression.Operation(rawValue: sign)
        {
            let place = offset
            _ = advance()
            value = try ChatExpression(.binary(operation, value, try part(&self)), place)
        }
        if case .sign(let sign) = next, ["/", "**", "{"].contains(sign) {
            throw .unsupported("the sign '\(sign)'", offset)
        }
        return value
    }

    private mutating func signed() throws(ChatFault) -> ChatExpression {
        let start = offset
        guard takes(.sign("-")) else { return try tested(try filtered(try postfix(try primary()))) }
        return try tested(try filtered(try ChatExpression(.negative(try postfix(try primary())), start)))
    }

    // MARK: - What stands behind a value

    private mutating func postfix(_ value: ChatExpression) throws(ChatFault) -> ChatExpression {
        var value = value
        while true {
            let start = offset
            if takes(.sign(".")) {
                if case .integer = next { throw .unsupported("an element by '.' and a number", offset) }
                let name = try name()
                if takes(.sign("(")) {
                    guard let method = ChatExpression.Method(rawValue: name) else {
                        throw .unsupported("the method \(name)", start + 1)
                    }
                    value = try ChatExpression(
                        .method(value, method, try arguments("the method \(name)")), start)
                } else {
                    if case .name("loop") = value.kind, !["first", "last", "index", "index0"].contains(name) {
                        throw .unsupported("loop.\(name)", start)
                    }
                    value = try ChatExpression(.member(value, name), start)
                }
            } else if takes(.sign("[")) {
                value = try element(of: value, start)
            } else if next == .sign("(") {
                throw .unsupported("a call of a value", start)
            } else {
                return value
            }
        }
    }

    private mutating func element(of value: ChatExpression, _ start: Int) throws(ChatFault) -> ChatExpression
    {
        var parts: [ChatExpression?] = [nil]
        while !takes(.sign("]")) {
            if takes(.sign(":")) {
                parts.append(nil)
                guard parts.count <= 3 else { throw .malformed("a slice has more than three parts", start) }
            } else if parts[parts.count - 1] == nil {
                parts[parts.count - 1] = try expression()
            } else {
                throw .malformed("\(next.shown) stands where ']' is expected", offset)
            }
        }
        if parts.count == 1 {
            guard let index = parts[0] else { throw .malformed("an element without a place", start) }
            return try ChatExpression(.element(value, index), start)
        }
        return try ChatExpression(
            .slice(value, from: parts[0], to: parts[1], step: parts.count > 2 ? parts[2] : nil), start)
    }

    private mutating func filtered(_ value: ChatExpression) throws(ChatFault) -> ChatExpression {
        var value = value
        while takes(.sign("|")) {
            let (start, name) = (offset, try name())
            guard let filter = ChatExpression.Filter(rawValue: name) else {
                throw .unsupported("the filter \(name)", start)
            }
            let arguments = takes(.sign("(")) ? try arguments("the filter \(name)") : []
            value = try postfix(try ChatExpression(.filter(value, filter, arguments), start))
        }
        return value
    }

    private mutating func tested(_ value: ChatExpression) throws(ChatFault) -> ChatExpression {
        var value = value
        while next == .name("is") {
            _ = advance()
            let isNegated = takes(.name("not"))
            let (start, name) = (offset, try name())
            guard let test = ChatExpression.Test(rawValue: name) else {
                throw .unsupported("the test \(name)", start)
            }
            value = try ChatExpression(.test(value, test, isNegated: isNegated), start)
        }
        return value
    }

    /// Arguments up to the closing bracket.
    private mutating func arguments(_ of: String) throws(ChatFault) -> [ChatExpression] {
        var arguments: [ChatExpression] = []
        while !takes(.sign(")")) {
            if !arguments.isEmpty { try expect(.sign(",")) }
            if case .name(let name) = next, place + 1 < tokens.count, tokens[place + 1].token == .sign("=") {
                throw .unsupported("the argument \(name) of \(of)", offset)
            }
            arguments.append(try expression())
        }
        return arguments
    }

    // MARK: - Values

    private mutating func primary() throws(ChatFault) -> ChatExpression {
        let start = offset
        switch advance() {
        case .text(let text): return try ChatExpression(.constant(.text(ChatText(text))), start)
        case .integer(let number): return try ChatExpression(.constant(.integer(number)), start)
        case .decimal(let number): return try ChatExpression(.constant(.decimal(number)), start)
        case .name(let name): return try named(name, start)
        case .sign("("):
            let value = try expression()
            if next == .sign(",") { throw .unsupported("a tuple", offset) }
            try expect(.sign(")"))
            return value
        case .sign("["):
            var elements: [ChatExpression] = []
            while !takes(.sign("]")) {
                if !elements.isEmpty { try expect(.sign(",")) }
                elements.append(try expression())
            }
            return try ChatExpression(.list(elements), start)
        case .sign("{"): throw .unsupported("a dictionary", start)
        case let other: throw .malformed("\(other.shown) stands where a value is expected", start)
        }
    }

    private mutating func named(_ name: String, _ start: Int) throws(ChatFault) -> ChatExpression {
        switch name {
        case "true", "True": return try ChatExpression(.constant(.boolean(true)), start)
        case "false", "False": return try ChatExpression(.constant(.boolean(false)), start)
        case "none", "None": return try ChatExpression(.constant(.none), start)
        case "if", "else", "and", "or", "not", "in", "is", "for":
            throw .malformed("\(name) stands where a value is expected", start)
        default: break
        }
        guard takes(.sign("(")) else { return try ChatExpression(.name(name), start) }
        switch name {
        case "raise_exception":
            let arguments = try arguments(name)
            guard arguments.count == 1 else { throw .malformed("\(name) takes one text", start) }
            return try ChatExpression(.raise(arguments[0]), start)
        case "namespace":
            var members: [(String, ChatExpression)] = []
            while !takes(.sign(")")) {
                if !members.isEmpty { try expect(.sign(",")) }
                let member = try self.name()
                try expect(.sign("="))
                members.append((member, try expression()))
            }
            return try ChatExpression(.namespace(members), start)
        default: throw .unsupported("the function \(name)", start)
        }
    }
}
