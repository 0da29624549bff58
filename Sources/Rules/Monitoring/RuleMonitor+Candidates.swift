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
            let first = boundPlaces.count
            var fits = true
            for (place, constraint) in wanted.constraints.enumerated() {
                let slot = constraint.slot >= 0 ? constraint.slot : constraint.variable
                guard slot >= 0 else { continue }
                if constraint.slot >= 0 || !isBound[slot] {
                    valuation[slot] = step.events[number].arguments[constraint.parameter]
                    if !isBound[slot] { boundPlaces.append(place) }
                    isBound[slot] = true
                } else if valuation[slot] != step.events[number].arguments[constraint.parameter] {
                    fits = false
                }
            }
            let last = boundPlaces.count
            if fits { try visit(&self) }
            // What was visited may have given variables other values.
            for place in first..<last {
                let constraint = wanted.constraints[boundPlaces[place]]
                let slot = constraint.slot >= 0 ? constraint.slot : constraint.variable
                valuation[slot] = step.events[number].arguments[constraint.parameter]
                isBound[slot] = false
            }
            boundPlaces.removeLast(last - first)
        }
    }

    private mutating func candidates(rememberedBy memory: Int, _ visit: Visit) throws(RuleFault) {
        let key = memories[memory].key
        defer { likelyRow = -1 }
        for row in 0..<memories[memory].rows {
            if settledMemory >= 0, memories.span[settledMemory].hasKey(row, of: memories.span[memory]) {
                continue
            }
            likelyRow = row
            let first = boundPlaces.count
            var fits = true
            for number in key.indices {
                if isBound[key[number]] {
                    if !memories.span[memory].hasKey(row, number, valuation[key[number]]) { fits = false }
                } else {
                    valuation[key[number]] = memories.span[memory].keyValue(row, number)
                    isBound[key[number]] = true
                    boundPlaces.append(key[number])
                }
            }
            let last = boundPlaces.count
            if fits { try visit(&self) }
            for place in first..<last { isBound[boundPlaces[place]] = false }
            boundPlaces.removeLast(last - first)
        }
    }
}
