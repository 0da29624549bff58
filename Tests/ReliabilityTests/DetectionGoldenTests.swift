import Reliability
import Tensors
import TestSupport
import Testing

/// Outlier scores and their figures against `detection.json`; `SAFERL_GOLDEN_ASSESS` names another set.
@Suite struct DetectionGoldenTests {
    struct File: Decodable {
        let train: [[Double]]
        let train_class: [Int]
        let query: [[Double]]
        let is_out: [Int]
        let ensemble, logits: [[Double]]
        let ridge: Double
        let scores: [String: Score]
        let ties: Ties
    }
    struct Score: Decodable {
        let value: [Double]
        let auroc, aupr_out, aupr_in, fpr95, threshold95, detection_error: Double
    }
    struct Ties: Decodable {
        let score: [Double]
        let is_out: [Int]
        let auroc, aupr_out, aupr_in, fpr95, threshold95, detection_error: Double
    }

    let file: File

    init() throws { file = try Golden.decode(File.self, "assess", "detection.json") }

    private func values(_ name: String) throws -> [Double] {
        let (train, query) = (Matrix(rows: file.train), Matrix(rows: file.query))
        switch name {
        case "mahalanobis": return try MahalanobisDistance(train)(query)
        case "class_mahalanobis": return try MahalanobisDistance(train, classes: file.train_class)(query)
        case "relative_mahalanobis":
            let global = try MahalanobisDistance(train)(query)
            return zip(try MahalanobisDistance(train, classes: file.train_class)(query), global).map {
                $0 - $1
            }
        case "knn10": return try OutlierScores.neighbourDistance(query, to: train)
        case "knn1": return try OutlierScores.neighbourDistance(query, to: train, neighbours: 1)
        case "ensemble_variance": return OutlierScores.variance(file.ensemble)
        case "energy": return OutlierScores.energy(file.logits)
        case "negative_max_softmax": return OutlierScores.negatedConfidence(file.logits)
        default:
            Issue.record("no score \(name)")
            return []
        }
    }

    @Test func scoresAndFiguresAgree() throws {
        #expect(file.scores.count == 8 && MahalanobisDistance.ridge == file.ridge)
        for (name, golden) in file.scores {
            let ours = try values(name)
            // Small differences of large distances have an error of the distances.
            let floor = 1e-8 * (golden.value.map(abs).max() ?? 0)
            #expect(
                ours.count == golden.value.count
                    && zip(ours, golden.value).allSatisfy { $0.isWithin(1e-8, of: $1, floor: 1e-2 * floor) },
                "\(name)")
            let figures = try DetectionFigures(scores: ours, isOut: file.is_out.map { $0 == 1 })
            #expect(
                agree(
                    [
                        figures.auroc, figures.auprOut, figures.auprIn, figures.fpr95, figures.threshold95,
                        figures.detectionError,
                    ],
                    [
                        golden.auroc, golden.aupr_out, golden.aupr_in, golden.fpr95, golden.threshold95,
                        golden.detection_error,
                    ], 1e-8), "\(name)")
        }
    }

    @Test func tiesAgree() throws {
        let golden = file.ties
        let figures = try DetectionFigures(scores: golden.score, isOut: golden.is_out.map { $0 == 1 })
        #expect(
            agree(
                [
                    figures.auroc, figures.auprOut, figures.auprIn, figures.fpr95, figures.threshold95,
                    figures.detectionError,
                ],
                [
                    golden.auroc, golden.aupr_out, golden.aupr_in, golden.fpr95, golden.threshold95,
                    golden.detection_error,
                ], 1e-8))
    }
}
