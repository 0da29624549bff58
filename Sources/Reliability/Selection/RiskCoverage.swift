import Foundation

/// How the mean loss rises as more rows are acted on, those of greatest confidence first.
///
/// Rows with equal confidence are spread evenly: the curve is the mean over their random order. r(k) is the mean loss of the first
/// k of n rows, coverage k/n. For a policy a row is an episode, acting means not to hand over to a fallback, and the loss whether the
/// episode was violated.
///
/// - SeeAlso: Geifman, Uziel and El-Yaniv 2019, arXiv:1805.08206 (AURC, E-AURC); Traub et al. 2024, arXiv:2407.01032 (AUGRC);
///   "E-AUoptRC", arXiv:2308.03179 (Trust Index, area beyond the optimal coverage; the quadrature is ours).
public struct RiskCoverage: Sendable, Hashable {
    /// r(1) … r(n).
    public let risks: [Double]
    /// r*(1) … r*(n) of the best possible order.
    public let bestRisks: [Double]
    /// Mean loss of all rows.
    public let meanLoss: Double
    /// Rows without loss k*, where all losses are 0 or 1; nothing elsewhere.
    public let right: Int?

    /// Makes the curve.
    ///
    /// - Parameters:
    ///   - confidence: one a row; higher acts first. Infinite ones count as such.
    ///   - loss: one a row, finite.
    /// - Throws: `tooFew` without rows, `notFinite`.
    public init(confidence: [Double], loss: [Double]) throws(ReliabilityError) {
        precondition(confidence.count == loss.count, "\(confidence.count) confidences, \(loss.count) losses")
        guard !loss.isEmpty else { throw .tooFew("risk and coverage", rows: 0, needed: 1) }
        try mustBeFinite(loss, "loss")
        if let bad = confidence.firstIndex(where: \.isNaN) { throw .notFinite("confidence", row: bad) }
        let order = loss.indices.sorted { (confidence[$1], $0) < (confidence[$0], $1) }
        var (risks, first, sum) = ([Double](), 0, 0.0)
        while first < order.count {
            var end = first
            while end < order.count, confidence[order[end]] == confidence[order[first]] { end += 1 }
            let block = order[first..<end].reduce(0) { $0 + loss[$1] }
            for place in first..<end {
                let share = Double(place + 1 - first) / Double(end - first)
                risks.append((sum + block * share) / Double(place + 1))
            }
            sum += block
            first = end
        }
        self.risks = risks
        var best = 0.0
        bestRisks = loss.sorted().enumerated().map { place, value in
            best += value
            return best / Double(place + 1)
        }
        meanLoss = sum / Double(loss.count)
        right = loss.allSatisfy { $0 == 0 || $0 == 1 } ? loss.count { $0 == 0 } : nil
    }

    /// Number of rows, at least 1.
    public var rows: Int { risks.count }

    /// Area under the curve: mean of r(k).
    public var area: Double { mean(risks) }
    /// Area under that of the best possible order.
    public var bestArea: Double { mean(bestRisks) }
    /// E-AURC: `area` − `bestArea`, at least 0 up to rounding.
    public var excess: Double { area - bestArea }
    /// The same with e + (1 − e)·ln(1 − e) for the best area, its limit for many rows; e is the mean loss, which is 0 or 1 a row.
    public var excessInTheLimit: Double? {
        guard right != nil else { return nil }
        return area - (meanLoss == 1 ? 1 : meanLoss + (1 - meanLoss) * log1p(-meanLoss))
    }
    /// AUGRC: mean of r(k)·k/n, the risk of the whole stream.
    public var generalisedArea: Double {
        mean(risks.enumerated().map { $1 * Double($0 + 1) / Double(rows) })
    }
    /// `area` by trapezia over coverages 1/n … 1, as other packages state it; nothing for a single row.
    public var trapeziumArea: Double? { Self.trapezia(risks) }
    /// `generalisedArea` likewise.
    public var generalisedTrapeziumArea: Double? {
        Self.trapezia(risks.enumerated().map { $1 * Double($0 + 1) / Double(rows) })
    }

    /// k*/n: the share of rows without loss.
    public var optimalCoverage: Double? { right.map { Double($0) / Double(rows) } }
    /// r(k*); nothing where no row is without loss.
    public var riskAtOptimalCoverage: Double? {
        guard let right, right > 0 else { return nil }
        return risks[right - 1]
    }
    /// 1 − r(k*), in [0, 1]: the share of right rows among the k* most confident; 0 where no row is right.
    public var trustIndex: Double? { right == nil ? nil : riskAtOptimalCoverage.map { 1 - $0 } ?? 0 }
    /// AUoptRC: (1/n)·Σ r(k) over k > k*.
    public var areaBeyondOptimum: Double? {
        right.map { risks[$0...].reduce(0, +) / Double(rows) }
    }
    /// E-AUoptRC: (1/n)·Σ (r(k) − r*(k)) over k > k*; 0 is best.
    public var excessBeyondOptimum: Double? {
        right.map { right in (right..<rows).reduce(0) { $0 + risks[$1] - bestRisks[$1] } / Double(rows) }
    }

    /// The largest coverage whose risk is at most a given one.
    ///
    /// - Parameter risk: largest mean loss.
    /// - Returns: in [0, 1]; 0 where no coverage has it.
    public func coverage(atRisk risk: Double) -> Double {
        Double((risks.lastIndex { $0 <= risk } ?? -1) + 1) / Double(rows)
    }

    private static func trapezia(_ values: [Double]) -> Double? {
        guard values.count > 1 else { return nil }
        let sum = zip(values, values.dropFirst()).reduce(0) { $0 + ($1.0 + $1.1) / 2 }
        return sum / Double(values.count - 1)
    }
}
