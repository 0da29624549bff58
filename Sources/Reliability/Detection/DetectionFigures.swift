/// How well a score tells outliers from the rest; a higher score means farther out.
///
/// - SeeAlso: Hendrycks and Gimpel 2017, arXiv:1610.02136.
public struct DetectionFigures: Sendable, Hashable {
    /// Chance that an outlier scores higher than another row, ties counted half; in [0, 1].
    public let auroc: Double
    /// Average precision with outliers as what is looked for.
    public let auprOut: Double
    /// Average precision with the others as what is looked for, by the negated score.
    public let auprIn: Double
    /// Share of the others at or above `threshold95`.
    public let fpr95: Double
    /// The largest score that at least 95 % of the outliers reach.
    public let threshold95: Double
    /// Smallest ½(1 − share of outliers found + share of others alarmed) of any threshold, in [0, ½].
    public let detectionError: Double

    /// Compares rows.
    ///
    /// - Parameters:
    ///   - scores: one a row; infinite ones count as such.
    ///   - isOut: whether it is an outlier; there must be some of both.
    /// - Throws: `oneKind`, `notFinite` for a score that is no number.
    public init(scores: [Double], isOut: [Bool]) throws(ReliabilityError) {
        precondition(scores.count == isOut.count, "\(scores.count) scores, \(isOut.count) rows")
        if let bad = scores.firstIndex(where: \.isNaN) { throw .notFinite("outlier score", row: bad) }
        let outliers = isOut.count { $0 }
        guard outliers > 0 && outliers < isOut.count else { throw .oneKind("outlier detection") }
        let down = Self.sweep(scores, isOut)
        let (outs, ins) = (Double(outliers), Double(isOut.count - outliers))
        var (pairs, before) = (0.0, Step.none)
        for step in down {
            let (out, others) = (step.found - before.found, step.alarmed - before.alarmed)
            pairs += Double(out) * (ins - Double(step.alarmed) + Double(others) / 2)
            before = step
        }
        auroc = pairs / (outs * ins)
        auprOut = Self.averagePrecision(down, of: outs)
        auprIn = Self.averagePrecision(Self.sweep(scores.map { -$0 }, isOut.map { !$0 }), of: ins)
        // The last step finds all, so there is one.
        let reached = down.first { Double($0.found) / outs >= 0.95 } ?? before
        (fpr95, threshold95) = (Double(reached.alarmed) / ins, reached.score)
        detectionError = down.reduce(0.5) {
            min($0, (1 - Double($1.found) / outs + Double($1.alarmed) / ins) / 2)
        }
    }

    /// What a threshold finds: rows that score at least as high.
    private struct Step {
        var score: Double
        var found, alarmed: Int
        static let none = Step(score: .infinity, found: 0, alarmed: 0)
    }

    /// One step a distinct score, falling.
    private static func sweep(_ scores: [Double], _ isWanted: [Bool]) -> [Step] {
        var (steps, found, alarmed) = ([Step](), 0, 0)
        for row in risingOrder(scores).reversed() {
            if isWanted[row] { found += 1 } else { alarmed += 1 }
            if steps.last?.score == scores[row] { steps.removeLast() }
            steps.append(Step(score: scores[row], found: found, alarmed: alarmed))
        }
        return steps
    }

    private static func averagePrecision(_ steps: [Step], of wanted: Double) -> Double {
        var (sum, before) = (0.0, 0)
        for step in steps {
            sum +=
                Double(step.found - before) / wanted * Double(step.found)
                / Double(step.found + step.alarmed)
            before = step.found
        }
        return sum
    }
}
