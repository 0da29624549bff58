/// Reads the statements of a template.
struct ChatStatementParser {
    private let parts: [ChatParts.Part]
    private var place = 0
    private var depth = 0

    /// Most statements inside of each other.
    private static let deepest = 50

    /// Reads a whole template.
    ///
    /// - Throws: what is not understood, at its place.
    static func statements(_ template: String) throws(ChatFault) -> [ChatStatement] {
        var parser = ChatStatementParser(parts: try ChatParts(template).parts)
        let (statements, end) = try parser.body(until: [])
        if let end { throw .malformed("\(end.name) closes nothing", end.offset) }
        return statements
    }

    private init(parts: [ChatParts.Part]) { self.parts = parts }

    private typealias Close = (name: String, parser: ChatExpressionParser, offset: Int)

    /// Statements up to one of the names, which is read.
    private mutating func body(until names: Set<String>) throws(ChatFault) -> ([ChatStatement], Close?) {
        depth += 1
        defer { depth -= 1 }
        var statements: [ChatStatement] = []
        while place < parts.count {
            let part = parts[place]
            place += 1
            guard depth <= Self.deepest else {
                throw .unsupported("more than \(Self.deepest) statements inside of each other", part.offset)
            }
            switch part.kind {
            case .text: statements.append(.text(ChatText(part.text)))
            case .output:
                var parser = ChatExpressionParser(part.tokens)
                statements.append(.output(try parser.expression()))
                try parser.expect(.end)
            case .statement:
                var parser = ChatExpressionParser(part.tokens)
                let name = try parser.name()
                if names.contains(name) { return (statements, (name, parser, part.offset)) }
                statements.append(try statement(name, &parser, part.offset))
            }
        }
        return (statements, nil)
    }

    private mutating func statement(
        _ name: String, _ parser: inout ChatExpressionParser, _ offset: Int
    ) throws(ChatFault) -> ChatStatement {
        switch name {
        case "if": return try choice(&parser, offset)
        case "for": return try loop(&parser, offset)
        case "set": return try assignment(&parser, offset)
        case "else", "elif", "endif", "endfor":
            throw .malformed("\(name) stands where nothing is open", offset)
        default: throw .unsupported("the statement \(name)", offset)
        }
    }

    private mutating func choice(_ parser: inout ChatExpressionParser, _ offset: Int) throws(ChatFault)
        -> ChatStatement
    {
        var branches: [(condition: ChatExpression, body: [ChatStatement])] = []
        var condition = try parser.expression()
        try parser.expect(.end)
        while true {
            let (own, end) = try body(until: ["elif", "else", "endif"])
            branches.append((condition, own))
            guard var end else { throw .malformed("an if does not end", offset) }
            switch end.name {
            case "elif":
                condition = try end.parser.expression()
                try end.parser.expect(.end)
            case "else":
                try end.parser.expect(.end)
                let (other, last) = try body(until: ["endif"])
                guard var last else { throw .malformed("an if does not end", offset) }
                try last.parser.expect(.end)
                return .choice(branches, otherwise: other)
            default:
                try end.parser.expect(.end)
                return .choice(branches, otherwise: [])
            }
        }
    }

    private mutating func loop(_ parser: inout ChatExpressionParser, _ offset: Int) throws(ChatFault)
        -> ChatStatement
    {
        let name = try parser.name()
        if parser.next == .sign(",") { throw .unsupported("a loop over pairs", parser.offset) }
        try parser.expect(.name("in"))
        let list = try parser.expression()
        if parser.next == .name("recursive") { throw .unsupported("a recursive loop", parser.offset) }
        try parser.expect(.end)
        let (own, end) = try body(until: ["endfor", "else"])
        guard var end else { throw .malformed("a for does not end", offset) }
        guard end.name == "endfor" else { throw .unsupported("else of a for", end.offset) }
        try end.parser.expect(.end)
        // A choice without `else` would be Jinja's filter of a loop.
        if case .choice(_, _, nil) = list.kind { throw .unsupported("a loop with a condition", offset) }
        return .loop(name, over: list, body: own)
    }

    private mutating func assignment(_ parser: inout ChatExpressionParser, _ offset: Int) throws(ChatFault)
        -> ChatStatement
    {
        let name = try parser.name()
        var member: String?
        if parser.takes(.sign(".")) { member = try parser.name() }
        if parser.next == .end { throw .unsupported("a set of what follows", offset) }
        if parser.next == .sign(",") { throw .unsupported("a set of several names", offset) }
        try parser.expect(.sign("="))
        let value = try parser.expression()
        try parser.expect(.end)
        guard let member else { return .set(name, value) }
        return .setMember(name, member, value, offset: offset)
    }
}
