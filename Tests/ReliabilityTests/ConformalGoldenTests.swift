import Reliability
import TestSupport
import Testing

/// Conformal thresholds and risk control against `conformal.json`; the statements about V_h are compared in `AssuranceTests`.
@Suite struct ConformalGoldenTests {
    struct File: Decodable {
        let split: Split
        let coverage_law: [Law]
        let cost_to_go: CostToGo
        let mondrian: Mondrian
        let weighted: Weighted
        let adaptive: Adaptive
        let p_values: [PValue]
        let risk_control: Control
        let learn_then_test: Tests
        let feasibility_level: Feasibility
        let label_sets: Labels
    }
    struct Split: Decodable {
        let scores: [Double]
        let cases: [Case]
    }
    struct Case: Decodable {
        let n: Int
        let alpha: Double
        let k: Int
        let threshold: Expected
    }
    struct Law: Decodable {
        let n: Int
        let alpha: Double
        let k: Int
        let beta: [Int]
        let mean, p05, mean_cover_count_of_200: Double
    }
    struct CostToGo: Decodable {
        let predicted, observed, scale: [Double]
        let alpha: Double
        let additive, scaled: Expected
    }
    struct Mondrian: Decodable {
        let group: [Int]
        let alpha: Double
        let thresholds: [Group]
    }
    struct Group: Decodable {
        let group, n: Int
        let threshold: Expected
    }
    struct Weighted: Decodable {
        let weights: [Double]
        let cases: [WeightedCase]
    }
    struct WeightedCase: Decodable {
        let test_weight, alpha: Double
        let threshold: Expected
    }
    struct Adaptive: Decodable {
        let calibration_rows: Int
        let stream: [Double]
        let alpha, gamma: Double
        let trace: [Step]
        let error_rate, guarantee: Double
    }
    struct Step: Decodable {
        let alpha: Double
        let threshold: Expected
        let error: Int
    }
    struct PValue: Decodable { let x, p: Double }
    struct Control: Decodable {
        let u, h, lambdas, mean_loss: [Double]
        let cases: [ControlCase]
        let rcps: Sets
    }
    struct ControlCase: Decodable {
        let alpha: Double
        let crc: Double?
    }
    struct Sets: Decodable {
        let delta: Double
        let bounds: [String: [Double]]
        let cases: [SetCase]
    }
    struct SetCase: Decodable {
        let alpha: Double
        let hoeffding, hoeffding_bentkus, wsr: Double?
    }
    struct Tests: Decodable {
        let n: Int
        let failures: [Int]
        let alpha, delta: Double
        let p_values, exact_binomial_p: [Double]
        let bonferroni, holm, fixed_sequence: [Int]
    }
    struct Feasibility: Decodable {
        let levels: [Level]
        let fixed_sequence_accepts: [Double]
    }
    struct Level: Decodable {
        let level: Double
        let kept, violations: Int
        let p_value_at_0_1: Double
    }
    struct Labels: Decodable {
        let probabilities: [[Double]]
        let labels: [Int]
        let alpha: Double
        let lac_threshold, aps_threshold: Expected
        let lac_sets_of_first_six, aps_sets_of_first_six: [[Int]]
    }

    let file: File

    init() throws { file = try Golden.decode(File.self, "assess", "conformal.json") }

    @Test func splitThresholdsAreExactValuesOfTheSample() throws {
        #expect(file.split.cases.count >= 32)
        for row in file.split.cases {
            let scores = Array(file.split.scores[..<row.n])
            #expect(SplitConformal.rank(row.n, alpha: row.alpha) == row.k)
            #expect(try SplitConformal.threshold(scores, alpha: row.alpha) == row.threshold.value)
        }
    }

