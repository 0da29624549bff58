import Foundation

/// Scores of probabilities of one event that no other probability improves on average than the true one.
public struct ProperScores: Sendable, Hashable {
    /// Mean of (p − y)², in [0, 1].
    public let brier: Double
    /// Mean of −ln of the probability given to what happened, with p kept within 1e-6 of 0 and 1; at least 0.
    public let logLoss: Double
    /// Murphy's three parts of the Brier score over bins of equal mass.
    public let murphy: Murphy

    /// Reliability − resolution + uncertainty, which is the Brier score up to the spread of probabilities within a bin.
    ///
    /// - SeeAlso: Murphy 1973, "A new vector partition of the probability score".
    public struct Murphy: Sendable, Hashable {
        /// Σ w·(confidence − hit share)²: 0 is best.
        public let reliability: Double
        /// Σ w·(hit share of the bin − hit share of all)²: the more the better.
        public let resolution: Double
        /// ȳ(1 − ȳ), what the data have of themselves.
        public let uncertainty: Double

        /// Splits the score of a table.
        public init(_ table: CalibrationTable) {
            let total = Double(table.rows)
            let all = table.bins.reduce(0) { $0 + Double($1.count) * ($1.hitShare ?? 0) } / total
            reliability = table.squared
            resolution = table.bins.reduce(0) { sum, bin in
                guard let share = bin.hitShare else { return sum }
                return sum + Double(bin.count) / total * (share - all) * (share - all)
            }
            uncertainty = all * (1 - all)
        }
    }

    /// How far p is kept from 0 and 1 before a logarithm is taken.
    public static let clip = 1e-6

    /// Scores probabilities.
    ///
    /// - Parameters:
    ///   - probability: one a row, in [0, 1].
    ///   - hit: whether the event happened.
    ///   - bins: of equal mass, for Murphy's parts.
    /// - Throws: `tooFew` without rows, `notFinite`, `outside`.
    public init(probability: [Double], hit: [Bool], bins: Int = 10) throws(ReliabilityError) {
        murphy = Murphy(try CalibrationTable(confidence: probability, hit: hit, rule: .equalMass(bins)))
        let total = Double(hit.count)
        brier = zip(probability, hit).reduce(0) { $0 + pow($1.0 - ($1.1 ? 1 : 0), 2) } / total
        logLoss =
            zip(probability, hit).reduce(0) { sum, row in
                let p = min(max(row.0, Self.clip), 1 - Self.clip)
                return sum - (row.1 ? log(p) : log1p(-p))
            } / total
    }
}
