/// What is known of a rule so far.
public enum Verdict: Sendable, Equatable {
    /// True in every step, and nothing waits.
    case kept
    /// Not broken, and something waits; with the step by which it must follow, or nothing for before the end.
    case open(deadline: Int?)
    /// False in a step, the first of them.
    case broken(step: Int)
}

/// What rules say of a proposed step.
public struct Judgement: Sendable, Equatable {
    /// Whether no rule that is enforced is false in the step.
    public internal(set) var isAllowed = true
    /// The numbers of rules that are false in it, those that are watched included.
    public internal(set) var broken: [Int] = []
}

/// Judges steps by the rules of a file, with a state of a size that is known when the file is read.
///
/// It is a value: a copy is a snapshot. `propose` writes nothing that a later step depends on, and `commit` takes the proposed
/// step into the past.
public struct RuleMonitor: Sendable {
    /// The rules.
    public let rules: RuleFile
    let program: Program
    var memories: [Memory]
    /// Steps that were taken.
    public internal(set) var time = 0
    /// The step that is judged.
    var step: TraceStep
    /// The values of variables, and whether each has one while valuations are looked for.
    var valuation: [RuleValue]
    var isBound: [Bool]
    /// Where the variables that the present look has bound are, innermost last: a memory that is taken once.
    var boundPlaces: [Int] = []
    /// The row that the valuation was taken from, which other memories of the same variables often have it in, too; −1 for none.
    var likelyRow = -1
    /// The memory that is looked up and whose rows stay as they are; −1 for none.
    var settledMemory = -1
    /// What the step adds to the past.
    var pending = Pending()
    /// The first step in which each rule was false.
    var firstBroken: [Int?]
    /// Whether each rule is true in the proposed step.
    public internal(set) var truth: [Bool]
    /// The rules that are false in it: a memory that judgements share, and that is taken anew only while one of them is kept.
    private var broken: [Int] = []
    /// Signals, constants and results of rules that need no past.
    var registers: [Double]

    /// What models say of signals that are not known, while a proposal is judged by them.
    var bounds: SignalBounds
    /// Signals and events of the step ahead, of which nothing is known, to be exchanged for those of the step.
    var aheadSignals: [Double]
    var aheadEvents: [TraceEvent] = []
    /// Margins of the past, one for each node; empty where they are not measured.
    var margins: [Margins?] = []

    /// Starts before the first step.
    public init(_ rules: RuleFile) {
        self.rules = rules
        program = Program(rules)
        memories = program.memories
        step = TraceStep(for: rules)
        bounds = SignalBounds(signals: rules.signals.count)
        aheadSignals = step.signals
        valuation = [RuleValue](repeating: .flag(false), count: rules.slots)
        isBound = [Bool](repeating: false, count: rules.slots)
        firstBroken = [Int?](repeating: nil, count: rules.rules.count)
        truth = [Bool](repeating: true, count: rules.rules.count)
        registers = program.straight.registers
    }

    /// Goes back to before the first step.
    public mutating func reset() {
        for memory in memories.indices { memories[memory].reset() }
        // Writing what is there already would copy what copies of a monitor share.
        for rule in firstBroken.indices where firstBroken[rule] != nil { firstBroken[rule] = nil }
        for rule in truth.indices where !truth[rule] { truth[rule] = true }
        pending.clear()
        if !margins.isEmpty { measureRobustness() }
        time = 0
    }

    /// Bytes that all rows take when they are used.
    public var stateBytes: Int { memories.reduce(0) { $0 + $1.bytes } }

    /// Judges a step as the next one; another proposal replaces it.
    ///
    /// - Throws: `RuleFault` where the step cannot be judged, which is a refusal.
    public mutating func propose(_ step: TraceStep) throws(RuleFault) -> Judgement {
        self.step = step
        return try judge { (monitor, number, goal) throws(RuleFault) in try monitor.holdsNow(goal, number) }
    }

    /// Whether a step would be allowed, as `propose` judges it; the quickest way to try many steps.
    ///
    /// The first enforced rule that is false decides, and a fault is a refusal. The step is not proposed: it cannot be committed.
    public mutating func allows(_ step: TraceStep) -> Bool {
        self.step = step
        return (try? isAllowed()) ?? false
    }

