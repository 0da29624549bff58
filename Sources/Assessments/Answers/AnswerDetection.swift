import Reliability
import SafeRL

/// Outliers among answers, by last hidden states.
struct AnswerDetection {
    let models: AnswerModels

    /// Answers with shuffled tokens against held-out ones, by last hidden states.
    func result() throws -> SectionResult {
        guard models.known.count >= 2, models.fresh.count >= 2, !models.shuffled.isEmpty else {
            throw Unavailable("fewer than two answers were trained on, or held out")
        }
        let scale = try ColumnScale(Matrix(rowsOf: models.known))
        let reference = scale(Matrix(rowsOf: models.known))
        let (inside, outside) = (scale(Matrix(rowsOf: models.fresh)), scale(Matrix(rowsOf: models.shuffled)))
        let mahalanobis = try MahalanobisDistance(reference)
        let scores: [(String, (Matrix) throws -> [Double])] = [
            ("mahalanobis", { try mahalanobis($0) }),
            ("neighbour", { try OutlierScores.neighbourDistance($0, to: reference) }),
        ]
        var (list, best) = ([JSONValue](), 0.0)
        var shares: [(name: String, values: [Double])] = []
        for (name, score) in scores {
            let (own, far) = (try score(inside), try score(outside))
            if shares.isEmpty { shares = [("held-out answers", own), ("shuffled answers", far)] }
            let found = try DetectionFigures(
                scores: own + far, isOut: own.map { _ in false } + far.map { _ in true })
            best = max(best, found.auroc)
            list.append(
                .object([
                    ("score", .text(name)), ("outliers", .text("shuffled answers")),
                    ("auroc", .figure(found.auroc)), ("aupr_out", .figure(found.auprOut)),
                    ("aupr_in", .figure(found.auprIn)), ("fpr95", .figure(found.fpr95)),
                    ("detection_error", .figure(found.detectionError)),
                    ("rows", .list([.integer(own.count), .integer(far.count)])),
                ]))
        }
        var result = SectionResult()
        result.members = [("detection", .list(list))]
        result.lines = [
            (
                "Outliers", "shuffled answers \(short(best)) (AUROC, the better score, last hidden state)",
                best >= 0.95 ? .good : .look
            )
        ]
        result.figure = DetectionSection.picture(
            shares, score: "Mahalanobis distance of the last hidden state")
        return result
    }
}
