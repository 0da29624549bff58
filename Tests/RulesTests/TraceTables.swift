import Rules

/// A set of traces over flags, one bit each: the trace whose step i has letter aᵢ of B is number Σ aᵢ·Bⁱ.
///
/// What depends on the first steps alone repeats from there on, so that sets about them are kept short.
struct TraceSet: Equatable {
    /// A power of two of words; the set of longer traces repeats them.
    var words: [UInt64]

    static let none = TraceSet(words: [0])
    static let all = TraceSet(words: [.max])

    /// The set in which so many words stand for it.
    func extended(to count: Int) -> [UInt64] {
        words.count >= count ? words : (0..<count).map { words[$0 & (words.count - 1)] }
    }

    func combined(_ other: TraceSet, _ operation: (UInt64, UInt64) -> UInt64) -> TraceSet {
        let (a, b) = (words.count - 1, other.words.count - 1)
        let count = max(words.count, other.words.count)
        return TraceSet(
            words: [UInt64](unsafeUninitializedCapacity: count) { result, filled in
                words.withUnsafeBufferPointer { x in
                    other.words.withUnsafeBufferPointer { y in
                        for place in 0..<count { result[place] = operation(x[place & a], y[place & b]) }
                    }
                }
                filled = count
            })
    }

    static func & (a: TraceSet, b: TraceSet) -> TraceSet { a.combined(b) { $0 & $1 } }
    static func | (a: TraceSet, b: TraceSet) -> TraceSet { a.combined(b) { $0 | $1 } }
    static prefix func ! (a: TraceSet) -> TraceSet { TraceSet(words: a.words.map { ~$0 }) }
    var isEmpty: Bool { words.allSatisfy { $0 == 0 } }
}

/// What formulas over flags mean, of all traces at once: the table of the language, line by line, with sets for truth values.
///
/// A number is the sets of the traces in which it has each of its values. Nothing is shared with monitors, nor with `TraceSemantics`,
/// which judges one trace at a time.
struct TraceTables {
    private struct Place: Hashable {
        let formula: RuleExpression
        let step: Int
    }

    /// Letters of an alphabet of `flags` flags.
    private let flags: Int
    private var known: [Place: TraceSet] = [:]

    init(flags: Int) { self.flags = flags }

    /// The traces in which a signal is 1 at a step.
    private func isSet(_ signal: Int, _ t: Int) -> TraceSet {
        let bit = flags * t + signal
        if bit < 6 {
            return TraceSet(
                words: [(0..<64).reduce(UInt64(0)) { $1 >> bit & 1 == 1 ? $0 | 1 << UInt64($1) : $0 }])
        }
        let half = 1 << (bit - 6)
        return TraceSet(
            words: [UInt64](repeating: 0, count: half) + [UInt64](repeating: .max, count: half))
    }

    private func back(_ window: Window, _ t: Int) -> [Int] {
        let last = min(window.upper ?? t, t)
        return window.lower <= last ? Array(window.lower...last) : []
    }

    /// The traces in which a formula holds at a step.
    mutating func holds(_ formula: RuleExpression, _ t: Int) -> TraceSet {
        let place = Place(formula: formula, step: t)
        if let found = known[place] { return found }
        let found = meaning(formula, t)
        known[place] = found
        return found
    }

    private mutating func meaning(_ formula: RuleExpression, _ t: Int) -> TraceSet {
        switch formula {
        case .flag(let value): return value ? .all : .none
        case .not(let a): return !holds(a, t)
        case .and(let a, let b): return holds(a, t) & holds(b, t)
        case .or(let a, let b): return holds(a, t) | holds(b, t)
        case .implies(let a, let b): return !holds(a, t) | holds(b, t)
        case .previous(let a): return t >= 1 ? holds(a, t - 1) : .none
        case .started(let a): return t >= 1 ? holds(a, t) & !holds(a, t - 1) : holds(a, t)
        case .once(let window, let a):
            var result = TraceSet.none
            for k in back(window, t) { result = result | holds(a, t - k) }
            return result
        case .historically(let window, let a):
            var result = TraceSet.all
            for k in back(window, t) { result = result & holds(a, t - k) }
            return result
        case .since(let window, let a, let b):
            let wanted = back(window, t)
            var (result, lasts) = (TraceSet.none, TraceSet.all)
            for k in 0...t {
                if wanted.contains(k) { result = result | lasts & holds(b, t - k) }
                lasts = lasts & holds(a, t - k)
            }
            return result
        case .seq(let parts): return sequence(parts, t)
        case .compare(let comparison, let a, let b):
            let (x, y) = (numbers(a, t), numbers(b, t))
            var result = TraceSet.none
            for (first, one) in x {
                for (second, other) in y where holds(comparison, first, second) {
                    result = result | one & other
                }
            }
            return result
        default: preconditionFailure("\(formula): not of these formulas")
        }
    }

    private mutating func sequence(_ parts: [RuleExpression], _ t: Int) -> TraceSet {
        guard let last = parts.last else { return .all }
        guard parts.count > 1 else { return holds(last, t) }
        var earlier = TraceSet.none
        for s in 0..<t { earlier = earlier | sequence(Array(parts.dropLast()), s) }
        return earlier & holds(last, t)
    }

