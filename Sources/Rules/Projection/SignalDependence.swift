/// Which nodes of a program are not settled before the action is chosen.
struct SignalDependence: Sendable {
    /// Whether each node reads an action, or a next observation, which is known up to its model's error.
    let isOpen: [Bool]
    /// Whether it reads an action, itself or by a model.
    let isSteered: [Bool]
    /// Whether intervals of what is open bound it.
    let isBounded: [Bool]

    /// Looks at the step that is proposed, or at the step ahead of it, whose observations models tell.
    init(_ program: Program, _ rules: RuleFile, ahead: Bool) {
        let own = Self.look(program) { rules.signals[$0].source == .action }
        // A model's term is about the step that is proposed.
        let steeredNext = Set(program.models.filter { own[$0.value] }.keys)
        func next(of signal: Int) -> Int? {
            let read = rules.signals[signal]
            guard ahead else { return read.source == .next ? signal : nil }
            guard read.source == .observation else { return nil }
            return rules.signals.firstIndex { $0.source == .next && $0.index == read.index }
        }
        let signals = rules.signals.indices.map { signal in
            let isAction = rules.signals[signal].source == .action && !ahead
            let next = next(of: signal)
            return (
                open: isAction || next != nil, steered: isAction || next.map(steeredNext.contains) ?? false
            )
        }
        isOpen = Self.look(program) { signals[$0].open }
        isSteered = Self.look(program) { signals[$0].steered }
        isBounded = Self.bounded(program, isOpen)
    }

    /// Whether each node is settled, or computed of numbers that intervals are computed of; what is inside stands before what is around it.
    private static func bounded(_ program: Program, _ isOpen: [Bool]) -> [Bool] {
        var found = [Bool](repeating: true, count: program.nodes.count)
        for (number, node) in program.nodes.enumerated() where isOpen[number] {
            switch node.operation {
            case .signal, .before, .previous: break
            case .negate, .plus, .minus, .times, .over, .smallest, .largest, .norm, .absolute, .root, .not,
                .and,
                .or, .implies, .compareNumbers:
                let inside = [node.left, node.right] + program.lists[node.terms]
                found[number] = inside.allSatisfy { $0 < 0 || found[$0] }
            default: found[number] = false
            }
        }
        return found
    }

    /// Whether each node has a signal in it of which something is true; what is inside stands before what is around it.
    private static func look(_ program: Program, _ isSo: (Int) -> Bool) -> [Bool] {
        var found = [Bool](repeating: false, count: program.nodes.count)
        for (number, node) in program.nodes.enumerated() {
            if node.operation == .signal { found[number] = isSo(node.index) }
            var inside = [node.left, node.right] + program.lists[node.terms]
            switch node.operation {
            case .event, .each, .some, .total:
                inside += program.patterns[node.index].constraints.map(\.node)
            default: break
            }
            if inside.contains(where: { $0 >= 0 && found[$0] }) { found[number] = true }
        }
        return found
    }
}
