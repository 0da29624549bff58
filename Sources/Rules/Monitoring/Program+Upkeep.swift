// Which rows of a memory have to be looked at in a step.
extension Program {
    /// How the rows of a node's memory go on.
    ///
    /// Only rows of a formula that cannot be a fault are passed over, because a fault is a refusal whichever row has it.
    func upkeep(of node: Node) -> Memory.Upkeep {
        guard !memories[node.memory].key.isEmpty, cannotFault(node.left) else { return .entered }
        switch node.operation {
        case .once: return node.window.lower == 0 && node.window.upper == nil ? .standing : .marked
        case .previous, .started: return isLatched(node.left) ? .standing : .marked
        case .count, .age: return .marked
        default: return .entered
        }
    }

    /// Whether a formula that is true for a valuation is so in every later step.
    private func isLatched(_ node: Int) -> Bool {
        let own = nodes[node]
        switch own.operation {
        case .once: return own.window.upper == nil
        case .previous: return isLatched(own.left)
        case .and, .or: return isLatched(own.left) && isLatched(own.right)
        default: return false
        }
    }

    /// Whether a node has a value in every step: it reads what happened, and neither signals nor states, and does no arithmetic.
    private func cannotFault(_ node: Int) -> Bool {
        guard node >= 0 else { return true }
        let own = nodes[node]
        switch own.operation {
        case .flag, .number, .text, .variable: return true
        case .not, .and, .or, .implies, .previous, .started, .once, .since, .count, .age, .compareNumbers,
            .compareValues, .with:
            return cannotFault(own.left) && cannotFault(own.right)
        case .event, .each, .some:
            let isPlain = patterns[own.index].constraints.allSatisfy { cannotFault($0.node) }
            return isPlain && cannotFault(own.left) && cannotFault(own.right)
        default: return false
        }
    }
}
