import Tensors

/// Scores of how suspicious a training row is, higher is more so.
public enum PoisonDetectors {
    /// Share of the nearest rows that have another label.
    ///
    /// - Parameters:
    ///   - rows: n rows, in comparable units, finite.
    ///   - isViolated: the label of each, as it stands in the data.
    ///   - neighbours: k, 15 unless said otherwise; nearest by Euclidean distance, ties go to the lower row.
    ///   - asked: the rows that are scored; all without it.
    /// - Returns: one share for each asked row, in [0, 1].
    /// - Throws: `AvailabilityError.tooFew`, `.notFinite`.
    public static func neighbourDisagreement(
        _ rows: Matrix, isViolated: [Bool], neighbours: Int = 15, at asked: [Int]? = nil
    ) throws(AvailabilityError) -> [Double] {
        precondition(isViolated.count == rows.rows && neighbours >= 1)
        guard rows.rows > neighbours else {
            throw .tooFew("neighbours that disagree", rows: rows.rows, needed: neighbours + 1)
        }
        try mustBeFinite(rows)
        let asked = asked ?? Array(0..<rows.rows)
        guard !asked.isEmpty else { return [] }
        let found = ReferenceRows(rows).nearest(neighbours, to: rows.rows(at: asked), leavingOut: asked)
        return asked.enumerated().map { place, row in
            let near = found.rows[place * neighbours..<(place + 1) * neighbours]
            return Double(near.count { isViolated[$0] != isViolated[row] }) / Double(neighbours)
        }
    }

    /// Squared projection of centred features on the direction of their largest spread, for each label by itself.
    ///
    /// - Parameters:
    ///   - features: n rows, such as a network's last hidden layer, finite.
    ///   - isViolated: the label of each.
    /// - Returns: one a row, at least 0; 0 for a label of one row.
    /// - Throws: `AvailabilityError.notFinite`.
    /// - SeeAlso: Tran, Li and Madry 2018, "Spectral signatures in backdoor attacks", arXiv:1811.00636.
    public static func spectralSignature(
        _ features: Matrix, isViolated: [Bool]
    ) throws(AvailabilityError) -> [Double] {
        precondition(isViolated.count == features.rows, "\(isViolated.count) labels of \(features.rows) rows")
        try mustBeFinite(features)
        var scores = [Double](repeating: 0, count: features.rows)
        for label in [false, true] {
            let own = isViolated.indices.filter { isViolated[$0] == label }
            guard own.count > 1 else { continue }
            var centred = features.rows(at: own)
            for column in 0..<centred.columns {
                var sum = 0.0
                for row in 0..<centred.rows { sum += centred[row, column] }
                for row in 0..<centred.rows { centred[row, column] -= sum / Double(own.count) }
            }
            let spread = centred.transposed() * centred
            let vectors: Matrix
            // Finite rows may still have squares that are too large for a number.
            do { vectors = try SymmetricEigen(spread).vectors } catch {
                throw .notFinite("features", row: own[0])
            }
            // Eigenvalues ascend, so the largest spread is along the last vector.
            let projected = centred * vectors.columns(at: [vectors.columns - 1])
            for (place, row) in own.enumerated() { scores[row] = projected[place, 0] * projected[place, 0] }
        }
        return scores
    }

    /// Distance of a label from what the trained layer says of its row.
    ///
    /// - Parameters:
    ///   - isViolated: the labels.
    ///   - probabilities: of being violated, in [0, 1].
    /// - Returns: one a row, in [0, 1].
    public static func residual(isViolated: [Bool], probabilities: [Double]) -> [Double] {
        zip(isViolated, probabilities).map { abs(($0 ? 1 : 0) - $1) }
    }

    /// How often the most frequent of a row's values occurs in its column: 1 where none repeats.
    public static func largestRepetition(_ rows: Matrix) -> [Int] {
        var largest = [Int](repeating: 0, count: rows.rows)
        for column in 0..<rows.columns {
            var counts: [Double: Int] = [:]
            for row in 0..<rows.rows { counts[rows[row, column], default: 0] += 1 }
            for row in 0..<rows.rows { largest[row] = max(largest[row], counts[rows[row, column]] ?? 0) }
        }
        return largest
    }

    private static func mustBeFinite(_ rows: Matrix) throws(AvailabilityError) {
        if let bad = rows.elements.firstIndex(where: { !$0.isFinite }) {
            throw .notFinite("features", row: bad / max(rows.columns, 1))
        }
    }
}
