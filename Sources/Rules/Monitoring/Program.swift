/// A file's rules as nodes, with what has to be remembered between steps.
struct Program: Sendable {
    /// A rule, or what its response waits for.
    struct Goal: Sendable {
        var formula = -1
        /// A response's trigger as a formula, −1 where events trigger it.
        var trigger = -1
        /// A response's trigger as a pattern, −1 else.
        var pattern = -1
        var isResponse = false
        var deadline: Int?
        /// What waits, −1 for no response.
        var memory = -1
        /// Whether it raises an alarm and is not enforced.
        var isWatched = false
        /// Whether it is enforced in the step ahead.
        var isForeseen = false
        /// Whether it reads a next signal.
        var readsNext = false
    }

    /// What a next signal will be.
    struct Model: Sendable {
        let signal: Int
        let node: Int
        let error: Double
    }

    /// Where a signal is read, and the next signal of the same column, −1 where there is none.
    struct Reading: Sendable {
        let source: Signal.Source
        let index: Int
        let next: Int
    }

    private(set) var nodes: [Node] = []
    private(set) var lists: [Int] = []
    private(set) var patterns: [NodePattern] = []
    private(set) var texts: [String] = []
    /// One for each node or response that remembers: empty, to begin with.
    private(set) var memories: [Memory] = []
    private(set) var goals: [Goal] = []
    /// The nodes that remember, those inside before those around them.
    private(set) var remembering: [Int] = []
    /// The term of each next signal's model.
    private(set) var models: [Int: Int] = [:]
    /// The same in the file's order, with their errors.
    private(set) var predicted: [Model] = []
    /// Of each signal.
    private(set) var readings: [Reading] = []
    /// The rules that are enforced in the step ahead.
    private(set) var foreseen: [Int] = []
    /// Whether one of these remembers something.
    private(set) var isPastForeseen = false
    /// The terms that each rule compares as numbers, with their nodes, for what is said of a refusal.
    private(set) var compared: [[(term: RuleExpression, node: Int)]] = []
    /// The rules that need no past, as instructions.
    private(set) var straight = StraightCode([], [], [], [], isModelled: false)
    private var known: [RuleExpression: Int] = [:]
    private let content: RuleContent

    init(_ file: RuleFile) {
        content = file.content
        for rule in file.rules { add(rule) }
        for model in file.models {
            let node = node(model.term)
            models[model.signal] = node
            predicted.append(Model(signal: model.signal, node: node, error: model.error))
        }
        readings = Self.readings(of: file)
        foreseen = goals.indices.filter { goals[$0].isForeseen }
        isPastForeseen = foreseen.contains { goals[$0].isResponse || remembers(goals[$0].formula) }
        compared = file.rules.map { rule in
            rule.body.expressions.flatMap(\.comparedTerms).compactMap { term in
                known[term].map { (term, $0) }
            }
        }
        known = [:]
        straight = StraightCode(nodes, lists, goals, readings, isModelled: !predicted.isEmpty)
        for node in remembering { memories[nodes[node].memory].upkeep = upkeep(of: nodes[node]) }
    }

    /// Where a file's signals are read.
    static func readings(of file: RuleFile) -> [Reading] {
        let signals = file.signals
        return signals.map { signal in
            Reading(
                source: signal.source, index: signal.index,
                next: signals.firstIndex { $0.source == .next && $0.index == signal.index } ?? -1)
        }
    }

    /// Whether a node, or one inside of it, remembers something.
    private func remembers(_ node: Int) -> Bool {
        guard node >= 0 else { return false }
        let own = nodes[node]
        if own.memory >= 0 || remembers(own.left) || remembers(own.right) { return true }
        return lists[own.terms].contains { remembers($0) }
    }

    private mutating func add(_ rule: Rule) {
        var goal = Goal()
        goal.isWatched = rule.isWatched
        goal.isForeseen = rule.kind == .foreseen && !rule.isWatched
        goal.readsNext = rule.body.expressions.contains { $0.reads(.next, of: content) }
        switch rule.body {
        case .always(let formula): goal.formula = node(formula)
        case .response(let trigger, let formula, let within):
            goal.isResponse = true
            goal.deadline = within
            var key: [Int] = []
            var remembered = 1
            switch trigger {
            case .formula(let trigger): goal.trigger = node(trigger)
            case .eachEvent(let pattern):
                key = pattern.bound
                remembered = content.events[pattern.event].remembered
                goal.pattern = add(pattern)
            }
            goal.formula = node(formula)
            goal.memory = memories.count
            memories.append(Memory(.waiting(within: within), key: key, remembered: remembered))
        }
        goals.append(goal)
    }