    @Test func lawsOfCoverageAgree() throws {
        #expect(!file.coverage_law.isEmpty)
        for row in file.coverage_law {
            let law = try #require(CoverageLaw(count: row.n, alpha: row.alpha))
            #expect(law.rank == row.k && [law.rank, law.count + 1 - law.rank] == row.beta)
            #expect(
                agree(
                    [law.mean, law.quantile(0.05), 200 * law.mean],
                    [row.mean, row.p05, row.mean_cover_count_of_200], 1e-9))
        }
        #expect(CoverageLaw(count: 5, alpha: 0.05) == nil)
    }

    @Test func bandsOfCostsAgree() throws {
        let golden = file.cost_to_go
        let additive = try CostToGoBand(
            predicted: golden.predicted, observed: golden.observed, alpha: golden.alpha)
        let scaled = try CostToGoBand(
            predicted: golden.predicted, observed: golden.observed, scale: golden.scale, alpha: golden.alpha)
        #expect(agrees(additive.threshold, golden.additive.value, 1e-9))
        #expect(agrees(scaled.threshold, golden.scaled.value, 1e-9))
        #expect(additive.upper(2, scale: 3) == 2 + additive.threshold)
        #expect(scaled.upper(2, scale: 3) == 2 + 3 * scaled.threshold)
    }

    @Test func thresholdsOfGroupsAgree() throws {
        let golden = file.mondrian
        let ours = try SplitConformal.thresholds(
            file.split.scores, groups: golden.group, of: golden.thresholds.map(\.group), alpha: golden.alpha)
        #expect(ours == golden.thresholds.map { $0.threshold.value })
        #expect(
            golden.thresholds.allSatisfy { row in golden.group.count { $0 == row.group } == row.n })
    }

    @Test func weightedThresholdsAgree() throws {
        #expect(!file.weighted.cases.isEmpty)
        for row in file.weighted.cases {
            let ours = try SplitConformal.threshold(
                file.split.scores, weights: file.weighted.weights, testWeight: row.test_weight,
                alpha: row.alpha)
            #expect(ours == row.threshold.value)
        }
    }

    @Test func theAdaptiveTraceAgrees() throws {
        let golden = file.adaptive
        var ours = try AdaptiveConformal(
            scores: Array(file.split.scores[..<golden.calibration_rows]), alpha: golden.alpha,
            gamma: golden.gamma)
        #expect(golden.trace.count == golden.stream.count && !golden.stream.isEmpty)
        for (score, step) in zip(golden.stream, golden.trace) {
            #expect(agrees(ours.level, step.alpha, 1e-9))
            #expect(agrees(ours.threshold, step.threshold.value, 1e-9))
            #expect(ours.observe(score) == (step.error == 1))
        }
        #expect(agrees(Double(ours.misses) / Double(ours.steps), golden.error_rate, 1e-9))
        #expect(agrees(ours.guarantee, golden.guarantee, 1e-9))
    }

    @Test func pValuesAgree() {
        #expect(!file.p_values.isEmpty)
        for row in file.p_values {
            let ours = SplitConformal.pValue(row.x, among: file.split.scores)
            #expect(agrees(ours, row.p, 1e-9))
        }
    }

    /// Loss h of a unit until λ reaches u.
    private func curve() throws -> RiskCurve {
        let golden = file.risk_control
        return try RiskCurve(
            settings: golden.lambdas,
            losses: golden.lambdas.map { setting in zip(golden.u, golden.h).map { $0 > setting ? $1 : 0 } })
    }

    @Test func controlledRisksAgree() throws {
        let (golden, curve) = (file.risk_control, try curve())
        #expect(agree(curve.means, golden.mean_loss, 1e-9))
        for row in golden.cases { #expect(curve.controlled(alpha: row.alpha) == row.crc) }
        #expect(golden.cases.count >= 5 && golden.rcps.cases.count >= 5)
        for bound in RiskBound.allCases {
            let name = bound.rawValue.replacing("-", with: "_")
            let ours = try curve.bounds(bound, delta: golden.rcps.delta)
            #expect(agree(ours, golden.rcps.bounds[name] ?? [], bound == .betting ? 1e-7 : 1e-9), "\(name)")
            for row in golden.rcps.cases {
                let expected =
                    switch bound {
                    case .hoeffding: row.hoeffding
                    case .hoeffdingBentkus: row.hoeffding_bentkus
                    case .betting: row.wsr
                    }
                #expect(
                    try curve.controlled(bound, alpha: row.alpha, delta: golden.rcps.delta) == expected,
                    "\(name) at \(row.alpha)")
            }
        }
    }

    @Test func testsOfSeveralRisksAgree() {
        let golden = file.learn_then_test
        let ours = golden.failures.map {
            RiskTest.hoeffdingBentkus(Double($0) / Double(golden.n), of: golden.n, alpha: golden.alpha)
        }
        #expect(zip(ours, golden.p_values).allSatisfy { $0.isWithin(1e-9, of: $1) } && !ours.isEmpty)
        let exact = golden.failures.map { RiskTest.exact($0, of: golden.n, alpha: golden.alpha) }
        #expect(zip(exact, golden.exact_binomial_p).allSatisfy { $0.isWithin(1e-9, of: $1) })
        #expect(MultipleTests.bonferroni(ours, delta: golden.delta) == golden.bonferroni)
        #expect(MultipleTests.holm(ours, delta: golden.delta) == golden.holm)
        #expect(MultipleTests.fixedSequence(ours, delta: golden.delta) == golden.fixed_sequence)
    }

    @Test func thePlainSequenceOverLevelsOfVhAgrees() {
        let golden = file.feasibility_level
        let pValues = golden.levels.map { RiskTest.exact($0.violations, of: $0.kept, alpha: 0.1) }
        #expect(agree(pValues, golden.levels.map(\.p_value_at_0_1), 1e-9))
        let accepted = MultipleTests.fixedSequence(pValues, delta: 0.05).map { golden.levels[$0].level }
        #expect(accepted == golden.fixed_sequence_accepts)
    }

    @Test func setsOfLabelsAgree() throws {
        let golden = file.label_sets
        func sets(_ score: LabelSets.Score) throws -> LabelSets {
            try LabelSets(
                probabilities: golden.probabilities, labels: golden.labels, score: score, alpha: golden.alpha)
        }
        let (lac, aps) = (try sets(.leastAmbiguous), try sets(.adaptive))
        #expect(agrees(lac.threshold, golden.lac_threshold.value, 1e-9))
        #expect(agrees(aps.threshold, golden.aps_threshold.value, 1e-9))
        let first = golden.probabilities.prefix(6)
        #expect(first.map { lac($0) } == golden.lac_sets_of_first_six)
        #expect(first.map { aps($0) } == golden.aps_sets_of_first_six)
    }
}
