import Storage

/// Builds the automaton of a grammar from its end to its beginning.
struct ToolAutomatonBuilder {
    /// Nodes that a grammar may have.
    static let mostNodes = 200_000

    private(set) var shared: SharedNodes
    private var nodes: [[ToolEdge]] = []

    init() {
        shared = SharedNodes(
            call: 0, reply: 1, done: 2, free: 3, text: 4, number: 5..<13, integer: 13..<16)
        nodes = [[ToolEdge]](repeating: [], count: 16)
        addText()
        addNumbers()
        nodes[Int(shared.free)] = utf8(to: shared.free, below: 0...0x7F)
    }

    /// The edges of all nodes one behind the other, with where those of each begin.
    func flattened() -> (starts: [Int32], edges: [ToolEdge]) {
        var (starts, edges): ([Int32], [ToolEdge]) = ([0], [])
        for node in nodes {
            edges += node.sorted { $0.low < $1.low }
            starts.append(Int32(edges.count))
        }
        return (starts, edges)
    }

    /// Adds the calls of tools.
    mutating func add(_ tools: [Tool]) throws(TextPatternError) {
        let end = try node()
        nodes[Int(end)] = [Self.edge("}", shared.done)]
        for tool in tools {
            let start = try node()
            nodes[Int(start)] = try object(tool.parameters, to: end, level: 0)
            try insert(ToolCall.head(of: tool.name) + [UInt8(ascii: "{")], at: shared.call, to: start)
        }
        let text = nodes[Int(shared.free)]
        nodes[Int(shared.reply)] =
            text.flatMap { edge in
                edge.low == 0 ? Self.without(UInt8(ascii: "{"), edge) : [edge]
            } + nodes[Int(shared.call)]
    }

    private static func without(_ byte: UInt8, _ edge: ToolEdge) -> [ToolEdge] {
        [
            ToolEdge(low: edge.low, high: byte - 1, target: edge.target),
            ToolEdge(low: byte + 1, high: edge.high, target: edge.target),
        ]
    }

    private static func edge(_ sign: Unicode.Scalar, _ target: Int32) -> ToolEdge {
        ToolEdge(low: UInt8(ascii: sign), high: UInt8(ascii: sign), target: target)
    }

    private mutating func node() throws(TextPatternError) -> Int32 {
        guard nodes.count < Self.mostNodes else {
            throw TextPatternError(
                message: "the tools need more than \(Self.mostNodes) states. Leave some out.")
        }
        nodes.append([])
        return Int32(nodes.count - 1)
    }

    /// Adds bytes behind a node, along what is there already.
    private mutating func insert(
        _ bytes: [UInt8], at start: Int32, to end: Int32
    ) throws(TextPatternError) {
        var place = start
        for byte in bytes.dropLast() {
            if let known = nodes[Int(place)].first(where: { $0.low == byte && $0.action == .step }) {
                place = known.target
            } else {
                let target = try node()
                nodes[Int(place)].append(ToolEdge(low: byte, high: byte, target: target))
                place = target
            }
        }
        if let last = bytes.last { nodes[Int(place)].append(ToolEdge(low: last, high: last, target: end)) }
    }

    /// The edges behind the opening brace of an object.
    ///
    /// - Parameters:
    ///   - members: in their order.
    ///   - end: comes behind its closing brace.
    ///   - level: lists that are open around it.
    /// - Returns: the edges, of a node that is no other's.
    /// - Throws: `TextPatternError` where the automaton becomes too large.
    private mutating func object(
        _ members: [ToolParameter], to end: Int32, level: Int
    ) throws(TextPatternError) -> [ToolEdge] {
        var values: [Int32] = []
        for _ in members { values.append(try node()) }
        for (number, member) in members.enumerated() {
            let behind = try node()
            try follow(members[(number + 1)...], values, after: [UInt8(ascii: ",")], at: behind, to: end)
            nodes[Int(values[number])] = try value(member.type, to: behind, level: level)
        }
        let first = try node()
        try follow(members[...], values, after: [], at: first, to: end)
        return nodes[Int(first)]
    }

