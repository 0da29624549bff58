/// Margins of the steps that a formula about the past reaches back to.
struct Margins: Sendable {
    /// Of what must have been true, and of what must have held since, by step modulo the size; the latter for `since` alone.
    var own: [Double]
    var kept: [Double] = []
    /// The largest margin before those of the ring, or that of an unbounded since.
    var before = -Double.infinity

    init(size: Int, isSince: Bool) {
        own = [Double](repeating: -.infinity, count: max(size, 1))
        if isSince { kept = own }
    }
}

/// How far a formula is from changing its truth (section on robustness of the language's definition): above 0 it is true, below
/// 0 false. It is used for reports and for choosing among allowed actions, never for allowing.
///
/// What is remembered for each valuation of variables counts as its truth does, by an infinity.
extension RuleMonitor {
    /// The margin of a rule in the proposed step; nothing for a response, or where margins are not measured.
    public mutating func robustness(of rule: Int) -> Double? {
        guard !margins.isEmpty, !program.goals[rule].isResponse else { return nil }
        return try? margin(of: program.goals[rule].formula)
    }

    /// Makes room for margins, which are remembered from now on; call it before the first step.
    public mutating func measureRobustness() {
        margins = program.nodes.map { node in
            guard node.memory >= 0, memories[node.memory].key.isEmpty else { return nil }
            switch node.operation {
            case .previous, .started: return Margins(size: 1, isSince: false)
            case .once, .since:
                return Margins(
                    size: (node.window.upper ?? node.window.lower) + 1, isSince: node.operation == .since)
            default: return nil
            }
        }
    }

    /// The margin of a formula in the proposed step.
    private mutating func margin(of node: Int) throws(RuleFault) -> Double {
        let own = program.nodes[node]
        switch own.operation {
        case .not: return -(try margin(of: own.left))
        case .and: return min(try margin(of: own.left), try margin(of: own.right))
        case .or: return max(try margin(of: own.left), try margin(of: own.right))
        case .implies: return max(-(try margin(of: own.left)), try margin(of: own.right))
        case .compareNumbers:
            let (a, b) = (try number(of: own.left), try number(of: own.right))
            return Self.margin(Comparison.allCases[own.index], a, b)
        case .each, .some:
            var best = own.operation == .each ? Double.infinity : -Double.infinity
            _ = try matches(own.index) { (monitor) throws(RuleFault) in
                let found = try monitor.margin(of: own.left)
                best = own.operation == .each ? min(best, found) : max(best, found)
                return false
            }
            return best
        case .with:
            valuation[own.index] = try value(of: own.left)
            return try margin(of: own.right)
        case .previous, .started, .once, .since:
            guard let remembered = margins[node] else { fallthrough }
            return try margin(of: own, remembered)
        default: return try truth(of: node) ? .infinity : -.infinity
        }
    }

    private static func margin(_ comparison: Comparison, _ a: Double, _ b: Double) -> Double {
        // Equal infinities are no distance apart.
        let difference = a == b ? 0 : b - a
        switch comparison {
        case .less, .atMost: return difference
        case .more, .atLeast: return -difference
        case .equal: return -abs(difference)
        case .unequal: return abs(difference)
        }
    }

    private mutating func margin(of own: Node, _ past: Margins) throws(RuleFault) -> Double {
        switch own.operation {
        case .previous: return past.own[0]
        case .started: return min(try margin(of: own.left), -past.own[0])
        case .once:
            let now = try margin(of: own.left)
            return once(own.window, past, now)
        default: return since(own.window, past, try margin(of: own.left), try margin(of: own.right))
        }
    }

    private func once(_ window: Window, _ past: Margins, _ now: Double) -> Double {
        var best = window.lower == 0 ? now : -.infinity
        let size = past.own.count
        if window.upper == nil { best = max(best, past.before) }
        let reach = min(window.upper ?? window.lower, time)
        for back in max(window.lower, 1)..<max(reach + 1, max(window.lower, 1)) {
            best = max(best, past.own[(time - back) % size])
        }
        return best
    }

    private func since(_ window: Window, _ past: Margins, _ kept: Double, _ now: Double) -> Double {
        let size = past.own.count
        guard let upper = window.upper else {
            // In an unbounded window the ring holds the values of since itself, without the window's front.
            if window.lower == 0 { return max(now, min(kept, past.before)) }
            guard time >= window.lower else { return -.infinity }
            var least = kept
            for back in 1..<window.lower { least = min(least, past.kept[(time - back) % size]) }
            return min(least, past.own[(time - window.lower) % size])
        }
        var best = window.lower == 0 ? now : -.infinity
        var least = kept
        for back in 1..<max(min(upper, time) + 1, 1) {
            if back >= window.lower { best = max(best, min(least, past.own[(time - back) % size])) }
            least = min(least, past.kept[(time - back) % size])
        }
        return best
    }

    /// Looks up the margins of the proposed step that later ones need; what cannot be measured counts as infinitely far off.
    mutating func gatherMargins() {
        guard !margins.isEmpty else { return }
        for node in program.remembering where margins[node] != nil {
            let own = program.nodes[node]
            let left = (try? margin(of: own.left)) ?? -.infinity
            let right = own.right < 0 ? left : (try? margin(of: own.right)) ?? -.infinity
            pending.margins.append((node, left, right))
        }
    }

    /// Takes the gathered margins into the past.
    mutating func applyMargins() {
        for (node, left, right) in pending.margins {
            let own = program.nodes[node]
            guard var past = margins[node] else { continue }
            margins[node] = nil
            let place = time % past.own.count
            switch own.operation {
            case .previous, .started: past.own[0] = left
            case .once:
                if own.window.upper == nil, time >= own.window.lower {
                    let leaving =
                        own.window.lower == 0 ? left : past.own[(time - own.window.lower) % past.own.count]
                    past.before = max(past.before, leaving)
                }
                past.own[place] = left
            default:
                past.kept[place] = left
                if own.window.upper == nil {
                    past.before = max(right, min(left, past.before))
                    past.own[place] = past.before
                } else {
                    past.own[place] = right
                }
            }
            margins[node] = past
        }
    }
}
