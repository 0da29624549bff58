// What formulas and terms are worth in the proposed step.
extension RuleMonitor {
    /// Whether a formula holds, with the variables as they are.
    mutating func truth(of node: Int) throws(RuleFault) -> Bool {
        let own = program.nodes[node]
        switch own.operation {
        case .flag: return own.index == 1
        case .not: return !(try truth(of: own.left))
        // The right side is not looked at where the left decides.
        case .and: return try truth(of: own.left) ? truth(of: own.right) : false
        case .or: return try truth(of: own.left) ? true : truth(of: own.right)
        case .implies: return try truth(of: own.left) ? truth(of: own.right) : true
        case .compareNumbers:
            return Self.holds(own.index, try number(of: own.left), try number(of: own.right))
        case .compareValues:
            let isEqual = try value(of: own.left) == value(of: own.right)
            return Comparison.allCases[own.index] == .equal ? isEqual : !isEqual
        case .variable, .state:
            guard case .flag(let flag) = try value(of: node) else { return false }
            return flag
        case .event: return try matches(own.index) { (_) throws(RuleFault) in true }
        case .some:
            return try matches(own.index) { (monitor) throws(RuleFault) in try monitor.truth(of: own.left) }
        case .each:
            return try !matches(own.index) { (monitor) throws(RuleFault) in try !monitor.truth(of: own.left) }
        case .with:
            valuation[own.index] = try value(of: own.left)
            return try truth(of: own.right)
        default: return try remembered(own)
        }
    }

    private static func holds(_ comparison: Int, _ a: Double, _ b: Double) -> Bool {
        switch Comparison.allCases[comparison] {
        case .less: a < b
        case .atMost: a <= b
        case .more: a > b
        case .atLeast: a >= b
        case .equal: a == b
        case .unequal: a != b
        }
    }

    /// Whether a formula about the past holds.
    private mutating func remembered(_ own: Node) throws(RuleFault) -> Bool {
        let row = row(in: own.memory)
        let past = memories.span[own.memory].past
        switch own.operation {
        case .previous: return memories.span[own.memory].withBits(row) { past.any($0, now: false) }
        case .started:
            let now = try truth(of: own.left)
            return now && !memories.span[own.memory].withBits(row) { past.any($0, now: false) }
        case .once:
            let now = own.window.lower == 0 ? try truth(of: own.left) : false
            return memories.span[own.memory].withBits(row) { past.any($0, now: now) }
        case .since:
            if own.window.lower == 0, try truth(of: own.right) { return true }
            let keeps = try truth(of: own.left)
            return memories.span[own.memory].withBits(row) { past.any($0, now: false, keeps: keeps) }
        default: preconditionFailure("\(own.operation) is no formula")
        }
    }

    /// What a number is worth; finite, or ±∞ where a maximum, a minimum or an age is of nothing.
    mutating func number(of node: Int) throws(RuleFault) -> Double {
        let own = program.nodes[node]
        switch own.operation {
        case .number: return own.number
        case .signal:
            let value = step.signals[own.index]
            guard value.isFinite else { throw .notFinite("signal \(rules.signals[own.index].name)") }
            return value
        case .variable, .state:
            guard case .number(let number) = try value(of: node) else { return .nan }
            return number
        case .negate: return -(try number(of: own.left))
        case .plus: return try Self.finite(number(of: own.left) + number(of: own.right))
        case .minus: return try Self.finite(number(of: own.left) - number(of: own.right))
        case .times: return try Self.finite(number(of: own.left) * number(of: own.right))
        case .over:
            let (a, b) = (try number(of: own.left), try number(of: own.right))
            guard b != 0 else { throw .notFinite("a quotient by 0") }
            return try Self.finite(a / b)
        case .smallest, .largest, .norm, .absolute, .root: return try function(own)
        default: return try aggregate(own)
        }
    }

    private static func finite(_ value: Double) throws(RuleFault) -> Double {
        guard !value.isNaN else { throw .notFinite("a difference of infinities") }
        return value
    }

    private mutating func function(_ own: Node) throws(RuleFault) -> Double {
        var result = try number(of: program.lists[own.terms.lowerBound])
        switch own.operation {
        case .absolute: return abs(result)
        case .root:
            guard result >= 0 else { throw .notFinite("a root of what is below 0") }
            return result.squareRoot()
        case .norm:
            result *= result
            for term in own.terms.dropFirst() {
                let next = try number(of: program.lists[term])
                result += next * next
            }
            return result.squareRoot()
        default:
            for term in own.terms.dropFirst() {
                let next = try number(of: program.lists[term])
                result = own.operation == .smallest ? min(result, next) : max(result, next)
            }
            return result
        }
    }

