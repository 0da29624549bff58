import Foundation

/// The clipped losses of proximal policy optimisation over the tokens of responses.
///
/// Means are taken over the tokens of each row, then over the rows, so that a short response weighs as much as a long one.
///
/// - SeeAlso: Schulman et al. 2017, arXiv:1707.06347; Dai et al. 2023, arXiv:2310.12773.
public enum TokenPPOLoss {
    /// −mean of min(ρA, clip(ρ, 1 ± ε)·A) with ρ = π/π_old.
    ///
    /// - Parameters:
    ///   - rows: at least one.
    ///   - new: log-probabilities of each row's positions under the policy.
    ///   - old: those under the policy that made the responses.
    ///   - advantages: of each row from its start on.
    ///   - range: ε.
    /// - Returns: the loss, and its gradient with respect to `new`, row after row.
    public static func actor(
        _ rows: [TokenRow], new: [[Double]], old: [[Double]], advantages: [[Double]], range: Double
    ) -> LossGradient {
        check(rows, new, old, advantages)
        return mean(rows) { row, index in
            let (ratio, advantage) = (
                exp(new[row][index] - old[row][index]), advantages[row][index - rows[row].start]
            )
            let clipped = min(max(ratio, 1 - range), 1 + range) * advantage
            return ratio * advantage <= clipped
                ? (-ratio * advantage, -ratio * advantage) : (-clipped, 0)
        }
    }

    /// Half the mean of max((V − G)², (clip(V, V_old ± ε) − G)²).
    ///
    /// - Parameters:
    ///   - rows: at least one.
    ///   - new: values of each row's positions.
    ///   - old: those of the critic that saw the responses made.
    ///   - returns: G, of each row from its start on.
    ///   - range: ε.
    /// - Returns: the loss, and its gradient with respect to `new`, row after row.
    public static func critic(
        _ rows: [TokenRow], new: [[Double]], old: [[Double]], returns: [[Double]], range: Double
    ) -> LossGradient {
        check(rows, new, old, returns)
        return mean(rows) { row, index in
            let target = returns[row][index - rows[row].start]
            let (value, before) = (new[row][index], old[row][index])
            let error = value - target
            let clipped = min(max(value, before - range), before + range) - target
            return error * error >= clipped * clipped
                ? (0.5 * error * error, error) : (0.5 * clipped * clipped, 0)
        }
    }

    private static func check(
        _ rows: [TokenRow], _ new: [[Double]], _ old: [[Double]], _ targets: [[Double]]
    ) {
        precondition(!rows.isEmpty, "no responses")
        precondition(
            rows.count == new.count && rows.count == old.count && rows.count == targets.count,
            "\(rows.count) rows, \(new.count), \(old.count), \(targets.count) arrays")
        for (index, row) in rows.enumerated() {
            row.check(new[index])
            row.check(old[index])
            precondition(
                targets[index].count == row.isToken.count - row.start,
                "row \(index): \(targets[index].count) targets of \(row.isToken.count - row.start)")
        }
    }

    /// The mean over tokens, then over rows, of what `term` gives with its slope.
    private static func mean(
        _ rows: [TokenRow], _ term: (Int, Int) -> (value: Double, slope: Double)
    ) -> LossGradient {
        var value = 0.0
        var gradient: [Double] = []
        for (number, row) in rows.enumerated() {
            let weight = 1 / Double(row.count * rows.count)
            for index in row.isToken.indices {
                guard index >= row.start && row.isToken[index] else {
                    gradient.append(0)
                    continue
                }
                let part = term(number, index)
                value += weight * part.value
                gradient.append(weight * part.slope)
            }
        }
        return LossGradient(value: value, gradient: gradient)
    }
}
