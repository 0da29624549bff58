/// The bytes that write a text of a pattern in JSON, as a deterministic automaton.
///
/// Each character has one spelling: itself, or the escape by which JSON is written here.
struct PatternAutomaton {
    struct Edge: Equatable {
        let low, high: UInt8
        var target: Int
    }

    /// The edges of each state, in order and apart; state 0 is the first.
    private(set) var states: [[Edge]] = []
    /// Whether a text may end in a state.
    private(set) var accepts: [Bool] = []

    /// States that an automaton may have.
    static let mostStates = 2048
    /// Edges that are looked at while it is made.
    static let mostWork = 4_000_000

    /// Makes the automaton.
    init(_ pattern: TextPattern) throws(TextPatternError) {
        var parts = PatternParts()
        let end = parts.state()
        let start = parts.add(pattern.root, to: end)
        var numbers: [[Int]: Int] = [:]
        var open: [[Int]] = []
        var work = 0
        func number(of closure: [Int]) -> Int {
            if let known = numbers[closure] { return known }
            numbers[closure] = open.count
            open.append(closure)
            return open.count - 1
        }
        _ = number(of: parts.closure(of: [start]))
        while states.count < open.count {
            let closure = open[states.count]
            var targets = [[Int]](repeating: [], count: 256)
            for state in closure {
                for edge in parts.edges[state] {
                    work += Int(edge.high - edge.low) + 1
                    for byte in edge.low...edge.high { targets[Int(byte)].append(edge.target) }
                }
            }
            guard open.count <= Self.mostStates, work <= Self.mostWork else {
                throw TextPatternError(
                    message: "the pattern needs more than \(Self.mostStates) states. Repeat or branch less.")
            }
            var edges: [Edge] = []
            var last: [Int] = []
            for (byte, reached) in targets.enumerated() where !reached.isEmpty {
                let byte = UInt8(byte)
                if let before = edges.last, before.high &+ 1 == byte, last == reached {
                    edges[edges.count - 1] = Edge(low: before.low, high: byte, target: before.target)
                } else {
                    let target = number(of: parts.closure(of: reached))
                    edges.append(Edge(low: byte, high: byte, target: target))
                }
                last = reached
            }
            states.append(edges)
            accepts.append(closure.contains(end))
        }
    }
}

/// A pattern as states with bytes and without, made from its end to its beginning.
private struct PatternParts {
    var edges: [[PatternAutomaton.Edge]] = []
    /// States that are reached without a byte.
    private var free: [[Int]] = []

    mutating func state(free targets: [Int] = []) -> Int {
        edges.append([])
        free.append(targets)
        return edges.count - 1
    }

    /// Adds a part in front of a state; where it begins.
    mutating func add(_ part: TextPattern.Part, to end: Int) -> Int {
        switch part {
        case .one(let ranges):
            let start = state()
            for range in ranges {
                for bytes in SpelledRanges.bytes(of: range) { add(bytes, from: start, to: end) }
            }
            return start
        case .sequence(let parts): return parts.reversed().reduce(end) { add($1, to: $0) }
        case .choice(let parts):
            let starts = parts.map { add($0, to: end) }
            return state(free: starts)
        case .many(let inner, let least, let most):
            var start = end
            if let most {
                for _ in least..<max(least, most) { start = state(free: [add(inner, to: start), end]) }
            } else {
                start = state(free: [end])
                let body = add(inner, to: start)
                free[start].append(body)
            }
            for _ in 0..<least { start = add(inner, to: start) }
            return start
        }
    }

    private mutating func add(_ bytes: [ClosedRange<UInt8>], from start: Int, to end: Int) {
        var place = start
        for (number, range) in bytes.enumerated() {
            let target = number == bytes.count - 1 ? end : state()
            edges[place].append(
                PatternAutomaton.Edge(low: range.lowerBound, high: range.upperBound, target: target))
            place = target
        }
    }

    /// All states that are reached without a byte, in order.
    func closure(of states: [Int]) -> [Int] {
        var seen = Set(states)
        var open = Array(seen)
        while let state = open.popLast() {
            for target in free[state] where seen.insert(target).inserted { open.append(target) }
        }
        return seen.sorted()
    }
}

/// Ranges of characters as ranges of the bytes that write them in JSON.
enum SpelledRanges {
    /// One row of ranges for each way to write characters of a range.
    static func bytes(of range: ClosedRange<UInt32>) -> [[ClosedRange<UInt8>]] {
        var rows: [[ClosedRange<UInt8>]] = []
        var next = range.lowerBound
        for special in escaped where range.contains(special) {
            if next < special { rows += encoded(next...special - 1) }
            if let scalar = Unicode.Scalar(special) {
                rows.append(ToolCall.spelling(of: String(scalar)).dropFirst().dropLast().map { $0...$0 })
            }
            next = special + 1
        }
        if next <= range.upperBound { rows += encoded(next...range.upperBound) }
        return rows
    }

    /// Characters that stand for themselves nowhere in a text of JSON as it is written here.
    private static let escaped: [UInt32] = Array(0..<0x20) + [0x22, 0x5C, 0x7F]

    /// The ranges of bytes of UTF-8: apart, in order, and nothing else.
    static func encoded(_ range: ClosedRange<UInt32>) -> [[ClosedRange<UInt8>]] {
        for end: UInt32 in [0x7F, 0x7FF, 0xFFFF] where range.lowerBound <= end && range.upperBound > end {
            return encoded(range.lowerBound...end) + encoded(end + 1...range.upperBound)
        }
        if range.upperBound < 0x80 { return [[UInt8(range.lowerBound)...UInt8(range.upperBound)]] }
        // Where the last so many bytes do not take all their values, the range is cut.
        for count in 1..<4 {
            let mask: UInt32 = 1 << (6 * UInt32(count)) - 1
            guard range.lowerBound & ~mask != range.upperBound & ~mask else { continue }
            if range.lowerBound & mask != 0 {
                return encoded(range.lowerBound...(range.lowerBound | mask))
                    + encoded((range.lowerBound | mask) + 1...range.upperBound)
            }
            if range.upperBound & mask != mask {
                return encoded(range.lowerBound...(range.upperBound & ~mask) - 1)
                    + encoded((range.upperBound & ~mask)...range.upperBound)
            }
        }
        return [zip(utf8(range.lowerBound), utf8(range.upperBound)).map { $0...$1 }]
    }

    private static func utf8(_ value: UInt32) -> [UInt8] {
        Unicode.Scalar(value).map { Array(String($0).utf8) } ?? []
    }
}
