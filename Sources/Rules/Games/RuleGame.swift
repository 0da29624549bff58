import Storage

/// Why rules cannot be searched for dead ends.
public enum RuleGameError: Fault, Equatable {
    /// Something in the rules has no finite list of values.
    case infinite(String)
    /// More states than can be held.
    case tooMany(states: Int)

    /// The configuration's.
    public var kind: FaultKind { .configuration }

    /// One sentence.
    public var description: String {
        switch self {
        case .infinite(let what):
            "\(what) has no finite list of values, so that not everything can be tried. Search rules of events and calls "
                + "without parameters, or with flags alone."
        case .tooMany(let states):
            "more than \(states) states. Search to a depth, or bound what the rules remember by windows."
        }
    }
}

/// The game of choices against observations that rules leave: a choice is one call, or none; an observation is one event, or none.
public struct RuleGame: Sendable {
    /// A dead end, and how it comes about.
    public struct DeadEnd: Sendable, Equatable {
        /// Allowed steps that lead to it.
        public let trace: [[TraceEvent]]
        /// What is then observed, after which no choice is allowed.
        public let observed: [TraceEvent]
    }

    /// What may be observed, nothing first.
    public let observations: [[TraceEvent]]
    /// What may be chosen, nothing first.
    public let choices: [[TraceEvent]]
    private let start: RuleMonitor

    /// States that a solution holds at most.
    public static let limit = 1_000_000

    /// The game of a file's rules.
    ///
    /// - Throws: `RuleGameError.infinite` where a rule reads a signal, asks the world, or an event has arguments that are no flags.
    public init(_ rules: RuleFile) throws(RuleGameError) {
        if let signal = rules.signals.first { throw .infinite("signal \(signal.name)") }
        if let state = rules.states.first { throw .infinite("state \(state.name)") }
        var (told, done): ([[TraceEvent]], [[TraceEvent]]) = ([[]], [[]])
        for (number, event) in rules.events.enumerated() {
            if let parameter = event.parameters.first(where: { $0.type != .flag }) {
                throw .infinite("\(event.name)'s \(parameter.name)")
            }
            for values in 0..<(1 << min(event.parameters.count, 16)) {
                let arguments = event.parameters.indices.map { RuleValue.flag(values >> $0 & 1 == 1) }
                let found = [TraceEvent(number, arguments)]
                if event.isCall { done.append(found) } else { told.append(found) }
            }
        }
        (observations, choices, start) = (told, done, RuleMonitor(rules))
    }

    /// The state behind a choice; nothing where it is not allowed.
    private func after(_ monitor: RuleMonitor, _ observed: [TraceEvent], _ chosen: [TraceEvent])
        -> RuleMonitor?
    {
        var next = monitor
        var step = TraceStep(for: next.rules)
        step.events = observed + chosen
        guard let judgement = try? next.propose(step), judgement.isAllowed else { return nil }
        next.commit()
        return next
    }

    /// A shortest allowed trace into a dead end, of at most so many steps; nothing where there is none.
    ///
    /// - Throws: `RuleGameError.tooMany`.
    public func deadEnd(within depth: Int) throws(RuleGameError) -> DeadEnd? {
        var seen: Set<MonitorState> = [MonitorState(of: start)]
        var level: [(monitor: RuleMonitor, trace: [[TraceEvent]])] = [(start, [])]
        for length in 0...depth {
            var next: [(RuleMonitor, [[TraceEvent]])] = []
            for (monitor, trace) in level {
                var spoilt: [TraceEvent]?
                for observed in observations {
                    var isAlive = false
                    for chosen in choices {
                        guard let behind = after(monitor, observed, chosen) else { continue }
                        isAlive = true
                        if length < depth, seen.insert(MonitorState(of: behind)).inserted {
                            next.append((behind, trace + [observed + chosen]))
                        }
                    }
                    if !isAlive && spoilt == nil { spoilt = observed }
                }
                if let spoilt { return DeadEnd(trace: trace, observed: spoilt) }
                if seen.count > Self.limit { throw .tooMany(states: Self.limit) }
            }
            level = next
        }
        return nil
    }

    /// Whether so many steps can be survived from the start, whatever is observed.
    public func survives(_ steps: Int) -> Bool {
        var known: [Survival: Bool] = [:]
        return survives(steps, from: start, &known)
    }

    /// The choices, by number, after which what is left of so many steps can be survived, for the first observation.
    public func firstChoices(after observed: [TraceEvent], surviving steps: Int) -> [Int] {
        var known: [Survival: Bool] = [:]
        return choices.indices.filter {
            guard let behind = after(start, observed, choices[$0]) else { return false }
            return survives(steps - 1, from: behind, &known)
        }
    }

    private struct Survival: Hashable {
        let state: MonitorState
        let steps: Int
    }

    private func survives(_ steps: Int, from monitor: RuleMonitor, _ known: inout [Survival: Bool]) -> Bool {
        guard steps > 0 else { return true }
        let place = Survival(state: MonitorState(of: monitor), steps: steps)
        if let found = known[place] { return found }
        let found = observations.allSatisfy { observed in
            choices.contains { chosen in
                after(monitor, observed, chosen).map { survives(steps - 1, from: $0, &known) } ?? false
            }
        }
        known[place] = found
        return found
    }

    /// What the greatest fixed point of the game says.
    public struct Solution: Sendable, Equatable {
        /// Whether some choice always remains, for ever, whatever is observed.
        public let isWon: Bool
        /// States that allowed steps reach.
        public let states: Int
        /// Of these, from which the game is won.
        public let winning: Int
        /// An observation at the start after which every choice loses; nothing where it is won.
        public let spoiling: [TraceEvent]?
    }

    /// Solves the game: a choice wins if for every observation that may follow some winning choice remains.
    ///
    /// - Throws: `RuleGameError.tooMany`.
    public func solve() throws(RuleGameError) -> Solution {
        var numbers = [MonitorState(of: start): 0]
        var monitors = [start]
        // For each state and observation, the states that allowed choices lead to.
        var moves: [[[Int]]] = []
        while moves.count < monitors.count {
            let monitor = monitors[moves.count]
            var own: [[Int]] = []
            for observed in observations {
                var behind: [Int] = []
                for chosen in choices {
                    guard let next = after(monitor, observed, chosen) else { continue }
                    let state = MonitorState(of: next)
                    let number = numbers[state] ?? monitors.count
                    if number == monitors.count {
                        numbers[state] = number
                        monitors.append(next)
                    }
                    behind.append(number)
                }
                own.append(behind)
            }
            moves.append(own)
            if monitors.count > Self.limit { throw .tooMany(states: Self.limit) }
        }
        let wins = Self.winning(moves)
        let spoiling = wins[0] ? nil : moves[0].firstIndex { !$0.contains { wins[$0] } }
        return Solution(
            isWon: wins[0], states: moves.count, winning: wins.count { $0 },
            spoiling: spoiling.map { observations[$0] })
    }

    /// The greatest set of states in each of which, for every observation, a choice stays in the set.
    private static func winning(_ moves: [[[Int]]]) -> [Bool] {
        var wins = [Bool](repeating: true, count: moves.count)
        var isChanged = true
        while isChanged {
            isChanged = false
            for state in moves.indices where wins[state] {
                if moves[state].contains(where: { !$0.contains { wins[$0] } }) {
                    wins[state] = false
                    isChanged = true
                }
            }
        }
        return wins
    }
}
