/// What enforced rules ask of the action in a step, with all that is settled folded to constants: a quick first judge.
///
/// It computes as the monitor does, with intervals for what only models know, without their division. What it refuses, no division
/// proves, unless rounding decides; what it allows is judged by the monitor before it is done.
struct FoldedRules {
    /// What is known of an action.
    enum Answer {
        case allowed, refused
        /// Not settled without a division of models' errors, or not looked into.
        case unsure
    }

    private enum Operation {
        case constant, action, bounded
        case negate, plus, minus, times, square, over, smallest, largest, norm, absolute, root
        case not, and, or, implies, compare
        /// A number that is there where a formula holds.
        case amount
    }

    private struct Term {
        var operation: Operation
        var left = -1, right = -1
        var parts = 0..<0
        /// A constant's interval; of an amount its value; of what is bounded its error.
        var interval = Interval(0)
        var index = 0
    }

    private var terms: [Term] = []
    private var lists: [Int] = []
    private var goals: [Int] = []
    /// Of each term: a number, or a formula as 1, 0, or from 0 to 1 where it depends.
    private var values: [Interval] = []
    private var context: ActionContext
    private var known: [Int: Int] = [:]
    private var models: [Int] = []
    private var isUnsure = false

    /// Folds what rules ask.
    ///
    /// - Parameters:
    ///   - now: the step that is proposed.
    ///   - ahead: what is not settled in the step ahead of it.
    init(_ now: ActionContext, ahead: SignalDependence) {
        context = now
        models = [Int](repeating: -1, count: now.models.count)
        for model in now.monitor.program.predicted {
            let inside = term(model.node)
            let error = Interval(-model.error, model.error)
            models[model.signal] = add(Term(operation: .bounded, left: inside, interval: error))
        }
        fold()
        if !now.monitor.program.foreseen.isEmpty {
            known = [:]
            if let step = ActionContext(after: now, ahead) {
                context = step
                fold()
            } else {
                isUnsure = true
            }
        }
        values = [Interval](repeating: Interval(0), count: terms.count)
    }

    private mutating func fold() {
        for rule in context.rules {
            switch context.demand(of: rule) {
            case .nothing: break
            case .unknown: isUnsure = true
            case .formula(let node): goals.append(term(node))
            case .answer(let formula, let trigger):
                let (first, second) = (term(trigger), term(formula))
                goals.append(add(Term(operation: .implies, left: first, right: second)))
            }
        }
    }

    private mutating func add(_ term: Term) -> Int {
        terms.append(term)
        return terms.count - 1
    }

    private mutating func constant(_ interval: Interval) -> Int {
        add(Term(operation: .constant, interval: interval))
    }

    /// Something of which nothing is known.
    private mutating func unknown(_ node: Int) -> Int {
        let own = context.monitor.program.nodes[node]
        let isFormula = context.monitor.rules.content.isFormula(own.operation)
        return constant(isFormula ? Interval(0, 1) : Interval(-.infinity, .infinity))
    }

    /// The term of a node, equal nodes once.
    private mutating func term(_ node: Int) -> Int {
        if let found = known[node] { return found }
        let found = context.dependence.isOpen[node] ? open(node) : settled(node)
        known[node] = found
        return found
    }

    private mutating func settled(_ node: Int) -> Int {
        let own = context.monitor.program.nodes[node]
        if context.monitor.rules.content.isFormula(own.operation) {
            guard let truth = try? context.monitor.truth(of: node) else { return unknown(node) }
            return constant(Interval(truth ? 1 : 0))
        }
        guard let number = try? context.monitor.number(of: node) else { return unknown(node) }
        return constant(Interval(number))
    }

    private mutating func open(_ node: Int) -> Int {
        let own = context.monitor.program.nodes[node]
        switch own.operation {
        case .signal:
            let place = context.action(own.index)
            if place >= 0 { return add(Term(operation: .action, index: place)) }
            let next = context.models[own.index]
            return next >= 0 && models[next] >= 0 ? models[next] : unknown(node)
        case .negate: return pair(.negate, own)
        case .plus: return pair(.plus, own)
        case .minus: return pair(.minus, own)
        case .times: return pair(own.left == own.right ? .square : .times, own)
        case .over: return pair(.over, own)
        case .not: return pair(.not, own)
        case .and: return pair(.and, own)
        case .or: return pair(.or, own)
        case .implies: return pair(.implies, own)
        case .compareNumbers: return pair(.compare, own)
        case .absolute: return list(.absolute, own)
        case .root: return list(.root, own)
        case .smallest: return list(.smallest, own)
        case .largest: return list(.largest, own)
        case .norm: return list(.norm, own)
        case .previous, .before: return settled(node)
        case .started, .once, .since, .count: return remembered(node, own)
        default: return unknown(node)
        }
    }

