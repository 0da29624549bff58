/// Rules without a past as a list of instructions over registers, each node computed once and none skipped.
///
/// Where a number has no value, such as a quotient by 0, the run gives up, because a node that is computed here may be one that a rule
/// does not look at. Whoever runs it judges the step node by node then, which says what the fault is.
struct StraightCode: Sendable {
    /// What an instruction computes of its operands; true is 1, false 0.
    enum Code: UInt8, Sendable {
        case negate, plus, minus, times, over, smallest, largest, absolute, root, square, addSquare
        case less, atMost, more, atLeast, equal, unequal
        case not, and, or, implies

        init(_ comparison: Comparison) {
            self =
                switch comparison {
                case .less: .less
                case .atMost: .atMost
                case .more: .more
                case .atLeast: .atLeast
                case .equal: .equal
                case .unequal: .unequal
                }
        }
    }

    /// One operation; operands and result are registers.
    struct Instruction: Sendable {
        let code: Code
        let a, b, result: Int32
    }

    /// A signal that is read: its number, which is its register as well.
    struct Reading: Sendable {
        let signal: Int
        let isAction: Bool
        let index: Int
    }

    private(set) var instructions: [Instruction] = []
    /// The registers to begin with: signals, then constants and results.
    private(set) var registers: [Double]
    /// The signals that are read.
    private(set) var readings: [Reading] = []
    /// The register of each rule's truth; −1 for a rule that is judged node by node.
    private(set) var goals: [Int] = []
    /// Whether these are all rules, nothing is judged in the step ahead, and no model is asked.
    private(set) var isWhole = false
    private var known: [Int: Int] = [:]

    /// Compiles the rules that read neither past, events, states nor coming signals.
    ///
    /// - Parameters:
    ///   - nodes: of all rules.
    ///   - lists: the nodes inside of functions.
    ///   - goals: the rules.
    ///   - program: where signals are read.
    ///   - isModelled: whether a file has models, which are asked in every step.
    init(
        _ nodes: [Node], _ lists: [Int], _ goals: [Program.Goal], _ program: [Program.Reading],
        isModelled: Bool
    ) {
        registers = [Double](repeating: 0, count: program.count)
        for goal in goals {
            guard !goal.isResponse, !goal.readsNext, Self.isStraight(goal.formula, nodes, lists) else {
                self.goals.append(-1)
                continue
            }
            self.goals.append(register(of: goal.formula, nodes, lists))
        }
        readings = program.indices.filter { known[-1 - $0] != nil }.map {
            Reading(
                signal: $0, isAction: program[$0].source == .action, index: program[$0].index)
        }
        // A watched rule about coming observations alone is judged in the present step.
        isWhole =
            !isModelled && self.goals.allSatisfy { $0 >= 0 } && !goals.contains { $0.isForeseen }
        known = [:]
    }

    /// Whether any rule is judged here.
    var isEmpty: Bool { instructions.isEmpty }

    private static func isStraight(_ node: Int, _ nodes: [Node], _ lists: [Int]) -> Bool {
        guard node >= 0 else { return true }
        let own = nodes[node]
        switch own.operation {
        case .number, .flag, .signal: return true
        case .negate, .plus, .minus, .times, .over, .compareNumbers, .not, .and, .or, .implies:
            return isStraight(own.left, nodes, lists) && isStraight(own.right, nodes, lists)
        case .smallest, .largest, .norm, .absolute, .root:
            return lists[own.terms].allSatisfy { isStraight($0, nodes, lists) }
        default: return false
        }
    }

    private mutating func register(of node: Int, _ nodes: [Node], _ lists: [Int]) -> Int {
        if let known = known[node] { return known }
        let made = make(nodes[node], nodes, lists)
        known[node] = made
        return made
    }

    private mutating func make(_ own: Node, _ nodes: [Node], _ lists: [Int]) -> Int {
        switch own.operation {
        case .number: return constant(own.number)
        case .flag: return constant(own.index == 1 ? 1 : 0)
        case .signal:
            // Signals are told from nodes by numbers below 0.
            known[-1 - own.index] = own.index
            return own.index
        case .negate, .not:
            let inside = register(of: own.left, nodes, lists)
            return add(own.operation == .not ? .not : .negate, inside, inside)
        case .absolute, .root:
            let inside = register(of: lists[own.terms.lowerBound], nodes, lists)
            return add(own.operation == .root ? .root : .absolute, inside, inside)
        case .smallest, .largest, .norm: return several(own, nodes, lists)
        default:
            let (a, b) = (register(of: own.left, nodes, lists), register(of: own.right, nodes, lists))
            return add(Self.code(of: own), a, b)
        }
    }

    private static func code(of own: Node) -> Code {
        switch own.operation {
        case .plus: .plus
        case .minus: .minus
        case .times: .times
        case .over: .over
        case .and: .and
        case .or: .or
        case .implies: .implies
        case .compareNumbers: Code(Comparison.allCases[own.index])
        default: preconditionFailure("\(own.operation) is not straight")
        }
    }

    /// The same order of operations as node by node, so that not a bit differs.
    private mutating func several(_ own: Node, _ nodes: [Node], _ lists: [Int]) -> Int {
        let terms = lists[own.terms].map { register(of: $0, nodes, lists) }
        var result = own.operation == .norm ? add(.square, terms[0], terms[0]) : terms[0]
        for term in terms.dropFirst() {
            switch own.operation {
            case .norm: result = add(.addSquare, result, term)
            case .smallest: result = add(.smallest, result, term)
            default: result = add(.largest, result, term)
            }
        }
        return own.operation == .norm ? add(.root, result, result) : result
    }

    private mutating func constant(_ value: Double) -> Int {
        registers.append(value)
        return registers.count - 1
    }

    private mutating func add(_ code: Code, _ a: Int, _ b: Int) -> Int {
        let result = constant(0)
        instructions.append(
            Instruction(code: code, a: Int32(a), b: Int32(b), result: Int32(result)))
        return result
    }

    /// Computes all results.
    ///
    /// - Parameters:
    ///   - instructions: of the code.
    ///   - registers: those of a run, with the signals that are read, all of them finite.
    /// - Returns: false where a number has no value.
    static func run(
        _ instructions: [Instruction], _ registers: UnsafeMutableBufferPointer<Double>
    ) -> Bool {
        var isFaulty = false
        for own in instructions {
            let (a, b) = (registers[Int(own.a)], registers[Int(own.b)])
            let result: Double
            switch own.code {
            case .negate: result = -a
            case .plus: result = a + b
            case .minus: result = a - b
            case .times: result = a * b
            case .over:
                isFaulty = isFaulty || b == 0
                result = a / b
            case .smallest: result = min(a, b)
            case .largest: result = max(a, b)
            case .absolute: result = abs(a)
            case .root: result = a.squareRoot()
            case .square: result = a * a
            case .addSquare: result = a + b * b
            case .less: result = a < b ? 1 : 0
            case .atMost: result = a <= b ? 1 : 0
            case .more: result = a > b ? 1 : 0
            case .atLeast: result = a >= b ? 1 : 0
            case .equal: result = a == b ? 1 : 0
            case .unequal: result = a != b ? 1 : 0
            case .not: result = 1 - a
            case .and: result = a * b
            case .or: result = max(a, b)
            case .implies: result = max(1 - a, b)
            }
            // Differences of infinities, and roots of what is below 0.
            isFaulty = isFaulty || result.isNaN
            registers[Int(own.result)] = result
        }
        return !isFaulty
    }
}
