// Formulas as half-spaces and choices.
extension ActionRequirements {
    /// What makes a formula as true as is wanted; nothing where no action does.
    mutating func requirement(of node: Int, is wanted: Bool) -> Conjunction? {
        guard mayGoOn() else { return .relaxed }
        guard context.dependence.isOpen[node] else { return settled(node, wanted) }
        let own = context.monitor.program.nodes[node]
        switch own.operation {
        case .not: return requirement(of: own.left, is: !wanted)
        case .and: return junction(own, left: wanted, right: wanted, isBoth: wanted)
        case .or: return junction(own, left: wanted, right: wanted, isBoth: !wanted)
        case .implies: return junction(own, left: !wanted, right: wanted, isBoth: !wanted)
        case .compareNumbers: return comparison(own, wanted)
        case .with:
            guard !context.dependence.isOpen[own.left], let value = try? context.monitor.value(of: own.left)
            else {
                return .relaxed
            }
            context.monitor.valuation[own.index] = value
            return requirement(of: own.right, is: wanted)
        case .previous: return settled(node, wanted)
        case .started, .once, .since: return remembered(node, own, wanted)
        default: return .relaxed
        }
    }

    /// What does not depend on the action is true or false now; what cannot be judged is left to the judge.
    private mutating func settled(_ node: Int, _ wanted: Bool) -> Conjunction? {
        guard let truth = try? context.monitor.truth(of: node) else { return .relaxed }
        return truth == wanted ? .nothing : nil
    }

    private mutating func junction(_ own: Node, left: Bool, right: Bool, isBoth: Bool) -> Conjunction? {
        let first = requirement(of: own.left, is: left)
        if isBoth && first == nil { return nil }
        if !isBoth, let first, first.isNothing { return .nothing }
        let second = requirement(of: own.right, is: right)
        return isBoth ? both(first, second) : either([first, second])
    }

    /// A formula about the past, whose part about now may depend on the action.
    private mutating func remembered(_ node: Int, _ own: Node, _ wanted: Bool) -> Conjunction? {
        let row = context.monitor.memories[own.memory].row(of: context.monitor.valuation)
        let memory = context.monitor.memories[own.memory]
        let past = memory.past
        let was = memory.withBits(row) { past.any($0, now: false) }
        switch own.operation {
        case .started:
            if was { return wanted ? nil : .nothing }
            return requirement(of: own.left, is: wanted)
        case .once:
            if was { return wanted ? .nothing : nil }
            guard own.window.lower == 0 else { return wanted ? nil : .nothing }
            return requirement(of: own.left, is: wanted)
        default:
            let held = was ? requirement(of: own.left, is: wanted) : wanted ? nil : .nothing
            guard own.window.lower == 0 else { return held }
            let now = requirement(of: own.right, is: wanted)
            return wanted ? either([now, held]) : both(now, held)
        }
    }

    private mutating func comparison(_ own: Node, _ wanted: Bool) -> Conjunction? {
        guard let left = form(of: own.left), let right = form(of: own.right) else { return .relaxed }
        let difference = left + -right
        // Borders are left to the judge: a point on one is tried, and then points behind it.
        switch (Comparison.allCases[own.index], wanted) {
        case (.less, true), (.atMost, true), (.more, false), (.atLeast, false): return atMost0(difference)
        case (.less, false), (.atMost, false), (.more, true), (.atLeast, true): return atMost0(-difference)
        case (.equal, true), (.unequal, false): return both(atMost0(difference), atMost0(-difference))
        case (.equal, false), (.unequal, true): return either([atMost0(difference), atMost0(-difference)])
        }
    }

    /// That a number is at most 0.
    private mutating func atMost0(_ form: PiecewiseForm) -> Conjunction? {
        guard mayGoOn() else { return .relaxed }
        // Choices come first: what is curved is looked at with all that is added to it.
        guard let place = form.pieces.lastIndex(where: { !$0.isCurved }) else {
            return form.pieces.isEmpty ? halfSpace(form.linear) : curved(form)
        }
        let piece = form.pieces[place]
        var rest = form
        rest.pieces.remove(at: place)
        switch piece {
        case .largest(let forms, let factor):
            if factor == 0 { return atMost0(rest) }
            // A sum with a maximum is at most 0 where it is so with each; with a minimum, where it is so with one.
            var options: [Conjunction?] = []
            for form in forms { options.append(atMost0(rest + factor * form)) }
            return factor > 0 ? options.reduce(.nothing) { both($0, $1) } : either(options)
        case .amount(let amount, let node, let wanted):
            let with = rest + PiecewiseForm(amount)
            if amount > 0 { return either([atMost0(with), both(require(node, !wanted), atMost0(rest))]) }
            return amount < 0
                ? either([atMost0(rest), both(require(node, wanted), atMost0(with))]) : atMost0(rest)
        case .square, .product, .norm: return .relaxed
        }
    }

    private mutating func require(_ node: Int, _ wanted: Bool) -> Conjunction? {
        requirement(of: node, is: wanted)
    }
}