    private mutating func add(_ pattern: Pattern, bounded: Bool = false) -> Int {
        let constraints = pattern.arguments.map { constraint in
            switch constraint.argument {
            case .bind(let slot):
                return NodePattern.Constraint(
                    parameter: constraint.parameter, slot: slot, node: -1, variable: -1)
            case .equals(let term):
                var variable = -1
                if case .variable(let slot, _) = term { variable = slot }
                return NodePattern.Constraint(
                    parameter: constraint.parameter, slot: -1, node: node(term), variable: variable)
            }
        }
        patterns.append(NodePattern(event: pattern.event, constraints: constraints, isBounded: bounded))
        return patterns.count - 1
    }

    /// The node of an expression, a new one where it is not known yet.
    private mutating func node(_ expression: RuleExpression) -> Int {
        if let known = known[expression] { return known }
        let node = make(expression)
        nodes.append(node)
        known[expression] = nodes.count - 1
        if node.memory >= 0 { remembering.append(nodes.count - 1) }
        return nodes.count - 1
    }

    private mutating func list(_ terms: [RuleExpression]) -> Range<Int> {
        let found = terms.map { node($0) }
        let start = lists.count
        lists += found
        return start..<lists.count
    }

    private mutating func remember(_ kind: Memory.Kind, _ expression: RuleExpression) -> Int {
        memories.append(
            Memory(kind, key: expression.free.sorted(), remembered: content.remembered(in: expression)))
        return memories.count - 1
    }

    private mutating func make(_ expression: RuleExpression) -> Node {
        switch expression {
        case .number(let value): return Node(operation: .number, number: value)
        case .text(let value):
            texts.append(value)
            return Node(operation: .text, index: texts.count - 1)
        case .flag(let value): return Node(operation: .flag, index: value ? 1 : 0)
        case .signal(let number): return Node(operation: .signal, index: number)
        case .variable(let slot, _): return Node(operation: .variable, index: slot)
        case .state(let number, let terms):
            return Node(operation: .state, terms: list(terms), index: number)
        case .negate(let a): return Node(operation: .negate, left: node(a))
        case .arithmetic(let operation, let a, let b): return arithmetic(operation, a, b)
        case .function(let function, let terms):
            return Node(operation: Self.operation(of: function), terms: list(terms))
        case .compare(let comparison, let a, let b): return compare(comparison, a, b)
        case .count, .sum, .maximum, .minimum, .total, .age, .before: return aggregate(expression)
        default: return formula(expression)
        }
    }

    private mutating func arithmetic(_ operation: Arithmetic, _ a: RuleExpression, _ b: RuleExpression)
        -> Node
    {
        let made: Operation =
            switch operation {
            case .plus: .plus
            case .minus: .minus
            case .times: .times
            case .over: .over
            }
        return Node(operation: made, left: node(a), right: node(b))
    }

    private static func operation(of function: NumberFunction) -> Operation {
        switch function {
        case .minimum: .smallest
        case .maximum: .largest
        case .norm: .norm
        case .abs: .absolute
        case .sqrt: .root
        }
    }

    private mutating func compare(_ comparison: Comparison, _ a: RuleExpression, _ b: RuleExpression) -> Node
    {
        let code = Comparison.allCases.firstIndex(of: comparison) ?? 0
        if case .total(let window, let pattern, let term) = a, comparison == .less || comparison == .atMost {
            let left = total(a, window, pattern, term, bounded: true)
            return Node(operation: .compareNumbers, left: left, right: node(b), index: code)
        }
        return Node(
            operation: content.type(of: a) == .number ? .compareNumbers : .compareValues, left: node(a),
            right: node(b), index: code)
    }

    private mutating func total(
        _ expression: RuleExpression, _ window: Window, _ pattern: Pattern, _ term: RuleExpression,
        bounded: Bool
    ) -> Int {
        let memory = remember(.total(window), expression)
        nodes.append(
            Node(
                operation: .total, left: node(term), index: add(pattern, bounded: bounded), window: window,
                memory: memory))
        remembering.append(nodes.count - 1)
        return nodes.count - 1
    }

