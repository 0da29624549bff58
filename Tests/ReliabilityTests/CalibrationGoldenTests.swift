import Reliability
import TestSupport
import Testing

/// Calibration against `calibration.json`; `SAFERL_GOLDEN_ASSESS` names another set.
@Suite struct CalibrationGoldenTests {
    struct File: Decodable {
        let classes: Int
        let logits: [[Double]]
        let labels: [Int]
        let validation_rows: Int
        let top_label_on_evaluation: [String: Table]
        let class_wise_on_evaluation: ClassWise
        let one_vs_rest_ece15: [Double]
        let brier, nll: Double
        let temperature_nll, temperature_grid_ece: Temperature
        let class_wise_temperature: ClassWiseTemperatures
        let predicted_class_temperature: PredictedClass
        let binary: Binary
        let edge_cases: [EdgeCase]
    }
    struct Table: Decodable {
        let count: [Int]
        let accuracy, confidence: [Double]
        let ece, mce, squared, squared_debiased, rms_debiased, signed, over, under: Double
    }
    struct ClassWise: Decodable {
        let signed_by_class, ece_by_class: [Double?]
        let mean_class_ece: Double
        let over_classes, under_classes: Int
        let mean_over, mean_under: Double?
        let miscalibration_score: Double
    }
    struct Temperature: Decodable {
        let temperature: Double
        let validation_nll, validation_ece15, evaluation_ece15: Double?
    }
    struct ClassWiseTemperatures: Decodable {
        let base: Double
        let signed_by_class, winsorised: [Double]
        let divide_by_max, min_max, plain: Choice?
    }
    struct Choice: Decodable {
        let gamma: Double
        let temperatures: [Double]
        let validation_ece15, evaluation_ece15, evaluation_accuracy: Double
        let evaluation_signed_by_class: [Double?]
        let evaluation_miscalibration_score: Double
    }
    struct PredictedClass: Decodable {
        let minimum_rows: Int
        let temperatures: [Double]
        let evaluation_ece15, evaluation_accuracy, evaluation_nll: Double
        let evaluation_miscalibration_score: Double
    }
    struct Binary: Decodable {
        let p: [Double]
        let y: [Int]
        let validation_rows: Int
        let width15, mass10: Table
        let brier: Double
        let murphy: Murphy
        let isotonic: Isotonic
        let platt: Platt
    }
    struct Murphy: Decodable { let reliability, resolution, uncertainty: Double }
    struct Isotonic: Decodable { let x_thresholds, y_thresholds, query, value: [Double] }
    struct Platt: Decodable { let slope, intercept, validation_nll, clip: Double }
    struct EdgeCase: Decodable {
        let name: String
        let confidence: [Double]
        let right: [Int]
        let width10, mass4: Table
    }

    static let tolerance = 1e-10

    let file: File
    let validation, evaluation: ClassifierRows

    init() throws {
        file = try Golden.decode(File.self, "assess", "calibration.json")
        let split = file.validation_rows
        validation = try ClassifierRows(
            logits: Array(file.logits[..<split]), labels: Array(file.labels[..<split]))
        evaluation = try ClassifierRows(
            logits: Array(file.logits[split...]), labels: Array(file.labels[split...]))
    }