    /// A number of the past.
    private mutating func aggregate(_ own: Node) throws(RuleFault) -> Double {
        let memory = own.memory
        switch own.operation {
        case .count:
            let row = row(in: memory)
            let now = own.window.lower == 0 ? try truth(of: own.left) : false
            let past = memories.span[memory].past
            guard own.window.upper == nil else {
                return Double(memories.span[memory].withBits(row) { past.count($0, now: now) })
            }
            let enters = memories.span[memory].withBits(row) { past.enters($0, now: now) }
            return memories.span[memory].number(row) + (enters ? 1 : 0)
        case .age:
            if try truth(of: own.left) { return 0 }
            return memories.span[memory].number(row(in: memory)) + 1
        case .before: return memories.span[memory].number(0)
        case .total: return try total(own)
        default: return try ring(own)
        }
    }

    /// Σ of amounts in the window, oldest first.
    private mutating func total(_ own: Node) throws(RuleFault) -> Double {
        // Those of now are looked up first, with the variables as they are, and are added last.
        let start = pending.amounts.count
        let row = row(in: own.memory)
        if own.window.lower == 0 { try addAmounts(of: own) }
        defer { pending.amounts.removeLast(pending.amounts.count - start) }
        let past = memories.span[own.memory].total(
            row, from: own.window.upper.map { time - $0 }, to: time - own.window.lower)
        return pending.amounts[start...].reduce(past, +)
    }

    /// Adds the amounts of the step's events to the pending ones.
    mutating func addAmounts(of own: Node) throws(RuleFault) {
        let isBounded = program.patterns[own.index].isBounded
        _ = try matches(own.index) { (monitor) throws(RuleFault) in
            let amount = try monitor.number(of: own.left)
            if isBounded && amount < 0 {
                throw .negativeAmount(monitor.rules.events[monitor.program.patterns[own.index].event].name)
            }
            monitor.pending.amounts.append(amount)
            return false
        }
    }

    /// Sum, maximum or minimum of a window with an end; sums are taken oldest first.
    private mutating func ring(_ own: Node) throws(RuleFault) -> Double {
        let upper = min(own.window.upper ?? 0, time)
        let now = own.window.lower == 0 ? try number(of: own.left) : 0
        let size = (own.window.upper ?? 0) + 1
        var result =
            switch own.operation {
            case .maximum: -Double.infinity
            case .minimum: Double.infinity
            default: 0.0
            }
        for back in stride(from: upper, through: own.window.lower, by: -1) {
            let value = back == 0 ? now : memories.span[own.memory].number(0, (time - back) % size)
            switch own.operation {
            case .maximum: result = max(result, value)
            case .minimum: result = min(result, value)
            default: result += value
            }
        }
        return result
    }

    /// What a term is worth, of whatever type.
    mutating func value(of node: Int) throws(RuleFault) -> RuleValue {
        let own = program.nodes[node]
        switch own.operation {
        case .text: return .text(program.texts[own.index])
        case .variable: return valuation[own.index]
        case .state: return try answer(own)
        default:
            return rules.content.isFormula(own.operation)
                ? .flag(try truth(of: node)) : .number(try number(of: node))
        }
    }

    private mutating func answer(_ own: Node) throws(RuleFault) -> RuleValue {
        let state = rules.states[own.index]
        var key = try own.terms.isEmpty ? "" : value(of: program.lists[own.terms.lowerBound]).key
        for term in own.terms.dropFirst() { key += "|" + (try value(of: program.lists[term])).key }
        guard let answer = step.answers[own.index][key] else { throw .unanswered(state.name, with: key) }
        guard answer.type == state.type else {
            throw .otherType("the answer of \(state.name)(\(key))", wanted: state.type)
        }
        if case .number(let number) = answer, !number.isFinite {
            throw .notFinite("the answer of \(state.name)(\(key))")
        }
        return answer
    }

    /// Whether a test succeeds for one of the step's events that match a pattern, its variables bound.
    mutating func matches(
        _ pattern: Int, _ test: (inout Self) throws(RuleFault) -> Bool
    ) throws(RuleFault) -> Bool {
        let wanted = program.patterns[pattern]
        for number in step.events.indices where step.events[number].event == wanted.event {
            var fits = true
            for constraint in wanted.constraints {
                let argument = step.events[number].arguments[constraint.parameter]
                if constraint.slot >= 0 {
                    valuation[constraint.slot] = argument
                } else if try value(of: constraint.node) != argument {
                    fits = false
                    break
                }
            }
            if fits, try test(&self) { return true }
        }
        return false
    }
}

extension RuleContent {
    /// Whether an operation gives something true or false.
    func isFormula(_ operation: Operation) -> Bool {
        switch operation {
        case .flag, .not, .and, .or, .implies, .previous, .started, .once, .since, .event, .each, .some,
            .with,
            .compareNumbers, .compareValues:
            true
        default: false
        }
    }
}
