// Judging a proposal by what models say of the step behind it: a rule must hold for every state within a model's error.
extension RuleMonitor {
    /// How often the box of models' errors is divided, at most, to prove a rule.
    public static let divisions = 64

    /// Judges a step whose next signals are not known.
    ///
    /// Rules about them must hold for all values that the models allow, and
    /// rules about observations alone, all of which have a model, in the step behind it. What cannot be proved is not allowed.
    ///
    /// - Throws: `RuleFault` where the step cannot be judged, which is a refusal.
    public mutating func proposeAhead(_ step: TraceStep) throws(RuleFault) -> Judgement {
        self.step = step
        return try judgeAhead()
    }

    /// Judges the step that is set, as `proposeAhead` does.
    mutating func judgeAhead() throws(RuleFault) -> Judgement {
        pending.clear()
        if !program.predicted.isEmpty { bounds.removeAll() }
        for model in program.predicted {
            let value = Interval(try number(of: model.node))
            bounds[model.signal] = value + Interval(-model.error, model.error)
        }
        var judgement = try judge { (monitor, number, goal) throws(RuleFault) in
            goal.readsNext ? try monitor.holdsForAll(goal, number) : try monitor.holdsNow(goal, number)
        }
        // A rule about observations that is false already is nobody's choice any more.
        judgement.isAllowed = judgement.broken.allSatisfy {
            program.goals[$0].isWatched || program.goals[$0].isForeseen
        }
        if !program.foreseen.isEmpty { try judgeForeseen(&judgement) }
        if !program.predicted.isEmpty { bounds.removeAll() }
        return judgement
    }

    /// Rules about coming observations, in the step behind the proposed one, in which nothing happens and nothing is done.
    private mutating func judgeForeseen(_ judgement: inout Judgement) throws(RuleFault) {
        // A past that foreseen rules read has to take the proposed step first, which a copy does.
        guard program.isPastForeseen else { return try judgeStepAhead(&judgement) }
        var ahead = self
        ahead.commit()
        ahead.bounds = bounds
        try ahead.judgeStepAhead(&judgement)
    }

    /// The foreseen rules by what is bounded of the next signals, with nothing else known.
    private mutating func judgeStepAhead(_ judgement: inout Judgement) throws(RuleFault) {
        swap(&step.signals, &aheadSignals)
        swap(&step.events, &aheadEvents)
        defer {
            swap(&step.signals, &aheadSignals)
            swap(&step.events, &aheadEvents)
        }
        let isEnd = step.isEnd
        step.isEnd = false
        defer { step.isEnd = isEnd }
        for (number, signal) in program.readings.enumerated() where signal.source == .observation {
            bounds[number] = signal.next >= 0 ? bounds[signal.next] : nil
        }
        for (number, signal) in program.readings.enumerated() where signal.source == .next {
            bounds[number] = nil
        }
        for number in program.foreseen where try !holdsForAll(program.goals[number], number) {
            judgement.isAllowed = false
            if !judgement.broken.contains(number) { judgement.broken.append(number) }
        }
    }

    /// Whether a rule is true for every value of what only models know.
    private mutating func holdsForAll(_ goal: Program.Goal, _ number: Int) throws(RuleFault) -> Bool {
        // A response is judged by what is known; one about next signals cannot be.
        guard !goal.isResponse else {
            throw .notFinite("what rule \(rules.rules[number].name) says of the next step")
        }
        var divisions = Self.divisions
        return try holdsForAll(goal.formula, &divisions)
    }

    private mutating func holdsForAll(_ formula: Int, _ divisions: inout Int) throws(RuleFault) -> Bool {
        if let known = try certainty(of: formula) { return known }
        guard divisions > 0, let widest = bounds.widest, let whole = bounds[widest] else { return false }
        divisions -= 1
        defer { bounds[widest] = whole }
        let (low, high) = whole.halves
        bounds[widest] = low
        guard try holdsForAll(formula, &divisions) else { return false }
        bounds[widest] = high
        return try holdsForAll(formula, &divisions)
    }

    /// Whether a formula is true for all values of what is bounded, or false for all; nothing where it depends on them.
    mutating func certainty(of node: Int) throws(RuleFault) -> Bool? {
        let own = program.nodes[node]
        switch own.operation {
        case .not: return try certainty(of: own.left).map { !$0 }
        case .and: return try both(own.left, own.right)
        case .or: return try either(certainty(of: own.left), own.right)
        case .implies: return try either(certainty(of: own.left).map { !$0 }, own.right)
        case .compareNumbers:
            let (a, b) = (try interval(of: own.left), try interval(of: own.right))
            return a.compares(Comparison.allCases[own.index], b)
        default: return try truth(of: node)
        }
    }

    private mutating func both(_ left: Int, _ right: Int) throws(RuleFault) -> Bool? {
        let first = try certainty(of: left)
        if first == false { return false }
        let second = try certainty(of: right)
        return second == false ? false : first == true ? second : nil
    }

    private mutating func either(_ first: Bool?, _ right: Int) throws(RuleFault) -> Bool? {
        if first == true { return true }
        let second = try certainty(of: right)
        return second == true ? true : first == false ? second : nil
    }

    /// What a number can be.
    mutating func interval(of node: Int) throws(RuleFault) -> Interval {
        let own = program.nodes[node]
        switch own.operation {
        case .signal:
            if let known = bounds[own.index] { return known }
            return Interval(try number(of: node))
        case .negate: return -(try interval(of: own.left))
        case .plus: return try interval(of: own.left) + interval(of: own.right)
        case .minus: return try interval(of: own.left) - interval(of: own.right)
        case .times:
            // A number times itself is a square.
            if own.left == own.right { return try interval(of: own.left).squared }
            return try interval(of: own.left) * interval(of: own.right)
        case .over: return try interval(of: own.left) / interval(of: own.right)
        case .absolute: return try interval(of: program.lists[own.terms.lowerBound]).magnitude
        case .root:
            let inside = try interval(of: program.lists[own.terms.lowerBound])
            guard inside.low >= 0 else { throw .notFinite("a root of what may be below 0") }
            return inside.root
        case .smallest, .largest, .norm: return try several(own)
        default: return Interval(try number(of: node))
        }
    }

    private mutating func several(_ own: Node) throws(RuleFault) -> Interval {
        var result = try interval(of: program.lists[own.terms.lowerBound])
        if own.operation == .norm { result = result.squared }
        for term in own.terms.dropFirst() {
            let next = try interval(of: program.lists[term])
            switch own.operation {
            case .smallest: result = Interval(min(result.low, next.low), min(result.high, next.high))
            case .largest: result = Interval(max(result.low, next.low), max(result.high, next.high))
            default: result = result + next.squared
            }
        }
        return own.operation == .norm ? result.root : result
    }
}
