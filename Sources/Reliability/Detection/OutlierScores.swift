import Tensors

/// Scores of how far a row lies from what a model knows, higher is farther.
public enum OutlierScores {
    /// Distance to the k-th nearest row of the reference, in standard deviations of the reference's columns.
    ///
    /// - Parameters:
    ///   - rows: of d numbers each, finite.
    ///   - reference: at least k rows of d numbers.
    ///   - neighbours: k, at least 1.
    /// - Returns: one a row, at least 0.
    /// - Throws: `ReliabilityError.tooFew`, `.notFinite`.
    /// - SeeAlso: Sun et al. 2022, "Out-of-distribution detection with deep nearest neighbors", arXiv:2204.06507.
    public static func neighbourDistance(_ rows: Matrix, to reference: Matrix, neighbours: Int = 10)
        throws(ReliabilityError) -> [Double]
    {
        precondition(neighbours >= 1 && rows.columns == reference.columns)
        guard reference.rows >= neighbours else {
            throw .tooFew("neighbour distance", rows: reference.rows, needed: neighbours)
        }
        try mustBeFinite(rows)
        let scale = try ColumnScale(reference)
        guard rows.rows > 0 else { return [] }
        let found = ReferenceRows(scale(reference)).nearest(neighbours, to: scale(rows))
        return (0..<rows.rows).map { row in
            let own = found.squares[row * neighbours..<(row + 1) * neighbours]
            return (own.max() ?? 0).squareRoot()
        }
    }

    /// Variance of the answers of an ensemble, with their number below; at least 0.
    ///
    /// - Parameter answers: one list of n answers a member, at least one member.
    /// - Returns: n variances.
    public static func variance(_ answers: [[Double]]) -> [Double] {
        precondition(!answers.isEmpty && answers.allSatisfy { $0.count == answers[0].count })
        return answers[0].indices.map { row in
            let values = answers.map { $0[row] }
            let centre = mean(values)
            return mean(values.map { ($0 - centre) * ($0 - centre) })
        }
    }

    /// Energy −ln Σ e^z of each row of logits.
    ///
    /// - SeeAlso: Liu et al. 2020, "Energy-based out-of-distribution detection", arXiv:2010.03759.
    public static func energy(_ logits: [[Double]]) -> [Double] {
        logits.map { -ClassifierRows.logSumExp($0) }
    }

    /// The negated largest softmax probability of each row of logits, in [−1, 0).
    public static func negatedConfidence(_ logits: [[Double]]) -> [Double] {
        logits.map { -(ClassifierRows.softmax($0).max() ?? 0) }
    }
}
