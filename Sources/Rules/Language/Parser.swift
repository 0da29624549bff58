import Storage

/// Reads a file of rules, by descent; definitions are put in where they are named.
struct Parser {
    /// Something that a name stands for.
    enum Meaning {
        case signal(Int)
        case constant(Double)
        case event(Int)
        case state(Int)
        case definition(RuleExpression, ValueType)
    }

    /// An expression with what it is and where it begins.
    struct Typed {
        let expression: RuleExpression
        let type: ValueType
        let position: TextPosition
    }

    let file: String
    /// Seconds of a step; nothing where they are not known.
    let stepDuration: Double?
    private let tokens: [Token]
    private var index = 0
    private var depth = 0
    var meanings: [String: Meaning] = [:]
    /// Variables in scope, innermost last.
    var scope: [(name: String, slot: Int, type: ValueType)] = []
    /// Places of variables in all of the file: what a definition binds never meets what its surroundings bind.
    var slots = 0
    /// What was read.
    var content = RuleContent()
    var ruleNames: Set<String> = []

    /// Expressions inside expressions.
    static let nesting = 200
    static let reserved: Set<String> = [
        "rules", "signal", "observation", "action", "next", "in", "constant", "call", "event", "state",
        "remember", "define", "model", "within", "rule", "watch", "never", "leads", "to", "before", "end",
        "each", "some", "where", "with", "number", "text", "flag", "true", "false", "not", "previous",
        "started", "once", "historically", "since", "and", "or", "implies", "min", "max", "norm", "abs",
        "sqrt", "count", "sum", "maximum", "minimum", "total", "age", "seq",
    ]

    init(_ text: String, file: String, stepDuration: Double?) throws(RuleError) {
        var tokenizer = Tokenizer(text, file: file)
        (self.file, self.stepDuration, tokens) = (file, stepDuration, try tokenizer.tokens())
        for (word, name) in zip(tokens, tokens.dropFirst()) where word.isWord("model") {
            if case .name(let name) = name.kind { content.modelled.insert(name) }
        }
    }

    // MARK: - Tokens

    var token: Token { tokens[index] }
    var following: Token { tokens[min(index + 1, tokens.count - 1)] }

    func error(_ position: TextPosition, _ code: RuleError.Code, _ message: String) -> RuleError {
        RuleError(file, position, code, message)
    }

    func unexpected(_ wanted: String) -> RuleError {
        error(token.position, .expected, "expected \(wanted), found \(token.shown).")
    }

    @discardableResult
    mutating func advance() -> Token {
        let taken = token
        if index < tokens.count - 1 { index += 1 }
        return taken
    }

    /// Takes a word or a mark if it is next.
    mutating func accept(_ spelling: String) -> Bool {
        guard token.isMark(spelling) || token.isWord(spelling) else { return false }
        advance()
        return true
    }

    mutating func expect(_ spelling: String) throws(RuleError) {
        if !accept(spelling) { throw unexpected("\"\(spelling)\"") }
    }

    /// A name that is no word of the language.
    mutating func name(_ wanted: String) throws(RuleError) -> (String, TextPosition) {
        guard case .name(let name) = token.kind else { throw unexpected(wanted) }
        guard !Self.reserved.contains(name) else {
            throw error(
                token.position, .reserved, "\"\(name)\" is a word of the language. Take another name.")
        }
        return (name, advance().position)
    }

    /// A name that nothing declared has.
    mutating func newName(_ wanted: String) throws(RuleError) -> (String, TextPosition) {
        let (name, position) = try name(wanted)
        guard meanings[name] == nil else {
            throw error(position, .twice, "\"\(name)\" is declared twice. Rename one of the two.")
        }
        return (name, position)
    }

    mutating func integer() throws(RuleError) -> Int {
        guard case .number(let value, isWhole: true) = token.kind, value < 1e15 else {
            throw error(
                token.position, .integer, "expected a whole number of at least 0, found \(token.shown).")
        }
        advance()
        return Int(value)
    }

    mutating func signedNumber() throws(RuleError) -> Double {
        let isNegative = accept("-")
        guard case .number(let value, _) = token.kind else { throw unexpected("a number") }
        advance()
        return isNegative ? -value : value
    }

    /// Goes one expression deeper.
    mutating func nested<Result>(_ body: (inout Self) throws(RuleError) -> Result) throws(RuleError) -> Result
    {
        guard depth < Self.nesting else {
            throw error(
                token.position, .limit,
                "expressions inside each other more than \(Self.nesting) deep. Give parts a name by \"define\"."
            )
        }
        depth += 1
        defer { depth -= 1 }
        return try body(&self)
    }

    // MARK: - Types

    func check(_ found: Typed, is type: ValueType) throws(RuleError) {
        guard found.type != type else { return }
        let code: RuleError.Code =
            switch type {
            case .number: .number
            case .text: .text
            case .flag: .flag
            }
        throw error(
            found.position, code, "expected \(type.described), found \(found.type.described).")
    }

    mutating func formula() throws(RuleError) -> RuleExpression {
        let found = try expression(1)
        try check(found, is: .flag)
        return found.expression
    }

    mutating func term(_ level: Int = 1) throws(RuleError) -> RuleExpression {
        let found = try expression(level)
        try check(found, is: .number)
        return found.expression
    }
}
