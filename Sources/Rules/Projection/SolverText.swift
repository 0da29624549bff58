/// Enforced rules in a step, as text in SMT-LIB.
///
/// What models may err by stands at its corners, which is enough for a proposal: the judge takes everything between.
struct SolverText {
    /// Models whose errors' corners are all written out, at most.
    private static let mostCorners = 3
    /// Parts that are written, and characters of a part that is written twice, at most.
    private static let most = 4096

    private var now: ActionContext
    private var ahead: ActionContext?
    private var isAhead = false
    /// Of each next signal, its error in the case that is written.
    private var errors: [Int: Double] = [:]
    private var roots: [String] = []
    private var assertions: [String] = []
    private var parts = most

    /// Writes down what rules ask.
    ///
    /// - Parameters:
    ///   - now: the step that is proposed.
    ///   - ahead: what is not settled in the step ahead of it.
    init(_ now: ActionContext, ahead: SignalDependence) {
        self.now = now
        let rules = now.monitor.rules
        if rules.rules.contains(where: { $0.kind == .foreseen && !$0.isWatched }) {
            self.ahead = ActionContext(after: now, ahead)
        }
        for corner in Self.corners(of: rules.models) {
            errors = corner
            write(now.rules)
            guard let step = self.ahead else { continue }
            isAhead = true
            write(step.rules)
            isAhead = false
        }
    }

    private static func corners(of models: [OneStepModel]) -> [[Int: Double]] {
        func corner(_ sign: (Int) -> Double) -> [Int: Double] {
            Dictionary(
                uniqueKeysWithValues: models.enumerated().map { ($1.signal, sign($0) * $1.error) })
        }
        guard models.contains(where: { $0.error > 0 }) else { return [corner { _ in 0 }] }
        guard models.count <= mostCorners else { return [-1.0, 0, 1].map { sign in corner { _ in sign } } }
        return (0..<1 << models.count).map { bits in corner { bits >> $0 & 1 == 0 ? -1 : 1 } }
    }

    /// The question; nothing where a number of it has no text.
    func question(
        proposal: [Double], weights: [Double], low: [Double], high: [Double], within radius: Double?
    ) -> ActionQuestion? {
        let variables = proposal.indices.map { "a\($0)" }
        var lines = variables.map { "(declare-const \($0) Real)" } + roots
        var terms: [String] = []
        var farthest = 0.0
        for (place, name) in variables.enumerated() {
            guard let start = Self.text(proposal[place]), let least = Self.text(low[place]),
                let most = Self.text(high[place]), let square = Self.text(weights[place] * weights[place])
            else { return nil }
            lines.append("(assert (and (<= \(least) \(name)) (<= \(name) \(most))))")
            terms.append("(* \(square) (- \(name) \(start)) (- \(name) \(start)))")
            let reach = max(abs(low[place] - proposal[place]), abs(high[place] - proposal[place]))
            farthest += weights[place] * reach * weights[place] * reach
        }
        lines += assertions.map { "(assert \($0))" }
        return ActionQuestion(
            variables: variables, text: lines.joined(separator: "\n"),
            squaredDistance: terms.count == 1 ? terms[0] : "(+ \(terms.joined(separator: " ")))",
            proposal: proposal, weights: weights, radius: radius ?? farthest.squareRoot())
    }

    // MARK: - Rules

    private var context: ActionContext { isAhead ? ahead ?? now : now }

    private mutating func write(_ rules: [Int]) {
        for rule in rules {
            let written: String? =
                switch context.demand(of: rule) {
                case .nothing, .unknown: nil
                case .formula(let node): formula(node)
                case .answer(let node, let trigger): call("=>", formula(trigger), formula(node))
                }
            if let written, written != "true", !assertions.contains(written) { assertions.append(written) }
        }
    }

    private func call(_ name: String, _ parts: String?...) -> String? {
        let known = parts.compactMap(\.self)
        return known.count == parts.count ? "(\(name) \(known.joined(separator: " ")))" : nil
    }

    private mutating func mayGoOn() -> Bool {
        parts -= 1
        return parts >= 0
    }

    private mutating func formula(_ node: Int) -> String? {
        guard mayGoOn() else { return nil }
        guard context.dependence.isOpen[node] else { return settled(node) }
        let own = context.monitor.program.nodes[node]
        switch own.operation {
        case .not: return call("not", formula(own.left))
        case .and: return call("and", formula(own.left), formula(own.right))
        case .or: return call("or", formula(own.left), formula(own.right))
        case .implies: return call("=>", formula(own.left), formula(own.right))
        case .compareNumbers:
            let comparison = Comparison.allCases[own.index]
            let (left, right) = (number(own.left), number(own.right))
            switch comparison {
            case .equal: return call("=", left, right)
            case .unequal: return call("distinct", left, right)
            default: return call(comparison.rawValue, left, right)
            }
        case .previous: return settled(node)
        case .started, .once, .since: return remembered(own)
        default: return nil
        }
    }

