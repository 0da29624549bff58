// What a proposed step adds to the past, and taking it there.
extension RuleMonitor {
    /// Looks up what a node will remember of the step, for every row that it has or gets.
    mutating func gather(_ node: Int) throws(RuleFault) {
        let own = program.nodes[node]
        let upkeep = memories[own.memory].upkeep
        guard upkeep == .entered else { return try gatherMarks(own, isStanding: upkeep == .standing) }
        let key = memories[own.memory].key
        let rows = memories[own.memory].rows
        defer { likelyRow = -1 }
        for row in 0..<rows {
            bind(key, to: row, of: own.memory)
            pending.entries.append(try entry(of: own, row))
        }
        likelyRow = -1
        guard !key.isEmpty else { return }
        let first = pending.entries.count
        try candidates(for: own) { (monitor) throws(RuleFault) in
            try monitor.begin(own, key, after: first)
        }
        try checkRoom(own.memory, rows, since: first)
    }

    /// Marks the rows for which a node's formula is true, and looks up those that it gets.
    ///
    /// Candidates have every valuation that makes the formula true, so that it is false for all other rows, which are not looked at.
    private mutating func gatherMarks(_ own: Node, isStanding: Bool) throws(RuleFault) {
        let key = memories[own.memory].key
        memories[own.memory].clearMarks()
        let first = pending.entries.count
        settledMemory = isStanding ? own.memory : -1
        defer { settledMemory = -1 }
        try candidates(for: own) { (monitor) throws(RuleFault) in
            for slot in key where !monitor.isBound[slot] { return }
            let row = monitor.row(in: own.memory)
            if row < 0 {
                try monitor.begin(own, key, after: first)
            } else if !isStanding, !monitor.memories[own.memory].isMarked(row),
                try monitor.truth(of: own.left)
            {
                monitor.memories[own.memory].mark(row)
            }
        }
        let (rows, new) = (memories[own.memory].rows, pending.entries.count - first)
        guard new > 0, rows + new > memories[own.memory].capacity else { return }
        if rows + new - memories[own.memory].forgottenRows > memories[own.memory].capacity {
            throw .memoryFull(remembered: memories[own.memory].capacity)
        }
    }

    /// The row of the present valuation; −1 where there is none.
    func row(in memory: Int) -> Int { memories.span[memory].row(of: valuation, likely: likelyRow) }

    /// Gives variables the values of a row's key.
    private mutating func bind(_ key: [Int], to row: Int, of memory: Int) {
        for number in key.indices { valuation[key[number]] = memories.span[memory].keyValue(row, number) }
        likelyRow = row
    }

    /// Whether the present valuation has neither a row nor an entry since a place.
    private func isNew(_ key: [Int], _ memory: Int, after first: Int) -> Bool {
        row(in: memory) < 0
            && !pending.entries[first...].contains { pending.keys.holds(valuation, of: key, at: $0.key) }
    }

    /// A row for the present valuation, where the step gives it something to remember.
    private mutating func begin(_ own: Node, _ key: [Int], after first: Int) throws(RuleFault) {
        guard key.allSatisfy({ isBound[$0] }), isNew(key, own.memory, after: first) else { return }
        var entry = try entry(of: own, -1)
        guard !isForgotten(own.memory, entry) else { return }
        entry.key = pending.keys.count
        for slot in key { pending.keys.append(valuation[slot]) }
        pending.entries.append(entry)
    }

    /// Whether nothing would be remembered of a row behind the step.
    private func isForgotten(_ memory: Int, _ entry: Pending.Entry) -> Bool {
        let own = memories[memory]
        switch own.kind {
        case .bits:
            return own.withBits(entry.row) { own.past.isEmpty($0, now: entry.isTrue, keeps: entry.keeps) }
        case .count:
            return own.number(entry.row) == 0
                && own.withBits(entry.row) { own.past.isEmpty($0, now: entry.isTrue) }
        case .number: return entry.number == .infinity
        case .total: return entry.amounts.isEmpty && (entry.row < 0 || own.amounts(entry.row).isEmpty)
        case .ring: return false
        case .waiting(let within):
            if within == nil { return entry.number == .infinity }
            return own.withBits(entry.row) { own.past.isEmpty($0, now: entry.isTrue, keeps: entry.keeps) }
        }
    }

    private func checkRoom(_ memory: Int, _ rows: Int, since first: Int) throws(RuleFault) {
        let new = pending.entries.count - first
        guard new > 0, rows + new > memories[memory].capacity else { return }
        let leaving = pending.entries[(first - rows)..<first].count { isForgotten(memory, $0) }
        if rows + new - leaving > memories[memory].capacity {
            throw .memoryFull(remembered: memories[memory].capacity)
        }
    }

    /// What a row, or one that begins, gets of the step.
    private mutating func entry(of own: Node, _ row: Int) throws(RuleFault) -> Pending.Entry {
        var entry = Pending.Entry(memory: own.memory, row: row)
        switch own.operation {
        case .previous, .started, .once, .count: entry.isTrue = try truth(of: own.left)
        case .since:
            entry.isTrue = try truth(of: own.right)
            entry.keeps = try truth(of: own.left)
        case .age:
            entry.number = try truth(of: own.left) ? 0 : memories[own.memory].number(row) + 1
        case .total:
            let start = pending.amounts.count
            try addAmounts(of: own)
            entry.amounts = start..<pending.amounts.count
        default: entry.number = try number(of: own.left)
        }
        return entry
    }

