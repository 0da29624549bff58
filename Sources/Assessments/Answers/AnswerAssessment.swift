import Assurance
import Foundation
import Reliability
import SafeRL

extension Assessment {
    /// Assesses score models by answers that were held out.
    ///
    /// The unit is the prompt: answers to one prompt resemble each other. Raw probabilities are judged on all of them, since nothing
    /// was fitted to these; temperatures and levels are made on the first half of the prompts and judged on the second.
    ///
    /// - Parameters:
    ///   - models: what they say.
    ///   - plan: sections, levels and seed; its episodes and its column mean nothing here.
    ///   - say: told of each part that is done.
    /// - Throws: never for finite scores; else why a section is missing stands in the report.
    package init(_ models: AnswerModels, _ plan: AssessmentPlan, say: @escaping (String) -> Void) throws {
        var report = AssessmentReport(
            .init(
                policy: models.identity, step: models.step, algorithm: models.algorithm,
                place: models.place, count: models.prompts, unit: "prompts"), plan)
        let sections = AnswerSections(models: models, plan: plan)
        let noEpisodes = Unavailable("score models act in no environment, so there are no episodes")
        try report.add(.calibration, of: plan, say) { try sections.calibration() }
        try report.add(.coverage, of: plan, say) { try sections.coverage() }
        try report.add(.conformal, of: plan, say) { throw noEpisodes }
        try report.add(.feasibility, of: plan, say) { try sections.levels() }
        try report.add(.detection, of: plan, say) { try sections.detection() }
        try report.add(.overfitting, of: plan, say) {
            throw Unavailable("what is judged are answers that training did not see, and none else was kept")
        }
        try report.add(.perturbation, of: plan, say) { throw noEpisodes }
        if let line = sections.costLine { report.addMember("cost_model", line) }
        if let line = sections.rewardLine { report.addMember("reward_model", line) }
        self.report = report
    }
}

/// Sections of an assessment of score models.
struct AnswerSections {
    let models: AnswerModels
    let plan: AssessmentPlan

    /// A probability, what came of it, and the prompt that it belongs to.
    private struct Row {
        let probability: Double
        let isHit: Bool
        let prompt, tokens: Int
    }

    /// σ(cost) against what people say is unsafe.
    private var labelled: [Row] {
        models.hasSigns
            ? models.costs.compactMap { answer in
                answer.isUnsafe.map {
                    Row(
                        probability: sigmoid(answer.score), isHit: $0, prompt: answer.prompt,
                        tokens: answer.tokens)
                }
            } : []
    }

    /// The larger of both probabilities of an order, and whether it is that of people.
    private static func ordered(_ pairs: [AnswerModels.Pair]) -> [Row] {
        pairs.map {
            Row(
                probability: sigmoid(abs($0.difference)), isHit: $0.difference > 0, prompt: $0.prompt,
                tokens: $0.tokens)
        }
    }

    /// Prompts by number, of which every second makes and the others judge.
    private static func halves(_ rows: [Row]) -> (made: [Row], judged: [Row]) {
        let order = Set(rows.map(\.prompt)).sorted()
        let first = Set(order.prefix(order.count / 2))
        return (rows.filter { first.contains($0.prompt) }, rows.filter { !first.contains($0.prompt) })
    }

    /// Of the cost model where its sign means something, else of the reward model's orders.
    func calibration() throws -> SectionResult {
        let isCost = !labelled.isEmpty
        let rows = isCost ? labelled : Self.ordered(models.rewardPairs)
        guard !rows.isEmpty else {
            throw Unavailable("no answers were held out, or the cost model has no sign")
        }
        let table = try CalibrationTable(confidence: rows.map(\.probability), hit: rows.map(\.isHit))
        let (figures, mass) = try self.figures(rows, table)
        let signed = signedInterval(rows)
        var result = SectionResult()
        result.members =
            [
                ("score", .text(isCost ? "sigmoid of the cost" : "sigmoid of the difference of rewards")),
                ("signed_interval", .range(signed)), ("by_region", .list(try thirds(rows))),
                ("by_source", .object([("fault", .text("the data do not say where a pair is from"))])),
                ("temperature", try temperature(rows)),
            ] + figures
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
        let rows = ordered(pairs)
        let table = try CalibrationTable(confidence: rows.map(\.probability), hit: rows.map(\.isHit))
        return (
            "right in \(rows.count(where: \.isHit)) of \(rows.count) orders, ECE \(short(table.ece)), signed "
                + short(table.signed), table.ece <= 0.05 ? .good : table.ece <= 0.1 ? .look : .bad
        )
    }

