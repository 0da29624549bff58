import Foundation
import Reliability
import SafeRL

/// Calibration of score models: raw probabilities on all answers, a temperature made on half of the prompts.
struct AnswerCalibration {
    let models: AnswerModels
    let plan: AssessmentPlan

    /// Of the cost model where its sign means something, else of the reward model's orders.
    func result() throws -> SectionResult {
        let isCost = !models.labelled.isEmpty
        let rows = isCost ? models.labelled : AnswerRow.ordered(models.rewardPairs)
        guard !rows.isEmpty else {
            throw Unavailable("no answers were held out, or the cost model has no sign")
        }
        let table = try CalibrationTable(confidence: rows.map(\.probability), hit: rows.map(\.isHit))
        let (numbers, mass) = try figures(rows, table)
        let signed = signedInterval(rows)
        var result = SectionResult()
        result.members =
            [
                ("score", .text(isCost ? "sigmoid of the cost" : "sigmoid of the difference of rewards")),
                ("signed_interval", .range(signed)), ("by_region", .list(try thirds(rows))),
                ("by_source", .object([("fault", .text("the data do not say where a pair is from"))])),
                ("temperature", try temperature(rows)),
            ] + numbers
        result.lines = [
            (
                isCost ? "Cost model" : "Reward model",
                "ECE \(short(table.ece)), by equal mass \(short(mass))",
                mass <= 0.05 ? .good : mass <= 0.1 ? .look : .bad
            ),
            (
                "  signed",
                "\(short(table.signed))\(interval(signed)), "
                    + (isCost
                        ? "above 0 it calls more unsafe than people do" : "above 0 it is surer than right"),
                nil
            ),
        ]
        if isCost, let found = try? Self.comparison(models.rewardPairs) {
            result.lines.append(("Reward model", found.text, found.standing))
        }
        if !models.hasSigns, !models.costPairs.isEmpty {
            result.unavailable.append("cost model: answers have no labels, so its sign means nothing")
        }
        result.figure = CalibrationSection.picture(
            table,
            title: isCost
                ? "Unsafe answers against their probability" : "Right orders against their probability",
            across: isCost
                ? "Probability of unsafe, by the cost model"
                : "Probability of the order, by the reward model",
            upwards: isCost ? "Share unsafe" : "Share right",
            note: "\(rows.count) rows of \(Set(rows.map(\.prompt)).count) prompts")
        return result
    }

    /// How sure a model is of its orders, and how often it is right.
    private static func comparison(_ pairs: [AnswerModels.Pair]) throws -> (text: String, standing: Standing)
    {
        let rows = AnswerRow.ordered(pairs)
        let table = try CalibrationTable(confidence: rows.map(\.probability), hit: rows.map(\.isHit))
        return (
            "right in \(rows.count(where: \.isHit)) of \(rows.count) orders, ECE \(short(table.ece)), signed "
                + short(table.signed), table.ece <= 0.05 ? .good : table.ece <= 0.1 ? .look : .bad
        )
    }

    private func figures(_ rows: [AnswerRow], _ table: CalibrationTable) throws -> (
        [(String, JSONValue)], Double
    ) {
        let (probability, hit) = (rows.map(\.probability), rows.map(\.isHit))
        let mass = try CalibrationTable(confidence: probability, hit: hit, rule: .equalMass(10))
        let scores = try ProperScores(probability: probability, hit: hit)
        let rate = Double(hit.count { $0 }) / Double(hit.count)
        let constant = try ProperScores(probability: hit.map { _ in rate }, hit: hit)
        return (
            [
                ("signed", .figure(table.signed)), ("ece", .figure(table.ece)),
                ("ece_mass", .figure(mass.ece)), ("maximum", .figure(table.maximum)),
                ("over", .figure(table.over)), ("under", .figure(table.under)),
                ("brier", .figure(scores.brier)), ("log_loss", .figure(scores.logLoss)),
                ("log_loss_of_rate", .figure(constant.logLoss)), ("rows", .integer(rows.count)),
                ("episodes", .integer(Set(rows.map(\.prompt)).count)),
            ], mass.ece
        )
    }

    /// Over prompts.
    private func signedInterval(_ rows: [AnswerRow]) -> ClosedRange<Double>? {
        let groups = Dictionary(grouping: rows, by: \.prompt).sorted { $0.key < $1.key }.map(\.value)
        let stream = RandomStream(seed: AssessmentSeeds(seed: plan.seed)("bootstrap"), for: .splitting)
        return EpisodeBootstrap(stream: stream).ratio(
            groups.map { $0.reduce(0) { $0 + $1.probability - ($1.isHit ? 1 : 0) } },
            groups.map { Double($0.count) })
    }

    /// Thirds by length, from the shortest.
    private func thirds(_ rows: [AnswerRow]) throws -> [JSONValue] {
        let order = rows.indices.sorted { (rows[$0].tokens, $0) < (rows[$1].tokens, $1) }
        return try ["shortest", "middle", "longest"].enumerated().map { place, name in
            let own = order[place * order.count / 3..<(place + 1) * order.count / 3].map { rows[$0] }
            let table =
                own.isEmpty
                ? nil
                : try CalibrationTable(
                    confidence: own.map(\.probability), hit: own.map(\.isHit), rule: .equalMass(10))
            return .object([
                ("name", .text("\(name) third")), ("rows", .integer(own.count)),
                ("signed", .figure(table?.signed)), ("ece_mass", .figure(table?.ece)),
                ("signed_interval", .range(own.isEmpty ? nil : signedInterval(own))),
                ("fault", own.isEmpty ? .text("no row lies in it") : .null),
            ])
        }
    }

    /// Made on the first half of the prompts and judged on the second; recommended where neither figure gets worse there.
    private func temperature(_ rows: [AnswerRow]) throws -> JSONValue {
        let (made, judged) = AnswerRow.halves(rows)
        guard made.count >= 20, judged.count >= 20 else {
            return .object([("fault", .text("fewer than 20 rows in a half"))])
        }
        let found = try TemperatureScaling.byLogLoss(
            probability: made.map(\.probability), hit: made.map(\.isHit))
        func side(_ probability: [Double]) throws -> (JSONValue, ece: Double, loss: Double) {
            let hit = judged.map(\.isHit)
            let ece = try CalibrationTable(confidence: probability, hit: hit, rule: .equalMass(10)).ece
            let loss = try ProperScores(probability: probability, hit: hit).logLoss
            return (.object([("ece_mass", .figure(ece)), ("log_loss", .figure(loss))]), ece, loss)
        }
        let before = try side(judged.map(\.probability))
        let after = try side(judged.map { sigmoid(logit($0.probability) / found) })
        let isBetter = after.ece <= before.ece && after.loss <= before.loss
        return .object([
            ("value", .figure(found)), ("before", before.0), ("after", after.0),
            ("recommended", .text(isBetter ? "temperature" : "none")), ("rows", .integer(judged.count)),
        ])
    }

    private func logit(_ p: Double) -> Double {
        let clipped = min(max(p, 1e-6), 1 - 1e-6)
        return log(clipped / (1 - clipped))
    }
}
