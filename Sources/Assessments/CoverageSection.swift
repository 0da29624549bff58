import Pictures
import Reliability
import SafeRL

/// What handing over the starts that look worst would save: an episode is a row, and its loss whether it was violated.
struct CoverageSection {
    /// Probability of a violation at the start of each judged episode.
    let probabilities: [Double]
    /// Whether it was violated.
    let isViolated: [Bool]

    /// What a row is, what is said of those with a loss, and what acting on one is, in the plural.
    var words = (row: "starts", loss: "violated", acting: "acted on")

    /// Risks at which the coverage is stated.
    private static let risks = [0.01, 0.02, 0.05, 0.1, 0.2]

    func result() throws -> SectionResult {
        let curve = try RiskCoverage(
            confidence: probabilities.map { -$0 }, loss: isViolated.map { $0 ? 1 : 0 })
        var result = SectionResult()
        result.members = [
            ("episodes", .integer(curve.rows)), ("risk", .figure(curve.meanLoss)),
            ("aurc", .figure(curve.area)), ("e_aurc", .figure(curve.excess)),
            ("e_aurc_limit", .figure(curve.excessInTheLimit)), ("augrc", .figure(curve.generalisedArea)),
            ("optimal_coverage", .figure(curve.optimalCoverage)), ("trust_index", .figure(curve.trustIndex)),
            ("auopt_rc", .figure(curve.areaBeyondOptimum)),
            ("e_auopt_rc", .figure(curve.excessBeyondOptimum)),
            (
                "coverage_at_risk",
                .object(Self.risks.map { ("\($0)", .figure(curve.coverage(atRisk: $0))) })
            ),
        ]
        let trust = curve.trustIndex ?? 0
        result.lines = [
            (
                "Risk and coverage",
                "Trust Index \(short(trust)), E-AUoptRC \(short(curve.excessBeyondOptimum))",
                trust >= 0.95 ? .good : trust >= 0.8 ? .look : .bad
            ),
            (
                "  coverage", "\(percent(curve.coverage(atRisk: 0.05))) of the \(words.row) at a risk of 5 %",
                nil
            ),
        ]
        result.figure = picture(curve)
        return result
    }

    private func picture(_ curve: RiskCoverage) -> ChartFigure {
        func points(_ risks: [Double]) -> [ChartFigure.Point] {
            risks.enumerated().map { .init(Double($0 + 1) / Double(curve.rows), $1) }
        }
        let (risks, best) = (points(curve.risks), points(curve.bestRisks))
        let right = curve.right ?? 0
        // From the optimal coverage itself on, though the area counts what lies beyond.
        let first = max(right - 1, 0)
        var layers: [(name: String, layer: ChartFigure.Layer)] = []
        if right < curve.rows {
            layers.append(
                ("E-AUoptRC", .band(upper: Array(risks[first...]), lower: Array(best[first...]))))
        }
        layers += [
            ("risk", .line(risks)), ("best order", .line(best, isDashed: true)),
            ("", .vertical(Double(right) / Double(curve.rows))),
        ]
        return ChartFigure(
            title: "Risk among the \(words.row) that are \(words.acting)", across: ("Coverage", .share),
            upwards: ("Share \(words.loss)", .nonNegative), layers,
            notes: ["Trust Index \(short(curve.trustIndex))"])
    }
}
