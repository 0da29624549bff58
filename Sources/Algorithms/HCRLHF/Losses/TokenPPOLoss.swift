import Tensors

/// The clipped losses of proximal policy optimisation over the tokens of responses.
///
/// Means are taken over the tokens of each row, then over the rows, so that a short response weighs as much as a long one.
///
/// - SeeAlso: Schulman et al. 2017, arXiv:1707.06347; Dai et al. 2023, arXiv:2310.12773.
public enum TokenPPOLoss {
    /// −mean of min(ρA, clip(ρ, 1 ± ε)·A) with ρ = π/π_old.
    ///
    /// - Parameters:
    ///   - rows: at least one, of N positions in all.
    ///   - new: log-probabilities of each row's positions under the policy, row after row, `[N, 1]`.
    ///   - old: those under the policy that made the responses.
    ///   - advantages: of each row from its start on.
    ///   - range: ε.
    /// - Returns: `[1, 1]`.
    public static func actor(
        _ rows: [TokenRow], new: VariableOf<Double>, old: [[Double]], advantages: [[Double]], range: Double
    ) -> VariableOf<Double> {
        let it = Positions(rows, new, old, advantages)
        let ratio = (it.new - it.old).exp()
        let surrogate = minimum(ratio * it.targets, ratio.clipped(1 - range, 1 + range) * it.targets)
        return -(it.weights * surrogate).sum()
    }

    /// Half the mean of max((V − G)², (clip(V, V_old ± ε) − G)²).
    ///
    /// - Parameters:
    ///   - rows: at least one, of N positions in all.
    ///   - new: values of each row's positions, row after row, `[N, 1]`.
    ///   - old: those of the critic that saw the responses made.
    ///   - returns: G, of each row from its start on.
    ///   - range: ε.
    /// - Returns: `[1, 1]`.
    public static func critic(
        _ rows: [TokenRow], new: VariableOf<Double>, old: [[Double]], returns: [[Double]], range: Double
    ) -> VariableOf<Double> {
        let it = Positions(rows, new, old, returns)
        let near = minimum(maximum(it.new, it.old - range), it.old + range)
        let errors = maximum((it.new - it.targets).squared(), (near - it.targets).squared())
        return 0.5 * (it.weights * errors).sum()
    }

    /// All positions of some rows, each a column `[N, 1]`; of what is no token of a response nothing counts.
    private struct Positions {
        let new, old, targets, weights: VariableOf<Double>

        init(_ rows: [TokenRow], _ new: VariableOf<Double>, _ old: [[Double]], _ targets: [[Double]]) {
            precondition(!rows.isEmpty, "no responses")
            precondition(
                rows.count == old.count && rows.count == targets.count,
                "\(rows.count) rows, \(old.count), \(targets.count) arrays")
            var (weights, padded): ([Double], [Double]) = ([], [])
            for (index, row) in rows.enumerated() {
                row.check(old[index])
                precondition(
                    targets[index].count == row.isToken.count - row.start,
                    "row \(index): \(targets[index].count) targets of \(row.isToken.count - row.start)")
                padded += [Double](repeating: 0, count: row.start) + targets[index]
                let weight = 1 / Double(row.count * rows.count)
                weights += row.isToken.indices.map { $0 >= row.start && row.isToken[$0] ? weight : 0 }
            }
            precondition(new.shape == Shape(weights.count, 1), "\(new.shape) for \(weights.count) positions")
            let tape = new.tape
            self.weights = tape.column(weights)
            self.old = tape.column(old.flatMap { $0 })
            self.targets = tape.column(padded)
            self.new = self.weights.isAbove(0).selecting(new, else: self.old)
        }
    }
}
