/// An expression of a template, at a place in it.
struct ChatExpression: Sendable {
    enum Operation: String, Sendable {
        case add = "+", subtract = "-", multiply = "*", divide = "//", remainder = "%", join = "~"
    }
    enum Comparison: String, Sendable {
        case equal = "==", unequal = "!=", less = "<", greater = ">", atMost = "<=", atLeast = ">="
        case among = "in", notAmong = "not in"
    }
    enum Test: String, Sendable { case defined, none, string, `true`, `false`, mapping }
    enum Filter: String, Sendable { case trim, upper, lower, length, `default`, tojson, join }
    enum Method: String, Sendable { case strip, lstrip, rstrip, split, startswith, endswith, replace }

    indirect enum Kind: Sendable {
        case constant(ChatValue)
        case list([ChatExpression])
        case name(String)
        case member(ChatExpression, String)
        case element(ChatExpression, ChatExpression)
        case slice(ChatExpression, from: ChatExpression?, to: ChatExpression?, step: ChatExpression?)
        case method(ChatExpression, Method, [ChatExpression])
        case filter(ChatExpression, Filter, [ChatExpression])
        case test(ChatExpression, Test, isNegated: Bool)
        case negative(ChatExpression)
        case not(ChatExpression)
        case binary(Operation, ChatExpression, ChatExpression)
        case comparison(ChatExpression, [(Comparison, ChatExpression)])
        case both(ChatExpression, ChatExpression)
        case either(ChatExpression, ChatExpression)
        case choice(ChatExpression, if: ChatExpression, else: ChatExpression?)
        case namespace([(String, ChatExpression)])
        case raise(ChatExpression)
    }

    /// Most steps from an expression down to its innermost part: what evaluates it calls itself so often.
    static let deepest = 100

    let kind: Kind
    let offset: Int
    private let depth: Int

    init(_ kind: Kind, _ offset: Int) throws(ChatFault) {
        (self.kind, self.offset) = (kind, offset)
        depth = 1 + kind.parts.reduce(0) { max($0, $1.depth) }
        guard depth <= Self.deepest else {
            throw .unsupported("an expression of more than \(Self.deepest) steps", offset)
        }
    }
}

extension ChatExpression.Kind {
    fileprivate var parts: [ChatExpression] {
        switch self {
        case .constant, .name: []
        case .list(let elements): elements
        case .member(let e, _), .test(let e, _, _), .negative(let e), .not(let e), .raise(let e): [e]
        case .element(let a, let b), .binary(_, let a, let b), .both(let a, let b), .either(let a, let b):
            [a, b]
        case .slice(let e, let from, let to, let step): [e] + [from, to, step].compactMap { $0 }
        case .method(let e, _, let arguments), .filter(let e, _, let arguments): [e] + arguments
        case .comparison(let first, let rest): [first] + rest.map(\.1)
        case .choice(let a, let condition, let b): [a, condition] + (b.map { [$0] } ?? [])
        case .namespace(let members): members.map(\.1)
        }
    }
}

/// A part of a template that runs.
indirect enum ChatStatement: Sendable {
    case text(ChatText)
    case output(ChatExpression)
    case choice([(condition: ChatExpression, body: [ChatStatement])], otherwise: [ChatStatement])
    case loop(String, over: ChatExpression, body: [ChatStatement])
    case set(String, ChatExpression)
    case setMember(String, String, ChatExpression, offset: Int)
}
