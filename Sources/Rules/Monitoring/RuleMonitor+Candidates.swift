// Valuations of which a step may give something to remember: those of events that pin them, and those already remembered inside.
extension RuleMonitor {
    typealias Visit = (inout RuleMonitor) throws(RuleFault) -> Void

    /// Visits valuations, more than are needed; each visit judges the formula anew.
    mutating func candidates(for own: Node, _ visit: Visit) throws(RuleFault) {
        switch own.operation {
        case .total: try candidates(of: own.index, visit)
        case .since: try candidates(inside: own.right, visit)
        default: try candidates(inside: own.left, visit)
        }
    }

    private mutating func candidates(inside node: Int, _ visit: Visit) throws(RuleFault) {
        let own = program.nodes[node]
        switch own.operation {
        case .event: try candidates(of: own.index, visit)
        case .and:
            try candidates(inside: own.left) { (monitor) throws(RuleFault) in
                try monitor.candidates(inside: own.right, visit)
            }
        case .or:
            try candidates(inside: own.left, visit)
            try candidates(inside: own.right, visit)
        case .once, .previous, .since:
            try candidates(rememberedBy: own.memory, visit)
            try candidates(for: own, visit)
        case .started: try candidates(inside: own.left, visit)
        case .some:
            try candidates(of: own.index) { (monitor) throws(RuleFault) in
                try monitor.candidates(inside: own.left, visit)
            }
        case .with:
            let wasBound = isBound[own.index]
            isBound[own.index] = false
            try candidates(inside: own.right, visit)
            isBound[own.index] = wasBound
        default: try visit(&self)
        }
    }

    /// Binds variables as the events of the step do that match a pattern, where terms can be compared already.
    private mutating func candidates(of pattern: Int, _ visit: Visit) throws(RuleFault) {
        let wanted = program.patterns[pattern]
        for number in step.events.indices where step.events[number].event == wanted.event {
            var (bound, fits): ([Int], Bool) = ([], true)
            for constraint in wanted.constraints {
                let argument = step.events[number].arguments[constraint.parameter]
                let slot = constraint.slot >= 0 ? constraint.slot : constraint.variable
                guard slot >= 0 else { continue }
                if constraint.slot >= 0 || !isBound[slot] {
                    valuation[slot] = argument
                    if !isBound[slot] { bound.append(slot) }
                    isBound[slot] = true
                } else if valuation[slot] != argument {
                    fits = false
                }
            }
            let kept = bound.map { valuation[$0] }
            if fits { try visit(&self) }
            for (slot, value) in zip(bound, kept) { (valuation[slot], isBound[slot]) = (value, false) }
        }
    }

    private mutating func candidates(rememberedBy memory: Int, _ visit: Visit) throws(RuleFault) {
        let key = memories[memory].key
        for row in 0..<memories[memory].rows {
            var (bound, fits): ([Int], Bool) = ([], true)
            for number in key.indices {
                let value = memories[memory].keyValue(row, number)
                if isBound[key[number]] {
                    if valuation[key[number]] != value { fits = false }
                } else {
                    valuation[key[number]] = value
                    isBound[key[number]] = true
                    bound.append(key[number])
                }
            }
            if fits { try visit(&self) }
            for slot in bound { isBound[slot] = false }
        }
    }
}