    private mutating func aggregate(_ expression: RuleExpression) -> Node {
        switch expression {
        case .count(let window, let a):
            return Node(
                operation: .count, left: node(a), window: window, memory: remember(.count(window), expression)
            )
        case .sum(let window, let a): return ring(.sum, window, a, expression)
        case .maximum(let window, let a): return ring(.maximum, window, a, expression)
        case .minimum(let window, let a): return ring(.minimum, window, a, expression)
        case .total(let window, let pattern, let term):
            let inside = node(term)
            return Node(
                operation: .total, left: inside, index: add(pattern), window: window,
                memory: remember(.total(window), expression))
        case .age(let a):
            return Node(operation: .age, left: node(a), memory: remember(.number(.infinity), expression))
        case .before(let a, let first):
            return Node(
                operation: .before, left: node(a), number: first, memory: remember(.number(first), expression)
            )
        default: preconditionFailure("\(expression) is no aggregate")
        }
    }

    private mutating func ring(
        _ operation: Operation, _ window: Window, _ a: RuleExpression, _ expression: RuleExpression
    ) -> Node {
        Node(
            operation: operation, left: node(a), window: window,
            memory: remember(.ring((window.upper ?? 0) + 1), expression))
    }

    private mutating func formula(_ expression: RuleExpression) -> Node {
        switch expression {
        case .not(let a): return Node(operation: .not, left: node(a))
        case .and(let a, let b): return Node(operation: .and, left: node(a), right: node(b))
        case .or(let a, let b): return Node(operation: .or, left: node(a), right: node(b))
        case .implies(let a, let b): return Node(operation: .implies, left: node(a), right: node(b))
        case .previous(let a):
            return Node(operation: .previous, left: node(a), memory: remember(.bits(.last), expression))
        case .started(let a):
            return Node(operation: .started, left: node(a), memory: remember(.bits(.last), expression))
        case .once(let window, let a):
            return Node(
                operation: .once, left: node(a), window: window, memory: remember(.bits(window), expression))
        case .historically(let window, let a):
            // Always is never not.
            return Node(operation: .not, left: node(.once(window, .not(a))))
        case .since(let window, let a, let b):
            return Node(
                operation: .since, left: node(a), right: node(b), window: window,
                memory: remember(.bits(window), expression))
        case .seq(let parts): return make(Self.sequence(parts))
        case .event(let pattern): return Node(operation: .event, index: add(pattern))
        case .each(let pattern, let a):
            let inside = node(a)
            return Node(operation: .each, left: inside, index: add(pattern))
        case .some(let pattern, let a):
            let inside = node(a)
            return Node(operation: .some, left: inside, index: add(pattern))
        case .with(let slot, let term, let a):
            return Node(operation: .with, left: node(term), right: node(a), index: slot)
        default: preconditionFailure("\(expression) is no formula")
        }
    }

    /// seq(φ, …, ψ) is ψ now, and before it the rest of the sequence.
    private static func sequence(_ parts: [RuleExpression]) -> RuleExpression {
        var found = parts[0]
        for part in parts.dropFirst() { found = .and(.once(Window(lower: 1, upper: nil), found), part) }
        return found
    }
}

extension Window {
    /// The step before.
    static let last = Window(lower: 1, upper: 1)
}

extension RuleContent {
    /// Valuations that are remembered of an expression: the fewest of any event in it.
    func remembered(in expression: RuleExpression) -> Int {
        var fewest = 1_000_000
        func look(_ pattern: Pattern) { fewest = min(fewest, events[pattern.event].remembered) }
        _ = expression.contains {
            switch $0 {
            case .event(let pattern), .each(let pattern, _), .some(let pattern, _), .total(_, let pattern, _):
                look(pattern)
            default: break
            }
            return false
        }
        return expression.free.isEmpty ? 1 : fewest
    }

    func type(of expression: RuleExpression) -> ValueType {
        switch expression {
        case .text: .text
        case .flag: .flag
        case .variable(_, let type): type
        case .state(let number, _): states[number].type
        case .number, .signal, .negate, .arithmetic, .function, .count, .sum, .maximum, .minimum, .total,
            .age,
            .before:
            .number
        default: .flag
        }
    }
}