    private func figures(_ rows: [Row], _ table: CalibrationTable) throws -> ([(String, JSONValue)], Double) {
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
    private func signedInterval(_ rows: [Row]) -> ClosedRange<Double>? {
        let groups = Dictionary(grouping: rows, by: \.prompt).sorted { $0.key < $1.key }.map(\.value)
        let stream = RandomStream(seed: AssessmentSeeds(seed: plan.seed)("bootstrap"), for: .splitting)
        return EpisodeBootstrap(stream: stream).ratio(
            groups.map { $0.reduce(0) { $0 + $1.probability - ($1.isHit ? 1 : 0) } },
            groups.map { Double($0.count) })
    }

    /// Thirds by length, from the shortest.
    private func thirds(_ rows: [Row]) throws -> [JSONValue] {
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
    private func temperature(_ rows: [Row]) throws -> JSONValue {
        let (made, judged) = Self.halves(rows)
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

    /// Orders that are acted on where the model is sure of them.
    func coverage() throws -> SectionResult {
        let isReward = !models.rewardPairs.isEmpty
        let rows = Self.ordered(isReward ? models.rewardPairs : models.costPairs)
        guard !rows.isEmpty else { throw Unavailable("no pairs were held out") }
        var section = CoverageSection(
            probabilities: rows.map { 1 - $0.probability }, isViolated: rows.map { !$0.isHit })
        section.words = ("orders", "wrong", "relied on")
        var result = try section.result()
        result.members.append(("score", .text(isReward ? "difference of rewards" : "difference of costs")))
        return result
    }

    /// Below which cost an unsafe answer seldom lies; one answer a prompt, since two resemble each other.
    func levels() throws -> SectionResult {
        guard models.hasSigns else {
            throw Unavailable("the cost model has no sign, or there is none: nothing is called unsafe")
        }
        let byPrompt = Dictionary(grouping: models.costs.filter { $0.isUnsafe != nil }, by: \.prompt)
        let answers = byPrompt.sorted { $0.key < $1.key }.map { $0.value[$0.key % $0.value.count] }
        var section = FeasibilitySection(
            plan: plan, starts: answers.map { ($0.score, $0.isUnsafe ?? true) })
        section.scope =
            "one answer to each prompt that was held out, by the cost model; a violation is an unsafe answer"
        return section.result()
    }

    /// Answers with shuffled tokens against held-out ones, by last hidden states.
    func detection() throws -> SectionResult {
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

    /// By how much the cost model is kinder than people, and what length has to do with its scores.
    var costLine: JSONValue? {
        guard !models.costPairs.isEmpty else { return nil }
        let rows = labelled
        let kinder =
            rows.isEmpty
            ? nil
            : rows.reduce(0) { $0 + ($1.isHit ? 1 : 0) - $1.probability } / Double(rows.count)
        return Self.line(models.costPairs, models.costs, [("signed", .figure(kinder))])
    }

    /// How often the reward model's order is that of people, and what length has to do with its scores.
    var rewardLine: JSONValue? {
        models.rewardPairs.isEmpty ? nil : Self.line(models.rewardPairs, models.rewards, [])
    }

    private static func line(
        _ pairs: [AnswerModels.Pair], _ answers: [AnswerModels.Answer], _ more: [(String, JSONValue)]
    ) -> JSONValue {
        let right = BinomialCount(events: pairs.count { $0.difference > 0 }, trials: pairs.count)
        let length = Association(
            Association.ranks(answers.map(\.score)), Association.ranks(answers.map { Double($0.tokens) }))
        return .object(
            [
                ("pairs", .integer(pairs.count)), ("accuracy", .figure(right.share)),
                ("accuracy_interval", .range(right.interval(confidence: 0.95))),
                ("length_spearman", .figure(length.correlation)),
            ] + more)
    }

    private func logit(_ p: Double) -> Double {
        let clipped = min(max(p, 1e-6), 1 - 1e-6)
        return log(clipped / (1 - clipped))
    }
}
