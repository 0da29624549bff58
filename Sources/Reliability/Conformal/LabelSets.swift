/// Sets of classes that hold the true one with probability 1 − α, from probabilities of any quality.
///
/// - SeeAlso: Sadinle, Lei and Wasserman 2019, arXiv:1609.00451 (LAC); Romano, Sesia and Candès 2020, arXiv:2006.02544 (APS,
///   here not randomised, with the true class counted, so that sets are never empty by chance).
public struct LabelSets: Sendable, Hashable {
    /// How unusual a class is.
    public enum Score: String, Sendable, Hashable, CaseIterable {
        /// 1 − its probability: smallest sets on average.
        case leastAmbiguous = "lac"
        /// Probability of the classes from the most probable down to it: sets that grow where the case is hard.
        case adaptive = "aps"
    }

    /// What is compared.
    public let score: Score
    /// Largest score of a class in a set; +∞ where the sample is too small.
    public let threshold: Double

    /// Finds the threshold.
    ///
    /// - Parameters:
    ///   - probabilities: one row of K numbers in [0, 1] a unit.
    ///   - labels: the true class of each.
    ///   - score: what is compared.
    ///   - alpha: in (0, 1).
    /// - Throws: `notFinite`, `outside`.
    public init(probabilities: [[Double]], labels: [Int], score: Score, alpha: Double)
        throws(ReliabilityError)
    {
        precondition(probabilities.count == labels.count)
        var scores: [Double] = []
        for (row, label) in zip(probabilities, labels) {
            try mustBeShares(row, "probability")
            precondition(row.indices.contains(label), "class \(label) of \(row.count)")
            scores.append(Self.scores(row, score)[label])
        }
        self.score = score
        threshold = try SplitConformal.threshold(scores, alpha: alpha)
    }

    /// The set for a row of probabilities, rising class numbers.
    public func callAsFunction(_ probabilities: [Double]) -> [Int] {
        let scores = Self.scores(probabilities, score)
        return scores.indices.filter { scores[$0] <= threshold }
    }

    /// The score of every class.
    private static func scores(_ row: [Double], _ score: Score) -> [Double] {
        switch score {
        case .leastAmbiguous: return row.map { 1 - $0 }
        case .adaptive:
            var (scores, sum) = ([Double](repeating: 0, count: row.count), 0.0)
            for label in row.indices.sorted(by: { (row[$1], $0) < (row[$0], $1) }) {
                sum += row[label]
                scores[label] = sum
            }
            return scores
        }
    }
}
