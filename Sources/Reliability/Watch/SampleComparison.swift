import Assurance
import Foundation

/// Whether temporal-difference errors are larger on episodes that training did not see.
public struct ErrorGap: Sendable, Hashable {
    /// Mean error on what training saw.
    public let trainingMean: Double
    /// Mean error on what it did not see.
    public let heldOutMean: Double
    /// The latter divided by the former; nothing where that is 0.
    public let ratio: Double?
    /// Welch's t of the difference; nothing where neither side varies.
    public let t: Double?
    /// P(a larger t by chance), one-sided; nothing likewise.
    public let pValue: Double?

    /// Whether held-out errors are more than twice as large, and not by chance (p < 0.01).
    public var isWarning: Bool { (ratio ?? 0) > 2 && (pValue ?? 1) < 0.01 }

    /// Compares two samples of at least two errors.
    ///
    /// - Throws: `tooFew`, `notFinite`.
    /// - SeeAlso: Welch 1947, "The generalization of Student's problem".
    public init(training: [Double], heldOut: [Double]) throws(ReliabilityError) {
        for (sample, name) in [(training, "training errors"), (heldOut, "held-out errors")] {
            guard sample.count >= 2 else { throw .tooFew(name, rows: sample.count, needed: 2) }
            try mustBeFinite(sample, name)
        }
        let (a, b) = (SampleMean(training), SampleMean(heldOut))
        (trainingMean, heldOutMean) = (a.mean, b.mean)
        ratio = a.mean == 0 ? nil : b.mean / a.mean
        let (va, vb) = (
            a.deviation * a.deviation / Double(a.count), b.deviation * b.deviation / Double(b.count)
        )
        guard va + vb > 0 else {
            (t, pValue) = (nil, nil)
            return
        }
        let t = (b.mean - a.mean) / (va + vb).squareRoot()
        let degrees = (va + vb) * (va + vb) / (va * va / Double(a.count - 1) + vb * vb / Double(b.count - 1))
        self.t = t
        pValue = StudentDistribution(degrees: max(1, degrees)).upperTail(t)
    }
}

/// Whether a policy repeats the recorded actions of states that it was trained on, and not those of others.
public struct Memorisation: Sendable, Hashable {
    /// Median distance at training states divided by that at held-out states; nothing where the latter is 0.
    public let ratioOfMedians: Double?
    /// Largest difference of the two distribution functions, in [0, 1].
    public let kolmogorovSmirnov: Double
    /// P(as large a difference by chance), exact, two-sided, where distances have no ties.
    public let pValue: Double

    /// Whether training states are met four times as closely as others.
    public var isWarning: Bool { (ratioOfMedians ?? 1) < 0.25 }

    /// Compares distances; takes as many steps as the product of their numbers.
    ///
    /// - Parameters:
    ///   - training: distance of the policy's action to the recorded one at states of training; at least one.
    ///   - heldOut: the same at other states; at least one.
    /// - Throws: `tooFew`, `notFinite`.
    public init(training: [Double], heldOut: [Double]) throws(ReliabilityError) {
        for (sample, name) in [(training, "training distances"), (heldOut, "held-out distances")] {
            guard !sample.isEmpty else { throw .tooFew(name, rows: 0, needed: 1) }
            try mustBeFinite(sample, name)
        }
        let below = Self.median(heldOut)
        ratioOfMedians = below == 0 ? nil : Self.median(training) / below
        let difference = Self.difference(training.sorted(), heldOut.sorted())
        kolmogorovSmirnov = Double(difference) / Double(training.count * heldOut.count)
        pValue = Self.probability(of: difference, training.count, heldOut.count)
    }

    private static func median(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
    }

    /// Largest |F − G| in units of 1/(m·n), an exact whole number.
    private static func difference(_ a: [Double], _ b: [Double]) -> Int {
        var (i, j, most) = (0, 0, 0)
        while i < a.count || j < b.count {
            let value = min(i < a.count ? a[i] : .infinity, j < b.count ? b[j] : .infinity)
            while i < a.count, a[i] == value { i += 1 }
            while j < b.count, b[j] == value { j += 1 }
            most = max(most, abs(i * b.count - j * a.count))
        }
        return most
    }

    /// The share of orders of m + n values in which the difference is somewhere as large.
    ///
    /// Each state (i, j) holds the chance that the path to it has been there; all terms are positive, so small ones keep their digits.
    private static func probability(of difference: Int, _ m: Int, _ n: Int) -> Double {
        if difference == 0 { return 1 }
        var row = [Double](repeating: 0, count: n + 1)
        for i in 0...m {
            for j in 0...n {
                if abs(i * n - j * m) >= difference {
                    row[j] = 1
                } else if i + j == 0 {
                    row[j] = 0
                } else {
                    let (up, left) = (i > 0 ? row[j] : 0, j > 0 ? row[j - 1] : 0)
                    row[j] = (Double(i) * up + Double(j) * left) / Double(i + j)
                }
            }
        }
        return row[n]
    }
}
