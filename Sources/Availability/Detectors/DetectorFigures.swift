import Reliability

/// What a detector finds of the poison.
public struct DetectorFigures: Sendable, Hashable {
    /// Share of the poisoned rows that score above all but the allowed share of the others, in [0, 1].
    public let found: Double
    /// Chance that a poisoned row scores higher than another, ties counted half.
    public let auroc: Double

    /// Counts.
    ///
    /// - Parameters:
    ///   - scores: one a row, no NaN.
    ///   - isPoison: whether it was altered; there must be some of both.
    ///   - falseAlarms: largest share of the other rows that is also found; 1 % unless said otherwise. A score that too many of
    ///     the others share finds nothing.
    /// - Throws: `ReliabilityError`.
    public init(scores: [Double], isPoison: [Bool], falseAlarms: Double = 0.01) throws(ReliabilityError) {
        precondition(falseAlarms >= 0 && falseAlarms < 1, "a share of false alarms of \(falseAlarms)")
        auroc = try DetectionFigures(scores: scores, isOut: isPoison).auroc
        let others = zip(scores, isPoison).filter { !$0.1 }.map(\.0).sorted(by: >)
        // A whole number of rows must not be lost to rounding.
        let allowed = Int((falseAlarms * Double(others.count) + 1e-9).rounded(.down))
        let poison = isPoison.count { $0 }
        found =
            Double(zip(scores, isPoison).count { $0.1 && $0.0 > others[allowed] }) / Double(poison)
    }
}
