import Reliability
import TestSupport
import Testing

/// Risk and coverage against `risk_coverage.json`; `SAFERL_GOLDEN_ASSESS` names another set.
@Suite struct RiskCoverageGoldenTests {
    struct File: Decodable {
        let sets: [Set]
        let general_loss: General
    }
    struct Set: Decodable {
        let name: String
        let confidence: [Double]
        let right: [Int]
        let measures: Measures
        let curve_at: [Point]
        let largest_coverage_with_risk_at_most: [String: Double]
    }
    struct Measures: Decodable {
        let n: Int
        let error, aurc, aurc_optimal, e_aurc, e_aurc_closed_form: Double
        let optimal_coverage: Double
        let risk_at_optimal_coverage: Double?
        let trust_index, augrc: Double
        let aurc_trapezoid, augrc_trapezoid: Double?
        let auopt_rc, e_auopt_rc: Double
    }
    struct Point: Decodable {
        let k: Int
        let risk: Double
    }
    struct General: Decodable {
        let confidence, loss: [Double]
        let aurc, aurc_optimal, e_aurc: Double
    }

    let file: File

    init() throws { file = try Golden.decode(File.self, "assess", "risk_coverage.json") }

    @Test func measuresAgree() throws {
        #expect(file.sets.count >= 11)
        for row in file.sets {
            let ours = try RiskCoverage(
                confidence: row.confidence, loss: row.right.map { Double(1 - $0) })
            let golden = row.measures
            #expect(ours.rows == golden.n)
            #expect(
                agree(
                    [
                        ours.meanLoss, ours.area, ours.bestArea, ours.excess, ours.excessInTheLimit,
                        ours.optimalCoverage, ours.riskAtOptimalCoverage, ours.trustIndex,
                    ],
                    [
                        golden.error, golden.aurc, golden.aurc_optimal, golden.e_aurc,
                        golden.e_aurc_closed_form, golden.optimal_coverage,
                        golden.risk_at_optimal_coverage, golden.trust_index,
                    ], 1e-12), "\(row.name)")
            #expect(
                agree(
                    [
                        ours.generalisedArea, ours.trapeziumArea, ours.generalisedTrapeziumArea,
                        ours.areaBeyondOptimum, ours.excessBeyondOptimum,
                    ],
                    [
                        golden.augrc, golden.aurc_trapezoid, golden.augrc_trapezoid, golden.auopt_rc,
                        golden.e_auopt_rc,
                    ], 1e-12), "\(row.name)")
            for point in row.curve_at { #expect(agrees(ours.risks[point.k - 1], point.risk, 1e-12)) }
            #expect(!row.curve_at.isEmpty && row.largest_coverage_with_risk_at_most.count == 4)
            for (risk, coverage) in row.largest_coverage_with_risk_at_most {
                let limit = try #require(Double(risk))
                #expect(agrees(ours.coverage(atRisk: limit), coverage, 1e-12), "\(row.name) at \(risk)")
            }
        }
    }

    @Test func otherLossesAgree() throws {
        let golden = file.general_loss
        let ours = try RiskCoverage(confidence: golden.confidence, loss: golden.loss)
        #expect(
            agree(
                [ours.area, ours.bestArea, ours.excess], [golden.aurc, golden.aurc_optimal, golden.e_aurc],
                1e-12))
        // Without right and wrong there is no optimal coverage.
        #expect(ours.right == nil && ours.trustIndex == nil && ours.excessBeyondOptimum == nil)
    }
}