    /// Takes everything that was gathered.
    mutating func apply() {
        for memory in memories.indices { memories[memory].advanceRows() }
        for entry in pending.entries {
            let memory = entry.memory
            var row = entry.row
            if row < 0 {
                let width = memories[memory].key.count
                row = memories[memory].append(key: pending.keys[entry.key..<entry.key + width])
            }
            switch memories[memory].kind {
            case .bits: memories[memory].advanceBits(row, now: entry.isTrue, keeps: entry.keeps)
            case .count(let window):
                if window.upper == nil {
                    memories[memory].count(row, now: entry.isTrue)
                } else {
                    memories[memory].advanceBits(row, now: entry.isTrue)
                }
            case .ring(let size): memories[memory].set(row, time % size, entry.number)
            case .number: memories[memory].set(row, 0, entry.number)
            case .total(let window):
                let first = window.upper.map { time - $0 } ?? 0
                memories[memory].add(row, pending.amounts[entry.amounts], at: time, droppingBefore: first)
                if window.upper == nil { memories[memory].settle(row, before: time - window.lower + 1) }
            case .waiting(let within):
                if within == nil {
                    memories[memory].set(row, 0, entry.number)
                } else {
                    memories[memory].advanceBits(row, now: entry.isTrue, keeps: entry.keeps)
                }
            }
        }
        for memory in memories.indices { memories[memory].removeEmptyRows() }
    }

    // MARK: - Responses

    /// Whether no trigger of a response has waited too long in the proposed step.
    mutating func isServed(_ goal: Program.Goal, _ rule: Int) throws(RuleFault) -> Bool {
        let memory = goal.memory
        guard goal.pattern >= 0 else {
            let trigger = try truth(of: goal.trigger)
            let served = try truth(of: goal.formula)
            return wait(memory, 0, trigger: trigger, served: served)
        }
        let key = memories[memory].key
        var isKept = true
        let rows = memories[memory].rows
        defer { likelyRow = -1 }
        for row in 0..<rows {
            bind(key, to: row, of: memory)
            let trigger = try isTriggered(goal.pattern, key, row, of: memory)
            bind(key, to: row, of: memory)
            if !wait(memory, row, trigger: trigger, served: try truth(of: goal.formula)) { isKept = false }
        }
        likelyRow = -1
        let first = pending.entries.count
        _ = try matches(goal.pattern) { (monitor) throws(RuleFault) in
            if try !monitor.beginWaiting(goal, key, after: first) { isKept = false }
            return false
        }
        try checkRoom(memory, rows, since: first)
        return isKept
    }

    /// Whether an event of the step triggers with exactly the values of a row's key.
    private mutating func isTriggered(
        _ pattern: Int, _ key: [Int], _ row: Int, of memory: Int
    ) throws(RuleFault) -> Bool {
        try matches(pattern) { (monitor) throws(RuleFault) in
            key.indices.allSatisfy {
                monitor.memories[memory].hasKey(row, $0, monitor.valuation[key[$0]])
            }
        }
    }

    private mutating func beginWaiting(
        _ goal: Program.Goal, _ key: [Int], after first: Int
    ) throws(RuleFault) -> Bool {
        guard isNew(key, goal.memory, after: first) else { return true }
        let place = pending.keys.count
        for slot in key { pending.keys.append(valuation[slot]) }
        let served = try truth(of: goal.formula)
        let isKept = wait(goal.memory, -1, trigger: true, served: served)
        let entry = pending.entries.removeLast()
        guard !isForgotten(goal.memory, entry) else {
            pending.keys.removeLast(pending.keys.count - place)
            return isKept
        }
        pending.entries.append(
            Pending.Entry(
                memory: entry.memory, row: -1, key: place, isTrue: entry.isTrue, keeps: entry.keeps,
                number: entry.number))
        return isKept
    }

    /// Lets triggers wait on, and says whether none has waited too long.
    private mutating func wait(_ memory: Int, _ row: Int, trigger: Bool, served: Bool) -> Bool {
        var entry = Pending.Entry(memory: memory, row: row)
        defer { pending.entries.append(entry) }
        guard case .waiting(let within) = memories[memory].kind else { return true }
        guard let within else {
            let waits = memories[memory].number(row)
            entry.number = served ? .infinity : min(waits, trigger ? Double(time) : .infinity)
            return !(step.isEnd && entry.number < .infinity)
        }
        (entry.isTrue, entry.keeps) = (trigger && !served, !served)
        if served { return true }
        if within == 0 { return !trigger }
        let past = memories[memory].past
        return !memories[memory].withBits(row) { past.isAtItsEnd($0) }
    }
}

extension PastBits {
    /// Whether the oldest bit of a window with an end is set.
    func isAtItsEnd(_ row: Span<UInt64>) -> Bool {
        guard let upper = window.upper, upper > 0 else { return false }
        return row[(upper - 1) / 64] >> UInt64((upper - 1) % 64) & 1 != 0
    }
}