    /// Adds what may follow in an object: each member up to the first that is required, and its end if none is.
    private mutating func follow(
        _ members: ArraySlice<ToolParameter>, _ values: [Int32], after comma: [UInt8], at place: Int32,
        to end: Int32
    ) throws(TextPatternError) {
        for number in members.indices {
            let key = comma + ToolCall.spelling(of: members[number].name) + [UInt8(ascii: ":")]
            try insert(key, at: place, to: values[number])
            if members[number].isRequired { return }
        }
        nodes[Int(place)].append(Self.edge("}", end))
    }

    /// The edges with which a value begins.
    private mutating func value(
        _ type: ToolType, to end: Int32, level: Int
    ) throws(TextPatternError) -> [ToolEdge] {
        switch type {
        case .text:
            let mark = UInt8(ascii: "\"")
            return [ToolEdge(low: mark, high: mark, action: .text, operand: end, target: shared.text)]
        case .number: return number(shared.number, to: end)
        case .integer: return number(shared.integer, to: end)
        case .flag:
            let start = try node()
            for word in ["true", "false"] { try insert(Array(word.utf8), at: start, to: end) }
            return nodes[Int(start)]
        case .choice(let texts):
            let start = try node()
            for text in texts { try insert(ToolCall.spelling(of: text), at: start, to: end) }
            return nodes[Int(start)]
        case .pattern(let pattern): return try texts(of: pattern, to: end)
        case .object(let members):
            let inside = try node()
            nodes[Int(inside)] = try object(members, to: end, level: level)
            return [Self.edge("{", inside)]
        case .list(let element, let most): return try list(of: element, most, to: end, level: level)
        }
    }

    private mutating func list(
        of element: ToolType, _ most: Int?, to end: Int32, level: Int
    ) throws(TextPatternError) -> [ToolEdge] {
        let (first, next, behind) = (try node(), try node(), try node())
        let mark = UInt8(ascii: "]")
        let (comma, counter) = (UInt8(ascii: ","), UInt8(level))
        let close = ToolEdge(low: mark, high: mark, action: .close, level: counter, target: end)
        nodes[Int(next)] = try value(element, to: behind, level: level + 1)
        nodes[Int(first)] = [close] + (most == 0 ? [] : nodes[Int(next)])
        nodes[Int(behind)] = [
            close,
            most.map {
                ToolEdge(
                    low: comma, high: comma, action: .comma, level: counter, operand: Int32($0), target: next)
            } ?? ToolEdge(low: comma, high: comma, target: next),
        ]
        return [Self.edge("[", first)]
    }

    private mutating func texts(of pattern: TextPattern, to end: Int32) throws(TextPatternError) -> [ToolEdge]
    {
        let automaton = try PatternAutomaton(pattern)
        var places: [Int32] = []
        for _ in automaton.states { places.append(try node()) }
        for (state, edges) in automaton.states.enumerated() {
            nodes[Int(places[state])] = edges.map {
                ToolEdge(low: $0.low, high: $0.high, target: places[$0.target])
            }
            // The escape of a quotation mark begins with another byte, so this one ends the text.
            if automaton.accepts[state] { nodes[Int(places[state])].append(Self.edge("\"", end)) }
        }
        return [Self.edge("\"", places[0])]
    }

    /// The edges with which a number begins: minus, 0, another digit.
    private func number(_ own: Range<Int32>, to end: Int32) -> [ToolEdge] {
        zip([(0x2D, 0x2D), (0x30, 0x30), (0x31, 0x39)] as [(UInt8, UInt8)], own).map { bytes, target in
            ToolEdge(low: bytes.0, high: bytes.1, action: .number, operand: end, target: target)
        }
    }

    private mutating func addNumbers() {
        func digit(_ low: Unicode.Scalar, _ high: Unicode.Scalar, _ target: Int32) -> ToolEdge {
            ToolEdge(low: UInt8(ascii: low), high: UInt8(ascii: high), action: .digit, target: target)
        }
        let n = shared.number.lowerBound
        let (point, power) = (digit(".", ".", n + 3), [digit("E", "E", n + 5), digit("e", "e", n + 5)])
        let own: [[ToolEdge]] = [
            [digit("0", "0", n + 1), digit("1", "9", n + 2)],
            [point] + power,
            [point, digit("0", "9", n + 2)] + power,
            [digit("0", "9", n + 4)],
            [digit("0", "9", n + 4)] + power,
            [digit("+", "+", n + 6), digit("-", "-", n + 6), digit("0", "9", n + 7)],
            [digit("0", "9", n + 7)],
            [digit("0", "9", n + 7)],
        ]
        for (place, edges) in own.enumerated() { nodes[Int(n) + place] = edges }
        let i = shared.integer.lowerBound
        nodes[Int(i)] = [digit("0", "0", i + 1), digit("1", "9", i + 2)]
        nodes[Int(i) + 2] = [digit("0", "9", i + 2)]
    }
}

