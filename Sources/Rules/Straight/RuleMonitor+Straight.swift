// Rules that need no past, computed before the others are asked node by node.
extension RuleMonitor {
    /// Takes steps of which a `StraightJudge` said yes into the past.
    ///
    /// - Parameter steps: how many, one after the other.
    public mutating func pass(_ steps: Int) {
        precondition(program.straight.isWhole && steps >= 0, "\(steps) steps of rules that have a past")
        guard steps > 0 else { return }
        for rule in truth.indices where !truth[rule] { truth[rule] = true }
        pending.clear()
        time += steps
    }

    /// Computes what rules without a past are worth in the step that is set.
    ///
    /// - Returns: false where there is no such rule, or a number without a value: the step has to be judged node by node then.
    mutating func computeStraight() -> Bool {
        guard !program.straight.isEmpty else { return false }
        for reading in program.straight.readings {
            let value = step.signals[reading.signal]
            guard value.isFinite else { return false }
            registers[reading.signal] = value
        }
        let instructions = program.straight.instructions
        return registers.withUnsafeMutableBufferPointer { StraightCode.run(instructions, $0) }
    }
}
