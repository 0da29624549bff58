import Tensors

/// The distributions that a policy gives for rows of inputs, on the tape where its network was applied.
package struct ActionHead {
    /// What the network says, `[rows, outputs]`.
    let outputs: VariableOf<Double>
    /// What all rows share, `[1, count]`; nil where they share nothing.
    let shared: VariableOf<Double>?
    /// Means of a Gaussian, or log-probabilities of a finite choice (−∞ where not allowed), `[rows, outputs]`.
    let rows: VariableOf<Double>

    var tape: TapeOf<Double> { rows.tape }

    /// The same as numbers.
    var point: ActionPoint {
        ActionPoint(
            rows: Matrix(rows.shape.rows, rows.shape.columns, Array(rows.values)),
            shared: shared.map { Array($0.values) } ?? [])
    }
}

/// How the outputs of a network become a distribution over actions.
///
/// Log-probabilities, entropies and divergences are recorded, so that their gradients come from the tape; only the Fisher
/// matrix of the outputs is written down, for Jᵀ·F·J.
package protocol ActionDistribution: Sendable {
    /// Network outputs a row.
    var outputs: Int { get }
    /// Parameters that all rows share; they stand before the network's.
    var sharedCount: Int { get }
    /// Whether inputs may say what is allowed.
    var takesAllowed: Bool { get }

    /// The distributions that outputs describe.
    ///
    /// - Parameters:
    ///   - outputs: `[rows, outputs]`.
    ///   - shared: `[1, sharedCount]`; nil where that is 0.
    ///   - allowed: `[rows, outputs]` row by row; nil where every action is.
    /// - Returns: what can be asked for log-probabilities.
    func head(_ outputs: VariableOf<Double>, shared: VariableOf<Double>?, allowed: [Bool]?) -> ActionHead
    /// Traps where actions are of another kind or size.
    func check(_ actions: PolicyActions)
    /// log π(a|s) of each row's action, `[rows, 1]`.
    func logProbability(of actions: PolicyActions, at head: ActionHead) -> VariableOf<Double>
    /// The entropy of each row, `[rows, 1]`, or of every row, `[1, 1]`.
    func entropy(at head: ActionHead) -> VariableOf<Double>
    /// KL(old ‖ new) of each row, `[rows, 1]`.
    func divergence(from old: ActionPoint, to new: ActionHead) -> VariableOf<Double>
    /// Writes `weight`·F·tangents of a row, where F is the Fisher matrix of the outputs.
    func fisher(
        row: Int, weight: Double, at head: ActionHead, tangents: UnsafePointer<Double>,
        outputs: UnsafeMutablePointer<Double>)
    /// The Fisher information of each shared parameter in every row; none is shared with the outputs.
    var sharedFisher: Double { get }
    /// A draw for each row, from its own stream.
    func draw(at point: ActionPoint, using streams: inout [RandomStream]) -> PolicyActions
    /// The most probable action of each row.
    func mode(at point: ActionPoint) -> PolicyActions
}

extension TapeOf<Double> {
    /// A matrix as a constant.
    func constant(_ matrix: Matrix) -> VariableOf<Double> {
        matrix.elements.withUnsafeBufferPointer { constant($0, matrix.rows, matrix.columns) }
    }

    /// Some rows of a matrix as a constant.
    func constant(_ matrix: Matrix, rowsAt rows: ArraySlice<Int>) -> VariableOf<Double> {
        let (result, width) = (constant(0, rows.count, matrix.columns), matrix.columns)
        matrix.elements.withUnsafeBufferPointer { elements in
            guard let from = elements.baseAddress, let to = result.mutableValues.baseAddress else { return }
            for (place, row) in rows.enumerated() {
                precondition(row >= 0 && row < matrix.rows, "row \(row) of \(matrix.rows)")
                (to + place * width).update(from: from + row * width, count: width)
            }
        }
        return result
    }
}
