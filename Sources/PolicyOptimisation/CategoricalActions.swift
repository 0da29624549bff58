import Foundation
import Tensors

/// A softmax over a finite choice, where inputs may forbid some of it: what is forbidden has probability exactly 0.
struct CategoricalActions: ActionDistribution {
    let outputs: Int
    var sharedCount: Int { 0 }
    var takesAllowed: Bool { true }
    var sharedFisher: Double { 0 }

    /// Outputs become log-probabilities: z − ln Σ exp z over what is allowed, −∞ elsewhere.
    func head(_ outputs: VariableOf<Double>, shared: VariableOf<Double>?, allowed: [Bool]?) -> ActionHead {
        guard let allowed else {
            return ActionHead(outputs: outputs, shared: nil, rows: outputs.logSoftmax())
        }
        let (tape, shape) = (outputs.tape, outputs.shape)
        let mask = tape.constant(0, shape.rows, shape.columns)
        for (index, isAllowed) in allowed.enumerated() { mask.mutableValues[index] = isAllowed ? 1 : 0 }
        let forbidden = tape.constant(-.infinity, shape.rows, shape.columns)
        return ActionHead(
            outputs: outputs, shared: nil, rows: mask.selecting(outputs, else: forbidden).logSoftmax())
    }

    func check(_ actions: PolicyActions) {
        guard case .choices(let choices) = actions else {
            preconditionFailure("a policy over a choice of \(outputs) needs the numbers of actions")
        }
        for (row, choice) in choices.enumerated() {
            precondition(0..<outputs ~= choice, "row \(row): action \(choice) of \(outputs)")
        }
    }

    func logProbability(of actions: PolicyActions, at head: ActionHead) -> VariableOf<Double> {
        guard case .choices(let choices) = actions else {
            preconditionFailure("a policy over a choice needs the numbers of actions")
        }
        return withUnsafeTemporaryAllocation(of: Int32.self, capacity: choices.count) { columns in
            for (row, choice) in choices.enumerated() { columns[row] = Int32(choice) }
            return head.rows.picking(UnsafeBufferPointer(columns))
        }
    }

    /// −Σ p·ln p over what is possible.
    func entropy(at head: ActionHead) -> VariableOf<Double> {
        -(head.rows.exp() * possible(head.rows, where: head.rows)).rowSums()
    }

    func divergence(from old: ActionPoint, to new: ActionHead) -> VariableOf<Double> {
        let from = new.tape.constant(old.rows)
        return (from.exp() * (possible(from, where: from) - possible(new.rows, where: from))).rowSums()
    }

    /// Log-probabilities, with 0 in place of those that are −∞ in others.
    private func possible(_ rows: VariableOf<Double>, where others: VariableOf<Double>) -> VariableOf<Double>
    {
        others.isAbove(-.infinity).selecting(
            rows, else: rows.tape.constant(0, rows.shape.rows, rows.shape.columns))
    }

    /// (diag(p) − p·pᵀ)·u = p·(u − pᵀu).
    func fisher(
        row: Int, weight: Double, at head: ActionHead, tangents: UnsafePointer<Double>,
        outputs result: UnsafeMutablePointer<Double>
    ) {
        let rows = head.rows.values
        var mean = 0.0
        for column in 0..<outputs {
            result[column] = exp(rows[row * outputs + column])
            mean += result[column] * tangents[column]
        }
        for column in 0..<outputs { result[column] *= weight * (tangents[column] - mean) }
    }

    /// The first action whose cumulated probability exceeds a uniform draw; rounding cannot lead beyond the last possible.
    func draw(at point: ActionPoint, using streams: inout [RandomStream]) -> PolicyActions {
        .choices(
            (0..<point.rows.rows).map { row in
                let uniform = Double(streams[row].nextInteger() >> 11) * 0x1p-53
                var (sum, last) = (0.0, 0)
                for column in 0..<outputs {
                    let probability = exp(point.rows.elements[row * outputs + column])
                    guard probability > 0 else { continue }
                    sum += probability
                    last = column
                    if sum > uniform { break }
                }
                return last
            })
    }

    func mode(at point: ActionPoint) -> PolicyActions {
        .choices(
            (0..<point.rows.rows).map { row in
                let start = row * outputs
                return (0..<outputs).reduce(0) {
                    point.rows.elements[start + $1] > point.rows.elements[start + $0] ? $1 : $0
                }
            })
    }
}