    private mutating func isAllowed() throws(RuleFault) -> Bool {
        startJudging()
        try check(step)
        for (number, goal) in program.goals.enumerated() where !goal.isWatched {
            guard try holdsNow(goal, number) else { return false }
        }
        // What watched rules and memories cannot take is a fault, too.
        for (number, goal) in program.goals.enumerated() where goal.isWatched {
            _ = try holdsNow(goal, number)
        }
        for node in program.remembering { try gather(node) }
        return true
    }

    private mutating func startJudging() {
        pending.clear()
        // A fault in an earlier step may have left variables bound.
        boundPlaces.removeAll(keepingCapacity: true)
        for slot in isBound.indices { isBound[slot] = false }
        (likelyRow, settledMemory) = (-1, -1)
    }

    /// Whether a rule is true in the proposed step, all of which is known.
    mutating func holdsNow(_ goal: Program.Goal, _ number: Int) throws(RuleFault) -> Bool {
        goal.isResponse ? try isServed(goal, number) : try truth(of: goal.formula)
    }

    /// Judges the proposed step by every rule, and looks up what it adds to the past.
    mutating func judge(
        by test: (inout Self, Int, Program.Goal) throws(RuleFault) -> Bool
    ) throws(RuleFault) -> Judgement {
        startJudging()
        try check(step)
        var judgement = Judgement()
        broken.removeAll(keepingCapacity: true)
        let isComputed = computeStraight()
        for (number, goal) in program.goals.enumerated() {
            let register = program.straight.goals[number]
            let isTrue =
                try isComputed && register >= 0 ? registers[register] != 0 : test(&self, number, goal)
            truth[number] = isTrue
            guard !isTrue else { continue }
            broken.append(number)
            if !goal.isWatched { judgement.isAllowed = false }
        }
        for node in program.remembering { try gather(node) }
        gatherMargins()
        pending.isComplete = true
        judgement.broken = broken
        return judgement
    }

    /// Takes the proposed step into the past.
    public mutating func commit() {
        precondition(pending.isComplete, "commit without a proposal that was judged")
        for number in truth.indices where !truth[number] && firstBroken[number] == nil {
            firstBroken[number] = time
        }
        apply()
        applyMargins()
        pending.clear()
        time += 1
    }

    /// What is known of each rule, behind the committed steps.
    public var verdicts: [Verdict] { program.goals.indices.map { verdict(of: $0) } }

    private func verdict(of rule: Int) -> Verdict {
        if let step = firstBroken[rule] { return .broken(step: step) }
        let goal = program.goals[rule]
        guard goal.isResponse else { return .kept }
        let memory = memories[goal.memory]
        guard let within = goal.deadline else {
            return (0..<memory.rows).contains { memory.number($0) < .infinity } ? .open(deadline: nil) : .kept
        }
        let oldest = (0..<memory.rows).compactMap { memory.oldest($0) }.max()
        return oldest.map { .open(deadline: time - 1 - $0 + within) } ?? .kept
    }

    /// Checks that events are as they are declared.
    private func check(_ step: TraceStep) throws(RuleFault) {
        guard !step.events.isEmpty else { return }
        for event in step.events {
            let declaration = rules.events[event.event]
            guard event.arguments.count == declaration.parameters.count else {
                throw .arguments(declaration.name, wanted: declaration.parameters.count)
            }
            for (argument, parameter) in zip(event.arguments, declaration.parameters) {
                guard argument.type == parameter.type else {
                    throw .otherType("\(declaration.name)'s \(parameter.name)", wanted: parameter.type)
                }
                if case .number(let number) = argument, !number.isFinite {
                    throw .notFinite("\(declaration.name)'s \(parameter.name)")
                }
            }
        }
    }
}

/// What a proposed step adds to the past: one entry for each row that goes on, or begins.
struct Pending: Sendable {
    struct Entry: Sendable {
        let memory: Int
        /// −1 for a row that begins.
        let row: Int
        /// Where a new row's key stands in `keys`.
        var key = 0
        var isTrue = false
        var keeps = true
        var number = 0.0
        /// Where amounts stand in `amounts`.
        var amounts = 0..<0
    }

    var entries: [Entry] = []
    var keys: [RuleValue] = []
    var amounts: [Double] = []
    /// Of nodes that remember margins: of the left side and of the right.
    var margins: [(node: Int, left: Double, right: Double)] = []
    var isComplete = false

    mutating func clear() {
        entries.removeAll(keepingCapacity: true)
        keys.removeAll(keepingCapacity: true)
        amounts.removeAll(keepingCapacity: true)
        margins.removeAll(keepingCapacity: true)
        isComplete = false
    }
}
