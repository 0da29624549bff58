/// The rising function of a score that fits outcomes best by least squares, with straight lines between its corners.
///
/// - SeeAlso: Zadrozny and Elkan 2002, "Transforming classifier scores into accurate multiclass probability estimates"; Ayer et
///   al. 1955 (pooling of adjacent violators).
public struct IsotonicCalibration: Sendable, Hashable {
    /// Scores of the corners, rising.
    public let scores: [Double]
    /// Probabilities there, in [0, 1], never falling.
    public let probabilities: [Double]

    /// Fits the function.
    ///
    /// - Parameters:
    ///   - scores: finite, in any unit; a higher one means a more probable event. Equal ones count as one, with their mean outcome.
    ///   - hit: whether the event happened.
    /// - Throws: `tooFew` without rows, `notFinite`.
    public init(scores: [Double], hit: [Bool]) throws(ReliabilityError) {
        precondition(scores.count == hit.count, "\(scores.count) scores, \(hit.count) outcomes")
        guard !scores.isEmpty else { throw .tooFew("isotonic calibration", rows: 0, needed: 1) }
        try mustBeFinite(scores, "scores")
        let points = Self.points(scores, hit)
        let levels = Self.pooled(points)
        // Only where the function turns is a corner needed.
        let kept = points.indices.filter { place in
            place == 0 || place == points.count - 1 || levels[place] != levels[place - 1]
                || levels[place] != levels[place + 1]
        }
        self.scores = kept.map { points[$0].score }
        probabilities = kept.map { min(max(levels[$0], 0), 1) }
    }

    /// The probability at a score: constant below the first corner and above the last.
    public func callAsFunction(_ score: Double) -> Double {
        guard let last = scores.last, let first = scores.first else { return 0 }
        if score <= first { return probabilities[0] }
        if score >= last { return probabilities[probabilities.count - 1] }
        var (low, high) = (0, scores.count - 1)
        while high - low > 1 {
            let middle = (low + high) / 2
            if scores[middle] <= score { low = middle } else { high = middle }
        }
        let share = (score - scores[low]) / (scores[high] - scores[low])
        return probabilities[low] + share * (probabilities[high] - probabilities[low])
    }

    /// One point a distinct score: hits and rows.
    private static func points(_ scores: [Double], _ hit: [Bool]) -> [(score: Double, hits: Int, rows: Int)] {
        var points: [(score: Double, hits: Int, rows: Int)] = []
        for row in risingOrder(scores) {
            if points.last?.score != scores[row] { points.append((scores[row], 0, 0)) }
            points[points.count - 1].rows += 1
            if hit[row] { points[points.count - 1].hits += 1 }
        }
        return points
    }

    /// The level of every point: neighbours that fall are pooled until none does.
    private static func pooled(_ points: [(score: Double, hits: Int, rows: Int)]) -> [Double] {
        // Counts are whole numbers, so that levels are compared exactly.
        var blocks: [(hits: Int, rows: Int, points: Int)] = []
        for point in points {
            blocks.append((point.hits, point.rows, 1))
            while blocks.count > 1 {
                let (before, last) = (blocks[blocks.count - 2], blocks[blocks.count - 1])
                guard before.hits * last.rows >= last.hits * before.rows else { break }
                blocks.removeLast()
                blocks[blocks.count - 1] = (
                    before.hits + last.hits, before.rows + last.rows, before.points + last.points
                )
            }
        }
        return blocks.flatMap {
            [Double](repeating: Double($0.hits) / Double($0.rows), count: $0.points)
        }
    }
}