    private static func check(_ table: CalibrationTable, _ golden: Table, _ place: String) {
        func near(_ a: [Double?], _ b: [Double?]) -> Bool { agree(a, b, tolerance) }
        #expect(table.bins.map(\.count) == golden.count, "\(place)")
        #expect(near(table.bins.map { $0.hitShare ?? 0 }, golden.accuracy), "\(place)")
        #expect(near(table.bins.map { $0.confidence ?? 0 }, golden.confidence), "\(place)")
        #expect(
            near(
                [table.ece, table.maximum, table.squared, table.squaredDebiased, table.rootDebiased],
                [golden.ece, golden.mce, golden.squared, golden.squared_debiased, golden.rms_debiased]),
            "\(place)")
        #expect(
            near([table.signed, table.over, table.under], [golden.signed, golden.over, golden.under]),
            "\(place)")
        // An empty bin has no mean, and every other one has.
        #expect(table.bins.allSatisfy { ($0.count == 0) == ($0.hitShare == nil) })
    }

    private static func rule(_ name: String) throws -> BinRule {
        let bins = try #require(Int(name.drop { !$0.isNumber }))
        return name.hasPrefix("mass") ? .equalMass(bins) : .equalWidth(bins)
    }

    @Test func reliabilityTablesAgree() throws {
        #expect(file.top_label_on_evaluation.count == 4 && evaluation.classes == file.classes)
        for (name, golden) in file.top_label_on_evaluation {
            let table = try CalibrationTable(
                confidence: evaluation.confidence, hit: evaluation.isRight, rule: Self.rule(name))
            Self.check(table, golden, name)
        }
    }

    @Test func edgeCasesAgree() throws {
        #expect(file.edge_cases.count == 6)
        for row in file.edge_cases {
            let hit = row.right.map { $0 == 1 }
            Self.check(
                try CalibrationTable(confidence: row.confidence, hit: hit, rule: .equalWidth(10)),
                row.width10,
                row.name)
            Self.check(
                try CalibrationTable(confidence: row.confidence, hit: hit, rule: .equalMass(4)), row.mass4,
                row.name)
        }
    }

    @Test func classesAgree() throws {
        let golden = file.class_wise_on_evaluation
        let ours = try ClassWiseCalibration(evaluation)
        #expect(agree(ours.signed, golden.signed_by_class, Self.tolerance))
        #expect(agree(ours.ece, golden.ece_by_class, Self.tolerance))
        #expect(agrees(ours.meanECE, golden.mean_class_ece, Self.tolerance))
        #expect(ours.overClasses == golden.over_classes && ours.underClasses == golden.under_classes)
        #expect(agrees(ours.meanOver, golden.mean_over, Self.tolerance))
        #expect(agrees(ours.meanUnder, golden.mean_under, Self.tolerance))
        #expect(agrees(ours.miscalibrationScore, golden.miscalibration_score, Self.tolerance))
        let others = try ClassWiseCalibration.oneAgainstOthers(evaluation)
        #expect(agree(others, file.one_vs_rest_ece15, Self.tolerance))
    }

    @Test func properScoresAgree() throws {
        #expect(agrees(evaluation.brier, file.brier, Self.tolerance))
        #expect(agrees(evaluation.logLoss, file.nll, Self.tolerance))
    }

    @Test func temperaturesAgree() throws {
        let byLoss = TemperatureScaling.byLogLoss(validation)
        #expect(agrees(byLoss, file.temperature_nll.temperature, 1e-6))
        #expect(
            agrees(
                validation.divided(by: byLoss).logLoss, file.temperature_nll.validation_nll, Self.tolerance))
        #expect(
            agrees(
                try evaluation.divided(by: byLoss).ece(), file.temperature_nll.evaluation_ece15, 1e-6))
        let golden = file.temperature_grid_ece
        let byGrid = try TemperatureScaling.byGrid(validation)
        // Equally good within rounding counts as right.
        #expect(abs(try validation.divided(by: byGrid).ece() - (golden.validation_ece15 ?? .nan)) <= 1e-12)
        #expect(byGrid == golden.temperature)
    }

    @Test(arguments: ClassWiseTemperature.Scale.allCases)
    func classWiseTemperaturesAgree(_ scale: ClassWiseTemperature.Scale) throws {
        let golden = file.class_wise_temperature
        let stored =
            switch scale {
            case .byLargest: golden.divide_by_max
            case .minMax: golden.min_max
            case .plain: golden.plain
            }
        guard let stored else {
            #expect(throws: ReliabilityError.noPositiveScore) {
                try ClassWiseTemperature(validation, base: golden.base, scale: scale)
            }
            return
        }
        let ours = try ClassWiseTemperature(validation, base: golden.base, scale: scale)
        #expect(agree(ours.signed, golden.signed_by_class, Self.tolerance))
        #expect(agree(ours.winsorised, golden.winsorised, Self.tolerance))
        #expect(abs(ours.ece - stored.validation_ece15) <= 1e-12)
        #expect(agrees(ours.gamma, stored.gamma, Self.tolerance))
        #expect(agree(ours.temperatures, stored.temperatures, Self.tolerance))
        let after = evaluation.divided(byColumn: ours.temperatures)
        #expect(agrees(try after.ece(), stored.evaluation_ece15, Self.tolerance))
        #expect(agrees(after.accuracy, stored.evaluation_accuracy, Self.tolerance))
        let classes = try ClassWiseCalibration(after)
        #expect(agree(classes.signed, stored.evaluation_signed_by_class, Self.tolerance))
        #expect(
            agrees(classes.miscalibrationScore, stored.evaluation_miscalibration_score, Self.tolerance))
    }

    @Test func temperaturesOfPredictedClassesAgree() throws {
        let golden = file.predicted_class_temperature
        let ours = try TemperatureScaling.byPredictedClass(validation, least: golden.minimum_rows)
        #expect(agree(ours, golden.temperatures, 1e-6))
        let after = evaluation.divided(byPrediction: ours)
        #expect(after.predictions == evaluation.predictions)
        #expect(agrees(after.accuracy, golden.evaluation_accuracy, Self.tolerance))
        #expect(agrees(try after.ece(), golden.evaluation_ece15, 1e-6))
        #expect(agrees(after.logLoss, golden.evaluation_nll, 1e-6))
        #expect(
            agrees(
                try ClassWiseCalibration(after).miscalibrationScore, golden.evaluation_miscalibration_score,
                1e-6))
    }

    @Test func probabilitiesOfOneEventAgree() throws {
        let golden = file.binary
        let split = golden.validation_rows
        let (p, hit) = (golden.p, golden.y.map { $0 == 1 })
        let (fit, judged) = (Array(p[..<split]), Array(p[split...]))
        let (fitHit, judgedHit) = (Array(hit[..<split]), Array(hit[split...]))
        let width = try CalibrationTable(confidence: judged, hit: judgedHit)
        let mass = try CalibrationTable(confidence: judged, hit: judgedHit, rule: .equalMass(10))
        Self.check(width, golden.width15, "binary, width")
        Self.check(mass, golden.mass10, "binary, mass")
        let scores = try ProperScores(probability: judged, hit: judgedHit)
        #expect(agrees(scores.brier, golden.brier, Self.tolerance))
        #expect(
            agree(
                [scores.murphy.reliability, scores.murphy.resolution, scores.murphy.uncertainty],
                [golden.murphy.reliability, golden.murphy.resolution, golden.murphy.uncertainty],
                Self.tolerance))
        let isotonic = try IsotonicCalibration(scores: fit, hit: fitHit)
        #expect(agree(isotonic.scores, golden.isotonic.x_thresholds, Self.tolerance))
        #expect(agree(isotonic.probabilities, golden.isotonic.y_thresholds, Self.tolerance))
        #expect(agree(golden.isotonic.query.map { isotonic($0) }, golden.isotonic.value, Self.tolerance))
        let platt = try PlattCalibration(probability: fit, hit: fitHit)
        #expect(agrees(platt.slope, golden.platt.slope, 1e-6))
        #expect(agrees(platt.intercept, golden.platt.intercept, 1e-6))
        #expect(ProperScores.clip == golden.platt.clip)
        let after = try ProperScores(probability: fit.map { platt($0) }, hit: fitHit)
        #expect(agrees(after.logLoss, golden.platt.validation_nll, Self.tolerance))
    }
}
