/// Runs the statements of a template, within limits of steps and of text.
struct ChatInterpreter {
    /// Most steps: a statement or a part of an expression is one, and so are sixteen scalars that an operation makes or looks at.
    static let mostSteps = 1_000_000
    /// Most scalars of the output, and of any text on the way.
    static let mostText = 1 << 20

    private(set) var output = ChatText()
    private var steps = 0
    private var scopes: [[String: ChatValue]]
    private var namespaces: [[String: ChatValue]] = []

    init(_ globals: [String: ChatValue]) { scopes = [globals, [:]] }

    // MARK: - Statements

    mutating func run(_ statements: [ChatStatement]) throws(ChatFault) {
        for statement in statements {
            try count(1)
            switch statement {
            case .text(let text): try write(text)
            case .output(let expression):
                let value = try self.value(expression)
                guard let text = value.text else {
                    throw .value("\(value.shown) has no text of its own", expression.offset)
                }
                try write(text)
            case .choice(let branches, let otherwise): try choose(branches, otherwise)
            case .loop(let name, let list, let body): try loop(name, list, body)
            case .set(let name, let expression): scopes[scopes.count - 1][name] = try value(expression)
            case .setMember(let name, let member, let expression, let offset):
                guard case .namespace(let index) = find(name) else {
                    throw .value("\(find(name).shown) has no members to set", offset)
                }
                namespaces[index][member] = try value(expression)
            }
        }
    }

    private mutating func choose(
        _ branches: [(condition: ChatExpression, body: [ChatStatement])], _ otherwise: [ChatStatement]
    ) throws(ChatFault) {
        for branch in branches where try value(branch.condition).isTrue {
            try run(branch.body)
            return
        }
        try run(otherwise)
    }

    private mutating func loop(_ name: String, _ list: ChatExpression, _ body: [ChatStatement])
        throws(ChatFault)
    {
        let value = try self.value(list)
        let elements: [ChatValue]
        switch value {
        case .list(let own): elements = own
        case .mapping(let members): elements = members.map { .text(ChatText($0.key, isOutside: true)) }
        default: throw .value("\(value.shown) is no list to go through", list.offset)
        }
        for (index, element) in elements.enumerated() {
            try count(1)
            scopes.append([
                name: element,
                "loop": .mapping([
                    ("first", .boolean(index == 0)), ("last", .boolean(index == elements.count - 1)),
                    ("index", .integer(index + 1)), ("index0", .integer(index)),
                ]),
            ])
            try run(body)
            scopes.removeLast()
        }
    }

    private mutating func write(_ text: ChatText) throws(ChatFault) {
        try count(1 + text.count / 16)
        guard output.count + text.count <= Self.mostText else { throw Self.tooMuch }
        output.append(text)
    }

    static var tooMuch: ChatFault {
        ChatFault(kind: .limit, text: "writes more than \(mostText) characters")
    }

    mutating func count(_ own: Int) throws(ChatFault) {
        steps += own
        guard steps <= Self.mostSteps else {
            throw ChatFault(kind: .limit, text: "takes more than \(Self.mostSteps) steps")
        }
    }

    /// Counts a text that was made, and refuses it where it is too long.
    mutating func counted(_ text: ChatText) throws(ChatFault) -> ChatValue {
        try count(text.count / 16)
        guard text.count <= Self.mostText else { throw Self.tooMuch }
        return .text(text)
    }

    private func find(_ name: String) -> ChatValue {
        for scope in scopes.reversed() { if let value = scope[name] { return value } }
        return .undefined(name)
    }

    // MARK: - Expressions

    mutating func value(_ e: ChatExpression) throws(ChatFault) -> ChatValue {
        try count(1)
        switch e.kind {
        case .constant(let value): return value
        case .list(let elements):
            var values: [ChatValue] = []
            for element in elements {
                values.append(try value(element))
                try refuseDepth(values[values.count - 1], e.offset)
            }
            return .list(values)
        case .name(let name): return find(name)
        case .member(let owner, let name): return try member(try value(owner), name, e.offset)
        case .element(let owner, let index): return try element(try value(owner), try value(index), e.offset)
        case .slice(let owner, let from, let to, let step):
            return try slice(try value(owner), try bound(from), try bound(to), try bound(step) ?? 1, e.offset)
        case .method(let owner, let method, let arguments):
            return try apply(method, to: try value(owner), try texts(arguments), e.offset)
        case .filter(let owner, let filter, let arguments):
            return try apply(filter, to: try value(owner), arguments, e.offset)
        case .test(let owner, let test, let isNegated):
            return .boolean(Self.holds(test, try value(owner)) != isNegated)
        case .negative(let owner):
            guard let number = try value(owner).integer, number != .min else {
                throw .value("'-' takes a whole number", e.offset)
            }
            return .integer(-number)
        case .not(let owner): return .boolean(try !value(owner).isTrue)
        case .binary(let operation, let a, let b):
            return try combine(operation, try value(a), try value(b), e.offset)
        case .comparison(let first, let rest): return try compare(try value(first), rest, e.offset)
        case .both(let a, let b):
            let first = try value(a)
            return first.isTrue ? try value(b) : first
        case .either(let a, let b):
            let first = try value(a)
            return first.isTrue ? first : try value(b)
        case .choice(let own, let condition, let other):
            if try value(condition).isTrue { return try value(own) }
            guard let other else { return .undefined("a choice without else") }
            return try value(other)
        case .namespace(let members):
            var values: [String: ChatValue] = [:]
            for (name, expression) in members { values[name] = try value(expression) }
            namespaces.append(values)
            return .namespace(namespaces.count - 1)
        case .raise(let reason):
            let text = try value(reason).text ?? ChatText("")
            throw ChatFault(kind: .refused, text: text.string, offset: e.offset)
        }
    }