    private mutating func pair(_ operation: Operation, _ own: Node) -> Int {
        let left = term(own.left)
        let right = own.right < 0 ? -1 : term(own.right)
        return add(Term(operation: operation, left: left, right: right, index: own.index))
    }

    private mutating func list(_ operation: Operation, _ own: Node) -> Int {
        let parts = own.terms.map { term(context.monitor.program.lists[$0]) }
        let start = lists.count
        lists += parts
        return add(Term(operation: operation, parts: start..<lists.count))
    }

    /// What is of the past is settled, and the part about now may depend on the action.
    private mutating func remembered(_ node: Int, _ own: Node) -> Int {
        let memory = context.monitor.memories[own.memory]
        let (row, past) = (memory.row(of: context.monitor.valuation), memory.past)
        let includesNow = own.window.lower == 0
        if own.operation == .count {
            guard includesNow else { return settled(node) }
            let earlier =
                own.window.upper == nil
                ? memory.number(row) : Double(memory.withBits(row) { past.count($0, now: false) })
            let (base, holds) = (constant(Interval(earlier)), term(own.left))
            let amount = add(Term(operation: .amount, left: holds, interval: Interval(1)))
            return add(Term(operation: .plus, left: base, right: amount))
        }
        let was = memory.withBits(row) { past.any($0, now: false) }
        switch own.operation {
        case .started: return was ? constant(Interval(0)) : term(own.left)
        case .once: return was ? constant(Interval(1)) : includesNow ? term(own.left) : constant(Interval(0))
        default:
            let held = was ? term(own.left) : constant(Interval(0))
            guard includesNow else { return held }
            let now = term(own.right)
            return add(Term(operation: .or, left: now, right: held))
        }
    }

    // MARK: - Judging

    /// What is known of an action.
    mutating func answer(_ action: [Float]) -> Answer {
        for number in terms.indices { values[number] = value(terms[number], action) }
        var isAllowed = !isUnsure
        for goal in goals {
            if values[goal].high < 1 { return .refused }
            if values[goal].low < 1 { isAllowed = false }
        }
        return isAllowed ? .allowed : .unsure
    }

    private func value(_ term: Term, _ action: [Float]) -> Interval {
        switch term.operation {
        case .constant: return term.interval
        case .action:
            return term.index < action.count
                ? Interval(Double(action[term.index])) : Interval(-.infinity, .infinity)
        case .bounded: return values[term.left] + term.interval
        case .negate: return -values[term.left]
        case .plus: return values[term.left] + values[term.right]
        case .minus: return values[term.left] - values[term.right]
        case .times: return values[term.left] * values[term.right]
        case .square: return values[term.left].squared
        case .over: return values[term.left] / values[term.right]
        case .absolute: return values[lists[term.parts.lowerBound]].magnitude
        case .root:
            let inside = values[lists[term.parts.lowerBound]]
            return inside.low < 0 ? Interval(-.infinity, .infinity) : inside.root
        case .smallest, .largest, .norm: return several(term)
        case .amount:
            let holds = values[term.left]
            return Interval(holds.low < 1 ? 0 : term.interval.low, holds.high < 1 ? 0 : term.interval.high)
        case .compare:
            let known = values[term.left].compares(Comparison.allCases[term.index], values[term.right])
            return known.map { Interval($0 ? 1 : 0) } ?? Interval(0, 1)
        case .not: return Interval(1 - values[term.left].high, 1 - values[term.left].low)
        case .and: return least(values[term.left], values[term.right])
        case .or: return most(values[term.left], values[term.right])
        case .implies:
            let left = values[term.left]
            return most(Interval(1 - left.high, 1 - left.low), values[term.right])
        }
    }

    private func least(_ a: Interval, _ b: Interval) -> Interval {
        Interval(min(a.low, b.low), min(a.high, b.high))
    }
    private func most(_ a: Interval, _ b: Interval) -> Interval {
        Interval(max(a.low, b.low), max(a.high, b.high))
    }

    private func several(_ term: Term) -> Interval {
        var result = values[lists[term.parts.lowerBound]]
        if term.operation == .norm { result = result.squared }
        for place in term.parts.dropFirst() {
            let next = values[lists[place]]
            switch term.operation {
            case .smallest: result = least(result, next)
            case .largest: result = most(result, next)
            default: result = result + next.squared
            }
        }
        return term.operation == .norm ? result.root : result
    }
}