// Texts of any characters.
extension ToolAutomatonBuilder {
    /// Adds a node within the bound that every grammar keeps.
    private mutating func sharedNode(_ edges: [ToolEdge] = []) -> Int32 {
        nodes.append(edges)
        return Int32(nodes.count - 1)
    }

    private mutating func addText() {
        let inside = shared.text
        let escape = sharedNode()
        let quote = UInt8(ascii: "\"")
        nodes[Int(inside)] =
            [
                ToolEdge(low: 0x20, high: 0x21, target: inside),
                ToolEdge(low: quote, high: quote, action: .leave, target: inside),
                ToolEdge(low: 0x23, high: 0x5B, target: inside), Self.edge("\\", escape),
            ] + utf8(to: inside, below: 0x5D...0x7F)
        let signs: [Unicode.Scalar] = ["\"", "/", "\\", "b", "f", "n", "r", "t"]
        nodes[Int(escape)] = signs.map { Self.edge($0, inside) } + [Self.edge("u", code(to: inside))]
    }

    /// The node behind `\u`: four digits, or two times four for a pair of surrogates.
    private mutating func code(to end: Int32) -> Int32 {
        func digits(_ ranges: [ClosedRange<UInt8>], _ target: Int32) -> [ToolEdge] {
            ranges.map { ToolEdge(low: $0.lowerBound, high: $0.upperBound, target: target) }
        }
        let all: [ClosedRange<UInt8>] = [0x30...0x39, 0x41...0x46, 0x61...0x66]
        let last = sharedNode(digits(all, end))
        let third = sharedNode(digits(all, last))
        let second = sharedNode(digits(all, third))
        let lowLast = sharedNode(digits([0x43...0x46, 0x63...0x66], third))
        let lowFirst = sharedNode(digits([0x44...0x44, 0x64...0x64], lowLast))
        let letter = sharedNode([Self.edge("u", lowFirst)])
        let slash = sharedNode([Self.edge("\\", letter)])
        let highLast = sharedNode(digits(all, slash))
        let highThird = sharedNode(digits(all, highLast))
        // Behind a D: a character below the surrogates, or the first of a pair.
        let behindD = sharedNode(
            digits([0x30...0x37], third) + digits([0x38...0x39, 0x41...0x42, 0x61...0x62], highThird))
        return sharedNode(
            digits([0x30...0x39, 0x41...0x43, 0x45...0x46, 0x61...0x63, 0x65...0x66], second)
                + digits([0x44...0x44, 0x64...0x64], behindD))
    }

    /// The edges of one character of UTF-8: a byte of a range, or several.
    private mutating func utf8(to end: Int32, below ascii: ClosedRange<UInt8>) -> [ToolEdge] {
        func edge(_ low: UInt8, _ high: UInt8, _ target: Int32) -> ToolEdge {
            ToolEdge(low: low, high: high, target: target)
        }
        let one = sharedNode([edge(0x80, 0xBF, end)])
        let two = sharedNode([edge(0x80, 0xBF, one)])
        return [
            edge(ascii.lowerBound, ascii.upperBound, end), edge(0xC2, 0xDF, one),
            edge(0xE0, 0xE0, sharedNode([edge(0xA0, 0xBF, one)])), edge(0xE1, 0xEC, two),
            edge(0xED, 0xED, sharedNode([edge(0x80, 0x9F, one)])), edge(0xEE, 0xEF, two),
            edge(0xF0, 0xF0, sharedNode([edge(0x90, 0xBF, two)])),
            edge(0xF1, 0xF3, sharedNode([edge(0x80, 0xBF, two)])),
            edge(0xF4, 0xF4, sharedNode([edge(0x80, 0x8F, two)])),
        ]
    }
}