    private func member(_ owner: ChatValue, _ name: String, _ offset: Int) throws(ChatFault) -> ChatValue {
        switch owner {
        case .undefined, .none: throw .value("\(owner.shown) has no member \(name)", offset)
        case .namespace(let index): return namespaces[index][name] ?? .undefined(name)
        default: return owner.member(name) ?? .undefined(name)
        }
    }

    private func element(_ owner: ChatValue, _ index: ChatValue, _ offset: Int) throws(ChatFault) -> ChatValue
    {
        switch (owner, index) {
        case (.mapping, .text(let name)): return owner.member(name.string) ?? .undefined(name.string)
        case (.namespace, .text(let name)): return try member(owner, name.string, offset)
        case (.list(let elements), _):
            guard let place = index.integer else { break }
            let own = place < 0 ? place + elements.count : place
            return elements.indices.contains(own) ? elements[own] : .undefined("element \(place)")
        case (.text(let text), _):
            guard let place = index.integer else { break }
            let own = place < 0 ? place + text.count : place
            return 0..<text.count ~= own ? .text(text[own..<own + 1]) : .undefined("element \(place)")
        default: break
        }
        throw .value("\(owner.shown) has no element by \(index.shown)", offset)
    }

    /// Refuses an element of a list that is a list of lists, since what is nested without end is walked without end.
    private mutating func refuseDepth(_ element: ChatValue, _ offset: Int) throws(ChatFault) {
        guard case .list(let elements) = element else { return }
        try count(elements.count)
        for element in elements {
            if case .list = element { throw .value("lists are nested more than twice", offset) }
        }
    }

    private mutating func bound(_ e: ChatExpression?) throws(ChatFault) -> Int? {
        guard let e else { return nil }
        let value = try self.value(e)
        if case .none = value { return nil }
        guard let number = value.integer else { throw .value("a slice ends at \(value.shown)", e.offset) }
        return number
    }

    /// As Python slices lists and texts.
    private mutating func slice(
        _ owner: ChatValue, _ from: Int?, _ to: Int?, _ step: Int, _ offset: Int
    ) throws(ChatFault) -> ChatValue {
        let count: Int
        switch owner {
        case .list(let elements): count = elements.count
        case .text(let text): count = text.count
        default: throw .value("\(owner.shown) has no parts", offset)
        }
        guard step != 0, step > -ChatParts.longest, step < ChatParts.longest else {
            throw .value("a slice goes by \(step)", offset)
        }
        let (least, most) = step > 0 ? (0, count) : (-1, count - 1)
        func place(_ bound: Int?, _ missing: Int) -> Int {
            guard let bound else { return missing }
            return min(max(bound < 0 ? bound + count : bound, least), most)
        }
        let places = Array(
            stride(
                from: place(from, step > 0 ? 0 : count - 1), to: place(to, step > 0 ? count : -1), by: step))
        try self.count(places.count)
        switch owner {
        case .list(let elements): return .list(places.map { elements[$0] })
        case .text(let text): return .text(ChatText(units: places.map { text.units[$0] }))
        default: return owner
        }
    }

    private static func holds(_ test: ChatExpression.Test, _ value: ChatValue) -> Bool {
        switch (test, value) {
        case (.defined, .undefined): false
        case (.defined, _): true
        case (.none, .none), (.string, .text), (.mapping, .mapping), (.true, .boolean(true)),
            (.false, .boolean(false)):
            true
        default: false
        }
    }

    private mutating func texts(_ arguments: [ChatExpression]) throws(ChatFault) -> [ChatText] {
        var texts: [ChatText] = []
        for argument in arguments {
            guard case .text(let text) = try value(argument) else {
                throw .value("an argument is no text", argument.offset)
            }
            texts.append(text)
        }
        return texts
    }
}