    private func settled(_ node: Int) -> String? {
        var monitor = context.monitor
        return (try? monitor.truth(of: node)).map { $0 ? "true" : "false" }
    }

    private mutating func remembered(_ own: Node) -> String? {
        let memory = context.monitor.memories[own.memory]
        let past = memory.past
        let was = memory.withBits(memory.row(of: context.monitor.valuation)) { past.any($0, now: false) }
        let includesNow = own.window.lower == 0
        switch own.operation {
        case .started: return was ? "false" : formula(own.left)
        case .once: return was ? "true" : includesNow ? formula(own.left) : "false"
        default:
            let held = was ? formula(own.left) : "false"
            return includesNow ? call("or", formula(own.right), held) : held
        }
    }

    // MARK: - Numbers

    private mutating func number(_ node: Int) -> String? {
        guard mayGoOn() else { return nil }
        guard context.dependence.isOpen[node] else { return known(node) }
        let own = context.monitor.program.nodes[node]
        switch own.operation {
        case .signal: return signal(own.index)
        case .negate: return call("-", number(own.left))
        case .plus: return call("+", number(own.left), number(own.right))
        case .minus: return call("-", number(own.left), number(own.right))
        case .times: return call("*", number(own.left), number(own.right))
        case .over: return call("/", number(own.left), number(own.right))
        case .absolute:
            guard let inside = number(context.monitor.program.lists[own.terms.lowerBound]),
                inside.utf8.count <= Self.most
            else { return nil }
            return "(ite (>= \(inside) 0.0) \(inside) (- \(inside)))"
        case .smallest, .largest: return extreme(own, own.operation == .smallest ? "<=" : ">=")
        case .root:
            return number(context.monitor.program.lists[own.terms.lowerBound]).map { root(of: $0) }
        case .norm:
            let parts = terms(own)?.map { "(* \($0) \($0))" }
            return parts.map { root(of: $0.count == 1 ? $0[0] : "(+ \($0.joined(separator: " ")))") }
        case .before: return known(node)
        case .count: return count(node, own)
        default: return nil
        }
    }

    private func known(_ node: Int) -> String? {
        var monitor = context.monitor
        return (try? monitor.number(of: node)).flatMap { Self.text($0) }
    }

    private mutating func signal(_ number: Int) -> String? {
        let place = context.action(number)
        if place >= 0 { return "a\(place)" }
        let next = context.models[number]
        guard next >= 0, let node = now.monitor.program.models[next], let error = errors[next] else {
            return nil
        }
        // A model reads the step that is proposed, whichever step is written.
        let wasAhead = isAhead
        isAhead = false
        defer { isAhead = wasAhead }
        guard let term = self.number(node) else { return nil }
        return error == 0 ? term : call("+", term, Self.text(error))
    }

    private mutating func terms(_ own: Node) -> [String]? {
        var found: [String] = []
        for term in own.terms {
            guard let text = number(context.monitor.program.lists[term]) else { return nil }
            if text.utf8.count > Self.most { return nil }
            found.append(text)
        }
        return found
    }

    private mutating func extreme(_ own: Node, _ order: String) -> String? {
        guard let parts = terms(own), let first = parts.first else { return nil }
        guard parts.count <= 4 else { return nil }
        return parts.dropFirst().reduce(first) { "(ite (\(order) \($0) \($1)) \($0) \($1))" }
    }

    /// A new number that is not below 0 and whose square is as wanted.
    private mutating func root(of square: String) -> String {
        let name = "r\(roots.count)"
        roots.append(
            "(declare-const \(name) Real)\n(assert (and (>= \(name) 0.0) (= (* \(name) \(name)) \(square))))"
        )
        return name
    }

    private mutating func count(_ node: Int, _ own: Node) -> String? {
        guard own.window.lower == 0 else { return known(node) }
        let memory = context.monitor.memories[own.memory]
        let (row, past) = (memory.row(of: context.monitor.valuation), memory.past)
        let earlier =
            own.window.upper == nil
            ? memory.number(row) : Double(memory.withBits(row) { past.count($0, now: false) })
        return formula(own.left).flatMap { now in
            Self.text(earlier).map { "(+ \($0) (ite \(now) 1.0 0.0))" }
        }
    }

    /// A number as a fraction of whole ones; nothing for what is not finite or beyond 2⁶².
    static func text(_ value: Double) -> String? {
        guard value.isFinite, abs(value) < 0x1p62 else { return nil }
        var (numerator, shift) = (value, 0)
        while numerator != numerator.rounded(), shift < 62, abs(numerator) < 0x1p61 {
            numerator *= 2
            shift += 1
        }
        let whole = Int(numerator.rounded())
        let size = shift == 0 ? "\(whole.magnitude).0" : "(/ \(whole.magnitude).0 \(1 << shift).0)"
        return whole < 0 ? "(- \(size))" : size
    }
}
