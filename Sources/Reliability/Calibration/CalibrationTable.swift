/// How confidences agree with what came true: a reliability table and the errors of calibration that are read from it.
///
/// For a classifier the confidence is its largest softmax probability and a hit a right answer; for probabilities of a violation
/// the confidence is the probability and a hit a violation.
///
/// - SeeAlso: Guo et al. 2017, "On calibration of modern neural networks", arXiv:1706.04599; Kumar, Liang and Ma 2019, "Verified
///   uncertainty calibration", arXiv:1909.10155 (the debiased square).
public struct CalibrationTable: Sendable, Hashable {
    /// One row of the table.
    public struct Bin: Sendable, Hashable {
        /// Rows in the bin.
        public let count: Int
        /// Share of hits, in [0, 1]; nothing in an empty bin.
        public let hitShare: Double?
        /// Mean confidence, in [0, 1]; nothing in an empty bin.
        public let confidence: Double?
    }

    /// How rows were put into bins.
    public let rule: BinRule
    /// Number of rows, at least 1.
    public let rows: Int
    /// All bins, by rising confidence; some may be empty.
    public let bins: [Bin]
    /// Expected calibration error Σ w·|hit share − confidence| with w the bin's share of rows, in [0, 1].
    public let ece: Double
    /// Largest |hit share − confidence| of a bin, in [0, 1].
    public let maximum: Double
    /// Σ w·(confidence − hit share)², in [0, 1].
    public let squared: Double
    /// The same, less what chance alone adds to it; negative where the error is below what so many rows can show.
    ///
    /// Bins with a single row add nothing.
    public let squaredDebiased: Double
    /// Mean of confidence − hit over all rows, in [−1, 1]: above 0 over-confident.
    ///
    /// It does not depend on bins.
    public let signed: Double
    /// Σ w·max(confidence − hit share, 0): the part of `ece` that is over-confident.
    public let over: Double
    /// Σ w·max(hit share − confidence, 0): the part of `ece` that is under-confident.
    public let under: Double

    /// Root of the debiased square, 0 where that is negative.
    public var rootDebiased: Double { max(0, squaredDebiased).squareRoot() }

    /// Makes the table.
    ///
    /// - Parameters:
    ///   - confidence: one a row, in [0, 1].
    ///   - hit: whether it came true.
    ///   - rule: bins; as published 15 of equal width, and 10 of equal mass beside them.
    /// - Throws: `tooFew` without rows, `notFinite`, `outside`.
    public init(confidence: [Double], hit: [Bool], rule: BinRule = .equalWidth(15)) throws(ReliabilityError) {
        precondition(confidence.count == hit.count, "\(confidence.count) confidences, \(hit.count) outcomes")
        guard !confidence.isEmpty else { throw .tooFew("calibration", rows: 0, needed: 1) }
        try mustBeShares(confidence, "confidence")
        var counts = [Int](repeating: 0, count: rule.bins)
        var hits = [Int](repeating: 0, count: rule.bins)
        var sums = [Double](repeating: 0, count: rule.bins)
        for (row, bin) in rule.places(confidence).enumerated() {
            counts[bin] += 1
            sums[bin] += confidence[row]
            if hit[row] { hits[bin] += 1 }
        }
        let total = Double(confidence.count)
        var (ece, maximum, squared, debiased, over, under) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
        bins = counts.indices.map { bin in
            guard counts[bin] > 0 else { return Bin(count: 0, hitShare: nil, confidence: nil) }
            let count = Double(counts[bin])
            let (share, level, weight) = (Double(hits[bin]) / count, sums[bin] / count, count / total)
            let gap = level - share
            ece += weight * abs(gap)
            maximum = max(maximum, abs(gap))
            squared += weight * gap * gap
            if counts[bin] > 1 { debiased += weight * (gap * gap - share * (1 - share) / (count - 1)) }
            over += weight * max(gap, 0)
            under += weight * max(-gap, 0)
            return Bin(count: counts[bin], hitShare: share, confidence: level)
        }
        (self.rule, rows) = (rule, confidence.count)
        (self.ece, self.maximum, self.squared, squaredDebiased) = (ece, maximum, squared, debiased)
        (self.over, self.under) = (over, under)
        signed = zip(confidence, hit).reduce(0) { $0 + $1.0 - ($1.1 ? 1 : 0) } / total
    }
}