    private func holds(_ comparison: Comparison, _ a: Double, _ b: Double) -> Bool {
        switch comparison {
        case .less: a < b
        case .atMost: a <= b
        case .more: a > b
        case .atLeast: a >= b
        case .equal: a == b
        case .unequal: a != b
        }
    }

    private typealias Numbers = [Double: TraceSet]

    private func combined(_ x: Numbers, _ y: Numbers, _ operation: (Double, Double) -> Double) -> Numbers {
        var result: Numbers = [:]
        for (first, one) in x {
            for (second, other) in y {
                let both = one & other
                if !both.isEmpty {
                    result[operation(first, second), default: .none] =
                        result[operation(first, second), default: .none] | both
                }
            }
        }
        return result
    }

    /// The traces in which a term has each of its values at a step.
    private mutating func numbers(_ term: RuleExpression, _ t: Int) -> Numbers {
        func folded(_ steps: [Int], _ first: Double, _ operation: (Double, Double) -> Double) -> Numbers {
            steps.reduce([first: .all]) { combined($0, numbers(at: $1), operation) }
        }
        var inside: [Int: Numbers] = [:]
        func numbers(at k: Int) -> Numbers { inside[k] ?? [:] }
        switch term {
        case .number(let value): return [value: .all]
        case .signal(let signal):
            let one = isSet(signal, t)
            return [1: one, 0: !one]
        case .arithmetic(let operation, let a, let b):
            let (x, y) = (self.numbers(a, t), self.numbers(b, t))
            switch operation {
            case .plus: return combined(x, y, +)
            case .minus: return combined(x, y, -)
            case .times: return combined(x, y, *)
            case .over: preconditionFailure("a division, which may be a fault")
            }
        case .count(let window, let a):
            for k in back(window, t) {
                let holding = holds(a, t - k)
                inside[k] = [1: holding, 0: !holding]
            }
            return folded(back(window, t), 0, +)
        case .sum(let window, let a):
            for k in back(window, t) { inside[k] = self.numbers(a, t - k) }
            return folded(back(window, t).reversed(), 0, +)
        case .maximum(let window, let a):
            for k in back(window, t) { inside[k] = self.numbers(a, t - k) }
            return folded(back(window, t), -.infinity, max)
        case .minimum(let window, let a):
            for k in back(window, t) { inside[k] = self.numbers(a, t - k) }
            return folded(back(window, t), .infinity, min)
        case .age(let a):
            var (result, open) = (Numbers(), TraceSet.all)
            for k in 0...t {
                let holding = holds(a, t - k)
                result[Double(k)] = open & holding
                open = open & !holding
            }
            result[.infinity] = open
            return result
        case .before(let a, let first): return t == 0 ? [first: .all] : self.numbers(a, t - 1)
        default: preconditionFailure("\(term): not a term of these formulas")
        }
    }
}

/// All that a monitor says of traces over flags: its states, which states that remember the same share.
struct MonitorAutomaton {
    /// For each state and letter: whether the rule is true, and the state behind.
    private(set) var truth: [Bool] = []
    private(set) var next: [Int32] = []
    let letters: Int

    /// Tries every letter in every state that so many steps reach.
    init(_ rules: RuleFile, flags: Int, steps: Int) throws {
        letters = 1 << flags
        var monitors = [RuleMonitor(rules)]
        var numbers = [MonitorState(of: monitors[0]): Int32(0)]
        var judged = 0
        for step in 0..<steps {
            for state in judged..<monitors.count {
                for letter in 0..<letters {
                    var monitor = monitors[state]
                    var seen = TraceStep(for: rules)
                    for flag in 0..<flags { seen.signals[flag] = Double(letter >> flag & 1) }
                    _ = try monitor.propose(seen)
                    truth.append(monitor.truth[0])
                    monitor.commit()
                    // Behind the last step nothing is asked.
                    guard step + 1 < steps else {
                        next.append(-1)
                        continue
                    }
                    let found = MonitorState(of: monitor)
                    let number = numbers[found] ?? Int32(monitors.count)
                    if Int(number) == monitors.count {
                        numbers[found] = number
                        monitors.append(monitor)
                    }
                    next.append(number)
                }
                judged += 1
            }
        }
    }

    var states: Int { truth.count / letters }

    /// The traces, step by step, in which the rule is true.
    func truths(steps: Int) -> [TraceSet] {
        var behind: [Int32] = [0]
        return (0..<steps).map { step in
            var words = [UInt64](repeating: 0, count: max(1, behind.count * letters / 64))
            var reached = [Int32](repeating: 0, count: step + 1 < steps ? behind.count * letters : 0)
            for letter in 0..<letters {
                for (place, state) in behind.enumerated() {
                    let (entry, trace) = (Int(state) * letters + letter, place + letter * behind.count)
                    if truth[entry] { words[trace >> 6] |= 1 << UInt64(trace & 63) }
                    if !reached.isEmpty { reached[trace] = next[entry] }
                }
            }
            // Shorter sets repeat, to fill a word.
            var length = behind.count * letters
            while length < 64 {
                words[0] |= words[0] << UInt64(length)
                length *= 2
            }
            behind = reached
            return TraceSet(words: words)
        }
    }
}
